"""The positions of a pattern, one for each character that it can read, and how they follow.

Source: Glushkov 1961, "The abstract theory of automata"; ECMA-262, section 22.2.2 (pattern
semantics), for what each part of a pattern means.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import reduce
from itertools import chain, pairwise

# As in ``governance.schema.regex``: a second parser would sooner or later disagree.
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeAlias

from governance.compat.patterns.characters import BEHIND_ALL, LINE_END, Ranges, complement, in_set
from governance.schema.pattern import Kind, pieces
from governance.schema.regex import NotRegularError

# States are bit masks. Besides the positions they hold whether nothing was read so far, a bit that
# is always set, whether the text begins here, and what each lookahead says here.
NOTHING_READ, ALWAYS, BEGIN = 1, 2, 4
_FIRST_BIT = 3

_KNOWN_FLAGS = re.DOTALL | re.UNICODE | re.VERBOSE
_LONGEST = 20_000
_MOST_POSITIONS = 20_000
_MOST_GUARDS = 32
_MOST_WORK = 200_000

_ECMA_NAME = re.compile(r"(?<!\\)((?:\\\\)*)\(\?<(?=[A-Za-z_])")
_BRACED = re.compile(r"(?<!\\)((?:\\\\)*)\\u\{0*([0-9A-Fa-f]{1,8})\}")
_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})"
)


class Guard(NamedTuple):
    """What must hold at a place between two characters: bits that must be set, and must not."""

    needs: int
    never: int


FREE = Guard(0, 0)
_AT = {
    op.AT_BEGINNING: Guard(BEGIN, 0),
    op.AT_BEGINNING_STRING: Guard(BEGIN, 0),
    op.AT_END: Guard(NOTHING_READ, 0),
    op.AT_END_STRING: Guard(NOTHING_READ, 0),
}


class _Part(NamedTuple):
    """A part of a pattern: how to pass it without reading, its first positions, and its last."""

    null: tuple[Guard, ...]
    first: dict[Guard, int]
    last: dict[Guard, int]


_EMPTY = _Part((FREE,), {}, {})
Opening: TypeAlias = tuple[Guard, int]


class Look(NamedTuple):
    """A lookahead: its own bit, and the ways to begin it."""

    bit: int
    openings: tuple[Opening, ...]


def parsed(pattern: str) -> Any:
    """Return what Python's parser makes of a pattern.

    Raises:
        NotRegularError: It can't be parsed.
    """
    if len(pattern) > _LONGEST:
        raise NotRegularError("too long")
    text = respelled(pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise NotRegularError(str(error)) from error


def respelled(pattern: str) -> str:
    """Return an ECMA-262 pattern in Python's spelling of names and of large code points.

    Raises:
        NotRegularError: It has an empty set of characters, which Python can't say.
    """
    if "(?<" in pattern:
        pattern = _ECMA_NAME.sub(r"\1(?P<", pattern)
    if "\\u" in pattern:
        pattern = _BRACED.sub(lambda found: f"{found[1]}\\U{found[2]:0>8}", pattern)
        pattern = _PAIR.sub(_united, pattern)
    if "[]" in pattern or "[^]" in pattern:
        said = list(pieces(pattern))
        for one, after in pairwise(said):
            if one.kind is Kind.SET and after.text == "]":
                raise NotRegularError("engines disagree about a set that begins with ]")
    return pattern


def _united(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


class Positions:
    """The positions of a pattern, and how they follow each other.

    Args:
        tree: The pattern, as Python's parser gives it.

    Attributes:
        gaps: For each distance, the positions that the one at that distance can follow.
        hubs: Of the others: sets of positions, any of which can follow any of some positions.
        guarded: The same where something else has to hold between the two.
        looks: The lookaheads.
        main: The positions that are in none of them.
        size: How many bits there are so far.
    """

    def __init__(self, tree: Any) -> None:
        flags = tree.state.flags
        if flags & ~_KNOWN_FLAGS:
            raise NotRegularError("it has a flag")
        self._tree = tree
        self._dot: Ranges = ((0, BEHIND_ALL),) if flags & re.DOTALL else complement(LINE_END)
        self.size = _FIRST_BIT
        self._depth = self._work = 0
        self._readers: dict[Ranges, int] = {}
        self._sets: dict[int, Ranges] = {}
        self.gaps: dict[int, int] = {}
        self.hubs: dict[int, int] = {}
        self.guarded: list[tuple[Guard, int, int]] = []
        self.looks: list[Look] = []
        self.main = 0

    def openings(self) -> tuple[Opening, ...]:
        """Return the ways to begin the whole pattern."""
        try:
            return self._opened(self._sequence(self._tree.data))
        except RecursionError as error:
            raise NotRegularError("nested too deeply") from error

    def revives(self, openings: Iterable[Opening]) -> bool:
        """Say whether a match can yet begin where no position is alive."""
        ends = [(FREE, to, came) for to, came in self.hubs.items()] + self.guarded
        return any(to & ALWAYS and came & self.main for _, to, came in ends) or any(
            to & ALWAYS for _, to in openings
        )

    def changes(self) -> dict[int, int]:
        """Return, by code point, the positions that start or cease to read from there on."""
        made: dict[int, int] = {}
        for ranges, positions in self._readers.items():
            for cut in chain.from_iterable(ranges):
                made[cut] = made.get(cut, 0) ^ positions
        return made

    # The shape of the pattern.

    def _sequence(self, items: Iterable[tuple[Any, Any]]) -> _Part:
        made = _EMPTY
        for item in items:
            part = self._part(*item)
            made = part if made is _EMPTY else self._concatenated(made, part)
        return made

    def _part(self, code: Any, said: Any) -> _Part:
        if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._character(self._set(code, said))
        if code is op.AT and said in _AT:
            return _Part((_AT[said],), {}, {})
        if code in (op.BRANCH, op.FAILURE):
            # Python 3.13 makes a failure of `(?!)`: a choice without a branch.
            branches = said[1] if said else ()
            return _either([self._sequence(branch.data) for branch in branches])
        if code is op.SUBPATTERN and not (said[1] or said[2]):
            return self._sequence(said[3].data)
        if code is op.MAX_REPEAT or code is op.MIN_REPEAT:
            return self._repeated(*said)
        if code in (op.ASSERT, op.ASSERT_NOT) and said[0] == 1:
            return self._look(said[1], is_negated=code is op.ASSERT_NOT)
        raise NotRegularError(_NAMES.get(code, f"it has {str(code).lower()}"))

    def _set(self, code: Any, said: Any) -> Ranges:
        if code is op.ANY:
            return self._dot
        if code is op.LITERAL:
            return ((said, said + 1),)
        if code is op.NOT_LITERAL:
            return complement(((said, said + 1),))
        # A repeat comes by here once a round.
        known = self._sets.get(id(said))
        if known is None:
            known = self._sets[id(said)] = in_set(said)
        return known

    def _bit(self) -> int:
        if self.size > _MOST_POSITIONS:
            raise NotRegularError("too large")
        self.size += 1
        return 1 << (self.size - 1)

    def _character(self, ranges: Ranges) -> _Part:
        bit = self._bit()
        self._readers[ranges] = self._readers.get(ranges, 0) | bit
        if not self._depth:
            self.main |= bit
        here = {FREE: bit}
        return _Part((), here, here)

    def _look(self, body: Any, *, is_negated: bool) -> _Part:
        self._depth += 1
        openings = self._opened(self._sequence(body.data))
        self._depth -= 1
        bit = self._bit()
        self.looks.append(Look(bit, openings))
        return _Part((Guard(0, bit) if is_negated else Guard(bit, 0),), {}, {})

    def _repeated(self, least: int, most: Any, body: Any) -> _Part:
        endless = most is op.MAXREPEAT
        rounds = least if endless else most
        if rounds > _MOST_POSITIONS:
            raise NotRegularError("too large")
        parts: list[_Part] = []
        for _ in range(rounds):
            self._work += 1
            if self._work > _MOST_WORK:
                raise NotRegularError("too large")
            parts.append(self._sequence(body.data))
        # What may be left out comes first: so, reading from the end, there is but one way to go on.
        rest = _EMPTY
        if endless:
            # The first round may be repeated, unless it can be passed without reading.
            again = parts[0] if parts and not parts[0].null else self._sequence(body.data)
            self._lead(again.last, again.first)
            rest = _EMPTY if parts and again is parts[0] else again._replace(null=(FREE,))
        for part in parts[least:]:
            rest = self._optional(rest, part)
        return reduce(self._concatenated, parts[:least], rest)

    def _optional(self, rest: _Part, one: _Part) -> _Part:
        """Return a round that may be left out, together with those that come before it.

        Not left out, it has to read something: an empty round is as good as none.
        """
        self._lead(rest.last, one.first)
        return _Part((FREE,), _with(dict(rest.first), one.first), one.last)

    def _concatenated(self, one: _Part, other: _Part) -> _Part:
        self._lead(one.last, other.first)
        null = [both for a in one.null for b in other.null if (both := _both(a, b)) is not None]
        first, last = other.first, one.last
        if one.null != (FREE,):
            first = _past(one.null, first, NOTHING_READ)
        if other.null != (FREE,):
            last = _past(other.null, last, BEGIN)
        return _Part(_simplest(null), _with(dict(first), one.first), _with(dict(last), other.last))

    # How one position follows another.

    def _lead(self, last: dict[Guard, int], first: dict[Guard, int]) -> None:
        for after, came in last.items():
            for before, to in first.items():
                guard = _both(after, before)
                # Between two characters, a text neither begins nor ends.
                if guard is not None and not guard.needs & (BEGIN | NOTHING_READ):
                    self._follow(guard, came, to)

    def _follow(self, guard: Guard, came: int, to: int) -> None:
        if guard != FREE:
            self.guarded.append((guard, to, came))
        elif came & (came - 1) or to & (to - 1):
            self.hubs[to] = self.hubs.get(to, 0) | came
        else:
            gap = to.bit_length() - came.bit_length()
            self.gaps[gap] = self.gaps.get(gap, 0) | came

    def _opened(self, part: _Part) -> tuple[Opening, ...]:
        """Return the ways to begin a part behind whose end anything may come."""
        for guard, came in part.last.items():
            if not guard.needs & BEGIN:
                without, to = _ended(guard)
                self._follow(without, came, to) if without != FREE else self._end(came, to)
        passed = [_ended(guard) for guard in part.null]
        begun = [(g, to) for g, to in part.first.items() if not g.needs & NOTHING_READ]
        return (*passed, *begun)

    def _end(self, came: int, to: int) -> None:
        self.hubs[to] = self.hubs.get(to, 0) | came


_NAMES = {
    op.GROUPREF: "it has a back reference",
    op.GROUPREF_EXISTS: "it has a condition on a group",
    op.ASSERT: "it has a lookbehind",
    op.ASSERT_NOT: "it has a lookbehind",
    op.AT: "it has a word boundary",
    op.ATOMIC_GROUP: "it has an atomic group",
    op.POSSESSIVE_REPEAT: "it has a possessive repeat",
    op.SUBPATTERN: "it has a flag",
}


def _ended(guard: Guard) -> Opening:
    """Return a guard at a place behind which nothing is asked for, and what has to be alive."""
    if guard.needs & NOTHING_READ:
        return guard._replace(needs=guard.needs ^ NOTHING_READ), NOTHING_READ
    return guard, ALWAYS


def _both(one: Guard, other: Guard) -> Guard | None:
    if one == FREE:
        return other
    needs, never = one.needs | other.needs, one.never | other.never
    return None if needs & never else Guard(needs, never)


def _simplest(guards: list[Guard]) -> tuple[Guard, ...]:
    if FREE in guards:
        return (FREE,)
    if len(set(guards)) > _MOST_GUARDS:
        raise NotRegularError("too many conditions")
    return tuple(dict.fromkeys(guards))


def _either(parts: list[_Part]) -> _Part:
    first: dict[Guard, int] = {}
    last: dict[Guard, int] = {}
    for part in parts:
        _with(first, part.first)
        _with(last, part.last)
    return _Part(_simplest([guard for part in parts for guard in part.null]), first, last)


def _with(made: dict[Guard, int], more: dict[Guard, int]) -> dict[Guard, int]:
    """Add positions to some others."""
    for guard, positions in more.items():
        made[guard] = made.get(guard, 0) | positions
    if len(made) > _MOST_GUARDS:
        raise NotRegularError("too many conditions")
    return made


def _past(null: tuple[Guard, ...], ends: dict[Guard, int], impossible: int) -> dict[Guard, int]:
    """Return the ways to some positions past a part that reads nothing.

    Args:
        null: The ways to pass it.
        ends: The positions, by what has to hold there already.
        impossible: What can't hold there, as a character is read on the other side.
    """
    made: dict[Guard, int] = {}
    for guard in null:
        if guard.needs & impossible:
            continue
        for known, positions in ends.items():
            both = _both(guard, known)
            if both is not None:
                made[both] = made.get(both, 0) | positions
    return made
