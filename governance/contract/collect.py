"""How pytest comes to tests that nobody has written: one for each promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from governance.catalog.model import EventSchema, SourceFile
from governance.contract import publishing
from governance.contract.broken import BrokenPromiseError
from governance.contract.contract import Contract, promises_of, write_reads_of
from governance.contract.once import UnobservableError
from governance.contract.promises import of_event
from governance.contract.stage import SOURCE
from governance.contract.subject import Subject
from governance.contract.takers import Taker, producers, takers
from governance.contract.trial import Trial
from governance.contract.venue import named
from governance.errors import CatalogError, GovernError
from governance.report.text import count

_SUBJECT = pytest.StashKey[Subject]()
_SERVER = pytest.StashKey[str]()
_WRITTEN = pytest.StashKey[list[str]]()
_USABLE = "can be used"
_PLUGGED = ("keb_handlers", "keb_producers")


def subject(config: pytest.Config) -> Subject:
    """Return what the tests are about, read once.

    Raises:
        UsageError: There is no catalog, or no usable settings.
    """
    if _SUBJECT not in config.stash:
        try:
            config.stash[_SUBJECT] = Subject(config.rootpath)
        except GovernError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[_SUBJECT]


def prepare(config: pytest.Config) -> None:
    """Find the server, and have pytest look into the catalog folder, unless it is told where to.

    Raises:
        UsageError: There is no server, no catalog, or no usable settings.
    """
    try:
        config.stash[_SERVER] = named(config.getoption("--keb-server"))
    except GovernError as error:
        raise pytest.UsageError(str(error)) from error
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return
    wanted = [subject(config).folder, config.rootpath / "conftest.py"]
    known = [(config.invocation_params.dir / one).resolve() for one in config.args]
    for path in wanted:
        if path.exists() and not any(path.resolve().is_relative_to(one) for one in known):
            config.args.append(str(path))


def header(config: pytest.Config) -> str:
    """Return what a person should know before anything runs."""
    made = subject(config)
    events = count(len(made.catalog.by_type), "event")
    return f"keb: {events} in {made.folder.name}, on {config.stash[_SERVER]}"


def written(config: pytest.Config) -> list[str]:
    """Return what was written down so far of what handlers read, a line for each of them."""
    return config.stash.setdefault(_WRITTEN, [])


def collector(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return what collects the tests of a file; None where it has none."""
    if path.name == "conftest.py":
        plugged = parent.config.pluginmanager.get_plugin(str(path))
        has_any = any(hasattr(plugged, name) for name in _PLUGGED)
        return PluggedFile.from_parent(parent, path=path) if has_any else None
    made = subject(parent.config)
    for file in made.catalog.files:
        is_telling = file.events or file.document.root is None
        if is_telling and (made.folder / file.relative).resolve() == path.resolve():
            found: CatalogFile = CatalogFile.from_parent(parent, path=path)
            found.file = file
            return found
    return None


class CatalogFile(pytest.File):
    """A file of the catalog."""

    file: SourceFile

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield its events; where it can't be read, a test that says so."""
        if self.file.document.root is None:
            why = f"{self.file.document.path} can't be read: see `keb-govern check`"
            yield _item(self, _USABLE, _failing(self.path.name, why), 1)
        for event in self.file.events:
            node: EventNode = EventNode.from_parent(self, name=event.type)
            node.event = event
            yield node


class EventNode(pytest.Collector):
    """An event of the catalog."""

    event: EventSchema

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each of its promises."""
        made, event = subject(self.config), self.event
        line = event.at(on_key=True).span.line
        if made.catalog.by_type[event.type] is not event:
            return
        try:
            samples = made.samples(event)
        except CatalogError as error:
            yield _item(self, _USABLE, _failing(event.type, str(error)), line)
            return
        for promise in of_event(made.catalog, event, samples, made.former(event)):
            yield _item(self, promise.name, _of_event(promise.keep), line)


class PluggedFile(pytest.File):
    """A conftest.py with handlers or producers."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield a collector for each; where they can't be made, a test that shows why."""
        probe = _item(self, "handlers and producers", _probe, 1)
        try:
            handlers, produced = _made(probe)
        except Exception:  # noqa: BLE001  whatever it is, the test shows it
            yield probe
            return
        for name in produced:
            item = _item(self, f"{name}::its producer", _of_producer(name), 1)
            yield item
        for taker in handlers:
            node: TakerNode = TakerNode.from_parent(self, name=taker.name)
            node.taker = taker
            yield node


class TakerNode(pytest.Collector):
    """A handler that is plugged in."""

    taker: Taker

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each of its promises."""
        if self.config.getoption("--keb-write-reads"):
            yield _item(self, "writes what it reads", _of_writing(self.taker.name), 1)
            return
        try:
            promises = list(promises_of(subject(self.config), self.taker))
        except CatalogError as error:
            yield _item(self, _USABLE, _failing(self.taker.event_type, str(error)), 1)
            return
        for promise in promises:
            yield _item(self, promise.name, _of_taker(self.taker.name, promise.keep), 1)


class PromiseItem(pytest.Function):
    """The test of one promise."""

    line: int

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ARG002
        """Return what a person needs to see of a failure."""
        if isinstance(excinfo.value, BrokenPromiseError | GovernError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and line that it follows from, and its name."""
        return self.path, self.line - 1, self.name


def _item(
    parent: pytest.Collector, name: str, test: Callable[..., object], line: int
) -> PromiseItem:
    item: PromiseItem = PromiseItem.from_parent(parent, name=name, callobj=test)
    item.line = line
    return item


def _made(probe: PromiseItem) -> tuple[list[Taker], list[str]]:
    """Return what the fixtures give: they have to be set up for that, and go again."""
    state = probe.session._setupstate  # noqa: SLF001  pytest has no other way to ask a fixture
    try:
        state.setup(probe)
        catalog = subject(probe.config).catalog
        found = takers(probe.funcargs["keb_handlers"], catalog)
        return found, list(producers(probe.funcargs["keb_producers"], catalog))
    finally:
        state.teardown_exact(None)
        probe._initrequest()  # noqa: SLF001  so that it can be run as a test


def _probe(keb_handlers: Any, keb_producers: Any, keb_catalog: Any) -> None:
    takers(keb_handlers, keb_catalog)
    producers(keb_producers, keb_catalog)


def _failing(event_type: str, why: str) -> Callable[[], None]:
    def test() -> None:
        raise BrokenPromiseError(event_type, "what is declared can be used", None, "", why)

    return test


def _of_event(keep: Callable[..., None]) -> Callable[..., None]:
    def test(keb_contract: Contract) -> None:
        keep(keb_contract.stage)

    return test


def _of_producer(event_type: str) -> Callable[..., None]:
    def test(keb_contract: Contract, keb_producers: Any) -> None:
        produce = producers(keb_producers, keb_contract.subject.catalog)[event_type]
        publishing.produces(keb_contract.stage, event_type, produce, SOURCE)

    return test


def _of_taker(name: str, keep: Callable[[Trial], None]) -> Callable[..., None]:
    def test(keb_contract: Contract, keb_handlers: Any, keb_effects: Any) -> None:
        try:
            keep(Trial(keb_contract.stage, _taker(name, keb_contract, keb_handlers), keb_effects))
        except UnobservableError as error:
            pytest.skip(str(error))

    return test


def _of_writing(name: str) -> Callable[..., None]:
    def test(keb_contract: Contract, keb_handlers: Any, pytestconfig: pytest.Config) -> None:
        trial = Trial(keb_contract.stage, _taker(name, keb_contract, keb_handlers))
        written(pytestconfig).append(write_reads_of(trial, keb_contract.subject))

    return test


def _taker(name: str, contract: Contract, plugged: Any) -> Taker:
    found = takers(plugged, contract.subject.catalog)
    return next(one for one in found if one.name == name)
