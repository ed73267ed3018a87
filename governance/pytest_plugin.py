"""The pytest plugin: contract tests of an event catalog, and the fixtures that they are made of.

It is loaded by every run of pytest: what it needs is imported by what asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from governance.bus.aio import AsyncKEBClient
    from governance.bus.threads import KEBClient
    from governance.catalog.model import Catalog
    from governance.contract.contract import Contract
    from governance.contract.recorder import Recorder
    from governance.contract.venue import Venue


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add = parser.getgroup("keb", "contract tests of an event catalog").addoption
    add(
        "--keb",
        action="store_true",
        help="also run the tests that follow from the catalog, and from keb_handlers and "
        "keb_producers of conftest.py",
    )
    add(
        "--keb-server",
        metavar="URL|PATH",
        help="the server to use, or the program to start one (default: what is found)",
    )
    add(
        "--keb-write-reads",
        action="store_true",
        help="instead of trying handlers, write what they look at to `reads` in participants.yaml",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have the catalog looked at, where pytest would not."""
    if config.getoption("--keb-write-reads"):
        config.option.keb = True
    if config.getoption("--keb"):
        from governance.contract.collect import prepare

        prepare(config)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which server is used."""
    if not config.getoption("--keb"):
        return None
    from governance.contract.collect import header

    return header(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect what follows from a file of the catalog, or from a conftest.py."""
    if not parent.config.getoption("--keb"):
        return None
    from governance.contract.collect import collector

    return collector(file_path, parent)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was written."""
    if not config.getoption("--keb-write-reads"):
        return
    from governance.contract.collect import written

    for line in written(config):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def keb_catalog(pytestconfig: pytest.Config) -> Catalog:
    """Return the catalog of the project."""
    from governance.contract.collect import subject

    return subject(pytestconfig).catalog


@pytest.fixture(scope="session")
def keb_server(pytestconfig: pytest.Config) -> Iterator[Venue]:
    """Return a server of the run's own, empty; ``url`` says where it is."""
    from governance.contract.venue import venue

    with venue(pytestconfig.getoption("--keb-server")) as found:
        yield found


@pytest.fixture(scope="session")
def keb_contract(pytestconfig: pytest.Config, keb_server: Venue) -> Iterator[Contract]:
    """Return what tries each promise of the catalog, by hand as well."""
    from governance.contract.collect import subject
    from governance.contract.contract import Contract
    from governance.contract.stage import Stage
    from governance.errors import ServerError

    made = subject(pytestconfig)
    try:
        stage = Stage(keb_server.url, made.catalog)
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)
    yield Contract(stage, made)
    stage.close()


@pytest.fixture
def keb_client(keb_contract: Contract) -> Iterator[KEBClient]:
    """Return a client of the project's catalog."""
    with keb_contract.client() as client:
        yield client


@pytest.fixture
def keb_async_client(keb_contract: Contract) -> Iterator[AsyncKEBClient]:
    """Return the same for asyncio; handlers and producers that are coroutines share one loop."""
    with keb_contract.async_client() as client:
        yield client


@pytest.fixture
def keb_recorder() -> Recorder:
    """Return what sees which fields a handler reads: give it the handler, subscribe the result."""
    from governance.contract.recorder import Recorder

    return Recorder()


@pytest.fixture
def keb_handlers() -> Any:
    """Return the handlers to try: to be overridden in conftest.py."""
    return {}


@pytest.fixture
def keb_producers() -> Any:
    """Return the producers to try: to be overridden in conftest.py."""
    return {}


@pytest.fixture
def keb_effects() -> Callable[[], object] | None:
    """Return what tells what handlers have done so far: to be overridden in conftest.py."""
    return None
