"""What every test can ask for."""

from __future__ import annotations

import signal

import hypothesis
import pytest

from tests.hooks import publish
from tests.repositories import Repo
from tests.runner import Action, machine

# A shell makes what it runs in the background, and all that is started there, deaf to interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("keb", deadline=None)
hypothesis.settings.load_profile("keb")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite golden files; review them as text"
    )
    parser.addoption(
        "--keb-ledger",
        action="store_true",
        help="say what the bus lost and did twice",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Action:
    """Return the GitHub Action, installed by its own steps."""
    return Action(tmp_path_factory.mktemp("action") / "temporary folder", machine())


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Return this project as a repository that others take hooks from."""
    return publish(tmp_path_factory.mktemp("offered"))
