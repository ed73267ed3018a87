"""Both clients as a test calls them: that of asyncio runs in a loop of its own, in a thread."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from governance.bus.aio import AsyncKEBClient
from governance.bus.threads import KEBClient
from tests.bus.agents import catalog

T = TypeVar("T")
THREADS, ASYNCIO = DRIVERS = ("threads", "asyncio")
_LONGEST_S = 30


class Loop:
    """An event loop that a test without one can use; a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Loop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_LONGEST_S)


class Awaited:
    """Calls a client of asyncio as if it were one of threads."""

    def __init__(self, client: AsyncKEBClient, loop: Loop) -> None:
        self._client = client
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not inspect.isroutine(found):
            return found

        async def call(*words: Any, **named: Any) -> Any:
            made = found(*words, **named)
            return await made if inspect.isawaitable(made) else made

        return lambda *words, **named: self._loop.run(call(*words, **named))


@contextmanager
def connected(driver: str, url: str, name: str = "one", **sending: Any) -> Iterator[Any]:
    """Give a client of a driver."""
    if driver == THREADS:
        with KEBClient(url, catalog(), source="tests", name=name, **sending) as threads:
            yield threads
        return
    with Loop() as loop:
        made = AsyncKEBClient(url, catalog(), source="tests", name=name, **sending)
        client = Awaited(made, loop)
        try:
            yield client
        finally:
            client.close()
