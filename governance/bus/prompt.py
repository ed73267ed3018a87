"""Connections whose answers may not trickle in: a time-out of a socket bounds the next byte alone.

The connections of asyncio bound a whole answer by themselves.
"""

from __future__ import annotations

import time
from typing import Any

# So many bytes of an answer have to come in the time that is allowed for its first one.
_BYTES = 1_000


def prompt(connection: type[Any]) -> type[Any]:
    """Return a class of connections of redis-py that gives up an answer which trickles in."""

    class Prompt(connection):  # type: ignore[misc]
        def _connect(self) -> Any:
            return _Socket(super()._connect())

    return Prompt


class _Socket:
    """A socket that raises ``TimeoutError`` when what is read comes too slowly."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain
        self._since = 0.0
        self._got = 0

    def sendall(self, data: bytes) -> None:
        self._got = 0
        self._since = time.monotonic()
        self._plain.sendall(data)

    def recv(self, size: int, flags: int = 0) -> bytes:
        if flags:  # a look at what there is
            return self._plain.recv(size, flags)  # type: ignore[no-any-return]
        data: bytes = self._read(self._plain.recv, size)
        self._got += len(data)
        return data

    def recv_into(self, buffer: Any) -> int:
        size: int = self._read(self._plain.recv_into, buffer)
        self._got += size
        return size

    def _read(self, read: Any, what: Any) -> Any:
        allowed_s = self._plain.gettimeout()
        # Nearly always an answer is there as soon as its first bytes are.
        if not self._got or not allowed_s:
            return read(what)
        left_s = self._since + allowed_s * (1 + self._got / _BYTES) - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer trickles in")
        self._plain.settimeout(min(allowed_s, left_s))
        try:
            return read(what)
        finally:
            self._plain.settimeout(allowed_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)
