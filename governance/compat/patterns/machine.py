"""A pattern as a machine that reads texts from their end to their beginning.

It has a position for each character that the pattern can read. Its state is the set of positions
from which the part read so far (the end of the text) can be gone on with to a match. Read in this
direction, a machine with lookaheads is deterministic as well: what a lookahead says at some place
depends only on what follows there, and that has been read already.

Source: Glushkov 1961, "The abstract theory of automata", for the positions; ECMA-262, section
22.2.2 (pattern semantics), for what they mean.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import accumulate
from operator import xor

from governance.compat.patterns.positions import (
    ALWAYS,
    BEGIN,
    FREE,
    NOTHING_READ,
    Opening,
    Positions,
    parsed,
)
from governance.schema.regex import bits

# States from which nothing can change any more.
FOUND = -1
DEAD = 0


class Machine:
    """A compiled pattern.

    Args:
        pattern: As in a schema.

    Attributes:
        initial: The state before anything is read.
        changes: By code point, the positions that start or cease to read from there on.
        is_plain: Whether it has no lookaheads, so that more positions never find less.
        size: How many bits a state has.

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
        "is_plain",
        "size",
    )

    def __init__(self, pattern: str) -> None:
        made = Positions(parsed(pattern))
        openings = made.openings()
        self._forward = [(gap, mask) for gap, mask in made.gaps.items() if gap >= 0]
        self._backward = [(-gap, mask) for gap, mask in made.gaps.items() if gap < 0]
        self._hubs = [(to, came) for to, came in made.hubs.items() if to != ALWAYS]
        self._always = made.hubs.get(ALWAYS, 0)
        self._guarded = made.guarded
        self._looks = made.looks
        self._openings = openings
        self.is_plain = not made.looks
        self.size = made.size
        # Without lookaheads nothing but the beginning is left to be guarded.
        self._opening = reduce(int.__or__, (to for _, to in openings), 0)
        self._inner = reduce(int.__or__, (to for guard, to in openings if guard == FREE), 0)
        self._lasting = 0 if made.revives(openings) else made.main | NOTHING_READ
        self.changes = made.changes()
        self._cuts = tuple(sorted(self.changes))
        self._masks = tuple(accumulate((self.changes[cut] for cut in self._cuts), xor))
        self.initial = self._told(NOTHING_READ | ALWAYS)

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
        return self._told((alive & readers) | ALWAYS)

    def accepts(self, state: int) -> bool:
        """Say whether the pattern is found in a text that has been read as a whole."""
        if state <= DEAD:
            return state == FOUND
        if not self._looks:
            return bool(state & self._opening)
        return self._is_open(self._looked(state | BEGIN))

    def apart(self, state: int) -> Iterator[int]:
        """Yield states of one position each that together find what a state finds."""
        positions = state & ~ALWAYS if self.is_plain else 0
        if state <= DEAD or not positions:
            yield state
        else:
            yield from (ALWAYS | 1 << number for number in bits(positions))

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


def _is_any_open(openings: Iterable[Opening], state: int) -> bool:
    return any(
        state & to and state & needs == needs and not state & never
        for (needs, never), to in openings
    )
