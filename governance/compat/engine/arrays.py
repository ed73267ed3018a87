"""Build an array from what its items must be, how many there are, and which differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from governance.compat.engine.form import (
    TRUE,
    Contains,
    Item,
    Literal,
    MaxItems,
    MinItems,
    Rest,
    UndecidedError,
    Unique,
)
from governance.compat.engine.search import NONE, Goal, Search
from governance.schema.json import Json, identity

_MOST_COUNTED = 8
_LONGEST = 20_000


class _Counted(NamedTuple):
    """So many items, from an index on, are such."""

    literal: Literal
    start: int
    least: int
    most: int | None


class _Twins(NamedTuple):
    """The items at two indexes are equal."""

    first: int
    second: int


class _State(NamedTuple):
    """What matters of the items chosen so far.

    Attributes:
        counts: For each thing that is counted, how many items are such, up to what matters.
        goals: Where items must differ: how often each goal was chosen.
        twin: What was chosen for the first of two twins.
    """

    counts: tuple[int, ...]
    goals: frozenset[tuple[Goal, int]] = frozenset()
    twin: tuple[Goal, tuple[int, ...]] | None = None


class _Wanted:
    def __init__(self, search: Search, atoms: Iterable[Literal]) -> None:
        self.least = 0
        self.most: int | None = None
        self.items: list[tuple[int, Literal]] = []
        self.rests: list[tuple[int, Literal]] = []
        self.counted: list[_Counted] = []
        self.differ = self.repeat = False
        for atom in atoms:
            self._take(search, atom)
        if self.repeat:
            self.least = max(self.least, 2)

    def _take(self, search: Search, atom: Literal) -> None:
        formula = search.forms[atom]
        holds = atom > 0
        if isinstance(formula, MinItems | MaxItems):
            self._count(formula.size, is_least=isinstance(formula, MinItems), holds=holds)
        elif isinstance(formula, Item):
            self.items.append((formula.at, formula.literal if holds else -formula.literal))
            if not holds:
                self.least = max(self.least, formula.at + 1)
        elif isinstance(formula, Rest):
            if holds:
                self.rests.append((formula.start, formula.literal))
            else:
                self.counted.append(_Counted(-formula.literal, formula.start, 1, None))
        elif isinstance(formula, Contains):
            self.counted.append(_Counted(formula.literal, 0, formula.least, formula.most))
        elif isinstance(formula, Unique):
            self.differ |= holds
            self.repeat |= not holds

    def _count(self, count: int, *, is_least: bool, holds: bool) -> None:
        if is_least is holds:
            self.least = max(self.least, count if holds else count + 1)
        else:
            most = count if holds else count - 1
            self.most = most if self.most is None else min(self.most, most)

    def regular_from(self) -> int:
        """Return the index from which on all items have to be alike."""
        starts = [index + 1 for index, _ in self.items] + [start for start, _ in self.rests]
        return max([0, *starts, *(one.start for one in self.counted)])

    def longest(self) -> int:
        """Return a length beyond which an array never has to go."""
        needed = sum(one.least for one in self.counted) + (2 if self.repeat else 0)
        enough = max(self.least, self.regular_from()) + needed
        return enough if self.most is None else min(enough, self.most)

    def goal(self, index: int) -> Goal:
        """Return what an item must be."""
        said = [literal for at, literal in self.items if at == index]
        said += [literal for start, literal in self.rests if start <= index]
        return frozenset(one for one in said if one != TRUE)


def array(search: Search, atoms: Iterable[Literal]) -> Json:
    """Return a short array that satisfies some atoms, or NONE where there is none.

    Raises:
        UndecidedError: That can't be said of some item, or the array would be too long.
    """
    wanted = _Wanted(search, atoms)
    if wanted.differ and wanted.repeat:
        return NONE
    if wanted.most is not None and wanted.most < wanted.least:
        return NONE
    if wanted.longest() > _LONGEST or len(wanted.counted) > _MOST_COUNTED:
        raise UndecidedError("an array of too many items would be needed")
    undecided: UndecidedError | None = None
    for twins in _twins(wanted):
        builder = _Builder(search, wanted, twins)
        made = builder.build()
        if made is not NONE:
            return made
        undecided = undecided or builder.undecided
    if undecided is not None:
        raise undecided
    return NONE


def _twins(wanted: _Wanted) -> Iterator[_Twins | None]:
    if not wanted.repeat:
        yield None
        return
    # Behind the index from which on all are alike, one pair is as good as another.
    last = wanted.regular_from() + 2
    if wanted.most is not None:
        last = min(last, wanted.most)
    yield from (_Twins(i, j) for j in range(last) for i in range(j))


class _Builder:
    """Chooses item after item; a choice says which of the things that are counted it is."""

    def __init__(self, search: Search, wanted: _Wanted, twins: _Twins | None) -> None:
        self.search = search
        self.wanted = wanted
        self.twins = twins
        self.undecided: UndecidedError | None = None
        self._values: dict[Goal, bool] = {}
        self._choices: dict[int, list[tuple[Goal, tuple[int, ...]]]] = {}

    def build(self) -> Json:
        wanted = self.wanted
        least = max(wanted.least, self.twins.second + 1 if self.twins else 0)
        # Each state with the choice that led to it and the state before.
        layer: dict[_State, tuple[Goal, _State] | None]
        layer = {_State(tuple(0 for _ in wanted.counted)): None}
        layers = [layer]
        for index in range(wanted.longest() + 1):
            if index >= least:
                for state in layers[index]:
                    if self._is_enough(state):
                        made = self._told(layers, index, state)
                        if made is not NONE:
                            return made
            layer = {}
            for state in layers[index]:
                self.search.step()
                for goal, counts in self._steps(index, state):
                    after = self._after(index, state, goal, counts)
                    if after is not None:
                        layer.setdefault(after, (goal, state))
            if not layer or index == wanted.longest():
                break
            layers.append(layer)
        return NONE

    def _steps(self, index: int, state: _State) -> list[tuple[Goal, tuple[int, ...]]]:
        if self.twins and index == self.twins.second and state.twin:
            return [state.twin]
        return self._choices_at(index)

    def _choices_at(self, index: int) -> list[tuple[Goal, tuple[int, ...]]]:
        """Return what an item can be: its goal, and how much it adds to each count."""
        key = min(index, self.wanted.regular_from())
        if self.twins and index == self.twins.first:
            key = -1
        if key not in self._choices:
            goal = self.wanted.goal(index)
            starts = index
            if self.twins and index == self.twins.first:
                goal |= self.wanted.goal(self.twins.second)
                starts = self.twins.second
            self._choices[key] = list(self._possible(goal, starts))
        return self._choices[key]

    def _possible(self, goal: Goal, index: int) -> Iterator[tuple[Goal, tuple[int, ...]]]:
        ways: list[list[tuple[int, Literal]]] = []
        for one in self.wanted.counted:
            # What may be counted without end need not be told from what is not counted.
            not_it = TRUE if one.most is None else -one.literal
            ways.append([(0, not_it), (1, one.literal)] if one.start <= index else [(0, TRUE)])
        for way in product(*ways):
            literals = goal | {literal for _, literal in way if literal != TRUE}
            if self._is_possible(literals):
                yield literals, tuple(added for added, _ in way)

    def _is_possible(self, goal: Goal) -> bool:
        if goal not in self._values:
            try:
                self._values[goal] = self.search.solve(goal) is not NONE
            except UndecidedError as error:
                self.undecided = error
                self._values[goal] = False
        return self._values[goal]

    def _after(
        self, index: int, state: _State, goal: Goal, added: tuple[int, ...]
    ) -> _State | None:
        counts = []
        for one, count, more in zip(self.wanted.counted, state.counts, added, strict=True):
            # What lies before the start is not counted, though its twin may be.
            total = count + (more if index >= one.start else 0)
            if one.most is not None and total > one.most:
                return None
            counts.append(min(total, one.least) if one.most is None else total)
        goals = state.goals
        if self.wanted.differ:
            often = dict(goals)
            often[goal] = often.get(goal, 0) + 1
            goals = frozenset(often.items())
        twin = state.twin
        if self.twins:
            twin = (goal, added) if index == self.twins.first else twin
            twin = None if index == self.twins.second else twin
        return _State(tuple(counts), goals, twin)

    def _is_enough(self, state: _State) -> bool:
        return all(
            count >= one.least for one, count in zip(self.wanted.counted, state.counts, strict=True)
        )

    def _told(
        self, layers: list[dict[_State, tuple[Goal, _State] | None]], index: int, state: _State
    ) -> Json:
        """Return the array that a state stands for; NONE where its items can't all differ."""
        goals: list[Goal] = []
        for number in range(index, 0, -1):
            came = layers[number][state]
            if came is None:
                break
            goals.append(came[0])
            state = came[1]
        goals.reverse()
        if self.wanted.differ:
            return self._different(goals)
        return [self.search.solve(goal) for goal in goals]

    def _different(self, goals: list[Goal]) -> Json:
        """Return a value for each goal, no two of them equal.

        A goal with as many values as there are items never stands in the way of another; so
        those with fewer are listed in full, and the matching decides.
        """
        try:
            values = {
                goal: {identity(one): one for one in self.search.several(goal, len(goals))}
                for goal in dict.fromkeys(goals)
            }
        except UndecidedError as error:
            self.undecided = error
            return NONE
        return _matched([values[goal] for goal in goals])


def _matched(choices: list[dict[Hashable, Json]]) -> Json:
    """Return a value from each, all different (bipartite matching by augmenting paths)."""
    owner: dict[Hashable, int] = {}

    def claim(number: int, seen: set[Hashable]) -> bool:
        for key in choices[number]:
            if key not in owner:
                owner[key] = number
                return True
        for key in choices[number]:
            if key not in seen:
                seen.add(key)
                if claim(owner[key], seen):
                    owner[key] = number
                    return True
        return False

    if not all(claim(number, set()) for number in range(len(choices))):
        return NONE
    by_number = {number: choices[number][key] for key, number in owner.items()}
    return [by_number[number] for number in range(len(choices))]
