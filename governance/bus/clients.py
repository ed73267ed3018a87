"""The clients of redis-py behind the connections, for both drivers: one for each line and node.

A cluster has a plain client for each node: the library's own for clusters tries again by itself,
so that a lost answer makes a second entry, and sends ``WAIT`` by another connection than ``XADD``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

from redis.backoff import NoBackoff

from governance.bus.commands import Line
from governance.bus.connect import Address, Target, shown
from governance.bus.options import PATIENCE_S, options
from governance.errors import BusError

_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_OF_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


class Library(NamedTuple):
    """The same parts of redis-py, for threads or for asyncio.

    Attributes:
        client: Where ``Redis`` is.
        connection: Where ``ConnectionPool`` and ``parse_url`` are.
        sentinel: Where ``Sentinel`` is.
        retry: Where ``Retry`` is.
    """

    client: ModuleType
    connection: ModuleType
    sentinel: ModuleType
    retry: ModuleType


class Clients:
    """Makes clients when they are first needed, and keeps them.

    Args:
        target: Where the server is.
        library: Of which kind they are.
        patience_s: How long whoever publishes goes on trying.

    Raises:
        BusError: The URL asks for what there is not.
    """

    def __init__(self, target: Target, library: Library, patience_s: float = PATIENCE_S) -> None:
        self._target = target
        self._library = library
        self._patience_s = patience_s
        self._made: dict[tuple[Line, Address | None], Any] = {}
        self._lock = Lock()
        self._sentinels: Any = None
        said = _said(target, library)
        self._of_sentinels = {
            plain: said.pop(name) for name, plain in _OF_SENTINELS.items() if name in said
        }
        self._settings = said
        try:
            # Connects nowhere: only says what it does not know.
            self._pool(Line.ADMIN, None).make_connection()
        except TypeError as error:
            raise BusError(f"{shown(target.url)} has an option that is none: {error}") from error

    def of(self, line: Line, address: Address | None = None) -> Any:
        """Return the client of a line, and of a node where there are several."""
        found = self._made.get((line, address))
        if found is None:
            with self._lock:
                found = self._made.get((line, address)) or self._client(line, address)
                self._made[line, address] = found
        return found

    def pools(self) -> Iterator[Any]:
        """Yield everything that has connections."""
        for client in self._made.values():
            yield client.connection_pool
        for client in self._sentinels.sentinels if self._sentinels else ():
            yield client.connection_pool

    def _client(self, line: Line, address: Address | None) -> Any:
        if self._target.kind == "sentinel":
            made = self._primary(line)
        else:
            made = self._library.client.Redis(connection_pool=self._pool(line, address))
        # Replies as the server says them are the same with every version of the library.
        made.response_callbacks.clear()
        return made

    def _primary(self, line: Line) -> Any:
        if self._sentinels is None:
            said = {**self._plain(Line.ADMIN), **dict.fromkeys(_OF_SENTINELS.values())}
            self._sentinels = self._library.sentinel.Sentinel(
                self._target.hosts, sentinel_kwargs={**said, "db": 0, **self._of_sentinels}
            )
        return self._sentinels.master_for(self._target.service, **self._plain(line))

    def _ours(self, line: Line) -> dict[str, Any]:
        return {
            **options(line, self._patience_s),
            "retry": self._library.retry.Retry(NoBackoff(), 0),
        }

    def _plain(self, line: Line) -> dict[str, Any]:
        """Return settings without a place, and with TLS as an option."""
        said = {**self._settings, **self._ours(line)}
        is_tls = said.pop("connection_class", None) is not None
        for name in ("host", "port"):
            said.pop(name, None)
        return {**said, "ssl": True} if is_tls else said

    def _pool(self, line: Line, address: Address | None) -> Any:
        place = dict(zip(("host", "port"), address, strict=True)) if address else {}
        said = {**self._settings, **self._ours(line), **place}
        return self._library.connection.ConnectionPool(**said)


def _said(target: Target, library: Library) -> dict[str, Any]:
    """Return what a URL asks for."""
    try:
        said = dict(library.connection.parse_url(target.url))
    except ValueError as error:
        # What else it says may be a part of the password.
        what = str(error) if str(error).startswith("Invalid value") else "there is no such port"
        raise BusError(
            f"{shown(target.url)}: {what}; special characters of a password are written as %40"
        ) from None
    for name in _FILES:
        if name in said and not Path(said[name]).is_file():
            raise BusError(f"{shown(target.url)}: {name} names no file: {said[name]}")
    return said
