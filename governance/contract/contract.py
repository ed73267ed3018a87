"""The promises of a catalog, for tests that are written by hand: the fixture ``keb_contract``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from governance.bus.declared import Unreadable
from governance.bus.event import Event
from governance.bus.threads import Handler, KEBClient
from governance.contract import publishing
from governance.contract.generate import Samples
from governance.contract.looking import is_covered, looks_at
from governance.contract.once import UnobservableError
from governance.contract.promises import OfHandler, of_event, of_handler, subscription_of
from governance.contract.reads import write_reads
from governance.contract.stage import SOURCE, Sent, Stage
from governance.contract.subject import Subject
from governance.contract.takers import AsyncContractClient, ContractClient, Taker, known, takers
from governance.contract.trial import Effects, Trial
from governance.errors import UsageError
from governance.rules import listed
from governance.schema.json import JsonObject


class Contract:
    """Tries what is promised.

    Args:
        stage: Where it is tried.
        subject: What it is about.
    """

    def __init__(self, stage: Stage, subject: Subject) -> None:
        self.stage = stage
        self.subject = subject

    def client(self) -> ContractClient:
        """Return a new client on the catalog."""
        return ContractClient(self.stage, SOURCE)

    @contextmanager
    def async_client(self) -> Iterator[AsyncContractClient]:
        """Give a new client of asyncio on the catalog, for the loop that coroutines run in."""
        client = AsyncContractClient(self.stage, SOURCE)
        yield client
        self.stage.run(client.close())

    def samples(self, event_type: str) -> Samples:
        """Return payloads of an event: examples, further ones, and such that are refused."""
        return self.subject.samples(self.subject.catalog.by_name[event_type])

    def event(self, event_type: str, data: JsonObject) -> Event:
        """Return an event as a handler gets it, without any bus.

        Raises:
            Rejected: The payload does not keep to the catalog.
        """
        whole = self.stage.client.session.publisher.prepare(event_type, data)
        read = self.stage.read(whole.type, Sent(whole.id, {}, whole.data))
        if isinstance(read, Unreadable):
            raise RuntimeError("what is sent can be read")  # noqa: TRY004  it is no mistake of types
        return read

    def check_event(self, event_type: str) -> None:
        """Try every promise of an event of the catalog.

        Raises:
            BrokenPromiseError: One is not kept.
        """
        event = self.subject.catalog.by_type[known(event_type, self.subject.catalog)]
        samples, former = self.subject.samples(event), self.subject.former(event)
        for promise in of_event(self.subject.catalog, event, samples, former):
            promise.keep(self.stage)

    def check_producer(self, event_type: str, produce: Callable[[KEBClient], object]) -> None:
        """Let a producer publish an event, and judge what it sends.

        Raises:
            BrokenPromiseError: It publishes something else.
        """
        event_type = known(event_type, self.subject.catalog)
        publishing.produces(self.stage, event_type, produce, SOURCE)

    def check_handler(
        self,
        event_type: str,
        handler: Handler,
        *,
        group: str | None = None,
        effects: Effects | None = None,
        **reading: Any,
    ) -> None:
        """Try every promise of a handler.

        Args:
            event_type: The event type.
            handler: The handler.
            group: The consumer group; by default the only one that the catalog knows.
            effects: Returns what the handler has done so far. Without it, and where it publishes
                nothing, whether it does things once can't be seen, and is not tried.
            reading: Further settings of its subscription, such as ``is_once``.

        Raises:
            BrokenPromiseError: One is not kept.
        """
        catalog = self.subject.catalog
        (taker,) = takers({(event_type, group) if group else event_type: handler}, catalog)
        trial = Trial(self.stage, taker._replace(reading=reading), effects)
        for promise in promises_of(self.subject, taker):
            try:
                promise.keep(trial)
            except UnobservableError:
                continue


def promises_of(subject: Subject, taker: Taker) -> Iterator[OfHandler]:
    """Yield what a handler promises."""
    event = subject.catalog.by_type[taker.event_type]
    said = subscription_of(subject.catalog, taker.event_type, taker.group)
    reads = None if said is None else said.reads
    yield from of_handler(subject.samples(event), subject.former(event), reads)


def write_reads_of(trial: Trial, subject: Subject) -> str:
    """Let a handler show what it looks at, and write that to its participant.

    Returns:
        What was written, for people.

    Raises:
        GovernError: Nobody says that it reads this, or there is no place for it in the file.
    """
    taker, catalog = trial.taker, subject.catalog
    said = subscription_of(catalog, taker.event_type, taker.group)
    if said is None:
        raise UsageError(
            f"no participant in participants.yaml reads {taker.event_type} as {taker.group}: add "
            "its subscription first"
        )
    seen = looks_at(trial, subject.samples(catalog.by_type[taker.event_type]).allowed)
    if "" in seen:
        raise UsageError(
            f"{taker.name} looks at all of the payload: leave its `reads` out, which says just that"
        )
    wanted = [one for one in seen if not is_covered(one, said.reads or ())]
    file = catalog.by_path[said.place.document.path]
    added = write_reads(file, said, wanted)
    news = f"now reads {listed(added)} too" if added else "reads what it says"
    return f"{file.document.path}: {taker.name} {news}"
