"""The connections of a client of asyncio, and how a core's commands are carried out by them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import nullcontext, suppress
from typing import Any, TypeVar

import redis
import redis.asyncio
import redis.asyncio.connection
import redis.asyncio.retry

from governance.bus.clients import Clients, Library, packed
from governance.bus.commands import Ask, Command, CommandError, Line, Many, Pause, Reply, T
from governance.bus.connect import Target
from governance.bus.options import PATIENCE_S
from governance.bus.primary import routes
from governance.bus.replies import translated
from governance.bus.routes import To

Q = TypeVar("Q")
_LIBRARY = Library(redis.asyncio.connection, redis.asyncio.retry)
# Threads are few by themselves; of tasks thousands may publish, and each would have a connection.
_AT_ONCE = 32


class AioLines:
    """The connections to a server, each kind with settings of its own.

    Whoever is cancelled in ``perform`` takes the connection down: it owes an answer, which the next
    command must not get.

    Args:
        target: Where the server is.
        patience_s: How long whoever publishes goes on trying.

    Raises:
        BusError: Its URL asks for what there is not.
    """

    def __init__(self, target: Target, patience_s: float = PATIENCE_S) -> None:
        self._clients = Clients(target, _LIBRARY, patience_s)
        self._routes = routes(target)
        self._publishing = asyncio.Semaphore(_AT_ONCE)

    async def perform(self, command: Ask | Many) -> Reply:
        """Send commands; return what the server says.

        Raises:
            CommandError: They were not carried out, or nobody knows.
        """
        turn: Any = self._publishing if command.line is Line.PUBLISH else nullcontext()
        async with turn:
            if self._routes is None:
                return await self._send(To(None, command))
            return await drive(self._routes.perform(command), self._send)

    async def carry_out(self, command: Command) -> Reply:
        """Send commands, or wait: for a core that hands nothing to a handler.

        Raises:
            CommandError: As ``perform`` does.
        """
        if isinstance(command, (Ask, Many)):
            return await self.perform(command)
        if isinstance(command, Pause):
            await asyncio.sleep(command.seconds)
            return None
        raise AssertionError("nothing is handled by the lines alone")

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._clients.pools():
            with suppress(redis.RedisError, OSError):
                await pool.disconnect()

    async def _send(self, to: To) -> Reply:
        command = to.command
        pool = self._clients.of(command.line, to.address)
        try:
            connection = await pool.get_connection()
        except (redis.RedisError, OSError) as error:
            raise translated(error, is_sent=False) from error
        try:
            if isinstance(command, Ask):
                await connection.send_packed_command(packed(connection, [command.words]))
                return await connection.read_response()
            await connection.send_packed_command(packed(connection, command.commands))
            return [await _reply(connection) for _ in command.commands]
        except redis.ResponseError as error:
            raise translated(error) from error
        except (redis.RedisError, OSError) as error:
            await connection.disconnect(nowait=True)
            raise translated(error) from error
        except BaseException:
            # It owes an answer, which the next command must not get.
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)


async def _reply(connection: Any) -> Reply:
    try:
        return await connection.read_response()
    except (redis.ResponseError, redis.BusyLoadingError) as error:
        return translated(error)


async def drive(steps: Generator[Q, Reply, T], perform: Callable[[Q], Awaitable[Reply]]) -> T:
    """Carry out what a core asks for, to its end; return what it returns.

    Whoever is cancelled leaves the core in the middle, with all replies that there were.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("no task runs this: there is nobody to cancel")
    cancels, send = task.cancelling, steps.send
    before = cancels()
    try:
        command = next(steps)
        while True:
            try:
                reply = await perform(command)
            except CommandError as error:
                command = steps.throw(error)
            else:
                command = send(reply)
            # The library waits by asyncio.wait_for, which before Python 3.12 lets a cancellation
            # be lost.
            if cancels() > before:
                raise asyncio.CancelledError
    except StopIteration as end:
        value: T = end.value
    finally:
        steps.close()
    if cancels() > before:
        raise asyncio.CancelledError
    return value
