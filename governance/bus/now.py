"""The time of now as events write it: ISO 8601 in UTC, to the millisecond."""

from __future__ import annotations

import time


class Now:
    """Tells the time; a second is written out once."""

    def __init__(self) -> None:
        self._second = (0, "")

    def iso(self) -> str:
        """Return the time of now, such as ``2026-07-15T09:00:00.000Z``."""
        second, rest = divmod(time.time_ns(), 1_000_000_000)
        # Another thread may write it meanwhile: what was read stays together.
        known, text = self._second
        if known != second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)
        return f"{text}.{rest // 1_000_000:03d}Z"
