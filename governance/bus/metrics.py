"""Metrics for Prometheus: what a client has counted, and how far groups are behind.

No label holds an id. Counts are each program's own; gauges tell of the server, and one program
alone should ask for them, such as ``keb-govern bus metrics``.

Source: bus.md, section 4; the names are from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from governance.bus.lag import Known, Lag
from governance.bus.outcome import NotSure
from governance.bus.stats import Stats
from governance.errors import BusError

# What ``Stats`` counts: what it is, and what its labels mean.
COUNTS = {
    "published": (
        "Events that were published, by what became of them.",
        ("type", "version", "result"),
    ),
    "rejected": (
        "Faults of events that were not sent, or that no handler got.",
        ("type", "side", "keyword"),
    ),
    "publish_retries": ("How often something was sent again.", ("type", "reason")),
    "consumed": ("Events that were read, by what became of them.", ("type", "group", "result")),
    "redelivered": ("Events that came again.", ("type", "group")),
    "claimed": ("Entries that were taken over from another consumer.", ("stream", "group")),
    "group_recreated": ("How often a group was lost and made anew.", ("stream", "group")),
    "trimmed": (
        "Entries that were cut off to make room, those that some group had not read apart.",
        ("stream", "unread"),
    ),
    "went_back": ("How often a stream was found with less than before.", ("stream", "group")),
    "reconnects": ("How often the server gave no answer, or refused.", ("group", "reason")),
}
_OF_GROUP = ("stream", "group")
Rows = Callable[[], Iterable[Lag]]


class Counts(Collector):
    """What a client has counted, for ``prometheus_client.REGISTRY.register``.

    Args:
        stats: The ``stats`` of a client.
    """

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        """Yield every count of now."""
        families = {
            name: CounterMetricFamily(f"keb_{name}", about, labels=labels)
            for name, (about, labels) in COUNTS.items()
        }
        counts = sorted(self._stats.read().items())
        for (name, *labels), number in counts:
            families[name].add_metric(labels, number)
        yield from families.values()
        yield _not_sure(counts)


def _not_sure(counts: list[tuple[tuple[str, ...], int]]) -> Metric:
    """Return how many events were sent without an answer: an alert of its own."""
    about = "Events that may or may not have arrived."
    family = CounterMetricFamily("keb_publish_not_sure", about, labels=("type",))
    sums = Counter[str]()
    for (name, *labels), number in counts:
        if name == "published":
            sums[labels[0]] += number if labels[-1] == NotSure.__name__.lower() else 0
    for event_type, number in sums.items():
        family.add_metric((event_type,), number)
    return family


class Gauges(Collector):
    """How far groups are behind, asked for whenever somebody looks.

    Args:
        rows: Asks the server, as ``lags`` does; a ``BusError`` where that does not answer.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of now; ``keb_up`` alone where no server answers."""
        up = GaugeMetricFamily("keb_up", "Whether the server answers.")
        try:
            rows = list(self._rows())
        except BusError:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _of_streams(rows)
        yield from _of_groups([row for row in rows if row.group is not None])


def _of_streams(rows: list[Lag]) -> Iterator[Metric]:
    streams = {row.stream: row for row in rows}
    length = GaugeMetricFamily("keb_stream_length", "Entries of a stream.", labels=("stream",))
    dead = GaugeMetricFamily("keb_dlq_length", "Dead letters of a stream.", labels=("stream",))
    for stream, row in streams.items():
        length.add_metric((stream,), row.length)
        dead.add_metric((stream,), row.dead)
    yield length
    yield dead


def _of_groups(rows: list[Lag]) -> Iterator[Metric]:
    lag = GaugeMetricFamily(
        "keb_group_lag", "Entries that a group was not handed.", labels=(*_OF_GROUP, "exact")
    )
    for row in rows:
        if row.lag is not None:
            exact = "1" if row.lag_is is Known.EXACT else "0"
            lag.add_metric((row.stream, row.group or "", exact), row.lag)
    yield lag
    for name, about, value in _GAUGES:
        gauge = GaugeMetricFamily(f"keb_{name}", about, labels=_OF_GROUP)
        for row in rows:
            gauge.add_metric((row.stream, row.group or ""), value(row) or 0)
        yield gauge


_GAUGES: tuple[tuple[str, str, Callable[[Lag], float | None]], ...] = (
    ("group_pending", "Entries handed out and not acknowledged.", lambda row: row.pending),
    ("group_consumers", "Names that have read for a group.", lambda row: row.consumers),
    (
        "group_oldest_pending_seconds",
        "Age of the first entry that was not acknowledged.",
        lambda row: row.oldest_pending_s,
    ),
    (
        "oldest_unread_age_seconds",
        "Age of the first entry that a group was not handed.",
        lambda row: row.oldest_unread_s,
    ),
    ("group_lost", "Entries trimmed before a group was handed them.", lambda row: row.lost),
)
