"""The client for programs of threads; ``aio`` has the same for asyncio."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from governance.bus.commands import Ask, Command, Handle, Many, Pause, Reply
from governance.bus.connect import Target
from governance.bus.context import begin, end
from governance.bus.event import Event
from governance.bus.lines import Lines, drive
from governance.bus.outcome import Outcome, Outgoing, Published
from governance.bus.publisher import Sending
from governance.bus.reading import Reading
from governance.bus.session import Seat, Session, joined
from governance.catalog.model import Catalog
from governance.errors import BusError
from governance.schema.json import JsonObject

LOG = logging.getLogger("keb")
Handler = Callable[[Event], object]


class KEBClient:
    """Publishes and consumes events of a catalog, by threads.

    Args:
        url: Where the server is: see ``connect``.
        catalog: The catalog that both sides are held to.
        source: Who we are: ``source_system_id`` of what is published.
        name: What tells this replica from others of the same program, and is the same after a
            restart; by default the name of the machine.
        sending: Further settings of publishing, as ``Sending`` has them.
    """

    def __init__(
        self, url: str, catalog: Catalog, *, source: str, name: str | None = None, **sending: Any
    ) -> None:
        target = Target.of(url)
        self.session: Session[Handler] = Session(target, catalog, Sending(source, **sending), name)
        self.stats = self.session.stats
        self._lines = Lines(target)
        self._workers: list[_Worker] = []
        self._stop = threading.Event()

    def publish(self, event_type: str, data: JsonObject, **base: str | None) -> Published:
        """Publish an event.

        Args:
            event_type: Its event type, or another name that it has in the catalog.
            data: Its payload.
            base: ``correlation_id`` and ``causation_id``, by default those that follow from the
                event that is being handled; ``event_id``, by default a new one.

        Raises:
            Rejected: It does not keep to the catalog.
            NotSure: No answer came; ``send(error.event)`` is safe.
            Refused: The server did not take it.
        """
        return self.send(self.session.publisher.prepare(event_type, data, **base))

    def publish_all(self, events: Iterable[tuple[str, JsonObject]]) -> list[Outcome]:
        """Publish events at once; what becomes of each comes back in their order."""
        prepared = self.session.prepare_all(events)
        ready = [one for one in prepared if isinstance(one, Outgoing)]
        return joined(prepared, drive(self.session.publisher.send_all(ready), self._perform))

    def send(self, event: Outgoing) -> Published:
        """Send an event that was prepared before, such as that of a ``NotSure``."""
        return drive(self.session.publisher.send(event), self._perform)

    def subscribe(
        self, what: str, handler: Handler, *, group: str, workers: int = 1, **reading: Any
    ) -> None:
        """Let a handler have events; ``run`` or ``start`` begins.

        Args:
            what: An event type, a pattern such as ``Task.*``, or a stream.
            handler: Gets each event; where it raises, the event comes again later.
            group: The consumer group: each gets every event once.
            workers: How many events are handled at the same time.
            reading: Further settings, as ``Reading`` has them: ``consumer``, ``start`` and so on.

        Raises:
            BusError: It means nothing in this catalog.
        """
        self.session.subscribe(what, handler, Reading(group, **reading), workers)

    def start(self) -> None:
        """Begin to consume, in threads of their own."""
        self._workers += [
            _Worker(one, self._lines) for one in self.session.seats[len(self._workers) :]
        ]
        for worker in self._workers:
            worker.start()

    def run(self) -> None:
        """Consume until ``stop`` is called.

        Raises:
            BusError: A consumer can't go on: the server lets it not do what it has to.
        """
        self.start()
        while not self._stop.wait(0.2) and any(worker.is_alive for worker in self._workers):
            pass
        self.drain()
        for worker in self._workers:
            if worker.error is not None:
                raise worker.error

    def stop(self) -> None:
        """Let ``run`` come to an end; any thread, and a signal handler, may say so."""
        self._stop.set()

    def drain(self, timeout: float = 30.0) -> list[str]:
        """Stop consuming: handlers finish, what is not begun goes back to the group.

        Args:
            timeout: Seconds to wait for handlers.

        Returns:
            The names of the consumers that did not finish in time.
        """
        deadline = time.monotonic() + timeout
        for worker in self._workers:
            worker.tell_to_stop()
        return [worker.name for worker in self._workers if not worker.join(deadline)]

    def close(self) -> None:
        """Drain, and close every connection."""
        self.drain()
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _perform(self, command: Command) -> Reply:
        if isinstance(command, (Ask, Many)):
            return self._lines.perform(command)
        if isinstance(command, Pause):
            time.sleep(command.seconds)
            return None
        raise AssertionError("nothing is handled while something is published")


class _Worker:
    """The two threads of a seat: one handles, and one shows that it is alive meanwhile."""

    def __init__(self, seat: Seat[Handler], lines: Lines) -> None:
        self.error: BusError | None = None
        self._seat = seat
        self._lines = lines
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def name(self) -> str:
        """What the server knows it by."""
        return self._seat.core.reading.consumer

    @property
    def is_alive(self) -> bool:
        """Whether it still handles."""
        return any(one.is_alive() for one in self._threads)

    def start(self) -> None:
        """Begin, unless it has."""
        if self._threads:
            return
        for target in (self._run, self._hold):
            name = f"keb {self._seat.core.keys.stream} {self.name}"
            self._threads.append(threading.Thread(target=target, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def tell_to_stop(self) -> None:
        """Let it finish what it handles, and no more."""
        self._seat.core.is_stopping = True
        self._stop.set()

    def join(self, deadline: float) -> bool:
        """Wait for the end; say whether it came in time."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not self.is_alive

    def _run(self) -> None:
        try:
            drive(self._seat.core.run(), self._perform)
        except BusError as error:
            self.error = error
            LOG.error("%s stopped: %s", self.name, error)  # noqa: TRY400  the text says it all
        finally:
            self._stop.set()

    def _hold(self) -> None:
        while not self._stop.wait(self._seat.core.reading.claim_ms / 3000):
            drive(self._seat.core.hold(), self._perform)

    def _perform(self, command: Command) -> Reply:
        if isinstance(command, Handle):
            return self._handle(command.event)
        if isinstance(command, Pause):
            self._stop.wait(command.seconds)
            return None
        return self._lines.perform(command)

    def _handle(self, event: Event) -> Exception | None:
        token = begin(event)
        try:
            self._seat.handler(event)(event)
        except Exception as error:  # noqa: BLE001  whatever it is: the event comes again
            return error
        finally:
            end(token)
        return None
