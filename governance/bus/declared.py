"""What the catalog declares of events, ready for the bus: checked when sent, and when read."""

from __future__ import annotations

from copy import deepcopy
from typing import NamedTuple

from governance.bus.encoding import decode
from governance.bus.event import Event, Place, made
from governance.catalog.envelope import NAMES
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import bundle
from governance.compat.answer import Schema
from governance.compat.views import Filler
from governance.errors import CatalogError
from governance.schema.json import Json, JsonObject, as_object, as_text
from governance.wire import Checks, Fault, Judge, Side

_CHOICES = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "dependencies", "$dynamicRef"}
)


class Unreadable(NamedTuple):
    """An entry that no handler may get.

    Attributes:
        event_type: The event type that it says, if any.
        faults: What is wrong with it.
    """

    event_type: str | None
    faults: tuple[Fault, ...]


class Declared:
    """One event of the catalog, with all that is asked about it thousands of times a second.

    Args:
        event: The event.
        writer: Judges what is sent.
        reader: Judges what is read.
        catalog: Where references lead.

    Raises:
        CatalogError: Its schema is broken, or its file names no stream.
    """

    __slots__ = (
        "_defaults",
        "_filler",
        "_writer",
        "event",
        "fills",
        "is_event",
        "name",
        "source",
        "stream",
        "type",
        "version",
        "writer",
    )

    def __init__(self, event: EventSchema, writer: Judge, reader: Judge, catalog: Catalog) -> None:
        if event.stream is None:
            raise CatalogError(f"{event.type} is on no stream: see `keb-govern check`")
        self.event = event
        self.type = event.type
        self.stream = event.stream
        self.version = as_text(event.version) or ""
        legacy = as_object(event.declaration.get("legacy"))
        # Readers of today look for this name, and for the payload beside the base fields.
        self.name = (
            as_text(legacy.get("name")) if legacy.get("flatten") is True else None
        ) or self.type
        self.source = as_text(legacy.get("source_field"))
        self.writer: Checks = writer.checks(event)
        # Asked about everything that is read.
        self.is_event = reader.accepts(event)
        self._writer = writer
        self._filler, self._defaults = _defaults(event, catalog)
        self.fills = self._defaults != {}

    @property
    def is_flat(self) -> bool:
        """Whether the payload stands beside the base fields too."""
        return self.name != self.type

    def beside(self, base: JsonObject, data: JsonObject) -> JsonObject:
        """Return what an event says beside ``data``: its base fields, and what old readers need."""
        if not self.is_flat:
            return base
        own = {key: value for key, value in data.items() if key not in NAMES and key != "data"}
        old = {self.source: base["source_system_id"]} if self.source else {}
        return {**own, **base, **old}

    def faults(
        self, base: JsonObject, data: JsonObject, *, is_ours: bool = False
    ) -> tuple[Fault, ...]:
        """Return what a writer does wrong by an event; none where it may be sent.

        Args:
            base: Its base fields.
            data: Its payload.
            is_ours: Whether the client made all base fields itself.
        """
        if self.writer.payload.is_valid(data) and (
            is_ours or self.writer.envelope.is_valid({**base, "data": data})
        ):
            return ()
        return self._writer.whole({**base, "data": data}).faults

    def filled(self, data: JsonObject) -> JsonObject:
        """Return a payload with the defaults of fields that are not there."""
        if self._defaults is None:
            filled: JsonObject = self._filler(data)
            return filled
        for key, value in self._defaults.items():
            if key not in data:
                # A handler may change what it gets: the next event has a default of its own.
                own = deepcopy(value) if isinstance(value, (dict, list)) else value
                data = {**data, key: own}
        return data


class Declarations:
    """Every event of a catalog, by each name that it has on the wire.

    Args:
        catalog: The catalog.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._writer = Judge(catalog, Side.WRITER)
        self._reader = Judge(catalog, Side.READER)
        self._known: dict[str, Declared] = {}

    def of(self, name: str) -> Declared:
        """Return the event of a name.

        Raises:
            CatalogError: There is none, or its schema is broken.
        """
        found = self._known.get(name)
        if found is None:
            event = self._writer.declared(name)
            found = self._known.get(event.type) or Declared(
                event, self._writer, self._reader, self.catalog
            )
            self._known[event.type] = self._known[name] = found
        return found

    def read(self, data: bytes, place: Place) -> Event | Unreadable:
        """Return the event that an entry holds.

        Args:
            data: The JSON text of the entry.
            place: Where it stands.
        """
        try:
            whole = decode(data)
        except ValueError as error:
            said = f"this is not JSON as the bus carries it: {error}"
            return Unreadable(None, (Fault("", "", said, ""),))
        if type(whole) is dict:
            name = whole.get("event_type")
            known = self._known.get(name) if type(name) is str else None
            # Nearly all: an event of today, by its own form.
            if known is not None and known.is_event(whole):
                payload, get = whole["data"], whole.get
                if known.fills:
                    payload = known.filled(payload)
                # As the class does it, without a call of Python in between: every event comes by.
                return tuple.__new__(
                    Event,
                    (
                        known.type,
                        whole["event_id"],
                        whole["event_version"],
                        payload,
                        whole["timestamp_iso"],
                        whole["source_system_id"],
                        get("correlation_id"),
                        get("causation_id"),
                        get("traceparent"),
                        place,
                    ),
                )
        return self._read(whole, place)

    def _read(self, whole: Json, place: Place) -> Event | Unreadable:
        """Return the event that a value holds, in whatever form, or what is wrong with it."""
        name = as_text(as_object(whole).get("event_type"))
        try:
            declared = self.of(name) if name is not None else None
        except CatalogError:
            declared = None
        judged = self._reader.whole(whole)
        if declared is None or judged.faults:
            return Unreadable(declared.type if declared else name, judged.faults)
        payload = whole.get("data")
        if type(payload) is not dict or declared.event.legacy:
            payload = {key: value for key, value in whole.items() if key not in NAMES}
        return made(declared.type, whole, declared.filled(payload), place)


def _defaults(event: EventSchema, catalog: Catalog) -> tuple[Filler, JsonObject | None]:
    """Return what fills in defaults, and these where they are a matter of the payload's own fields.

    None where a default depends on more than that its field is not there.
    """
    if event.payload is None:
        raise CatalogError(f"{event.type} has no schema: see `keb-govern check`")
    root = bundle(catalog, event.payload)
    filler = Filler(Schema(root, event.payload.dialect))
    own = filler({})
    # A default further down, or in one of several forms, depends on what is sent.
    is_plain = len(own) == _mentioned(root) and _CHOICES.isdisjoint(root)
    return filler, own if is_plain or not _mentioned(root) else None


def _mentioned(value: Json) -> int:
    """Return how often ``default`` stands anywhere in a schema."""
    if isinstance(value, dict):
        return ("default" in value) + sum(map(_mentioned, value.values()))
    return sum(map(_mentioned, value)) if isinstance(value, list) else 0
