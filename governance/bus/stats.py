"""What has happened, counted: plain numbers that a metrics library may look at any time."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from threading import Lock

_QUICK = (*(n / 1e6 for n in (1, 2.5, 5, 10, 25, 50, 100, 250, 500)), 0.001, 0.01, 0.1)
_LONG = (*(n / 1e4 for n in (1, 2.5, 5, 10, 25, 50, 100, 250, 500)), 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# Whose clock is ahead of ours sends what is not yet of age.
_AGES = (
    *(-3_600.0, -300.0, -60.0, -10.0, -1.0, 0.0),
    *(0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 3_600.0, 86_400.0),
)
# What is observed, and the upper bounds of what is counted together.
BOUNDS = {
    "publish_duration_seconds": (*_LONG, 10.0),
    "validation_duration_seconds": _QUICK,
    "handler_duration_seconds": (*_LONG, 10.0, 30.0, 60.0, 300.0),
    "event_age_seconds": _AGES,
    "entry_age_seconds": _AGES,
    "attempts_until_success": (1.0, 2.0, 3.0, 4.0, 5.0, 10.0),
}


class Histogram:
    """Numbers that were observed, counted by the bound that each keeps to.

    Attributes:
        bounds: The upper bounds, inclusive.
        counts: How many numbers keep to each bound and to none before; the last keep to none.
        sum: Of all numbers.
    """

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def copy(self) -> Histogram:
        """Return one of the same numbers."""
        made = Histogram(self.bounds)
        made.counts, made.sum = list(self.counts), self.sum
        return made


class Stats:
    """Counts, by what is counted and its labels; any thread may add.

    Attributes:
        is_timed: Whether anybody wants to know how long things take: to look at the clock costs as
            much as a good part of all else that is done with an event.
    """

    def __init__(self) -> None:
        self.is_timed = False
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._histograms: dict[tuple[str, ...], Histogram] = {}
        self._lock = Lock()

    def count(self, *what: str, by: int = 1) -> None:
        """Add to a count: its name first, then its labels."""
        with self._lock:
            self._counts[what] += by

    def histogram(self, *what: str) -> Histogram:
        """Return a histogram to observe numbers for: its name first, then its labels."""
        with self._lock:
            found = self._histograms.get(what)
            if found is None:
                found = self._histograms[what] = Histogram(BOUNDS[what[0]])
            return found

    def observe(self, seen: Iterable[tuple[Histogram, float]], times: int = 1) -> None:
        """Add numbers to histograms, each as if it had been observed so often."""
        with self._lock:
            for one, number in seen:
                one.counts[bisect_left(one.bounds, number)] += times
                one.sum += number * times

    def read(self) -> dict[tuple[str, ...], int]:
        """Return every count of now."""
        with self._lock:
            return dict(self._counts)

    def histograms(self) -> dict[tuple[str, ...], Histogram]:
        """Return every histogram of now."""
        with self._lock:
            return {what: one.copy() for what, one in self._histograms.items()}

    def total(self, name: str) -> int:
        """Return the sum of a count over its labels."""
        return sum(number for what, number in self.read().items() if what[0] == name)
