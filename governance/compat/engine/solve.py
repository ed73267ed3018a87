"""Find a value that satisfies some literals, or prove that there is none.

A tableau: for each type, the literals become atoms joined by and and or; a value is built from the
atoms that must hold, and where it breaks an "or", each of its parts is tried in turn. What an
object or an array holds is a question of the same sort, and one that comes back to itself has no
finite answer.

Source: L. Attouche, M. A. Baazizi, D. Colazzo, G. Ghelli, C. Sartiani and S. Scherzinger, "Witness
generation for JSON Schema", VLDB 2022, for the ground that has to be covered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from governance.compat.engine.arrays import array
from governance.compat.engine.form import (
    FALSE,
    KINDS,
    TRUE,
    All,
    Forms,
    Literal,
    Note,
    UndecidedError,
    Values,
)
from governance.compat.engine.formats import sample
from governance.compat.engine.holds import Evaluator
from governance.compat.engine.numbers import number
from governance.compat.engine.objects import object_
from governance.compat.engine.reduce import And, Or, Part, Reducer
from governance.compat.engine.search import NONE, Goal, Search
from governance.compat.engine.strings import string
from governance.schema.json import Json

_Choice = TypeVar("_Choice")

# A few seconds.
MOST_STEPS = 5_000_000
_SEARCH, _PART = 10, 4


class BudgetError(Exception):
    """The question takes more work than is allowed."""


class Solver:
    """Answers questions about the literals of one set of formulas.

    Args:
        forms: The formulas.
        most_steps: How many steps it may take, all questions together.
    """

    def __init__(self, forms: Forms, most_steps: int = MOST_STEPS) -> None:
        self.forms = forms
        self.reduce = Reducer(forms, self._are_disjoint)
        self.holds = Evaluator(forms, self.reduce, self.step)
        self._steps = most_steps
        self._known: dict[Goal, Json | UndecidedError] = {}
        # Goals that had no answer as long as some of those being worked on had none.
        self._supposed: dict[Goal, frozenset[Goal]] = {}
        self._open: dict[Goal, None] = {}
        self._met: set[Goal] = set()
        self._asked: set[Goal] = set()

    def step(self, cost: int = 1) -> None:
        """Count a step.

        Raises:
            BudgetError: It was one too many.
        """
        self._steps -= cost
        if self._steps < 0:
            raise BudgetError

    def solve(self, literals: Iterable[Literal]) -> Json:
        """Return a value that satisfies all literals, or NONE where there is none.

        Raises:
            UndecidedError: Neither could be established.
            BudgetError: It took too long.
        """
        goal = frozenset(self._flat(literals))
        if FALSE in goal or any(self._is_against(literal, goal) for literal in goal):
            return NONE
        if goal in self._known:
            known = self._known[goal]
            if isinstance(known, UndecidedError):
                raise known
            return known
        if goal in self._open:
            self._met.add(goal)
            return NONE
        supposed = self._supposed.get(goal)
        if supposed is not None and supposed <= self._open.keys():
            self._met |= supposed
            return NONE
        return self._worked(goal)

    def several(self, literals: Iterable[Literal], count: int) -> list[Json]:
        """Return so many different values that satisfy all literals, or all that there are."""
        goal = list(literals)
        made: list[Json] = []
        while len(made) < count:
            self.step(3 * len(made))
            value = self.solve([*goal, -self.forms.values_of(made)] if made else goal)
            if value is NONE:
                break
            made.append(value)
        return made

    def _flat(self, literals: Iterable[Literal]) -> Iterator[Literal]:
        for literal in literals:
            formula = self.forms[literal]
            if literal > 0 and isinstance(formula, All):
                yield from self._flat(formula.literals)
            elif literal != TRUE:
                yield literal

    def _is_against(self, literal: Literal, goal: Goal) -> bool:
        if literal > 0:
            return -literal in goal
        formula = self.forms[literal]
        return isinstance(formula, All) and formula.literals <= goal

    def _worked(self, goal: Goal) -> Json:
        self.step(_SEARCH)
        outer, self._met = self._met, set()
        self._open[goal] = None
        try:
            value = self._by_type(goal)
            if value is not NONE:
                self._known[goal] = value
            elif self._met - {goal}:
                self._supposed[goal] = frozenset(self._met - {goal})
            else:
                self._known[goal] = NONE
        except UndecidedError as error:
            self._known[goal] = error
            raise
        finally:
            del self._open[goal]
            self._met = outer | (self._met - {goal})
        return value

    def _by_type(self, goal: Goal) -> Json:
        hinted = self._hinted(goal)
        if hinted is not NONE:
            return hinted

        def search(kind: str) -> Json:
            part = both_of(self.reduce, goal, kind)
            return NONE if part == FALSE else self._search(kind, [part])

        return self.first(search, KINDS)

    def first(self, search: Callable[[_Choice], Json], choices: Iterable[_Choice]) -> Json:
        """Return the first value that a search finds among some choices.

        Raises:
            UndecidedError: It found none, and of some choices it could not say.
        """
        undecided: UndecidedError | None = None
        for choice in choices:
            try:
                value = search(choice)
            except UndecidedError as error:
                undecided = error
                continue
            if value is not NONE:
                return value
        if undecided is not None:
            raise undecided
        return NONE

    def _hinted(self, goal: Goal) -> Json:
        """Return an example or a default, if one satisfies the goal."""
        for literal in sorted(goal):
            formula = self.forms[literal]
            if not isinstance(formula, Note) or literal < 0:
                continue
            values = [*self.forms.values.get(literal, ()), *sample(formula.format)]
            for value in values:
                try:
                    if all(self.holds(one, value) for one in goal):
                        return value
                except UndecidedError:
                    continue
        return NONE

    def _search(self, kind: str, parts: list[Part]) -> Json:
        """Return a value of a type that satisfies all parts, or NONE."""
        self.step(_SEARCH + _PART * len(parts))
        gathered = _gathered(parts)
        if gathered is None:
            return NONE
        atoms, choices = gathered
        self.step(sum(len(choice.parts) for choice in choices))
        listed = self._listed(kind, atoms)
        if listed is not None:
            whole: list[Part] = [*atoms, *choices]
            return next((value for value in listed if self._fits(whole, value)), NONE)
        broken = choices
        try:
            value = _BUILD[kind](self, atoms)
            broken = [one for one in choices if value is NONE or not self._fits([one], value)]
            if value is NONE or not broken:
                return value
        except UndecidedError:
            # One of the choices may bring what makes it easy.
            if not choices:
                raise
        choice = min(broken, key=lambda one: len(one.parts))
        rest: list[Part] = [*atoms, *(one for one in choices if one is not choice)]
        return self.first(lambda part: self._search(kind, [*rest, part]), choice.parts)

    def _fits(self, parts: Iterable[Part], value: Json) -> bool:
        return all(self.holds.part(part, value) for part in parts)

    def _listed(self, kind: str, atoms: Iterable[Literal]) -> tuple[Json, ...] | None:
        """Return all values that come into question, where they are given one by one."""
        lists = [
            self.forms.values[atom]
            for atom in atoms
            if atom > 0 and isinstance(self.forms[atom], Values)
        ]
        if lists:
            return min(lists, key=len)
        return {"null": (None,), "boolean": (True, False)}.get(kind)

    def _are_disjoint(self, one: Literal, other: Literal) -> bool:
        """Say for sure that no value satisfies both; False where that is not known."""
        goal = frozenset((one, other))
        if goal in self._asked:
            return False
        self._asked.add(goal)
        # What is being worked on must not colour the answer.
        saved, self._open, self._met = (self._open, self._met), {}, set()
        try:
            with self.reduce.afresh():
                return self.solve(goal) is NONE
        except UndecidedError:
            return False
        finally:
            self._open, self._met = saved
            self._asked.discard(goal)


def both_of(reduce: Reducer, goal: Goal, kind: str) -> Part:
    """Return what a goal says about values of a type, FALSE as soon as that is seen."""
    parts: list[Part] = []
    # In the order of the schema, which is also the order of the witness.
    for literal in sorted(goal, key=abs):
        part = reduce(literal, kind)
        if part == FALSE:
            return FALSE
        parts.append(part)
    return And(tuple(parts))


def _gathered(parts: Iterable[Part]) -> tuple[dict[Literal, None], list[Or]] | None:
    """Sort parts into atoms and choices, with what follows at once; None for a contradiction."""
    atoms: dict[Literal, None] = {}
    choices: list[Or] = []
    todo = deque(parts)
    while todo:
        part = todo.popleft()
        if isinstance(part, And):
            todo.extendleft(reversed(part.parts))
        elif isinstance(part, Or):
            choices.append(part)
        elif part == FALSE or -part in atoms:
            return None
        elif part != TRUE:
            atoms[part] = None
        if not todo:
            choices, forced = _settled(choices, atoms)
            todo.extend(forced)
    return atoms, choices


def _settled(choices: list[Or], atoms: dict[Literal, None]) -> tuple[list[Or], list[Part]]:
    """Drop what atoms have decided: choices that hold, and parts of them that can't."""
    left: list[Or] = []
    forced: list[Part] = []
    against = {-atom for atom in atoms}
    for choice in choices:
        if not choice.literals.isdisjoint(atoms):
            continue
        able = tuple(part for part in choice.parts if not _is_against(part, against))
        if len(able) == 1:
            forced.append(able[0])
        elif not able:
            forced.append(FALSE)
        else:
            left.append(choice if len(able) == len(choice.parts) else Or(able))
    return left, forced


def _is_against(part: Part, against: set[Literal]) -> bool:
    if isinstance(part, int):
        return part in against
    return isinstance(part, And) and not part.literals.isdisjoint(against)


_BUILD: dict[str, Callable[[Search, Iterable[Literal]], Json]] = {
    "number": number,
    "string": string,
    "array": array,
    "object": object_,
}
