"""Servers for tests of the bus; each test that takes one runs on the oldest and on a current."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from governance.contract.find import Binary
from governance.contract.server import Server
from tests.bus.servers import KINDS, Settings, binary, refresh, settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "program" in getattr(item, "fixturenames", ()):
            item.add_marker("redis")


@pytest.fixture(scope="session", params=KINDS)
def program(request: pytest.FixtureRequest) -> Binary:
    """Return the server program: once of the oldest rules, once a current one."""
    return binary(request.param)


@pytest.fixture(scope="session")
def _shared(program: Binary) -> Iterator[tuple[Server, Settings]]:
    with Server(program) as server:
        yield server, settings(server)


@pytest.fixture
def server(_shared: tuple[Server, Settings]) -> Server:
    """Return a server as good as new, the same for all tests."""
    refresh(*_shared)
    return _shared[0]


@pytest.fixture
def pristine(program: Binary) -> Iterator[Callable[..., Server]]:
    """Return what starts a server of the test's own, with the arguments of ``Server``."""
    with ExitStack() as stack:
        yield lambda **arguments: stack.enter_context(Server(program, **arguments))
