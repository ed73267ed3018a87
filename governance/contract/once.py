"""What is promised of a handler to which the same event comes twice: one effect.

Source: bus.md, section 5 (consumer side).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import NamedTuple

from governance.contract.generate import Sample
from governance.contract.loop import consume
from governance.contract.stage import whole_of
from governance.contract.trial import Trial


class UnobservableError(Exception):
    """Nobody can see what a handler has done; the text says how to show it."""


class _Effect(NamedTuple):
    """What a handler has done.

    Attributes:
        published: How many events.
        others: What its team says of everything else.
    """

    published: int
    others: object


def has_one_effect_of_two(trial: Trial, samples: Iterable[Sample]) -> None:
    """Send the same event twice: the first one of which something is seen.

    Raises:
        BrokenPromiseError: The second one has an effect too.
        UnobservableError: Nobody can see that any event has one.
    """
    promise = "the same event sent twice has one effect"
    _once(trial, samples, promise, is_crashing=False)


def has_one_effect_after_a_crash(trial: Trial, samples: Iterable[Sample]) -> None:
    """Let the consumer die when the event is handled, and another one take over.

    Raises:
        BrokenPromiseError: The event has an effect twice.
        UnobservableError: Nobody can see that any event has one.
    """
    promise = "an event that comes again after a crash before its ack has one effect"
    _once(trial, samples, promise, is_crashing=True)


def _once(trial: Trial, samples: Iterable[Sample], promise: str, *, is_crashing: bool) -> None:
    for sample in samples:
        none = _effect(trial, trial.stage.mark(), "")
        done = _twice(trial, sample, promise, is_crashing=is_crashing)
        if done is None:
            continue
        first, second = done
        if first != second:
            found = f"after the first time {_said(first)}, after the second {_said(second)}"
            raise trial.broken(promise, sample.data, "", found)
        if first != none:
            return
    raise UnobservableError(
        f"{trial.taker.name}: it publishes nothing, so nobody sees what it has done: say it by "
        "the fixture keb_effects, which returns a function that returns what is there"
    )


def _twice(
    trial: Trial, sample: Sample, promise: str, *, is_crashing: bool
) -> tuple[_Effect, _Effect] | None:
    """Return what is there after an event was handled, and after it came again.

    None where it is not handled at all: that is another promise.
    """
    sent, mark = trial.sent(sample.data), trial.stage.mark()
    after = trial.append([sent])
    done: list[_Effect] = []
    for consumer in ("first", "second"):
        took = consume(
            trial.stage,
            trial.taker,
            after=after,
            count=1,
            consumer=consumer,
            attempts=len(done) + 1,
            is_crashing=is_crashing and not done,
        )
        if not done and not took.is_handled:
            return None
        trial.refuse_failure(took, sample, promise)
        done.append(_effect(trial, mark, sent.id))
        if is_crashing:
            trial.stage.let_time_pass(trial.stream, trial.taker.group)
        elif len(done) == 1:
            trial.stage.add(trial.stream, sent)
    first, second = done
    return first, second


def _effect(trial: Trial, mark: dict[str, str], event_id: str) -> _Effect:
    """Return what was published since, besides the event itself, and what else was done."""
    ids = [whole_of(fields).get("event_id") for _, fields in trial.stage.since(mark)]
    effects = deepcopy(trial.effects()) if trial.effects else None
    return _Effect(sum(one != event_id for one in ids), effects)


def _said(done: _Effect) -> str:
    others = "" if done.others is None else f" and {done.others!r:.300}"
    return f"{done.published} published{others}"
