"""Metrics for Prometheus: what a client has counted and how long that took, and how the bus is.

No label holds an id, nor a name that a writer makes up. Counts and times are each program's own;
gauges tell of the server, and one program alone should ask for them, such as ``keb-govern bus
metrics``.

The names are those of the source, with these differences. ``result`` of what was published is
``published``, ``rejected``, ``notsure`` or ``refused``. ``type`` is empty where an entry was not
opened, or is of no known type. ``keb_consumer_idle_seconds`` has a label ``consumer`` for whoever
asks; ``keb_memory_used_ratio`` is left out where a server has no bound. The source does not know
``keb_publish_retries_total``, ``keb_publish_lost_total``, ``keb_went_back_total``, ``keb_up``,
``keb_group_consumers`` and ``keb_group_lost``.

Times are observed only once somebody registers ``Times``: that costs some 5 µs of CPU for each
event, half of what it costs to consume one of a batch of 100. Ages may be negative, since clocks
differ: so their histograms have no sum.

Source: bus.md, section 4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from governance.bus.lag import Known, Lag
from governance.bus.outcome import NotSure
from governance.bus.state import Idle, State
from governance.bus.stats import Stats
from governance.errors import BusError

if TYPE_CHECKING:
    from governance.bus.aio import AsyncKEBClient
    from governance.bus.threads import KEBClient

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
    "publish_lost": ("Events that were published, and that the server has lost.", ("stream",)),
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
# The values of its labels, and a number.
Row = tuple[tuple[str, ...], float]


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


# What ``Stats`` observes: what it is, and what its labels mean.
TIMES = {
    "publish_duration_seconds": ("How long it took until a publish was answered.", ("type",)),
    "validation_duration_seconds": (
        "How long it took to hold an event to the catalog; of a reader, to take it apart as well.",
        ("type", "side"),
    ),
    "handler_duration_seconds": ("How long a handler took.", ("type", "group")),
    "event_age_seconds": (
        "Age of an event by its own time when a handler got it.",
        ("type", "group"),
    ),
    "entry_age_seconds": (
        "Age of an entry by the server's time when a handler got it.",
        ("type", "group"),
    ),
    "attempts_until_success": ("How often an event was handed out until then.", ("type", "group")),
}


class Times(Collector):
    """How long things take with a client: observed from now on.

    Args:
        client: The client.
    """

    def __init__(self, client: KEBClient | AsyncKEBClient) -> None:
        self._stats = client.stats
        client.session.time()

    def collect(self) -> Iterator[Metric]:
        """Yield every histogram of now; of ages, which may be negative, without a sum."""
        families = {
            name: HistogramMetricFamily(f"keb_{name}", about, labels=labels)
            for name, (about, labels) in TIMES.items()
        }
        observed = self._stats.histograms()
        for what in sorted(observed):
            (name, *labels), one = what, observed[what]
            names = [*map(floatToGoString, one.bounds), "+Inf"]
            buckets = list(zip(names, accumulate(one.counts), strict=True))
            families[name].add_metric(labels, buckets, one.sum)
        yield from families.values()


class Gauges(Collector):
    """How the bus is, asked for whenever somebody looks.

    Args:
        look: Asks the server, as ``state`` does; a ``BusError`` where that does not answer.
        per_consumer: Whether each consumer has a row of its own. There may be many, and their names
            stay for a day; otherwise a group has that of the one which was active last.
    """

    def __init__(self, look: Callable[[], State], *, per_consumer: bool = False) -> None:
        self._look = look
        self._per_consumer = per_consumer

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of now; ``keb_up`` alone where no server answers."""
        try:
            now: State | None = self._look()
        except BusError:
            now = None
        yield _gauge("up", "Whether the server answers.", (), [((), now is not None)])
        if now is None:
            return
        yield from _of_streams(now)
        yield from _of_groups([row for row in now.lags if row.group is not None])
        yield (_of_consumers if self._per_consumer else _of_last_consumers)(now.idle)
        # Without a bound there is no share.
        used = [] if now.memory.used is None else [((), now.memory.used)]
        yield _gauge("memory_used_ratio", "Share of its memory that the server has used.", (), used)


def _gauge(name: str, about: str, labels: tuple[str, ...], rows: Iterable[Row]) -> Metric:
    gauge = GaugeMetricFamily(f"keb_{name}", about, labels=labels)
    for values, number in rows:
        gauge.add_metric(values, number)
    return gauge


def _of_streams(now: State) -> Iterator[Metric]:
    streams = {row.stream: row for row in now.lags}.values()
    of = ("stream",)
    length = [((row.stream,), row.length) for row in streams]
    yield _gauge("stream_length", "Entries of a stream.", of, length)
    size = [((stream,), number) for stream, number in now.stream_bytes.items()]
    yield _gauge("stream_bytes", "Memory that a stream takes, about.", of, size)
    dead = [((row.stream,), row.dead) for row in streams]
    yield _gauge("dlq_length", "Dead letters of a stream.", of, dead)


def _of_groups(rows: list[Lag]) -> Iterator[Metric]:
    lag = [
        ((row.stream, row.group or "", "1" if row.lag_is is Known.EXACT else "0"), row.lag)
        for row in rows
        if row.lag is not None
    ]
    about = "Entries that a group was not handed."
    yield _gauge("group_lag", about, (*_OF_GROUP, "exact"), lag)
    for name, about, value in _GAUGES:
        values = [((row.stream, row.group or ""), value(row) or 0) for row in rows]
        yield _gauge(name, about, _OF_GROUP, values)


def _of_consumers(idle: list[Idle]) -> Metric:
    rows = [((one.stream, one.group, one.consumer), one.idle_s) for one in idle]
    return _gauge("consumer_idle_seconds", _IDLE, (*_OF_GROUP, "consumer"), rows)


def _of_last_consumers(idle: list[Idle]) -> Metric:
    least = dict[tuple[str, ...], float]()
    for one in idle:
        group = one.stream, one.group
        least[group] = min(one.idle_s, least.get(group, one.idle_s))
    return _gauge("consumer_idle_seconds", _IDLE, _OF_GROUP, least.items())


_IDLE = "Since when no consumer has shown a sign of life."
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
