"""The connections of a client of threads, and how a core's commands are carried out by them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TypeVar

import redis
import redis.connection
import redis.retry
import redis.sentinel

from governance.bus.clients import Clients, Library
from governance.bus.commands import Ask, CommandError, Many, Reply, T
from governance.bus.connect import Target
from governance.bus.replies import translated, whole
from governance.bus.routes import Routes, To

Q = TypeVar("Q")
_LIBRARY = Library(redis, redis.connection, redis.sentinel, redis.retry)


class Lines:
    """The connections to a server, each kind with settings of its own.

    Args:
        target: Where the server is.

    Raises:
        BusError: Its URL asks for what there is not.
    """

    def __init__(self, target: Target) -> None:
        self._clients = Clients(target, _LIBRARY)
        self._routes = Routes(target.hosts) if target.kind == "cluster" else None

    def perform(self, command: Ask | Many) -> Reply:
        """Send commands; return what the server says.

        Raises:
            CommandError: They were not carried out, or nobody knows.
        """
        if self._routes is None:
            return self._send(To(None, command))
        return drive(self._routes.perform(command), self._send)

    def close(self) -> None:
        """Close every connection."""
        for pool in self._clients.pools():
            with suppress(redis.RedisError, OSError):
                pool.disconnect()

    def _send(self, to: To) -> Reply:
        command = to.command
        try:
            client = self._clients.of(command.line, to.address)
            if isinstance(command, Ask):
                return client.execute_command(*command.words)
            pipe = client.pipeline(transaction=False)
            for words in command.commands:
                pipe.execute_command(*words)
            return whole(pipe.execute(raise_on_error=False))
        except (redis.RedisError, OSError) as error:
            raise translated(error) from error


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
