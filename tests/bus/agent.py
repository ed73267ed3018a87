"""A consumer in a process of its own: it can be killed, and what it has done is written down."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from governance.bus.event import Event
from governance.bus.threads import KEBClient
from governance.contract.until import until as wait_until
from tests.bus.agents import CREATED, GROUP, QUICK, catalog
from tests.bus.ledger import Book, Ledger

# Forks of a process that has imported everything, and has no threads.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, "governance.bus.threads"])


class Hands(NamedTuple):
    """What an agent's handler may do beside looking at its event."""

    effects: Book
    marks: Book
    name: str
    folder: Path

    def effect(self, event: Event) -> None:
        """Have the effect of an event."""
        self.effects.write(GROUP, event.id, self.name, event.data["number"], event.place.attempt)

    def mark(self, text: str) -> None:
        """Say to the test how far it has come."""
        self.marks.write(text, self.name)

    def die(self) -> None:
        """End as by ``kill -9``."""
        os.kill(os.getpid(), signal.SIGKILL)


Acts: TypeAlias = Callable[[Hands, Event], object]


class Agent:
    """One process that consumes; it ends with its context."""

    def __init__(self, folder: Path, process: BaseProcess) -> None:
        self.marks = Book(folder / "marks")
        self.process = process

    def wait_for(self, text: str, times: int = 1) -> None:
        """Return when it has said something so often."""
        until(lambda: [one[0] for one in self.marks.read()].count(text) >= times)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def end(self, timeout_s: float = 30.0) -> int:
        """Wait for its end, and return its exit code."""
        self.process.join(timeout_s)
        assert self.process.exitcode is not None, "it did not end"
        return self.process.exitcode


@contextmanager
def agent(books: Ledger, acts: Acts, name: str = "one", **reading: Any) -> Iterator[Agent]:
    """Run an agent until its context ends, or the test ends it."""
    target = partial(_work, books.url, books.folder, acts, name, {**QUICK, **reading})
    process = _CONTEXT.Process(target=target)
    process.start()
    try:
        yield Agent(books.folder, process)
    finally:
        process.kill()
        process.join()


def until(is_so: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait until something is so."""
    wait_until("it is so", is_so, timeout_s)


def _work(url: str, folder: Path, acts: Acts, name: str, reading: dict[str, Any]) -> None:
    hands = Hands(Book(folder / "effects"), Book(folder / "marks"), name, folder)
    with KEBClient(url, catalog(), source="tests", name=name) as client:

        def stop(*_: object) -> None:
            client.stop()
            hands.mark("told")

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        client.subscribe(CREATED, partial(acts, hands), group=GROUP, **reading)
        hands.mark("ready")
        client.run()
    hands.mark("ended")
