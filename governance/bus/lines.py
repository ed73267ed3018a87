"""The connections of a client of threads, and how a core's commands are carried out by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, TypeVar

import redis
import redis.connection
import redis.retry

from governance.bus.clients import Clients, Library, packed
from governance.bus.commands import Ask, Command, CommandError, Many, Pause, Reply, T
from governance.bus.connect import Target
from governance.bus.options import PATIENCE_S
from governance.bus.primary import routes
from governance.bus.prompt import prompt
from governance.bus.replies import translated
from governance.bus.routes import To

Q = TypeVar("Q")
_LIBRARY = Library(redis.connection, redis.retry, prompt)


class Lines:
    """The connections to a server, each kind with settings of its own.

    Args:
        target: Where the server is.
        patience_s: How long whoever publishes goes on trying.

    Raises:
        BusError: Its URL asks for what there is not.
    """

    def __init__(self, target: Target, patience_s: float = PATIENCE_S) -> None:
        self._clients = Clients(target, _LIBRARY, patience_s)
        self._routes = routes(target)

    def perform(self, command: Ask | Many) -> Reply:
        """Send commands; return what the server says.

        Raises:
            CommandError: They were not carried out, or nobody knows.
        """
        if self._routes is None:
            return self._send(To(None, command))
        return drive(self._routes.perform(command), self._send)

    def carry_out(self, command: Command) -> Reply:
        """Send commands, or wait: for a core that hands nothing to a handler.

        Raises:
            CommandError: As ``perform`` does.
        """
        if isinstance(command, (Ask, Many)):
            return self.perform(command)
        if isinstance(command, Pause):
            time.sleep(command.seconds)
            return None
        raise AssertionError("nothing is handled by the lines alone")

    def close(self) -> None:
        """Close every connection."""
        for pool in self._clients.pools():
            with suppress(redis.RedisError, OSError):
                pool.disconnect()

    def _send(self, to: To) -> Reply:
        command = to.command
        pool = self._clients.of(command.line, to.address)
        try:
            connection = pool.get_connection()
        except (redis.RedisError, OSError) as error:
            raise translated(error, is_sent=False) from error
        try:
            if isinstance(command, Ask):
                connection.send_packed_command(packed(connection, [command.words]))
                return connection.read_response()
            connection.send_packed_command(packed(connection, command.commands))
            return [_reply(connection) for _ in command.commands]
        except redis.ResponseError as error:
            raise translated(error) from error
        except (redis.RedisError, OSError) as error:
            connection.disconnect()
            raise translated(error) from error
        except BaseException:
            # It owes an answer, which the next command must not get.
            connection.disconnect()
            raise
        finally:
            pool.release(connection)


def _reply(connection: Any) -> Reply:
    try:
        return connection.read_response()
    except (redis.ResponseError, redis.BusyLoadingError) as error:
        return translated(error)


def drive(steps: Generator[Q, Reply, T], perform: Callable[[Q], Reply], reply: Reply = None) -> T:
    """Carry out what a core asks for, to its end; return what it returns.

    Args:
        steps: The core.
        perform: Carries out a command.
        reply: The answer to what the core has asked for, where it has begun.
    """
    try:
        command = steps.send(reply)
        while True:
            try:
                reply = perform(command)
            except CommandError as error:
                command = steps.throw(error)
            else:
                command = steps.send(reply)
    except StopIteration as end:
        value: T = end.value
        return value
