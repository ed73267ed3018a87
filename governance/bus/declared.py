"""What the catalog declares of events, ready for the bus: checked when sent, and when read."""

from __future__ import annotations

from typing import NamedTuple

from governance.bus.encoding import decode
from governance.catalog.envelope import NAMES
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import bundle
from governance.compat.answer import Schema
from governance.compat.views import fill
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
        "_schema",
        "_writer",
        "event",
        "name",
        "reader",
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
        self.reader: Checks = reader.checks(event)
        self._writer = writer
        self._schema, self._defaults = _defaults(event, catalog)

    @property
    def is_flat(self) -> bool:
        """Whether the payload stands beside the base fields too."""
        return self.name != self.type

    def whole(self, base: JsonObject, data: JsonObject) -> JsonObject:
        """Return the base fields of an event as they are sent, without ``data``."""
        if not self.is_flat:
            return base
        beside = {key: value for key, value in data.items() if key not in NAMES and key != "data"}
        old = {self.source: base["source_system_id"]} if self.source else {}
        return {**beside, **base, **old}

    def faults(self, whole: JsonObject) -> tuple[Fault, ...]:
        """Return what a writer does wrong by an event; none where it may be sent."""
        if self.writer.payload.is_valid(whole["data"]) and self.writer.envelope.is_valid(whole):
            return ()
        return self._writer.whole(whole).faults

    def filled(self, data: JsonObject) -> JsonObject:
        """Return a payload with the defaults of fields that are not there."""
        if self._defaults is not None:
            missing = self._defaults.keys() - data.keys()
            return {**data, **{key: self._defaults[key] for key in missing}} if missing else data
        filled: JsonObject = fill(self._schema, data)
        return filled


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

    def read(self, data: bytes) -> tuple[Declared, JsonObject, JsonObject] | Unreadable:
        """Return what an entry holds: the event, the whole of it, and its payload with defaults.

        Args:
            data: The JSON text of the entry.
        """
        try:
            whole = decode(data)
        except ValueError as error:
            return Unreadable(
                None, (Fault("", "", f"this is not JSON as the bus carries it: {error}", ""),)
            )
        name = whole.get("event_type") if type(whole) is dict else None
        try:
            declared = self.of(name) if isinstance(name, str) else None
        except CatalogError:
            declared = None
        if declared is None:
            return Unreadable(
                name if isinstance(name, str) else None, self._reader.whole(whole).faults
            )
        data_: Json = whole.get("data")
        checks = declared.reader
        if (
            type(data_) is dict
            and not declared.event.legacy
            and checks.envelope.is_valid(whole)
            and checks.payload.is_valid(data_)
            and whole["event_version"].partition(".")[0] == declared.version.partition(".")[0]
        ):
            return declared, whole, declared.filled(data_)
        judged = self._reader.whole(whole)
        if judged.faults:
            return Unreadable(declared.type, judged.faults)
        if type(data_) is not dict or declared.event.legacy:
            data_ = {key: value for key, value in whole.items() if key not in NAMES}
        return declared, whole, declared.filled(data_)


def _defaults(event: EventSchema, catalog: Catalog) -> tuple[Schema, JsonObject | None]:
    """Return the schema of a payload, and its defaults where they are a matter of its own fields.

    None where a default depends on more than that its field is not there.
    """
    if event.payload is None:
        raise CatalogError(f"{event.type} has no schema: see `keb-govern check`")
    root = bundle(catalog, event.payload)
    schema = Schema(root, event.payload.dialect)
    own = fill(schema, {})
    # A default further down, or in one of several forms, depends on what is sent.
    is_plain = len(own) == _mentioned(root) and _CHOICES.isdisjoint(root)
    return schema, own if is_plain or not _mentioned(root) else None


def _mentioned(value: Json) -> int:
    """Return how often ``default`` stands anywhere in a schema."""
    if isinstance(value, dict):
        return ("default" in value) + sum(map(_mentioned, value.values()))
    return sum(map(_mentioned, value)) if isinstance(value, list) else 0
