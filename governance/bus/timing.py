"""How long things take: observed for every event, once somebody has asked for it.

Source: bus.md, section 4 ("Histograms").
"""

from __future__ import annotations

from functools import cache
from time import perf_counter
from typing import NamedTuple

from governance.bus.declared import Declarations, Unreadable
from governance.bus.event import Event, Place
from governance.bus.now import Now, said_s
from governance.bus.stats import Histogram, Stats
from governance.wire import Side

_NS = 1_000_000_000


class _Handled(NamedTuple):
    """What is observed of the events of one type that one group handles."""

    took: Histogram
    event_age: Histogram
    entry_age: Histogram
    attempts: Histogram


class Timing:
    """Observes how long events were under way, and how long handlers take.

    Args:
        stats: Where it is added up.
        now: Our clock.
    """

    def __init__(self, stats: Stats, now: Now) -> None:
        self._stats = stats
        self._now = now
        self._known: dict[tuple[str, str], _Handled] = {}

    def handled(self, event: Event, took_s: float, error: BaseException | None) -> None:
        """Take account of an event that a handler has just had.

        How old it was when the handler got it is told twice: by its own time, and by that of its
        entry. Where they differ, the clock of whoever sent it differs from the server's, or it was
        sent late.

        Args:
            event: The event.
            took_s: Seconds that the handler took.
            error: What it raised, if anything.
        """
        place = event.place
        who = event.type, place.group
        into = self._known.get(who)
        if into is None:
            made = [self._stats.histogram(name, *who) for name in _NAMES]
            into = self._known[who] = _Handled(*made)
        given_s = self._now.clock_ns() / _NS - took_s
        entry_s = int(place.entry_id.partition("-")[0]) / 1000
        seen = [(into.took, took_s), (into.entry_age, given_s - entry_s)]
        event_s = said_s(event.timestamp_iso)
        if event_s is not None:
            seen.append((into.event_age, given_s - event_s))
        if error is None:
            seen.append((into.attempts, place.attempt))
        self._stats.observe(seen)


_NAMES = (
    *("handler_duration_seconds", "event_age_seconds"),
    *("entry_age_seconds", "attempts_until_success"),
)


def time_reads(declarations: Declarations, stats: Stats) -> None:
    """Observe from now on how long it takes to take an entry apart and to check it."""
    read = declarations.read
    known = declarations.catalog.by_type

    @cache
    def histogram(event_type: str) -> Histogram:
        return stats.histogram("validation_duration_seconds", event_type, Side.READER.value)

    def timed(data: bytes, place: Place) -> Event | Unreadable:
        began_s = perf_counter()
        found = read(data, place)
        took_s = perf_counter() - began_s
        name = found.type if isinstance(found, Event) else found.event_type
        # Of names that writers make up there is no end.
        stats.observe([(histogram(name if name is not None and name in known else ""), took_s)])
        return found

    # In place of the method, so that nobody pays for clocks who does not look at them.
    vars(declarations)["read"] = timed
