"""The time of now as events write it: ISO 8601 in UTC, to the millisecond."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

_NS = 1_000_000_000


class Now:
    """Tells the time; a second is written out once.

    Args:
        clock_ns: Nanoseconds since 1970, by a clock that people set.
    """

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.clock_ns = clock_ns
        self._second = (0, "")

    def iso(self) -> str:
        """Return the time of now, such as ``2026-07-15T09:00:00.000Z``."""
        second, rest = divmod(self.clock_ns(), _NS)
        # Another thread may write it meanwhile: what was read stays together.
        known, text = self._second
        if known != second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)
        return f"{text}.{rest // 1_000_000:03d}Z"


def said_s(iso: str) -> float | None:
    """Return the time that an event says, in seconds since 1970; None where it says none.

    Older writers leave out the zone: then it is UTC.
    """
    try:
        said = datetime.fromisoformat(iso)
        return (said if said.tzinfo is not None else said.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
