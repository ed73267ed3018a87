"""Ids of events, in the order of time: UUID version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from governance.bus.now import Now

# Random digits are had by the thousand: to ask the system for a few costs as much as all the rest.
_AT_ONCE = 512
_DIGITS = 19


class Ids:
    """Makes ids; any thread may ask for one.

    Args:
        now: Our clock.
    """

    def __init__(self, now: Now) -> None:
        self._now = now
        self._process = 0
        self._random: Iterator[str] = iter(())

    def new(self) -> str:
        """Return an id that nobody has had."""
        some = next(self._random, None)
        # A process that was forked off must not go on with the same digits.
        if some is None or self._process != os.getpid():
            some = self._more()
        at = f"{self._now.clock_ns() // 1_000_000:012x}"
        # Version 7, and the variant of RFC 9562.
        variant = _VARIANTS[some[3]]
        return f"{at[:8]}-{at[8:]}-7{some[:3]}-{variant}{some[4:7]}-{some[7:]}"

    def _more(self) -> str:
        digits = os.urandom(_AT_ONCE * _DIGITS // 2).hex()
        parts = [digits[at : at + _DIGITS] for at in range(0, len(digits) - _DIGITS + 1, _DIGITS)]
        self._process = os.getpid()
        # The step of a list's iterator is one for all threads.
        self._random = iter(parts[1:])
        return parts[0]


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
