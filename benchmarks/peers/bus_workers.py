"""One way to publish or consume events, run in a process of its own; prints what it cost.

    python bus_workers.py CLIENT WAY OPERATION URL EVENTS CATALOG

CLIENT is ``raw``, ``faststream``, ``ours``, or ``timed``: ours, and it observes how long things
take. WAY is ``threads`` or ``asyncio``; OPERATION is ``publish``, ``publish batch``, ``consume`` or
``consume batch``. Prints the seconds of CPU and of the clock as a JSON list. What is consumed has
been published before, by the same client.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

STREAM, GROUP = "task_events", "workers"
TYPE = "Task.Assignment.Created.v1"
ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"
# Ten fields with those of the envelope, some 400 bytes as JSON.
PAYLOAD = {
    "task_id": ID,
    "agent_id_assigned_to": "secret_storage_agent",
    "task_type": "STORE_NEW_SECRET",
    "parameters": {"secret_name": "database_production_password"},
    "priority": 2,
}
EVENT = {
    "event_id": ID,
    "event_type": TYPE,
    "event_version": "1.0.0",
    "timestamp_iso": "2026-11-23T09:30:00.000Z",
    "source_system_id": "planner",
    "data": PAYLOAD,
}
BODY = json.dumps(EVENT, separators=(",", ":"))
PIPELINE, BATCH = 64, 100
# What a program loads once, however many events come.
MODULES = {
    "raw threads": "redis",
    "raw asyncio": "redis.asyncio",
    "faststream asyncio": "faststream.redis",
    "ours threads": "governance.bus.threads",
    "timed threads": "governance.bus.threads",
    "ours asyncio": "governance.bus.aio",
    "timed asyncio": "governance.bus.aio",
}


class Clock:
    """The seconds since everything stood: connected, and through with the first of the work."""

    def __init__(self) -> None:
        self._began: tuple[float, float] | None = None

    def begin(self) -> None:
        """Count from now on, unless that was said before."""
        if self._began is None:
            self._began = (time.process_time(), time.perf_counter())

    def read(self) -> list[float]:
        """Return the seconds of CPU and of the clock."""
        assert self._began is not None
        cpu, wall = self._began
        return [time.process_time() - cpu, time.perf_counter() - wall]


CLOCK = Clock()


def sliced(count: int, size: int) -> Iterator[int]:
    """Yield the sizes of as many batches as hold so many events."""
    for first in range(0, count, size):
        yield min(size, count - first)


def raw_threads(operation: str, url: str, count: int) -> None:
    import redis

    client: Any = redis.Redis.from_url(url, protocol=2)
    fields = {"_event_id": ID, "data": BODY}
    client.ping()
    CLOCK.begin()
    if operation == "publish":
        for _ in range(count):
            client.xadd(STREAM, fields)
    elif operation == "publish batch":
        for size in sliced(count, PIPELINE):
            pipe = client.pipeline(transaction=False)
            for _ in range(size):
                pipe.xadd(STREAM, fields)
            pipe.execute()
    else:
        most = BATCH if operation == "consume batch" else 1
        while reply := client.xreadgroup(GROUP, "one", {STREAM: ">"}, count=most):
            client.xack(STREAM, GROUP, *[entry_id for entry_id, _ in reply[0][1]])


async def raw_asyncio(operation: str, url: str, count: int) -> None:
    import redis.asyncio

    client: Any = redis.asyncio.Redis.from_url(url, protocol=2)
    fields = {"_event_id": ID, "data": BODY}
    await client.ping()
    CLOCK.begin()
    if operation == "publish":
        for _ in range(count):
            await client.xadd(STREAM, fields)
    elif operation == "publish batch":
        for size in sliced(count, PIPELINE):
            pipe = client.pipeline(transaction=False)
            for _ in range(size):
                pipe.xadd(STREAM, fields)
            await pipe.execute()
    else:
        most = BATCH if operation == "consume batch" else 1
        while reply := await client.xreadgroup(GROUP, "one", {STREAM: ">"}, count=most):
            await client.xack(STREAM, GROUP, *[entry_id for entry_id, _ in reply[0][1]])
    await client.aclose()


async def faststream_asyncio(operation: str, url: str, count: int) -> None:
    from faststream.redis import RedisBroker

    broker: Any = RedisBroker(url, logger=None)
    if operation.startswith("publish"):
        await broker.connect()
        await faststream_publish(broker, operation, url, count)
    else:
        await faststream_consume(broker, operation, count)
    await broker.stop()


async def faststream_publish(broker: Any, operation: str, url: str, count: int) -> None:
    import redis.asyncio

    client: Any = redis.asyncio.Redis.from_url(url)
    await client.ping()
    # To a list that nobody reads: FastStream connects when the first event is sent.
    await broker.publish(EVENT, list="beside")
    CLOCK.begin()
    if operation == "publish":
        for _ in range(count):
            await broker.publish(EVENT, stream=STREAM)
    else:
        for size in sliced(count, PIPELINE):
            pipe = client.pipeline(transaction=False)
            for _ in range(size):
                await broker.publish(EVENT, stream=STREAM, pipeline=pipe)
            await pipe.execute()
    await client.aclose()


async def faststream_consume(broker: Any, operation: str, count: int) -> None:
    from faststream.redis import StreamSub

    done, got = asyncio.Event(), 0
    is_batch = operation == "consume batch"

    async def handle(event: dict[str, Any]) -> None:
        await handle_all([event])

    async def handle_all(events: list[dict[str, Any]]) -> None:
        nonlocal got
        CLOCK.begin()
        got += len(events)
        if got >= count:
            done.set()

    most = BATCH if is_batch else None
    stream = StreamSub(STREAM, group=GROUP, consumer="one", batch=is_batch, max_records=most)
    broker.subscriber(stream=stream)(handle_all if is_batch else handle)
    await broker.start()
    await done.wait()


def ours_threads(
    operation: str, url: str, count: int, catalog: Any, first: Callable[[Any], object] = id
) -> None:
    from governance.bus.threads import KEBClient

    with KEBClient(url, catalog, source="planner", remembered_ms=0) as client:
        first(client)
        if operation.startswith("publish"):
            client.publish(TYPE, PAYLOAD)
            CLOCK.begin()
        if operation == "publish":
            for _ in range(count):
                client.publish(TYPE, PAYLOAD)
        elif operation == "publish batch":
            for size in sliced(count, PIPELINE):
                client.publish_all([(TYPE, PAYLOAD)] * size)
        else:
            got = 0

            def handle(_: object) -> None:
                nonlocal got
                CLOCK.begin()
                got += 1
                if got == count:
                    client.stop()

            batch = BATCH if operation == "consume batch" else 1
            client.subscribe(TYPE, handle, group=GROUP, batch=batch)
            client.run()


async def ours_asyncio(
    operation: str, url: str, count: int, catalog: Any, first: Callable[[Any], object] = id
) -> None:
    from governance.bus.aio import AsyncKEBClient

    async with AsyncKEBClient(url, catalog, source="planner", remembered_ms=0) as client:
        first(client)
        if operation.startswith("publish"):
            await client.publish(TYPE, PAYLOAD)
            CLOCK.begin()
        if operation == "publish":
            for _ in range(count):
                await client.publish(TYPE, PAYLOAD)
        elif operation == "publish batch":
            for size in sliced(count, PIPELINE):
                await client.publish_all([(TYPE, PAYLOAD)] * size)
        else:
            got = 0

            async def handle(_: object) -> None:
                nonlocal got
                CLOCK.begin()
                got += 1
                if got == count:
                    client.stop()

            batch = BATCH if operation == "consume batch" else 1
            client.subscribe(TYPE, handle, group=GROUP, batch=batch)
            await client.run()


def observe(client: Any) -> None:
    from governance.bus.metrics import Times

    Times(client)


def read(catalog: Path) -> Any:
    from governance.catalog.files import read_folder
    from governance.catalog.load import load

    return load(read_folder(catalog, 10_000_000))


def main() -> None:
    client, way, operation, url, count, folder = sys.argv[1:]
    import_module(MODULES[f"{client} {way}"])
    catalog = read(Path(folder)) if client in {"ours", "timed"} else None
    work: dict[str, Callable[[], Awaitable[None] | None]] = {
        "raw threads": lambda: raw_threads(operation, url, int(count)),
        "raw asyncio": lambda: raw_asyncio(operation, url, int(count)),
        "faststream asyncio": lambda: faststream_asyncio(operation, url, int(count)),
        "ours threads": lambda: ours_threads(operation, url, int(count), catalog),
        "timed threads": lambda: ours_threads(operation, url, int(count), catalog, observe),
        "ours asyncio": lambda: ours_asyncio(operation, url, int(count), catalog),
        "timed asyncio": lambda: ours_asyncio(operation, url, int(count), catalog, observe),
    }
    begun = work[f"{client} {way}"]()
    if begun is not None:

        async def go() -> None:
            await begun

        asyncio.run(go())
    print(json.dumps(CLOCK.read()))


if __name__ == "__main__":
    main()
