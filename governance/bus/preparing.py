"""Events ready to be sent: base fields filled, held to the catalog, encoded.

Source: bus.md, section 3 ("Publish"); design.md, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from time import perf_counter
from typing import NamedTuple

from governance.bus.context import cause
from governance.bus.declared import Declarations, Declared
from governance.bus.encoding import encode
from governance.bus.identity import Ids
from governance.bus.keys import Keys
from governance.bus.now import Now
from governance.bus.outcome import Durability, Outgoing, Rejected
from governance.bus.stats import Stats
from governance.errors import CatalogError
from governance.schema.json import JsonObject
from governance.wire import Fault, Side

# An event that follows from nothing has so many base fields, its payload aside.
_OWN_FIELDS = 5


class Sending(NamedTuple):
    """How events are sent.

    Attributes:
        source: Who sends them: ``source_system_id``.
        durability: What the server has to do with an event before it counts as published.
        replicas: How many replicas must have it, where that is ``replicated``.
        patience_s: How long to go on trying.
        remembered_ms: How long the server remembers an event, so that it is not appended twice; 0
            for not at all: then a lost answer is ``NotSure`` at once.
        most_bytes: No larger event is sent.
    """

    source: str
    durability: Durability = Durability.MEMORY
    replicas: int = 1
    patience_s: float = 10.0
    remembered_ms: int = 300_000
    most_bytes: int = 1_000_000


class Preparer:
    """Makes events ready to be sent.

    Args:
        declarations: What the catalog declares.
        sending: How events are sent.
        keys: Gives the keys of a stream.
        stats: Where it is counted.

    Attributes:
        now: The clock that events are dated by.
    """

    def __init__(
        self,
        declarations: Declarations,
        sending: Sending,
        keys: Callable[[str], Keys],
        stats: Stats,
    ) -> None:
        self._declarations = declarations
        self._sending = sending
        self._keys = keys
        self._stats = stats
        self.now = Now()
        self._ids = Ids(self.now)

    def prepare(
        self,
        event_type: str,
        data: JsonObject,
        *,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        event_id: str | None = None,
    ) -> Outgoing:
        """Return an event ready to be sent.

        Base fields that nobody gives come from the event that is being handled, if any.

        Raises:
            Rejected: It does not keep to the catalog.
        """
        try:
            declared = self._declarations.of(event_type)
        except CatalogError as error:
            fault = Fault("/event_type", "", str(error), "")
            raise self._rejected(event_type, fault, counted="") from error
        base = self._base(declared, correlation_id, causation_id, event_id)
        # What we make ourselves keeps to the envelope; what others say is checked.
        is_ours = event_id is None and len(base) == _OWN_FIELDS
        judge = self._timed if self._stats.is_timed else Declared.faults
        faults = judge(declared, base, data, is_ours=is_ours)
        if faults:
            raise self._rejected(declared.type, *faults)
        try:
            payload = encode(data)
            sent = encode(declared.beside(base, data))[:-1] + b',"data":' + payload + b"}"
        except ValueError as error:
            raise self._rejected(declared.type, Fault("", "", str(error), "")) from error
        if len(sent) > self._sending.most_bytes:
            said = f"it has {len(sent)} bytes, and {self._sending.most_bytes} are allowed"
            raise self._rejected(declared.type, Fault("", "", said, "Send a reference instead."))
        mark = blake2b(payload, digest_size=8).hexdigest() if self._sending.remembered_ms else ""
        keys = self._keys(declared.stream)
        return Outgoing(declared.type, base["event_id"], keys, sent, mark, declared.version)

    def _base(
        self,
        declared: Declared,
        correlation_id: str | None,
        causation_id: str | None,
        event_id: str | None,
    ) -> JsonObject:
        base: JsonObject = {
            "event_id": event_id or self._ids.new(),
            "event_type": declared.name,
            "event_version": declared.version,
            "timestamp_iso": self.now.iso(),
            "source_system_id": self._sending.source,
        }
        now = cause()
        correlation_id = correlation_id or now.correlation_id
        causation_id = causation_id or now.causation_id
        if correlation_id is not None:
            base["correlation_id"] = correlation_id
        if causation_id is not None:
            base["causation_id"] = causation_id
        if now.traceparent is not None:
            base["traceparent"] = now.traceparent
        return base

    def _timed(
        self, declared: Declared, base: JsonObject, data: JsonObject, *, is_ours: bool
    ) -> tuple[Fault, ...]:
        began_s = perf_counter()
        faults = declared.faults(base, data, is_ours=is_ours)
        took_s = perf_counter() - began_s
        name = "validation_duration_seconds"
        into = self._stats.histogram(name, declared.type, Side.WRITER.value)
        self._stats.observe([(into, took_s)])
        return faults

    def _rejected(self, event_type: str, *faults: Fault, counted: str | None = None) -> Rejected:
        # Of names that are made up there is no end.
        name = event_type if counted is None else counted
        for fault in faults:
            self._stats.count("rejected", name, Side.WRITER.value, fault.keyword or "other")
        return Rejected(event_type, faults)
