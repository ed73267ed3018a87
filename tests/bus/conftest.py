"""Servers for tests of the bus; each test that takes one runs on the oldest and on a current."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from governance.bus.threads import KEBClient
from governance.cli import main
from governance.contract.find import Binary
from governance.contract.server import Server
from tests.bus.agents import CATALOG, GROUP, STREAM, catalog
from tests.bus.certificates import Authority
from tests.bus.drivers import DRIVERS
from tests.bus.injections import audit, mark, table
from tests.bus.ledger import Ledger
from tests.bus.proxy import Proxy
from tests.bus.servers import KINDS, Settings, binary, refresh, settings
from tests.catalogs import raw_files


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "program" in getattr(item, "fixturenames", ()):
            item.add_marker("redis")
        mark(item)


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


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    """Return which client the test is run with; see ``connected``."""
    return str(request.param)


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """Return a line to the shared server that can fail."""
    with Proxy(server) as running:
        yield running


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who signs the certificates of the tests."""
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def client(server: Server) -> Iterator[KEBClient]:
    """Return a client of the shared server."""
    with KEBClient(server.url, catalog(), source="tests", name="one") as made:
        yield made


@pytest.fixture
def raw(server: Server) -> Iterator[Any]:
    """Return a client of the library alone, on the shared server."""
    with server.client() as made:
        yield made


class Done(NamedTuple):
    """What became of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def keb(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Done]:
    """Return what runs ``keb-govern bus`` in a project with the catalog of the tests."""
    for one in raw_files(CATALOG):
        path = tmp_path / "event_schemas" / one.relative
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(one.data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEB_URL", server.url)

    def run(*words: str) -> Done:
        code = main(["bus", *words])
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def ledger(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Return the books of the stream of tasks; at the end nothing is lost or done twice."""
    made = Ledger(tmp_path, server, STREAM)
    yield made
    audit(made, GROUP, request.node)


@pytest.fixture
def books(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[Server], Ledger]]:
    """Return what opens the books of a server of the test's own."""
    # Its servers run until the books are closed.
    request.getfixturevalue("pristine")
    made: list[Ledger] = []

    def open_(server: Server) -> Ledger:
        made.append(Ledger(tmp_path, server, STREAM))
        return made[-1]

    yield open_
    for one in made:
        audit(one, GROUP, request.node)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what the ledgers of all tests say of each fault, where somebody asks."""
    if config.getoption("--keb-ledger"):
        said = [report for some in terminalreporter.stats.values() for report in some]
        skipped = {one.nodeid for one in said if getattr(one, "skipped", False)}
        ended = [one for one in said if getattr(one, "when", "") == "teardown"]
        ended = [one for one in ended if one.nodeid not in skipped]
        terminalreporter.section("ledger")
        for line in table(ended):
            terminalreporter.write_line(line)
