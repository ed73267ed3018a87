"""One handler on trial: what it is sent, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable

from governance.bus.event import Event
from governance.bus.threads import Handler
from governance.contract.broken import BrokenPromiseError, told
from governance.contract.generate import Sample
from governance.contract.loop import Took, consume, handled
from governance.contract.recorder import Recorder
from governance.contract.stage import Sent, Stage
from governance.contract.takers import Taker
from governance.schema.json import Json, JsonObject

Effects = Callable[[], object]


class Trial:
    """One handler, and what it is given.

    Args:
        stage: Where it is tried.
        taker: The handler.
        effects: Returns what the handler has done so far, beside what it has published.
    """

    def __init__(self, stage: Stage, taker: Taker, effects: Effects | None = None) -> None:
        self.stage = stage
        self.effects = effects
        self.taker = taker
        self.stream = stage.stream_of(taker.event_type)

    def takes(self, sent: list[Sent], sample: Sample, promise: str) -> None:
        """Give it entries, all of which it has to handle.

        Raises:
            BrokenPromiseError: It does not.
        """
        self.refuse_failure(self.run(sent, len(sent)), sample, promise)

    def run(self, sent: list[Sent], count: int, handler: Handler | None = None) -> Took:
        """Append entries, and let a new group read them.

        Args:
            sent: The entries.
            count: How many of them are handled, or go to the dead letters.
            handler: Another one than that on trial.
        """
        after = self.append(sent)
        taker = self.taker._replace(handler=handler or self.taker.handler)
        return consume(self.stage, taker, after=after, count=count)

    def append(self, sent: list[Sent]) -> str:
        """Append entries for a new group; return the place where it has to start."""
        after = self.stage.last(self.stream)
        for one in sent:
            self.stage.add(self.stream, one)
        self.stage.forget(self.stream, self.taker.group)
        return after

    def sent(self, data: JsonObject, more: JsonObject | None = None, **base: str) -> Sent:
        """Return the event of a payload, which need not be right."""
        return self.stage.entry(self.taker.event_type, data, more, **base)

    def broken(self, promise: str, event: Json, pointer: str, found: str) -> BrokenPromiseError:
        """Return the error that tells of a promise of this handler."""
        said = f"{promise} (group {self.taker.group})"
        return BrokenPromiseError(self.taker.event_type, said, event, pointer, found)

    def refuse_failure(self, took: Took, sample: Sample, promise: str) -> None:
        """Do nothing where all was handled.

        Raises:
            BrokenPromiseError: Something was not.
        """
        for event, error in took.calls:
            if error is not None:
                pointer = self._looked_at(event, error) or sample.pointer
                raise self.broken(promise, event.data, pointer, told(error)) from error
        for letter in took.dead:
            raise self.broken(promise, sample.data, sample.pointer, letter["dead_error"])

    def _looked_at(self, event: Event, error: BaseException) -> str:
        """Return what the handler looks at last before it fails, if it fails likewise again."""
        recorder = Recorder()
        again = handled(self.stage, recorder.watch(self.taker.handler), event)
        return recorder.last(event.type) if type(again) is type(error) else ""
