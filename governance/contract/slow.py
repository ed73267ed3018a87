"""What is promised of a handler that takes longer than others wait for it: the event stays its own.

Source: bus.md, section 5 (consumer side), and section 6, number 21.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from governance.bus.event import Event
from governance.bus.threads import KEBClient
from governance.contract.generate import Sample
from governance.contract.loop import handled, kept, silence
from governance.contract.stage import SOURCE
from governance.contract.trial import Trial
from governance.contract.until import until

# Soon over; and where a machine is so busy that this is no proof, one that takes its time.
_CLAIMS_MS = (200, 1_000)
_TIMES_SLOWER = 2.25


def keeps_its_event(trial: Trial, samples: Iterable[Sample]) -> None:
    """Let the handler be slow, beside a consumer that would take over what seems forgotten.

    Raises:
        BrokenPromiseError: It is given the event twice.
    """
    promise = "a handler that is slower than its `claim_ms` is not given the event again"
    usable = (one for one in samples if trial.run([trial.sent(one.data)], 1).is_handled)
    sample = next(usable, None)
    if sample is None:
        # That it handles none is another promise.
        return
    for claim_ms in _CLAIMS_MS:
        times = _times(trial, sample, claim_ms)
        if times == 1:
            return
    raise trial.broken(promise, sample.data, "", f"it was given it {times} times")


def _times(trial: Trial, sample: Sample, claim_ms: int) -> int:
    """Return how often a slow handler is given an event."""
    stage, taker, given = trial.stage, trial.taker, list[str]()

    def slow(event: Event) -> None:
        given.append(event.id)
        time.sleep(_TIMES_SLOWER * claim_ms / 1000)
        error = handled(stage, taker.handler, event)
        if error is not None:
            raise error

    after = trial.append([trial.sent(sample.data)])
    quick = {"claim_ms": claim_ms, "block_ms": 20, "attempts": 3, "start": after}
    reading = {**kept(taker), **quick}
    with silence(), KEBClient(stage.url, stage.catalog, source=SOURCE, name=SOURCE) as client:
        client.subscribe(taker.event_type, slow, group=taker.group, workers=2, **reading)
        client.start()
        until("the handler has returned", lambda: client.stats.total("consumed") > 0)
    return len(given)
