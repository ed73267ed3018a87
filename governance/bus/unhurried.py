"""Work that goes on to its end when whoever waits for it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def unhurried(work: Awaitable[T]) -> T:
    """Wait for work to its end, however often we are cancelled meanwhile; then be cancelled."""
    future = asyncio.ensure_future(work)
    is_cancelled = False
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError:
            is_cancelled = True
    return _ended(future, is_cancelled=is_cancelled)


async def in_thread(work: Callable[[], T], limit_s: float | None, name: str) -> T:
    """Wait for work in a thread of its own, which the end of the program does not wait for.

    A thread can't be cancelled, and what it does counts: whoever is cancelled waits all the same,
    and is cancelled then. To be cancelled again leaves it alone.

    Args:
        work: What is done there.
        limit_s: How long to wait; None for as long as it likes.
        name: The name of the thread.

    Raises:
        TimeoutError: It has not returned in time, and is left alone.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is for whoever waits
            done.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    future = asyncio.wrap_future(done)
    # Nobody may be there any more to hear of it.
    future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    is_cancelled = False
    while not future.done():
        try:
            ended, _ = await asyncio.wait({future}, timeout=limit_s)
        except asyncio.CancelledError:
            if is_cancelled:
                raise
            is_cancelled = True
        else:
            if not ended:
                raise TimeoutError(f"the handler has not returned within {limit_s} s")
    return _ended(future, is_cancelled=is_cancelled)


def _ended(future: asyncio.Future[T], *, is_cancelled: bool) -> T:
    task = asyncio.current_task()
    if is_cancelled and task is not None:
        task.cancel()
    return future.result()
