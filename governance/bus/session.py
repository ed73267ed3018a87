"""What both clients are made of: the publisher, and a consumer for each seat at a stream."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from governance.bus.connect import Target
from governance.bus.consumer import Consumer
from governance.bus.declared import Declarations
from governance.bus.event import Event
from governance.bus.keys import Keys
from governance.bus.outcome import Outcome, Outgoing, Rejected
from governance.bus.preparing import Sending
from governance.bus.publisher import Publisher
from governance.bus.reading import Reading
from governance.bus.stats import Stats
from governance.bus.subscription import readings
from governance.bus.timing import Timing, time_reads
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.config import Config
from governance.schema.json import JsonObject

H = TypeVar("H", bound=Callable[[Event], Any])


def _opened(catalog: Catalog | Path | str) -> Catalog:
    if isinstance(catalog, Catalog):
        return catalog
    return load(read_folder(Path(catalog), Config().max_file_bytes))


class _Handlers(dict[str, H]):
    """Handlers by event type, with one for all others, or none."""

    any: H | None = None

    def __missing__(self, event_type: str) -> H:
        if self.any is None:
            raise AssertionError("what has no handler is passed over")
        return self.any


class Seat(Generic[H]):
    """One consumer at one stream, and the handlers of what it reads."""

    def __init__(self, core: Consumer) -> None:
        self.core = core
        # By event type.
        self.handlers = _Handlers[H]()

    def add(self, types: frozenset[str] | None, handler: H) -> None:
        """Let a handler have event types; None for all that no other handler has."""
        if types is None:
            self.handlers.any = handler
        for one in types or ():
            self.handlers[one] = handler
        known = None if self.handlers.any is not None else frozenset(self.handlers)
        self.core.reading = self.core.reading._replace(types=known)


class Session(Generic[H]):
    """A catalog, the server that its events travel on, and who we are there.

    Args:
        target: Where the server is.
        catalog: The catalog that both sides are held to, or its folder.
        sending: Who sends, and how.
        name: What tells this replica from others of the same program, and is the same after a
            restart; None for the name of the machine.
    """

    def __init__(
        self, target: Target, catalog: Catalog | Path | str, sending: Sending, name: str | None
    ) -> None:
        self.declarations = Declarations(_opened(catalog))
        self.stats = Stats()
        self.name = name or socket.gethostname()
        self.seats: list[Seat[H]] = []
        self._is_cluster = target.kind == "cluster"
        self.publisher = Publisher(
            self.declarations, sending, self.keys, self.stats, time.monotonic
        )
        self.timing = Timing(self.stats, self.publisher.now)

    def time(self) -> None:
        """Observe from now on how long things take."""
        if not self.stats.is_timed:
            self.stats.is_timed = True
            time_reads(self.declarations, self.stats)

    def keys(self, stream: str) -> Keys:
        """Return the keys of a stream."""
        return Keys.of(stream, is_cluster=self._is_cluster)

    def subscribe(self, what: str, handler: H, reading: Reading, workers: int) -> None:
        """Let a handler have what a subscription means, at so many seats.

        Raises:
            BusError: It means nothing in this catalog.
        """
        for stream, types in readings(self.declarations, what):
            for number in range(workers):
                name = reading.consumer or f"{self.name}/{number}"
                self._seat(stream, reading._replace(consumer=name)).add(types, handler)

    def _seat(self, stream: str, reading: Reading) -> Seat[H]:
        who = (stream, reading.group, reading.consumer)
        for seat in self.seats:
            mine = seat.core
            if who == (mine.keys.stream, mine.reading.group, mine.reading.consumer):
                return seat
        core = Consumer(self.keys(stream), reading, self.declarations, self.stats, time.monotonic)
        self.seats.append(Seat(core))
        return self.seats[-1]

    def prepare_all(self, events: Iterable[tuple[str, JsonObject]]) -> list[Outgoing | Rejected]:
        """Return events ready to be sent, or why one is not, in their order."""
        prepared: list[Outgoing | Rejected] = []
        for event_type, data in events:
            try:
                prepared.append(self.publisher.prepare(event_type, data))
            except Rejected as error:
                prepared.append(error)
        return prepared


def joined(prepared: list[Outgoing | Rejected], sent: list[Outcome]) -> list[Outcome]:
    """Return what became of events, those that were not sent included, in their order."""
    outcomes = iter(sent)
    return [next(outcomes) if isinstance(one, Outgoing) else one for one in prepared]
