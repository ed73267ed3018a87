"""What is promised of handlers, each promise tried on the real loop.

Source: bus.md, section 5 (consumer side).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from governance.bus.declared import Unreadable
from governance.contract.former import Former
from governance.contract.generate import Sample, Samples
from governance.contract.trial import Trial
from governance.schema.json import JsonObject


def handles(trial: Trial, sample: Sample, *, more: JsonObject | None = None) -> None:
    """Give it an event.

    Args:
        trial: The handler on trial.
        sample: The payload.
        more: Fields that the catalog does not declare, as a newer writer may send.

    Raises:
        BrokenPromiseError: It does not handle it.
    """
    promise = "the handler takes every event that the catalog allows"
    if more:
        promise = "the handler passes over fields that it does not know"
    trial.takes([trial.sent(sample.data, more)], sample, promise)


def handles_former(trial: Trial, former: Former) -> None:
    """Give it what a released version of the event wrote.

    Raises:
        BrokenPromiseError: It does not handle it.
    """
    promise = f"the handler takes what version {former.version} wrote"
    for sample in former.samples:
        sent = trial.sent(sample.data, event_version=former.version)
        trial.takes([sent], sample, promise)


def handles_in_either_order(trial: Trial, samples: Iterable[Sample]) -> None:
    """Give it two events that it handles, and again the other way round.

    Raises:
        BrokenPromiseError: It does not handle them.
    """
    promise = "the handler takes events in either order, as after a redelivery"
    handled_ = (one for one in samples if trial.run([trial.sent(one.data)], 1).is_handled)
    pair = list(islice(handled_, 2))
    for one, other in (pair, pair[::-1]) if len(pair) > 1 else ():
        trial.takes([trial.sent(one.data), trial.sent(other.data)], other, promise)


def never_gets(trial: Trial, samples: Samples) -> None:
    """Send what the catalog refuses, past the client, and a good event behind it.

    Raises:
        BrokenPromiseError: The handler gets it, it is not kept as a dead letter that says why,
            or the good one is not handled.
    """
    promise = "what the catalog refuses goes to the dead letters, and the next event is handled"
    good = samples.allowed[0]
    refused = []
    for mutant in samples.mutants:
        sent = trial.sent(mutant.data)
        if isinstance(trial.stage.read(trial.taker.event_type, sent), Unreadable):
            refused.append((mutant, sent))
    took = trial.run([*(one for _, one in refused), trial.sent(good.data)], len(refused) + 1)
    for mutant, one in refused:
        letters = [letter for letter in took.dead if letter["_event_id"] == one.id]
        if not letters or f"/data{mutant.pointer}" not in letters[0]["dead_error"]:
            found = f"{len(letters)} dead letters name it and its pointer"
            raise trial.broken(promise, mutant.data, mutant.pointer, found)
    if len(took.calls) != 1:
        found = f"the handler got {len(took.calls)} events, and one was good"
        raise trial.broken(promise, good.data, "", found)


def never_gets_an_unknown_version(trial: Trial, sample: Sample) -> None:
    """Send the event by a version that the catalog does not have, and a good one behind it.

    Raises:
        BrokenPromiseError: The handler gets it, or does not get the good one.
    """
    promise = "an event of an unknown version never comes, and the next one is handled"
    good = trial.sent(sample.data)
    family = ".".join(trial.stage.declarations.of(trial.taker.event_type).event.name.segments)
    unknown = trial.sent(sample.data, event_type=f"{family}.v999", event_version="999.0.0")
    took = trial.run([unknown, good], 1)
    got = [event.id for event, _ in took.calls]
    if got != [good.id]:
        found = f"the handler got {len(got)} events, and one was good"
        raise trial.broken(promise, unknown.whole, "/event_type", found)
