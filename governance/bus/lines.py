"""The connections of a client of threads, and how a core's commands are carried out by them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis
from redis.retry import Retry

from governance.bus.commands import Ask, Command, CommandError, Line, Many, Reply, Steps, T
from governance.bus.connect import Target
from governance.bus.options import no_backoff, options
from governance.bus.replies import translated
from governance.errors import BusError


class Lines:
    """The connections to a server, each kind with settings of its own.

    Args:
        target: Where the server is.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._clients: dict[Line, Any] = {}
        self._lock = threading.Lock()

    def perform(self, command: Ask | Many) -> Reply:
        """Send commands; return what the server says.

        Raises:
            CommandError: They were not carried out, or nobody knows.
        """
        client = self._clients.get(command.line) or self._client(command.line)
        try:
            if isinstance(command, Ask):
                return client.execute_command(*command.words)
            pipe = client.pipeline(transaction=False)
            for words in command.commands:
                pipe.execute_command(*words)
            replies = pipe.execute(raise_on_error=False)
        except (redis.RedisError, OSError) as error:
            raise translated(error) from error
        return [translated(one) if isinstance(one, Exception) else one for one in replies]

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            with suppress(redis.RedisError, OSError):
                client.close()
        self._clients.clear()

    def _client(self, line: Line) -> Any:
        with self._lock:
            if line not in self._clients:
                made = _made(self._target, {**options(line), "retry": Retry(no_backoff(), 0)})
                # Replies as the server says them are the same with every version of the client.
                made.response_callbacks.clear()
                self._clients[line] = made
            return self._clients[line]


def _made(target: Target, said: dict[str, Any]) -> Any:
    if target.kind == "server":
        return redis.Redis.from_url(target.url, **said)
    raise BusError(f"{target.kind} is not supported yet")


def drive(steps: Steps[T], perform: Callable[[Command], Reply], reply: Reply = None) -> T:
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
