"""Machines of several patterns that read a text side by side, from its end to its beginning.

Their common states are made one length after another, and only as far as they are needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, pairwise, product
from math import prod
from typing import NamedTuple, TypeAlias

from governance.compat.patterns.characters import BEHIND_ALL, Ranges, best, cost, members
from governance.compat.patterns.machine import DEAD, FOUND, Machine

# States at one length count once for each length, but are cheaper than new ones.
_MOST_PLACES = 40

_State: TypeAlias = tuple[int, ...]


class BudgetError(Exception):
    """An answer takes more states than are allowed."""


class _Letter(NamedTuple):
    """Characters that no machine tells apart.

    Attributes:
        best: The one that reads best.
        cost: How badly that one reads.
        readers: For each machine, the positions that read them.
        ranges: All of them.
    """

    best: str
    cost: int
    readers: _State
    ranges: Ranges


@lru_cache(maxsize=1024)
def _alphabet(machines: tuple[Machine, ...]) -> tuple[_Letter, ...]:
    """Return the letters of some machines, those that read best first."""
    kinds: dict[_State, list[tuple[int, int]]] = {}
    cuts = sorted({0, BEHIND_ALL, *chain.from_iterable(one.changes for one in machines)})
    readers = [0] * len(machines)
    changes = [one.changes for one in machines]
    for low, high in pairwise(cuts):
        for number, change in enumerate(changes):
            if low in change:
                readers[number] ^= change[low]
        kinds.setdefault(tuple(readers), []).append((low, high))
    letters = []
    for state, held in kinds.items():
        ranges = tuple(held)
        character = best(ranges)
        if character is not None:
            letters.append(_Letter(character, cost(character), state, ranges))
    return tuple(sorted(letters, key=lambda letter: (letter.cost, letter.best)))


class Product:
    """What all machines do together.

    Args:
        inside: Patterns that are found.
        outside: Patterns that are not.
        most_states: How many common states may be made.
    """

    def __init__(
        self, inside: Sequence[Machine], outside: Sequence[Machine], most_states: int
    ) -> None:
        self.inside = tuple(dict.fromkeys(inside))
        self.machines = (*self.inside, *dict.fromkeys(outside))
        self.is_empty = not set(inside).isdisjoint(outside)
        self.most_states = most_states
        self.letters = _alphabet(self.machines)
        self.initial = tuple(one.initial for one in self.machines)
        # For each machine, the state in which there is nothing more to hope for.
        self.hopeless = (DEAD,) * len(self.inside) + (FOUND,) * len(dict.fromkeys(outside))
        self._after: dict[_State, tuple[tuple[_State, _Letter], ...]] = {}
        self._rows: list[dict[int, list[int | None]]] = [{} for _ in self.machines]

    def but(self, least: int, most: int | None, excluded: frozenset[str]) -> str | None:
        """Return a shortest text that is not excluded; None if there is none."""
        text = self.first(least, most)
        return next(self.all(least, most, excluded, 1), None) if text in excluded else text

    def first(self, least: int, most: int | None) -> str | None:
        """Return a shortest text that reads well; None if there is none."""
        if self._is_hopeless(self.initial):
            return None
        level: dict[_State, _Came] = {self.initial: _Came(0, self.initial, "")}
        levels = [level]
        seen: set[_State] = set()
        places = 0
        while level:
            length = len(levels) - 1
            if length >= least:
                ends = [state for state in level if self._accepts(state)]
                if ends:
                    return _spelled(levels, min(ends, key=lambda state: level[state].cost))
                seen |= level.keys()
            if length == most:
                break
            level = self._next(level, seen)
            levels.append(level)
            places = self._counted(places, len(level))
        return None

    def all(
        self, least: int, most: int | None, excluded: frozenset[str], count: int
    ) -> Iterator[str]:
        """Yield all texts that are not excluded, the shortest first.

        Args:
            least: How long they are at least.
            most: How long they are at most.
            excluded: What does not count.
            count: How many will be asked for: more need not be found.
        """
        each = count + len(excluded)
        for ways in self._ways(least, most):
            choices = (tuple(islice(members(letter.ranges), each)) for letter in ways)
            for characters in product(*choices):
                text = "".join(characters)
                if text not in excluded:
                    yield text

    def _ways(self, least: int, most: int | None) -> Iterator[tuple[_Letter, ...]]:
        """Yield the letters of all texts, the shortest first."""
        level: dict[_State, list[tuple[_State, _Letter]]] = {}
        if not self._is_hopeless(self.initial):
            level[self.initial] = []
        levels = [level]
        # The states since a text was last found. If no other can be reached, none ever will be.
        since: set[_State] = set()
        places = 0
        while level and (most is None or len(levels) - 1 <= most):
            if len(levels) > least:
                ends = [state for state in level if self._accepts(state)]
                for end in ends:
                    yield from _paths(levels, end)
                if not ends and level.keys() <= since:
                    return
                since = set() if ends else since | level.keys()
            level = {}
            for state in levels[-1]:
                for target, letter in self._onward(state):
                    level.setdefault(target, []).append((state, letter))
            levels.append(level)
            places = self._counted(places, len(level))

    def _next(self, level: dict[_State, _Came], seen: set[_State]) -> dict[_State, _Came]:
        made: dict[_State, _Came] = {}
        for state, came in level.items():
            for target, letter in self._onward(state):
                if target in seen:
                    continue
                total = came.cost + letter.cost
                known = made.get(target)
                if known is None or total < known.cost:
                    made[target] = _Came(total, state, letter.best)
        return made

    def _onward(self, state: _State) -> tuple[tuple[_State, _Letter], ...]:
        known = self._after.get(state)
        if known is None:
            if len(self._after) >= self.most_states:
                raise BudgetError(f"more than {self.most_states} states")
            known = self._after[state] = tuple(self._steps(state))
        return known

    def _steps(self, state: _State) -> Iterator[tuple[_State, _Letter]]:
        if not state:
            yield from (((), letter) for letter in self.letters)
            return
        rows = (
            row.get(one) or self._row(number, one)
            for number, (row, one) in enumerate(zip(self._rows, state, strict=True))
        )
        for letter, target in zip(self.letters, zip(*rows, strict=True), strict=True):
            if None not in target:
                yield target, letter

    def _row(self, number: int, state: int) -> list[int | None]:
        """Return where each letter leads a machine to, None where there is nothing to hope for."""
        machine, hopeless = self.machines[number], self.hopeless[number]
        known: dict[int, int | None] = {}
        row = []
        for letter in self.letters:
            readers = letter.readers[number]
            if readers not in known:
                after = machine.step(state, readers)
                known[readers] = None if after == hopeless else after
            row.append(known[readers])
        self._rows[number][state] = row
        return row

    def _is_hopeless(self, state: _State) -> bool:
        return self.is_empty or any(map(int.__eq__, state, self.hopeless))

    def _accepts(self, state: _State) -> bool:
        count = len(self.inside)
        return all(
            machine.accepts(one) is (number < count)
            for number, (machine, one) in enumerate(zip(self.machines, state, strict=True))
        )

    def _counted(self, places: int, more: int) -> int:
        places += more
        if places > self.most_states * _MOST_PLACES:
            raise BudgetError(f"more than {self.most_states} states")
        return places


class ApartProduct(Product):
    """A search that follows each position of a pattern that is to be found by itself.

    Then nothing is lost by leaving out a state whose other patterns have all the positions of a
    state known already: whatever they don't find from here on, they don't find from there either.
    It takes more steps than the search that it is made from, but far fewer states where a pattern
    has many sets of positions. The texts it gives are not all different.

    Source: De Wulf, Doyen, Henzinger and Raskin 2006, "Antichains: a new algorithm for checking
    universality of finite automata".
    """

    def __init__(
        self, inside: Sequence[Machine], outside: Sequence[Machine], most_states: int
    ) -> None:
        super().__init__(inside, outside, most_states)
        self._known: dict[_State, list[int]] = {}

    def _steps(self, state: _State) -> Iterator[tuple[_State, _Letter]]:
        count = len(self.inside)
        for target, letter in super()._steps(state):
            each = [tuple(one.apart(at)) for one, at in zip(self.inside, target, strict=False)]
            if prod(map(len, each)) > self.most_states:
                raise BudgetError(f"more than {self.most_states} states")
            for positions in product(*each):
                yield (*positions, *target[count:]), letter

    def _next(self, level: dict[_State, _Came], seen: set[_State]) -> dict[_State, _Came]:
        made = super()._next(level, seen)
        # As long as a text is too short, a state may be needed at every length.
        if not seen:
            return made
        halves = {state: self._halves(state) for state in made}
        for same, more in halves.values():
            known = self._known.setdefault(same, [])
            if not any(less & more == less for less in known):
                known[:] = [one for one in known if one & more != more]
                known.append(more)
        return {
            state: made[state]
            for state, (same, more) in halves.items()
            if more in self._known[same]
        }

    def _halves(self, state: _State) -> tuple[_State, int]:
        """Return what must be the same in two states to compare them, and what may be more in one.

        The latter is the positions of all patterns that are not to be found, side by side.
        """
        count = len(self.inside)
        same, more = list(state[:count]), 0
        for machine, one in zip(self.machines[count:], state[count:], strict=True):
            if machine.is_plain:
                more = more << machine.size | one
            else:
                same.append(one)
        return tuple(same), more


class _Came(NamedTuple):
    """How a state was reached: what the text costs so far, from where, and by which character."""

    cost: int
    before: _State
    character: str


def _spelled(levels: list[dict[_State, _Came]], state: _State) -> str:
    characters = []
    for level in reversed(levels[1:]):
        came = level[state]
        characters.append(came.character)
        state = came.before
    return "".join(characters)


def _paths(
    levels: list[dict[_State, list[tuple[_State, _Letter]]]], end: _State
) -> Iterator[tuple[_Letter, ...]]:
    """Yield the letters of all texts that lead from the first level to a state of the last."""
    length = len(levels) - 1
    if not length:
        yield ()
        return
    path: list[_Letter] = []
    todo = [iter(levels[length][end])]
    while todo:
        step = next(todo[-1], None)
        if step is None:
            todo.pop()
            if path:
                path.pop()
            continue
        state, letter = step
        path.append(letter)
        if len(path) == length:
            yield tuple(path)
            path.pop()
        else:
            todo.append(iter(levels[length - len(path)][state]))
