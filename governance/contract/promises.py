"""The promises of an event and of a handler, each by a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from governance.bus.declared import Unreadable
from governance.catalog.model import Catalog, EventSchema, Subscription
from governance.contract import consuming, publishing
from governance.contract.broken import BrokenPromiseError
from governance.contract.candidates import UNDECLARED
from governance.contract.former import Former
from governance.contract.generate import Samples
from governance.contract.looking import reads_what_it_says
from governance.contract.once import has_one_effect_after_a_crash, has_one_effect_of_two
from governance.contract.recorder import ANY
from governance.contract.slow import keeps_its_event
from governance.contract.stage import Stage
from governance.contract.trial import Trial
from governance.schema.pointer import PointerError, join, resolve, split
from governance.wire import Judge


class OfEvent(NamedTuple):
    """A promise of an event, whoever sends it.

    Attributes:
        name: What it is called.
        keep: Tries whether it is kept.
    """

    name: str
    keep: Callable[[Stage], None]


class OfHandler(NamedTuple):
    """A promise of a handler; see ``OfEvent``."""

    name: str
    keep: Callable[[Trial], None]


def of_event(
    catalog: Catalog, event: EventSchema, samples: Samples, former: list[Former]
) -> Iterator[OfEvent]:
    """Yield what an event of the catalog promises.

    Args:
        catalog: The catalog.
        event: The event.
        samples: What there is to try of it.
        former: Its released versions.
    """
    type_ = event.type
    trip = publishing.RoundTrip(type_, samples.allowed)
    for sample in samples.allowed:
        name = sample.name if sample in samples.examples else f"accepts {sample.name}"
        yield OfEvent(name, partial(trip.accepts, name=sample.name))
    # Examples may be wrong.
    good = (*samples.valid, *samples.examples)[0].data
    yield OfEvent(
        "fills in the base fields", partial(publishing.fills_in, event_type=type_, data=good)
    )
    for mutant in samples.mutants:
        yield OfEvent(
            f"refuses {mutant.name}", partial(publishing.refuses, event_type=type_, mutant=mutant)
        )
    for one in former:
        if one.samples:
            keep = partial(_reads_former, event_type=type_, former=one)
            yield OfEvent(f"reads {one.version}", keep)
        if one.reader:
            is_read = partial(_is_read_by, event_type=type_, version=one.version)
            keep = partial(is_read, samples=samples, reader=one.reader)
            yield OfEvent(f"is read by {one.version}", keep)
    for participant in catalog.participants:
        for said in participant.subscribes:
            if said.reads and said.event in event.names:
                name = f"has what {participant.name} reads as {said.group}"
                yield OfEvent(name, partial(_has, event_type=type_, samples=samples, said=said))


def of_handler(
    samples: Samples, former: list[Former], reads: tuple[str, ...] | None
) -> Iterator[OfHandler]:
    """Yield what a handler promises.

    Args:
        samples: What there is to try of the event.
        former: Its released versions.
        reads: What the participant says that it reads; None where it may read everything.
    """
    good = samples.allowed
    for sample in good:
        yield OfHandler(f"handles {sample.name}", partial(consuming.handles, sample=sample))
    more = {UNDECLARED: 0}
    yield OfHandler(
        "handles fields that nobody declares", partial(consuming.handles, sample=good[0], more=more)
    )
    for one in (one for one in former if one.samples):
        yield OfHandler(f"handles {one.version}", partial(consuming.handles_former, former=one))
    yield OfHandler(
        "handles events in either order",
        partial(consuming.handles_in_either_order, samples=good),
    )
    yield OfHandler(
        "has one effect of the same event sent twice",
        partial(has_one_effect_of_two, samples=good),
    )
    yield OfHandler(
        "has one effect after a crash", partial(has_one_effect_after_a_crash, samples=good)
    )
    yield OfHandler("keeps its event while it is slow", partial(keeps_its_event, samples=good))
    yield OfHandler("never gets what is invalid", partial(consuming.never_gets, samples=samples))
    yield OfHandler(
        "never gets an unknown version",
        partial(consuming.never_gets_an_unknown_version, sample=good[0]),
    )
    if reads is not None:
        yield OfHandler(
            "reads what it says", partial(reads_what_it_says, samples=good, reads=reads)
        )


def subscription_of(catalog: Catalog, event_type: str, group: str) -> Subscription | None:
    """Return what the catalog says of who reads an event as a group; None where nobody does."""
    names = catalog.by_type[event_type].names
    for participant in catalog.participants:
        for one in participant.subscribes:
            if one.event in names and one.group == group:
                return one
    return None


def _reads_former(stage: Stage, event_type: str, former: Former) -> None:
    promise = f"today's readers can read what version {former.version} wrote"
    for sample in former.samples:
        sent = stage.entry(event_type, sample.data, event_version=former.version)
        read = stage.read(event_type, sent)
        if isinstance(read, Unreadable):
            fault = read.faults[0]
            pointer = fault.pointer.removeprefix("/data")
            raise BrokenPromiseError(event_type, promise, sample.data, pointer, fault.message)


def _is_read_by(_: Stage, event_type: str, version: str, samples: Samples, reader: Judge) -> None:
    promise = f"readers of version {version} can read what is published today"
    for sample in samples.allowed:
        for fault in reader.payload(sample.data, event_type).faults:
            raise BrokenPromiseError(event_type, promise, sample.data, fault.pointer, fault.message)


def _has(_: Stage, event_type: str, samples: Samples, said: Subscription) -> None:
    for pointer in said.reads or ():
        if not any(_is_there(sample.data, pointer) for sample in samples.allowed):
            promise = f"what {said.group} reads is there in some event"
            found = "no event has it: correct `reads` in participants.yaml"
            raise BrokenPromiseError(event_type, promise, samples.allowed[-1].data, pointer, found)


def _is_there(data: object, pointer: str) -> bool:
    tokens = ["0" if token == ANY else token for token in split(pointer)]
    try:
        resolve(data, join(*tokens))
    except PointerError:
        return False
    return True
