"""The connections of redis-py, for both drivers: a pool for each line and each node.

The library's own clients for clusters and Sentinels stay out of it: they try again by themselves,
so that a lost answer makes a second entry; send ``WAIT`` by another connection than ``XADD``; and
stay with a primary that is one no more, as long as it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

from redis.backoff import NoBackoff

from governance.bus.commands import Line, Part
from governance.bus.connect import Address, Target, shown
from governance.bus.options import PATIENCE_S, options
from governance.errors import BusError

pack: Any
try:
    from hiredis import pack_command as pack
except ImportError:
    pack = None

_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_OF_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


class Library(NamedTuple):
    """The same parts of redis-py, for threads or for asyncio.

    Attributes:
        connection: Where ``ConnectionPool`` and ``parse_url`` are.
        retry: Where ``Retry`` is.
        adapt: What becomes of a class of connections before it is used.
    """

    connection: ModuleType
    retry: ModuleType
    adapt: Callable[[type[Any]], type[Any]] = lambda connection: connection


class Clients:
    """Makes pools of connections when they are first needed, and keeps them.

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
        said = _said(target, library)
        # Users and databases of the servers mean nothing to Sentinels.
        own = {plain: said.pop(name, None) for name, plain in _OF_SENTINELS.items()}
        self._settings = said
        self._of_sentinels = {**said, **own, "db": 0}
        try:
            # Connects nowhere: only says what it does not know.
            self._pool(Line.ADMIN, None).make_connection()
        except TypeError as error:
            raise BusError(f"{shown(target.url)} has an option that is none: {error}") from error

    def of(self, line: Line, address: Address | None = None) -> Any:
        """Return the pool of a line, and of a node where there are several."""
        found = self._made.get((line, address))
        if found is None:
            with self._lock:
                found = self._made.get((line, address)) or self._pool(line, address)
                self._made[line, address] = found
        return found

    def pools(self) -> tuple[Any, ...]:
        """Return everything that has connections."""
        return tuple(self._made.values())

    def _pool(self, line: Line, address: Address | None) -> Any:
        said = self._of_sentinels if line is Line.SENTINEL else self._settings
        place = dict(zip(("host", "port"), address, strict=True)) if address else {}
        ours = options(line, self._patience_s)
        library = self._library
        ours["retry"] = library.retry.Retry(NoBackoff(), 0)
        kind = said.get("connection_class", library.connection.Connection)
        ours["connection_class"] = library.adapt(kind)
        return library.connection.ConnectionPool(**{**said, **ours, **place})


def packed(connection: Any, commands: list[tuple[Part, ...]]) -> list[bytes]:
    """Return commands as they are sent; what the library does itself is slower for asyncio."""
    if pack is None:
        made: list[bytes] = connection.pack_commands(commands)
        return made
    return [b"".join(map(pack, commands))]


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
    if target.url.startswith("rediss:") and "ssl_cert_reqs" not in said:
        # Before redis-py 6 any name will do.
        said.setdefault("ssl_check_hostname", True)
    for name in _FILES:
        if name in said and not Path(said[name]).is_file():
            raise BusError(f"{shown(target.url)}: {name} names no file: {said[name]}")
    return said
