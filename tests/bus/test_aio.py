"""The client of asyncio: the same as that of threads, and unharmed by whoever cancels it."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest
import redis

from governance.bus.aio import AsyncKEBClient
from governance.bus.event import Event
from governance.bus.outcome import Published
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agents import CREATED, ENDED, GROUP, QUICK, STREAM, catalog, task

AWAITED = {"publish", "publish_all", "send", "run", "drain", "close", "trim", "sweep"}
_LONGEST_S = 20
MOMENTS = ("at once", "as the answer comes")


def client(server: Server, name: str = "one", **sending: Any) -> AsyncKEBClient:
    return AsyncKEBClient(server.url, catalog(), source="tests", name=name, **sending)


def raw(server: Server) -> Any:
    return redis.Redis.from_url(server.url, protocol=2)


def run(main: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(_LONGEST_S):
            await main

    asyncio.run(bounded())


async def until(is_so: Callable[[], bool], timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110  it is a server that changes
            await asyncio.sleep(0.002)


def test_both_clients_have_the_same_names_and_signatures() -> None:
    def public(kind: type) -> dict[str, str]:
        return {
            name: str(inspect.signature(found)).replace("AsyncKEBClient", "KEBClient")
            for name, found in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_") or name == "__init__"
        }

    assert public(AsyncKEBClient) == public(KEBClient)
    for name in set(public(KEBClient)) - {"__init__"}:
        is_awaited = inspect.iscoroutinefunction(getattr(AsyncKEBClient, name))
        assert is_awaited == (name in AWAITED), name
        assert not inspect.iscoroutinefunction(getattr(KEBClient, name))


def test_a_coroutine_function_handles_and_what_it_publishes_follows(server: Server) -> None:
    async def main() -> None:
        ended = asyncio.get_running_loop().create_future()
        async with client(server) as one:

            async def follow(_: Event) -> None:
                await one.publish(ENDED, task(2))

            one.subscribe(CREATED, follow, group="a", **QUICK)
            one.subscribe(ENDED, ended.set_result, group="b", **QUICK)
            one.start()
            sent = await one.publish(CREATED, task(1))
            event = await asyncio.wait_for(ended, 10)
            assert (event.causation_id, event.correlation_id) == (sent.id, sent.id)

    run(main())


def test_workers_handle_side_by_side_in_one_loop(server: Server) -> None:
    met: list[Event] = []

    async def main() -> None:
        meeting = asyncio.Barrier(3)

        async def meet(event: Event) -> None:
            await meeting.wait()
            met.append(event)

        async with client(server) as one:
            one.subscribe(CREATED, meet, group=GROUP, workers=3, batch=1, **QUICK)
            one.start()
            await one.publish_all([(CREATED, task(number)) for number in range(3)])
            await until(lambda: len(met) == 3)

    run(main())


def _is_done(server: Any) -> bool:
    (group,) = server.xinfo_groups(STREAM)
    last = server.xinfo_stream(STREAM)["last-generated-id"]
    return bool(group["pending"] == 0 and group["last-delivered-id"] == last)


def test_a_thousand_publish_at_once_by_few_connections(server: Server) -> None:
    async def main() -> None:
        async with client(server) as one:
            sent = await asyncio.gather(*(one.publish(CREATED, task(n)) for n in range(1000)))
            assert len({published.entry_id for published in sent}) == 1000
            with raw(server) as server_:
                names = [each["name"] for each in server_.client_list()]
        assert names.count("keb-publish") <= 32

    run(main())


def test_run_ends_when_any_thread_says_so(server: Server) -> None:
    async def main() -> None:
        async with client(server) as one:
            one.subscribe(CREATED, print, group=GROUP, **QUICK)
            threading.Timer(0.05, one.stop).start()
            await asyncio.wait_for(one.run(), 10)

    run(main())


def test_a_handler_that_is_cancelled_from_within_has_failed_and_no_more(server: Server) -> None:
    numbers: list[int] = []

    async def main() -> None:
        async def handle(event: Event) -> None:
            numbers.append(event.place.attempt)
            if event.place.attempt == 1:
                lost = asyncio.get_running_loop().create_future()
                lost.cancel()
                await lost

        async with client(server) as one:
            one.subscribe(CREATED, handle, group=GROUP, **QUICK)
            one.start()
            await one.publish(CREATED, task(1))
            await until(lambda: numbers == [1, 2])

    run(main())


def test_a_thread_goes_on_when_its_consumer_is_cancelled_and_what_it_did_counts(
    server: Server,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    numbers: list[int] = []

    def handle(event: Event) -> None:
        begun.set()
        assert go_on.wait(10)
        numbers.append(event.data["number"])

    async def main() -> None:
        async with client(server) as one:
            await one.publish_all([(CREATED, task(number)) for number in range(3)])
            one.subscribe(CREATED, handle, group=GROUP, **QUICK)
            one.start()
            (worker,) = one._workers
            await asyncio.to_thread(begun.wait, 10)
            worker.tasks[0].cancel()
            await asyncio.sleep(0)
            go_on.set()
            await asyncio.wait(worker.tasks)
            with raw(server) as server_:
                # The rest was given back: anybody may claim it at once.
                left = server_.xpending_range(STREAM, GROUP, "-", "+", 10)
                assert [one["times_delivered"] for one in left] == [0, 0]
                assert min(one["time_since_delivered"] for one in left) > 2**30

    run(main())
    assert numbers == [0]


@pytest.mark.injection(20)
@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "coroutine"])
def test_a_handler_has_its_time_and_no_more(server: Server, *, is_plain: bool) -> None:
    hangs = threading.Event()

    async def wait(event: Event) -> None:
        if event.data["number"] == 0:
            await asyncio.sleep(60)

    def block(event: Event) -> None:
        if event.data["number"] == 0:
            hangs.wait(60)

    async def main() -> None:
        async with client(server) as one:
            await one.publish_all([(CREATED, task(number)) for number in range(2)])
            handler = block if is_plain else wait
            one.subscribe(CREATED, handler, group=GROUP, attempts=2, limit_s=0.05, **QUICK)
            one.start()
            with raw(server) as server_:
                await until(lambda: server_.xlen(f"{STREAM}:dead") == 1)
                ((_, letter),) = server_.xrange(f"{STREAM}:dead")
                assert letter[b"dead_error"].count(b"has not returned within 0.05 s") == 2
                await until(lambda: _is_done(server_))

    run(main())
    hangs.set()


@pytest.mark.injection(24)
@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "coroutine"])
def test_who_says_stop_twice_waits_for_nobody(server: Server, *, is_plain: bool) -> None:
    begun, hangs = threading.Event(), threading.Event()

    async def wait(_: Event) -> None:
        begun.set()
        await asyncio.sleep(60)

    def block(_: Event) -> None:
        begun.set()
        hangs.wait(60)

    async def main() -> None:
        async with client(server) as one:
            one.subscribe(CREATED, block if is_plain else wait, group=GROUP, **QUICK)
            await one.publish(CREATED, task(0))
            running = asyncio.create_task(one.run())
            await asyncio.to_thread(begun.wait, 10)
            one.stop()
            await asyncio.sleep(0)
            one.stop()
            await running
            assert await one.drain() == ["one/0"]

    began = time.monotonic()
    run(main())
    assert time.monotonic() - began < 5
    hangs.set()


def test_the_end_of_the_loop_gives_back_what_is_not_done(server: Server) -> None:
    async def serve(begun: asyncio.Event) -> None:
        async def handle(event: Event) -> None:
            if event.data["number"] == 1:
                begun.set()
                await asyncio.sleep(60)

        async with client(server) as one:
            await one.publish_all([(CREATED, task(number)) for number in range(3)])
            one.subscribe(CREATED, handle, group=GROUP, **QUICK)
            await one.run()

    async def main() -> None:
        begun = asyncio.Event()
        serving = asyncio.create_task(serve(begun))
        await begun.wait()
        assert not serving.done()

    run(main())
    with raw(server) as server_:
        left = server_.xpending_range(STREAM, GROUP, "-", "+", 10)
        assert [one["times_delivered"] for one in left] == [0, 0]


class Cancelled:
    """Work that is cancelled where it waits for the n-th time; awaitable.

    Args:
        work: What is done.
        nth: Where it is cancelled, from 1 on.
        moment: Whether while it waits, or when what it waits for has come already.
    """

    def __init__(self, work: Coroutine[Any, Any, Any], nth: int, moment: str) -> None:
        self._work = work
        self._nth = nth
        self._moment = moment
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        task = asyncio.current_task()
        assert task is not None
        thrown: BaseException | None = None
        while True:
            try:
                future = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                return end.value
            self.waits += 1
            if self.waits == self._nth:
                if self._moment == MOMENTS[0] or future is None:
                    task.cancel()
                else:
                    future.add_done_callback(lambda _: task.cancel())
            try:
                yield future
                thrown = None
            except BaseException as error:  # noqa: BLE001  it is for the work
                thrown = error


@pytest.mark.injection(23)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("is_warm", [False, True], ids=["no connection yet", "connected"])
@pytest.mark.parametrize("count", [1, 3])
def test_who_is_cancelled_while_publishing_leaves_no_answer_behind(
    moment: str, count: int, server: Server, *, is_warm: bool
) -> None:
    said: list[Published] = []

    async def publish(one: AsyncKEBClient, number: int) -> None:
        events = [(CREATED, task(number))] * count
        outcomes = await one.publish_all(events) if count > 1 else [await one.publish(*events[0])]
        said.extend(one for one in outcomes if isinstance(one, Published))

    async def main() -> None:
        for nth in range(1, 100):
            async with client(server) as one:
                if is_warm:
                    await publish(one, 0)
                work = Cancelled(publish(one, nth), nth, moment)
                running = asyncio.ensure_future(_awaited(work))
                await asyncio.wait({running})
                await publish(one, 0)
            if work.waits < nth:
                assert nth > 1
                return
            assert running.cancelled()
        pytest.fail("there is no end to it")

    run(main())
    with raw(server) as server_:
        stored = {
            at.decode(): fields[b"_event_id"].decode() for at, fields in server_.xrange(STREAM)
        }
    assert [stored[one.entry_id] for one in said] == [one.id for one in said]
    assert len(set(stored.values())) == len(stored)


@pytest.mark.injection(23)
@pytest.mark.parametrize(("moment", "is_once"), [(MOMENTS[0], True), (MOMENTS[1], False)])
def test_who_cancels_a_consumer_anywhere_loses_nothing_and_gets_nothing_twice(
    moment: str, server: Server, *, is_once: bool
) -> None:
    sent: list[str] = []
    effects: list[str] = []

    async def handle(event: Event) -> None:
        await asyncio.sleep(0)
        effects.append(event.id)

    def subscribed() -> AsyncKEBClient:
        one = client(server)
        quick = {**QUICK, "block_ms": 1, "claim_ms": 60_000, "attempts": 1000}
        one.subscribe(CREATED, handle, group=GROUP, is_once=is_once, **quick)
        return one

    async def main() -> None:
        for nth in range(1, 1000):
            async with subscribed() as one:
                outcomes = await one.publish_all([(CREATED, task(nth))] * 2)
                sent.extend(each.id for each in outcomes if isinstance(each, Published))
                one.start()
                (worker,) = one._workers
                for started in worker.tasks:
                    started.cancel()
                work = Cancelled(worker.run(), nth, moment)
                running = asyncio.ensure_future(_awaited(work))
                await until(lambda: running.done() or len(effects) == len(sent))  # noqa: B023
                if not running.done():
                    worker.tell_to_stop()
                await asyncio.wait({running})
            if work.waits < nth:
                break
        async with subscribed() as one:
            one.start()
            with raw(server) as server_:
                await until(lambda: _is_done(server_))

    run(main())
    assert len(sent) > 20
    assert sorted(effects) == sorted(sent)


async def _awaited(work: Cancelled) -> None:
    await work
