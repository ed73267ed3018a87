"""The client for programs of asyncio; ``threads`` has the same for threads."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Self

from governance.bus.aiolines import AioLines, drive
from governance.bus.commands import Command, Pause, Reply
from governance.bus.connect import Target
from governance.bus.context import begin, end
from governance.bus.event import Event
from governance.bus.options import PATIENCE_S
from governance.bus.outcome import Outcome, Outgoing, Published
from governance.bus.session import Client, Seat, Session, is_coroutine_function
from governance.bus.trim import Trimmed
from governance.bus.unhurried import in_thread, unhurried
from governance.errors import BusError
from governance.schema.json import JsonObject

LOG = logging.getLogger("keb")
Handler = Callable[[Event], Awaitable[object]] | Callable[[Event], object]
# Where nobody waits for handlers, what is done is acknowledged within so long.
_HURRY_S = 0.5


class AsyncKEBClient(Client[Handler]):
    """Publishes and consumes events of a catalog, in one event loop.

    Its arguments and ``subscribe`` are those of ``Client``, which both clients are.
    """

    def _open(self, target: Target, patience_s: float) -> None:
        self._lines = AioLines(target, patience_s)
        self._workers: list[_Worker] = []
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def publish(self, event_type: str, data: JsonObject, **base: str | None) -> Published:
        """Publish an event.

        Whoever is cancelled here does not learn what became of it. For arguments and errors see
        ``KEBClient.publish``.
        """
        return await self.send(self.session.publisher.prepare(event_type, data, **base))

    async def publish_all(self, events: Iterable[tuple[str, JsonObject]]) -> list[Outcome]:
        """Publish events at once; what becomes of each comes back in their order."""
        return await drive(self.session.publish_all(events), self._lines.carry_out)

    async def send(self, event: Outgoing) -> Published:
        """Send an event that was prepared before, such as that of a ``NotSure``."""
        return await drive(self.session.publisher.send(event), self._lines.carry_out)

    def start(self) -> None:
        """Begin to consume, in tasks of their own of the running loop."""
        self._loop = asyncio.get_running_loop()
        self._workers += [
            _Worker(one, self._lines, self.session, self._on_end)
            for one in self.session.seats[len(self._workers) :]
        ]
        for worker in self._workers:
            worker.start()

    async def run(self) -> None:
        """Consume until ``stop`` is called; whoever is cancelled here drains first.

        Raises:
            BusError: A consumer can't go on: the server lets it not do what it has to.
        """
        self.start()
        try:
            if any(worker.is_alive for worker in self._workers):
                await self._stop.wait()
        finally:
            await self.drain()
        for worker in self._workers:
            if worker.error is not None:
                raise worker.error

    def stop(self) -> None:
        """Let ``run`` come to an end; any thread, and a signal handler, may say so.

        Who says it again waits for nobody, as with ``KEBClient.stop``.
        """
        super().stop()
        said = self._hurry if self._is_in_a_hurry else self._stop
        if self._loop is None:
            said.set()
        else:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(said.set)

    async def drain(self, timeout: float = 30.0) -> list[str]:  # noqa: ASYNC109  as in threads
        """Stop consuming: handlers finish, what is not begun goes back to the group.

        For arguments and result see ``KEBClient.drain``.
        """
        for worker in self._workers:
            worker.tell_to_stop()
        hurry = asyncio.ensure_future(self._hurry.wait())
        try:
            async with asyncio.timeout(timeout):
                while (tasks := self._running()) and not hurry.done():
                    await asyncio.wait({*tasks, hurry}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            pass
        finally:
            hurry.cancel()
        return [worker.name for worker in self._workers if worker.is_alive]

    def _running(self) -> list[asyncio.Task[None]]:
        return [task for worker in self._workers for task in worker.tasks if not task.done()]

    async def close(self) -> None:
        """Drain, end what does not finish in time, and close every connection."""
        try:
            await self.drain()
        finally:
            await unhurried(self._end())

    async def trim(self, stream: str, *, keep_s: float, most: int | None = None) -> Trimmed:
        """Make room in a stream behind its slowest group; to be done now and then.

        For arguments and errors see ``KEBClient.trim``.
        """
        return await drive(self.session.trim(stream, keep_s, most), self._lines.carry_out)

    async def sweep(self, stream: str, group: str, *, idle_s: float = 86_400) -> int:
        """Clear away names of consumers that are long gone; return how many.

        For arguments and errors see ``KEBClient.sweep``.
        """
        return await drive(self.session.sweep(stream, group, idle_s), self._lines.carry_out)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _end(self) -> None:
        # Who is cancelled a second time waits for no thread any more.
        for patience_s in (_HURRY_S if self._hurry.is_set() else PATIENCE_S, _HURRY_S):
            tasks = self._running()
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=patience_s)
        await self._lines.close()

    def _on_end(self) -> None:
        if not any(worker.is_alive for worker in self._workers):
            self._stop.set()


class _Worker:
    """The two tasks of a seat: one handles, and one shows that it is alive meanwhile."""

    def __init__(
        self,
        seat: Seat[Handler],
        lines: AioLines,
        session: Session[Handler],
        on_end: Callable[[], None],
    ) -> None:
        self.error: Exception | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self._seat = seat
        self._stats, self._timing = session.stats, session.timing
        self._lines = lines
        # How the handler of each event type is called.
        self._calls: dict[str, Callable[[Event], Awaitable[object]]] = {}
        self._on_end = on_end
        self._stop = asyncio.Event()

    @property
    def name(self) -> str:
        """What the server knows it by."""
        return self._seat.core.reading.consumer

    @property
    def is_alive(self) -> bool:
        """Whether it still handles."""
        return any(not task.done() for task in self.tasks)

    def start(self) -> None:
        """Begin, unless it has."""
        if self.tasks:
            return
        self.tasks = [asyncio.create_task(self.run()), asyncio.create_task(self._hold())]
        for task in self.tasks:
            task.add_done_callback(lambda _: self._on_end())

    def tell_to_stop(self) -> None:
        """Let it finish what it handles, and no more."""
        self._seat.core.is_stopping = True
        self._stop.set()

    async def run(self) -> None:
        """Consume; whoever cancels it waits until what is done is acknowledged."""
        core = self._seat.core
        try:
            await drive(core.run(), self._perform)
        except BusError as error:
            self.error = error
            LOG.error("%s stopped: %s", self.name, error)  # noqa: TRY400  the text says it all
        except Exception as error:
            self.error = error
            LOG.exception("%s stopped by a bug", self.name)
        except asyncio.CancelledError:
            await unhurried(drive(core.leave(), self._perform))
            raise
        finally:
            self._stop.set()

    async def _hold(self) -> None:
        while not await self._is_told_to_stop(self._seat.core.reading.claim_ms / 3000):
            with suppress(BusError):  # run meets it as well, and ends
                await drive(self._seat.core.hold(), self._perform)

    def _perform(self, command: Command) -> Awaitable[Reply]:
        if isinstance(command, Event):
            return self._timed(command) if self._stats.is_timed else self._handle(command)
        if isinstance(command, Pause):
            return self._is_told_to_stop(command.seconds)
        return self._lines.perform(command)

    async def _is_told_to_stop(self, within_s: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._stop.wait()
        return self._stop.is_set()

    async def _timed(self, event: Event) -> BaseException | None:
        began_s = time.perf_counter()
        error = await self._handle(event)
        self._timing.handled(event, time.perf_counter() - began_s, error)
        return error

    async def _handle(self, event: Event) -> BaseException | None:
        token = begin(event)
        try:
            await (self._calls.get(event.type) or self._call_of(event.type))(event)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return RuntimeError("the handler was cancelled from within")
        # As in threads: an exit is the handler's failure, and not our end.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            return error
        finally:
            end(token)
        return None

    def _call_of(self, event_type: str) -> Callable[[Event], Awaitable[object]]:
        """Return how the handler of an event type is called; it is looked up once."""
        handler: Any = self._seat.handlers[event_type]
        call: Callable[[Event], Awaitable[object]] = handler
        if not is_coroutine_function(handler):
            call = partial(self._in_thread, handler)
        elif self._seat.core.reading.limit_s is not None:
            call = partial(self._limited, handler)
        self._calls[event_type] = call
        return call

    async def _in_thread(self, handler: Handler, event: Event) -> None:
        work = partial(copy_context().run, handler, event)
        limit_s = self._seat.core.reading.limit_s
        made = await in_thread(work, limit_s, f"keb {event.place.stream} {self.name}")
        if inspect.isawaitable(made):
            await self._within_limit(made)

    async def _limited(self, handler: Callable[[Event], Awaitable[object]], event: Event) -> None:
        await self._within_limit(handler(event))

    async def _within_limit(self, work: Awaitable[object]) -> None:
        limit_s = self._seat.core.reading.limit_s
        limit = asyncio.timeout(limit_s)
        try:
            async with limit:
                await work
        except TimeoutError as error:
            if limit.expired():
                said = f"the handler has not returned within {limit_s} s"
                raise TimeoutError(said) from error
            raise
