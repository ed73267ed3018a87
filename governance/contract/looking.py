"""Which fields a handler looks at, and whether its participant says so.

Source: bus.md, section 5 (consumer side).
"""

from __future__ import annotations

from collections.abc import Iterable

from governance.contract.generate import Sample
from governance.contract.recorder import ANY, Recorder
from governance.contract.trial import Trial
from governance.rules import listed
from governance.schema.pointer import split


def reads_what_it_says(trial: Trial, samples: Iterable[Sample], reads: tuple[str, ...]) -> None:
    """Give it events, and see which fields it looks at.

    Args:
        trial: The handler on trial.
        samples: The payloads.
        reads: What the participant says that it reads.

    Raises:
        BrokenPromiseError: It looks at others.
    """
    promise = "the handler looks at nothing but the `reads` of its participant"
    seen = looks_at(trial, samples)
    more = [pointer for pointer in seen if not is_covered(pointer, reads)]
    if more:
        told, said = (listed([one or "all of it" for one in some]) for some in (more, reads))
        found = (
            f"it looks at {told}, and says that it reads {said or 'nothing'}: add that in "
            "participants.yaml, or let `keb-govern contract --write-reads` do so"
        )
        raise trial.broken(promise, seen[more[0]].data, more[0], found)


def looks_at(trial: Trial, samples: Iterable[Sample]) -> dict[str, Sample]:
    """Give it events; return JSON Pointers to what it looks at, each with the first event."""
    recorder, found = Recorder(), dict[str, Sample]()
    for sample in samples:
        trial.run([trial.sent(sample.data)], 1, recorder.watch(trial.taker.handler))
        for pointer in recorder.reads(trial.taker.event_type):
            found.setdefault(pointer, sample)
    kept = recorder.reads(trial.taker.event_type)
    return {pointer: found[pointer] for pointer in kept}


def is_covered(pointer: str, reads: tuple[str, ...]) -> bool:
    """Say whether what is looked at is, or is in, something that is said to be read."""
    seen = split(pointer)
    for one in map(split, reads):
        pairs = zip(one, seen, strict=False)
        if len(one) <= len(seen) and all(
            a == b or (ANY in (a, b) and (a + b).strip(ANY).isdecimal()) for a, b in pairs
        ):
            return True
    return False
