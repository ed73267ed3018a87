"""The client for programs of threads; ``aio`` has the same for asyncio."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

from governance.bus.commands import Command, Pause, Reply
from governance.bus.connect import Target
from governance.bus.context import begin, end
from governance.bus.event import Event
from governance.bus.lines import Lines, drive
from governance.bus.outcome import Outcome, Outgoing, Published
from governance.bus.session import Client, Seat, Session
from governance.bus.trim import Trimmed
from governance.errors import BusError
from governance.schema.json import JsonObject

LOG = logging.getLogger("keb")
Handler = Callable[[Event], object]
_LOOK_S = 0.05


class KEBClient(Client[Handler]):
    """Publishes and consumes events of a catalog, by threads.

    Its arguments and ``subscribe`` are those of ``Client``, which both clients are.
    """

    def _open(self, target: Target, patience_s: float) -> None:
        self._lines = Lines(target, patience_s)
        self._workers: list[_Worker] = []

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
        return drive(self.session.publish_all(events), self._lines.carry_out)

    def send(self, event: Outgoing) -> Published:
        """Send an event that was prepared before, such as that of a ``NotSure``."""
        return drive(self.session.publisher.send(event), self._lines.carry_out)

    def start(self) -> None:
        """Begin to consume, in threads of their own."""
        self._workers += [
            _Worker(one, self._lines, self.session)
            for one in self.session.seats[len(self._workers) :]
        ]
        for worker in self._workers:
            worker.start()

    def run(self) -> None:
        """Consume until ``stop`` is called.

        Raises:
            BusError: A consumer can't go on: the server lets it not do what it has to.
        """
        self.start()
        while not self._stops and any(worker.is_alive for worker in self._workers):
            time.sleep(_LOOK_S)
        self.drain()
        for worker in self._workers:
            if worker.error is not None:
                raise worker.error

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
        while (left := self._running()) and time.monotonic() < deadline and not self._is_in_a_hurry:
            left[0].join(_LOOK_S)
        return [worker.name for worker in left]

    def _running(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.is_alive]

    def close(self) -> None:
        """Drain, and close every connection."""
        self.drain()
        self._lines.close()

    def trim(self, stream: str, *, keep_s: float, most: int | None = None) -> Trimmed:
        """Make room in a stream behind its slowest group; to be done now and then.

        Args:
            stream: The stream.
            keep_s: For how many seconds an entry stays, though everybody has handled it.
            most: How many entries may stay, whoever needs them; what is lost so is counted.

        Raises:
            BusError: The server does not do it.
        """
        return drive(self.session.trim(stream, keep_s, most), self._lines.carry_out)

    def sweep(self, stream: str, group: str, *, idle_s: float = 86_400) -> int:
        """Clear away names of consumers that are long gone; return how many.

        Args:
            stream: The stream.
            group: The consumer group.
            idle_s: For how many seconds they have shown no sign of life.

        Raises:
            BusError: The server does not do it.
        """
        return drive(self.session.sweep(stream, group, idle_s), self._lines.carry_out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _GivenUpError(Exception):
    """The handler of this thread took too long: another thread has gone on without it."""


class _Worker:
    """The two threads of a seat: one handles, and one shows that it is alive meanwhile."""

    def __init__(self, seat: Seat[Handler], lines: Lines, session: Session[Handler]) -> None:
        self.error: BaseException | None = None
        self._seat = seat
        self._lines = lines
        self._stop = threading.Event()
        self._end = threading.Event()
        self._handlers = seat.handlers
        self._stats, self._timing = session.stats, session.timing
        self._steps = seat.core.run()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        # Until when the handler may take its time, and with what.
        self._call: tuple[float, Event] | None = None

    @property
    def name(self) -> str:
        """What the server knows it by."""
        return self._seat.core.reading.consumer

    @property
    def is_alive(self) -> bool:
        """Whether it still handles."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, unless it has."""
        if self._thread is None:
            self._go_on(None)
            self._begin(self._watch)

    def tell_to_stop(self) -> None:
        """Let it finish what it handles, and no more."""
        self._seat.core.is_stopping = True
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the end."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _go_on(self, reply: Reply) -> None:
        self._thread = self._begin(self._run, reply)

    def _begin(self, target: Callable[..., None], *arguments: Reply) -> threading.Thread:
        name = f"keb {self._seat.core.keys.stream} {self.name}"
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        return thread

    def _run(self, reply: Reply) -> None:
        try:
            drive(self._steps, self._perform, reply)
        except _GivenUpError:
            return
        except BusError as error:
            self.error = error
            LOG.error("%s stopped: %s", self.name, error)  # noqa: TRY400  the text says it all
        except BaseException as error:
            self.error = error
            LOG.exception("%s stopped by a bug", self.name)
        self._end.set()

    def _watch(self) -> None:
        reading = self._seat.core.reading
        every_s = reading.claim_ms / 3000
        look_s = every_s if reading.limit_s is None else min(every_s, reading.limit_s / 4)
        hold_at = time.monotonic() + every_s
        while not self._end.wait(look_s):
            self._end_call()
            if time.monotonic() >= hold_at:
                with suppress(BusError):  # run meets it as well, and ends
                    drive(self._seat.core.hold(), self._perform)
                hold_at = time.monotonic() + every_s

    def _end_call(self) -> None:
        """Go on in another thread where the handler has had its time."""
        with self._lock:
            if self._call is None or time.monotonic() < self._call[0]:
                return
            _, event = self._call
            self._call = None
        limit_s = self._seat.core.reading.limit_s
        error = TimeoutError(f"the handler has not returned within {limit_s} s")
        if self._stats.is_timed and limit_s is not None:
            self._timing.handled(event, limit_s, error)
        self._go_on(error)

    def _perform(self, command: Command) -> Reply:
        if isinstance(command, Event):
            return self._timed(command) if self._stats.is_timed else self._handle(command)
        if isinstance(command, Pause):
            self._stop.wait(command.seconds)
            return None
        return self._lines.perform(command)

    def _timed(self, event: Event) -> BaseException | None:
        began_s = time.perf_counter()
        error = self._handle(event)
        self._timing.handled(event, time.perf_counter() - began_s, error)
        return error

    def _handle(self, event: Event) -> BaseException | None:
        limit_s = self._seat.core.reading.limit_s
        if limit_s is None:
            return self._handled(event)
        mine = (time.monotonic() + limit_s, event)
        self._call = mine
        error = self._handled(event)
        with self._lock:
            if self._call is not mine:
                raise _GivenUpError
            self._call = None
        return error

    def _handled(self, event: Event) -> BaseException | None:
        token = begin(event)
        try:
            self._handlers[event.type](event)
        # Whatever it is, the event comes again; in a thread an exit would end this thread alone.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            return error
        finally:
            end(token)
        return None
