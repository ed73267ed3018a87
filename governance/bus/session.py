"""What both clients are made of: the publisher, and a consumer for each seat at a stream."""

from __future__ import annotations

import inspect
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from governance.bus.commands import CommandError, Steps, T
from governance.bus.connect import Target
from governance.bus.consumer import Consumer
from governance.bus.declared import Declarations
from governance.bus.event import Event
from governance.bus.keys import Keys
from governance.bus.outcome import Outcome, Outgoing, Rejected
from governance.bus.preparing import Sending
from governance.bus.publisher import Publisher
from governance.bus.reading import Reading, check
from governance.bus.stats import Stats
from governance.bus.subscription import readings
from governance.bus.sweep import sweep
from governance.bus.timing import Timing, time_reads
from governance.bus.trim import Trimmed, trim
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.config import Config
from governance.errors import BusError
from governance.schema.json import JsonObject

H = TypeVar("H", bound=Callable[[Event], Any])
# Told to stop so often, nobody waits for handlers.
_HURRY = 2


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

    Raises:
        BusError: Nobody is named who sends the events: they would be invalid.
    """

    def __init__(
        self, target: Target, catalog: Catalog | Path | str, sending: Sending, name: str | None
    ) -> None:
        # Of the base fields this is the only one that is said once for all events.
        if not isinstance(sending.source, str) or not sending.source:
            raise BusError(f"source={sending.source!r} names nobody: say who sends the events")
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
            BusError: It means nothing in this catalog, or a setting means nothing.
        """
        if not callable(handler):
            raise BusError(f"the handler of {what} is no function, but {handler!r}")
        if workers < 1:
            raise BusError(f"workers={workers} would handle nothing: 1 or more")
        check(reading)
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

    def publish_all(self, events: Iterable[tuple[str, JsonObject]]) -> Steps[list[Outcome]]:
        """Publish events at once; return what becomes of each, in their order."""
        prepared = [self._prepared(event_type, data) for event_type, data in events]
        ready = [one for one in prepared if isinstance(one, Outgoing)]
        outcomes = iter((yield from self.publisher.send_all(ready)))
        return [next(outcomes) if isinstance(one, Outgoing) else one for one in prepared]

    def _prepared(self, event_type: str, data: JsonObject) -> Outgoing | Rejected:
        try:
            return self.publisher.prepare(event_type, data)
        except Rejected as error:
            return error

    def trim(self, stream: str, keep_s: float, most: int | None) -> Steps[Trimmed]:
        """Make room in a stream; see ``KEBClient.trim``."""
        keep_ms = int(keep_s * 1000)
        return _asked(trim(self.keys(stream), self.stats, keep_ms=keep_ms, most=most))

    def sweep(self, stream: str, group: str, idle_s: float) -> Steps[int]:
        """Clear away names of consumers; see ``KEBClient.sweep``."""
        return _asked(sweep(self.keys(stream), group, int(idle_s * 1000)))


def _asked(steps: Steps[T]) -> Steps[T]:
    try:
        return (yield from steps)
    except CommandError as error:
        raise BusError(f"the server did not do it: {error}") from error


class Client(ABC, Generic[H]):
    """What the clients of threads and of asyncio have in common: what needs no waiting."""

    def __init__(
        self,
        url: str,
        catalog: Catalog | Path | str,
        *,
        source: str,
        name: str | None = None,
        **sending: Any,
    ) -> None:
        """Get ready; nobody is asked yet.

        Args:
            url: Where the server is: see ``connect``.
            catalog: The catalog that both sides are held to, or its folder.
            source: Who we are: ``source_system_id`` of what is published.
            name: What tells this replica from others of the same program, and is the same after a
                restart; by default the name of the machine.
            sending: Further settings of publishing, as ``Sending`` has them.
        """
        target = Target.of(url)
        how = Sending(source, **sending)
        self.session: Session[H] = Session(target, catalog, how, name)
        self.stats = self.session.stats
        # A plain number: a signal may come while any lock is held.
        self._stops = 0
        self._open(target, how.patience_s)

    @abstractmethod
    def _open(self, target: Target, patience_s: float) -> None:
        """Make what a client needs to wait, its lines among it."""

    def subscribe(
        self, what: str, handler: H, *, group: str, workers: int = 1, **reading: Any
    ) -> None:
        """Let a handler have events; ``run`` or ``start`` begins.

        Args:
            what: An event type, a pattern such as ``Task.*``, or a stream.
            handler: Gets each event; where it raises, the event comes again later. With asyncio a
                plain function runs in a thread, and a coroutine function must let others run: while
                it does not, nobody says that this consumer is alive.
            group: The consumer group: each gets every event once.
            workers: How many events are handled at the same time.
            reading: Further settings, as ``Reading`` has them: ``consumer``, ``start`` and so on.

        Raises:
            BusError: It means nothing in this catalog, or a setting means nothing.
        """
        # Called and never awaited it would do nothing, and its event be acknowledged.
        if is_coroutine_function(handler) and not hasattr(self, "__aenter__"):
            raise BusError(
                f"the handler of {what} is a coroutine function, and nobody awaits it here: "
                "subscribe it to an AsyncKEBClient"
            )
        self.session.subscribe(what, handler, Reading(group, **reading), workers)

    def stop(self) -> None:
        """Let ``run`` come to an end; any thread, and a signal handler, may say so.

        Who says it again waits for nobody: what is not done stays pending, and others claim it.
        """
        self._stops += 1
        for seat in self.session.seats:
            seat.core.is_stopping = True

    @property
    def _is_in_a_hurry(self) -> bool:
        return self._stops >= _HURRY


def is_coroutine_function(handler: Callable[..., object]) -> bool:
    """Say whether what a handler returns has to be awaited: a function, or an object called."""
    called = getattr(handler, "__call__", None)  # noqa: B004  of an instance, to look at
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(called)
