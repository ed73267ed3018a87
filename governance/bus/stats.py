"""What has happened, counted: plain numbers that a metrics library may look at any time."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Stats:
    """Counts, by what is counted and its labels; any thread may add."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._lock = Lock()

    def count(self, *what: str, by: int = 1) -> None:
        """Add to a count: its name first, then its labels."""
        with self._lock:
            self._counts[what] += by

    def read(self) -> dict[tuple[str, ...], int]:
        """Return every count of now."""
        with self._lock:
            return dict(self._counts)

    def total(self, name: str) -> int:
        """Return the sum of a count over its labels."""
        return sum(number for what, number in self.read().items() if what[0] == name)
