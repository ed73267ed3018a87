"""A pattern as a machine that reads texts from their end to their beginning.

It has a position for each character that the pattern can read. Its state is the set of positions
from which the part read so far (the end of the text) can be gone on with to a match. Read in this
direction, a machine with lookaheads is deterministic as well: what a lookahead says at some place
depends only on what follows there, and that has been read already.

Source: Glushkov 1961, "The abstract theory of automata", for the positions; ECMA-262, section
22.2.2 (pattern semantics), for what they mean.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable
from functools import reduce
from itertools import accumulate, chain
from operator import xor

# As in ``governance.schema.regex``: a second parser would sooner or later disagree.
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeAlias

from governance.compat.characters import BEHIND_ALL, LINE_END, Ranges, complement, in_set
from governance.schema.pattern import Kind, pieces
from governance.schema.regex import NotRegularError

# States are bit masks. Besides the positions they hold whether nothing was read so far, a bit that
# is always set, whether the text begins here, and what each lookahead says here.
_NOTHING_READ, _ALWAYS, _BEGIN = 1, 2, 4
_FIRST_BIT = 3
FOUND = -1
DEAD = 0

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


_FREE = Guard(0, 0)
_AT = {
    op.AT_BEGINNING: Guard(_BEGIN, 0),
    op.AT_BEGINNING_STRING: Guard(_BEGIN, 0),
    op.AT_END: Guard(_NOTHING_READ, 0),
    op.AT_END_STRING: Guard(_NOTHING_READ, 0),
}


class _Part(NamedTuple):
    """A part of a pattern: how to pass it without reading, its first positions, and its last."""

    null: tuple[Guard, ...]
    first: dict[Guard, int]
    last: dict[Guard, int]


_EMPTY = _Part((_FREE,), {}, {})
_Opening: TypeAlias = tuple[Guard, int]


class _Look(NamedTuple):
    """A lookahead: its own bit, and the ways to begin it."""

    bit: int
    openings: tuple[_Opening, ...]


class Machine:
    """A compiled pattern.

    Args:
        pattern: As in a schema.

    Attributes:
        initial: The state before anything is read.

    Raises:
        NotRegularError: It is no regular expression, or one that no machine can be made of.
    """

    __slots__ = (
        "_always",
        "_backward",
        "_cuts",
        "_forward",
        "_guarded",
        "_hubs",
        "_inner",
        "_lasting",
        "_looks",
        "_masks",
        "_opening",
        "_openings",
        "changes",
        "initial",
    )

    def __init__(self, pattern: str) -> None:
        builder = _Builder(_parsed(pattern))
        openings = builder.openings()
        self._forward = [(gap, mask) for gap, mask in builder.gaps.items() if gap >= 0]
        self._backward = [(-gap, mask) for gap, mask in builder.gaps.items() if gap < 0]
        self._hubs = [(to, came) for to, came in builder.hubs.items() if to != _ALWAYS]
        self._always = builder.hubs.get(_ALWAYS, 0)
        self._guarded = builder.guarded
        self._looks = builder.looks
        self._openings = openings
        # Without lookaheads nothing but the beginning is left to be guarded.
        self._opening = reduce(int.__or__, (to for _, to in openings), 0)
        self._inner = reduce(int.__or__, (to for guard, to in openings if guard == _FREE), 0)
        self._lasting = 0 if builder.revives(openings) else builder.main | _NOTHING_READ
        self.changes = builder.changes()
        self._cuts = tuple(sorted(self.changes))
        self._masks = tuple(accumulate((self.changes[cut] for cut in self._cuts), xor))
        self.initial = self._told(_NOTHING_READ | _ALWAYS)

    def readers(self, character: str) -> int:
        """Return the positions that read a character."""
        number = bisect_right(self._cuts, ord(character))
        return self._masks[number - 1] if number else 0

    def step(self, state: int, readers: int) -> int:
        """Return the state after one more character, to the left of those read so far.

        Args:
            state: The state so far.
            readers: The positions that read the character.

        Returns:
            ``FOUND`` if the pattern is found whatever stands before, ``DEAD`` if it is not.
        """
        if state <= DEAD:
            return state
        if self._looks and self._is_open(state):
            return FOUND
        alive = self._always
        for gap, mask in self._forward:
            alive |= (state >> gap) & mask
        for gap, mask in self._backward:
            alive |= (state << gap) & mask
        for to, came in self._hubs:
            if state & to:
                alive |= came
        for (needs, never), to, came in self._guarded:
            if state & to and state & needs == needs and not state & never:
                alive |= came
        return self._told((alive & readers) | _ALWAYS)

    def accepts(self, state: int) -> bool:
        """Say whether the pattern is found in a text that has been read as a whole."""
        if state <= DEAD:
            return state == FOUND
        if not self._looks:
            return bool(state & self._opening)
        return self._is_open(self._looked(state | _BEGIN))

    def finds(self, text: str) -> bool:
        """Say whether the pattern is found in a text."""
        state = self.initial
        for character in reversed(text):
            if state <= DEAD:
                break
            state = self.step(state, self.readers(character))
        return self.accepts(state)

    def _told(self, state: int) -> int:
        """Return a state with what can be said of it at once."""
        if self._lasting and not state & self._lasting:
            return DEAD
        if self._looks:
            return self._looked(state)
        return FOUND if state & self._inner else state

    def _looked(self, state: int) -> int:
        """Return a state with what each lookahead says; one inside of another comes before it."""
        for bit, openings in self._looks:
            state &= ~bit
            if _is_any_open(openings, state):
                state |= bit
        return state

    def _is_open(self, state: int) -> bool:
        return _is_any_open(self._openings, state)


def _is_any_open(openings: Iterable[_Opening], state: int) -> bool:
    return any(
        state & to and state & needs == needs and not state & never
        for (needs, never), to in openings
    )


def _parsed(pattern: str) -> Any:
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
        for one, after in zip(said, said[1:], strict=False):
            if one.kind is Kind.SET and after.text == "]":
                raise NotRegularError("engines disagree about a set that begins with ]")
    return pattern


def _united(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


class _Builder:
    """Makes the positions of a pattern, and says how they follow each other.

    Attributes:
        gaps: For each distance, the positions that the one at that distance can follow.
        hubs: Of the others: sets of positions, any of which can follow any of some positions.
        guarded: The same where something else has to hold between the two.
        looks: The lookaheads.
        main: The positions that are in none of them.
    """

    def __init__(self, tree: Any) -> None:
        flags = tree.state.flags
        if flags & ~_KNOWN_FLAGS:
            raise NotRegularError("it has a flag")
        self._tree = tree
        self._dot: Ranges = ((0, BEHIND_ALL),) if flags & re.DOTALL else complement(LINE_END)
        self._next = _FIRST_BIT
        self._depth = self._work = 0
        self._readers: dict[Ranges, int] = {}
        self._sets: dict[int, Ranges] = {}
        self.gaps: dict[int, int] = {}
        self.hubs: dict[int, int] = {}
        self.guarded: list[tuple[Guard, int, int]] = []
        self.looks: list[_Look] = []
        self.main = 0

    def openings(self) -> tuple[_Opening, ...]:
        """Return the ways to begin the whole pattern."""
        try:
            return self._opened(self._sequence(self._tree.data))
        except RecursionError as error:
            raise NotRegularError("nested too deeply") from error

    def revives(self, openings: Iterable[_Opening]) -> bool:
        """Say whether a match can yet begin where no position is alive."""
        ends = [(_FREE, to, came) for to, came in self.hubs.items()] + self.guarded
        return any(to & _ALWAYS and came & self.main for _, to, came in ends) or any(
            to & _ALWAYS for _, to in openings
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
        if code is op.BRANCH:
            return _either([self._sequence(branch.data) for branch in said[1]])
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
        if self._next > _MOST_POSITIONS:
            raise NotRegularError("too large")
        self._next += 1
        return 1 << (self._next - 1)

    def _character(self, ranges: Ranges) -> _Part:
        bit = self._bit()
        self._readers[ranges] = self._readers.get(ranges, 0) | bit
        if not self._depth:
            self.main |= bit
        here = {_FREE: bit}
        return _Part((), here, here)

    def _look(self, body: Any, *, is_negated: bool) -> _Part:
        self._depth += 1
        openings = self._opened(self._sequence(body.data))
        self._depth -= 1
        bit = self._bit()
        self.looks.append(_Look(bit, openings))
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
        rest = _EMPTY
        if endless:
            # The last round may be repeated, unless it can be passed without reading.
            again = parts[-1] if parts and not parts[-1].null else self._sequence(body.data)
            self._lead(again.last, again.first)
            rest = _EMPTY if parts and again is parts[-1] else again._replace(null=(_FREE,))
        for part in reversed(parts[least:]):
            rest = self._optional(part, rest)
        return self._concatenated(reduce(self._concatenated, parts[:least], _EMPTY), rest)

    def _optional(self, one: _Part, rest: _Part) -> _Part:
        """Return a round that may be left out, together with those that come after it.

        Not left out, it has to read something: an empty round is as good as none.
        """
        self._lead(one.last, rest.first)
        return _Part((_FREE,), one.first, _with(dict(rest.last), one.last))

    def _concatenated(self, one: _Part, other: _Part) -> _Part:
        self._lead(one.last, other.first)
        null = [both for a in one.null for b in other.null if (both := _both(a, b)) is not None]
        first, last = other.first, one.last
        if one.null != (_FREE,):
            first = _past(one.null, first, _NOTHING_READ)
        if other.null != (_FREE,):
            last = _past(other.null, last, _BEGIN)
        return _Part(_simplest(null), _with(dict(first), one.first), _with(dict(last), other.last))

    # How one position follows another.

    def _lead(self, last: dict[Guard, int], first: dict[Guard, int]) -> None:
        for after, came in last.items():
            for before, to in first.items():
                guard = _both(after, before)
                # Between two characters, a text neither begins nor ends.
                if guard is not None and not guard.needs & (_BEGIN | _NOTHING_READ):
                    self._follow(guard, came, to)

    def _follow(self, guard: Guard, came: int, to: int) -> None:
        if guard != _FREE:
            self.guarded.append((guard, to, came))
        elif came & (came - 1) or to & (to - 1):
            self.hubs[to] = self.hubs.get(to, 0) | came
        else:
            gap = to.bit_length() - came.bit_length()
            self.gaps[gap] = self.gaps.get(gap, 0) | came

    def _opened(self, part: _Part) -> tuple[_Opening, ...]:
        """Return the ways to begin a part behind whose end anything may come."""
        for guard, came in part.last.items():
            if not guard.needs & _BEGIN:
                without, to = _ended(guard)
                self._follow(without, came, to) if without != _FREE else self._end(came, to)
        passed = [_ended(guard) for guard in part.null]
        begun = [(g, to) for g, to in part.first.items() if not g.needs & _NOTHING_READ]
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


def _ended(guard: Guard) -> _Opening:
    """Return a guard at a place behind which nothing is asked for, and what has to be alive."""
    if guard.needs & _NOTHING_READ:
        return guard._replace(needs=guard.needs ^ _NOTHING_READ), _NOTHING_READ
    return guard, _ALWAYS


def _both(one: Guard, other: Guard) -> Guard | None:
    if one == _FREE:
        return other
    needs, never = one.needs | other.needs, one.never | other.never
    return None if needs & never else Guard(needs, never)


def _simplest(guards: list[Guard]) -> tuple[Guard, ...]:
    if _FREE in guards:
        return (_FREE,)
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
