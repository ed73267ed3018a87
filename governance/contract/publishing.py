"""What is promised of publishing: by every event of the catalog, and by those who produce it.

Source: bus.md, section 5 (producer side).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from uuid import uuid4

from governance.bus.outcome import Outgoing, Rejected
from governance.bus.threads import KEBClient
from governance.contract.broken import BrokenPromiseError, told
from governance.contract.generate import Mutant, Sample
from governance.contract.loop import Took, consume
from governance.contract.stage import SOURCE, Stage, whole_of
from governance.contract.takers import ContractClient, Taker
from governance.schema.json import JsonObject
from governance.wire import Fault, Judge, Side

_GROUP = "keb-contract-round-trip"
_COMES_BACK = "the client publishes it, and hands the same to readers"


class RoundTrip:
    """Publishes payloads of an event, and reads them back by the real loop: all at once.

    Args:
        event_type: The event type.
        samples: The payloads.
    """

    def __init__(self, event_type: str, samples: tuple[Sample, ...]) -> None:
        self._type = event_type
        self._samples = samples
        # What is wrong with each, by its name; nothing yet where nobody has tried.
        self._broken: dict[str, BrokenPromiseError | None] = {}

    def accepts(self, stage: Stage, name: str) -> None:
        """Say what has become of one payload.

        Raises:
            BrokenPromiseError: It is refused, or something else comes back.
        """
        if not self._broken:
            self._broken = self._tried(stage)
        error = self._broken[name]
        if error is not None:
            raise error

    def _tried(self, stage: Stage) -> dict[str, BrokenPromiseError | None]:
        stream = stage.stream_of(self._type)
        broken: dict[str, BrokenPromiseError | None] = {}
        after = stage.last(stream)
        sent: dict[str, Outgoing] = {}
        for sample in self._samples:
            try:
                sent[sample.name] = _prepared(stage, self._type, sample.data, _COMES_BACK)
            except BrokenPromiseError as error:
                broken[sample.name] = error
        for prepared in sent.values():
            stage.client.send(prepared)
        stage.forget(stream, _GROUP)
        taker = Taker(self._type, _GROUP, lambda _: None, {})
        took = consume(stage, taker, after=after, count=len(sent)) if sent else Took([], [])
        stored = {fields["_event_id"]: fields["data"] for _, fields in stage.since({stream: after})}
        for sample in self._samples:
            if sample.name in sent:
                found = self._wrong(stage, sample, sent[sample.name], stored, took)
                made = BrokenPromiseError(self._type, _COMES_BACK, sample.data, "", found)
                broken[sample.name] = made if found else None
        return broken

    def _wrong(
        self,
        stage: Stage,
        sample: Sample,
        sent: Outgoing,
        stored: dict[bytes, bytes],
        took: Took,
    ) -> str:
        """Return what is wrong with what came back of a payload; nothing where it is the same."""
        data = stored[sent.id.encode()]
        if data != sent.data:
            return f"the entry holds other bytes: {data[:200]!r}"
        for letter in took.dead:
            if letter["_event_id"] == sent.id:
                return letter["dead_error"]
        expected = stage.declarations.of(self._type).filled(sample.data)
        got = next(event.data for event, _ in took.calls if event.id == sent.id)
        return "" if got == expected else f"the handler gets {got}"


def fills_in(stage: Stage, event_type: str, data: JsonObject) -> None:
    """Publish a payload, and try to say base fields that are the client's to say.

    Raises:
        BrokenPromiseError: One is missing, wrong, or was taken from whoever publishes.
    """
    promise = "the client fills in the base fields, and nobody who publishes may change them"
    declared, stream = stage.declarations.of(event_type), stage.stream_of(event_type)
    given = {name: str(uuid4()) for name in ("event_id", "correlation_id", "causation_id")}
    own = {"event_type": declared.name, "event_version": declared.version}
    expected = {**given, **own, "source_system_id": SOURCE}
    before = stage.last(stream)
    stage.client.publish(event_type, data, **given)
    ((_, fields),) = stage.since({stream: before})
    whole = whole_of(fields)
    for name, value in expected.items():
        if whole.get(name) != value:
            found = f"it is {whole.get(name)!r}, and not {value!r}"
            raise BrokenPromiseError(event_type, promise, whole, f"/{name}", found)
    after = stage.last(stream)
    for name in (*own, "source_system_id", "timestamp_iso", "data"):
        with suppress(TypeError):
            stage.client.publish(event_type, data, **{name: "another"})
        if stage.last(stream) != after:
            found = "whoever publishes can say it"
            raise BrokenPromiseError(event_type, promise, whole, f"/{name}", found)


def refuses(stage: Stage, event_type: str, mutant: Mutant) -> None:
    """Try to publish a payload that breaks one keyword.

    Raises:
        BrokenPromiseError: It is not refused, or for another reason, or leaves an entry all the
            same.
    """
    promise = f"the client refuses it before it is sent, by `{mutant.keyword}`"
    stream = stage.stream_of(event_type)
    before = stage.last(stream)
    found = "it was published"
    try:
        stage.client.publish(event_type, mutant.data)
    except Rejected as error:
        named = [(_within(one), one.keyword) for one in error.faults]
        if named == [(mutant.pointer, mutant.keyword)]:
            if stage.last(stream) == before:
                return
            found = "it was refused, and yet there is a new entry"
        else:
            found = f"it was refused for another reason: {error}"
    raise BrokenPromiseError(event_type, promise, mutant.data, mutant.pointer, found)


def produces(
    stage: Stage, event_type: str, produce: Callable[[KEBClient], object], source: str
) -> None:
    """Let a producer publish, and judge all that it sends by the catalog.

    Raises:
        BrokenPromiseError: It publishes something else than the catalog declares, or not the event
            at all.
    """
    promise = f"its producer publishes {event_type} as the catalog declares it"
    mark = stage.mark()
    with _ProducerClient(stage, source) as client:
        try:
            done = produce(client)
            if isinstance(done, Coroutine):
                stage.run(done)
        except Exception as error:
            if not client.rejected:
                raise BrokenPromiseError(event_type, promise, None, "", told(error)) from error
    for refusal, data in client.rejected:
        fault = refusal.faults[0]
        raise BrokenPromiseError(refusal.event_type, promise, data, _within(fault), fault.message)
    sent = [whole_of(fields) for _, fields in stage.since(mark)]
    judge = Judge(stage.catalog, Side.WRITER)
    for whole in sent:
        judged = judge.whole(whole)
        for fault in judged.faults:
            found = f"{fault.message}: it went to the stream past the client"
            raise BrokenPromiseError(
                judged.event or event_type, promise, whole, fault.pointer, found
            )
    names = stage.declarations.of(event_type).event.names
    if not any(whole.get("event_type") in names for whole in sent):
        others = ", ".join(sorted({str(whole.get("event_type")) for whole in sent})) or "nothing"
        raise BrokenPromiseError(event_type, promise, None, "", f"it published {others}")


class _ProducerClient(ContractClient):
    """A client that remembers what it refused, though the producer may not tell."""

    def __init__(self, stage: Stage, source: str) -> None:
        super().__init__(stage, source)
        self.rejected: list[tuple[Rejected, JsonObject]] = []
        prepare = self.session.publisher.prepare

        def watched(event_type: str, data: JsonObject, **base: str | None) -> Outgoing:
            try:
                return prepare(event_type, data, **base)
            except Rejected as error:
                self.rejected.append((error, data))
                raise

        self.session.publisher.prepare = watched


def _prepared(stage: Stage, event_type: str, data: JsonObject, promise: str) -> Outgoing:
    try:
        return stage.client.session.publisher.prepare(event_type, data)
    except Rejected as error:
        fault = error.faults[0]
        raise BrokenPromiseError(
            event_type, promise, data, _within(fault), fault.message
        ) from error


def _within(fault: Fault) -> str:
    """Return where a fault is within the payload; of the envelope, within the event."""
    return fault.pointer.removeprefix("/data") if fault.pointer != "/data" else ""
