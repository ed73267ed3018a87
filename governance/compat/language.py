"""The texts in which some patterns are found and others are not: is there one, and which is short?

The machines of all patterns read a text side by side, from its end to its beginning. Their common
states are made one length after another, and only as far as they are needed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, product
from typing import NamedTuple, TypeAlias

from governance.compat.characters import BEHIND_ALL, Ranges, best, cost, members
from governance.compat.machine import DEAD, FOUND, Machine, respelled
from governance.schema.pattern import Kind, pieces
from governance.schema.regex import NotRegularError

MOST_STATES = 10_000
# States at one length count once for each length, but are cheaper than new ones.
_MOST_PLACES = 40
# What is written with these, everybody can read.
_PLAIN = "^[ -~]+$"

_State: TypeAlias = tuple[int, ...]


class BudgetError(Exception):
    """An answer takes more states than are allowed."""


class Language(Machine):
    """The texts in which a pattern is found.

    Attributes:
        pattern: The pattern.
    """

    __slots__ = ("pattern",)

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


def language(pattern: str) -> Language:
    """Return the texts in which a pattern is found, the same object for the same pattern.

    Raises:
        NotRegularError: It is no regular expression, or says more than a machine can be made for.
    """
    made = _language(pattern)
    if isinstance(made, str):
        raise NotRegularError(made)
    return made


@lru_cache(maxsize=4096)
def _language(pattern: str) -> Language | str:
    try:
        return Language(pattern)
    except NotRegularError as error:
        return str(error)


def found(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text.

    Where no machine can be made for it, Python's engine is asked, with ``$`` for the end of the
    text and nothing else.

    Raises:
        NotRegularError: Python can't read the pattern either.
    """
    made = _language(pattern)
    if isinstance(made, Language):
        return made.finds(text)
    return bool(_in_python(pattern).search(text))


@lru_cache(maxsize=256)
def _in_python(pattern: str) -> re.Pattern[str]:
    said = "".join(
        r"\Z" if piece.text == "$" and piece.kind is Kind.CHARACTER and not piece.in_set
        else piece.text
        for piece in pieces(respelled(pattern))
    )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(said)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise NotRegularError(str(error)) from error


def shortest(
    inside: Sequence[Language],
    outside: Sequence[Language],
    least: int = 0,
    most: int | None = None,
    excluded: frozenset[str] = frozenset(),
    most_states: int = MOST_STATES,
) -> str | None:
    """Return a shortest text in which some patterns are found and others are not.

    Among the shortest it is one that reads well. One that can't be printed gives way to a longer
    one where there is such; besides, engines disagree about a line break at the end.

    Args:
        inside: Those that are found.
        outside: Those that are not.
        least: How many code points it has at least.
        most: How many it has at most, if that is bounded.
        excluded: Texts that do not count.
        most_states: How many states may be made.

    Returns:
        The text, or None if there is provably none.

    Raises:
        BudgetError: It takes more states.
    """
    text = _Search(inside, outside, most_states).but(least, most, excluded)
    if text is None or text.isprintable():
        return text
    try:
        plain = _Search([*inside, language(_PLAIN)], outside, most_states)
        return plain.but(least, most, excluded) or text
    except BudgetError:
        return text


def words(
    inside: Sequence[Language],
    outside: Sequence[Language],
    least: int = 0,
    most: int | None = None,
    excluded: frozenset[str] = frozenset(),
    count: int = 1,
    most_states: int = MOST_STATES,
) -> list[str]:
    """Return several texts in which some patterns are found and others are not.

    Args:
        inside: Those that are found.
        outside: Those that are not.
        least: How many code points each has at least.
        most: How many it has at most, if that is bounded.
        excluded: Texts that do not count.
        count: How many are asked for.
        most_states: How many states may be made.

    Returns:
        Different texts, the shortest first; fewer than asked for if there are provably no more.

    Raises:
        BudgetError: It takes more states.
    """
    search = _Search(inside, outside, most_states)
    return list(islice(search.all(least, most, excluded, count), count))


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
def _alphabet(machines: tuple[Language, ...]) -> tuple[_Letter, ...]:
    """Return the letters of some machines, those that read best first."""
    kinds: dict[_State, list[tuple[int, int]]] = {}
    cuts = sorted({0, BEHIND_ALL, *chain.from_iterable(one.changes for one in machines)})
    readers = [0] * len(machines)
    changes = [one.changes for one in machines]
    for low, high in zip(cuts, cuts[1:], strict=False):
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


class _Search:
    """What all machines do together.

    Args:
        inside: Patterns that are found.
        outside: Patterns that are not.
        most_states: How many common states may be made.
    """

    def __init__(
        self, inside: Sequence[Language], outside: Sequence[Language], most_states: int
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
            places = self._counted(places, level)
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
            places = self._counted(places, level)

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
        for letter in self.letters:
            target = []
            for machine, before, readers, hopeless in zip(
                self.machines, state, letter.readers, self.hopeless, strict=True
            ):
                after = machine.step(before, readers)
                if after == hopeless:
                    break
                target.append(after)
            else:
                yield tuple(target), letter

    def _is_hopeless(self, state: _State) -> bool:
        return self.is_empty or any(map(int.__eq__, state, self.hopeless))

    def _accepts(self, state: _State) -> bool:
        count = len(self.inside)
        return all(
            machine.accepts(one) is (number < count)
            for number, (machine, one) in enumerate(zip(self.machines, state, strict=True))
        )

    def _counted(self, places: int, level: dict[_State, object]) -> int:
        places += len(level)
        if places > self.most_states * _MOST_PLACES:
            raise BudgetError(f"more than {self.most_states} states")
        return places


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

