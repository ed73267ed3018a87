"""Events as they are sent, judged by the catalog: what a client would refuse, and where.

Source: design.md, section 3 (on the wire) and section 5 (writers are closed, readers tolerant).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from governance.catalog.envelope import COMPONENT, FILE, LEGACY_NAMES, NAMES, REQUIRED, shipped
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, bundle
from governance.catalog.tree import SchemaTree
from governance.catalog.version import Version
from governance.compat.answer import Schema
from governance.compat.views import as_reader, as_writer
from governance.errors import CatalogError
from governance.rules import closest
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import SchemaNotUsableError, Validator
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.words import Refusal, refusals

_MOST = 20


class Side(Enum):
    """Who judges an event."""

    WRITER = "writer"
    READER = "reader"


class Fault(NamedTuple):
    """One thing that is wrong with an event.

    Attributes:
        pointer: JSON Pointer into the event; of a missing field, to where it should be.
        keyword: The keyword of JSON Schema that refuses, ``required`` where what the pointer
            leads to is not there; empty where none does.
        message: What is wrong, without a full stop.
        help: What to do.
    """

    pointer: str
    keyword: str
    message: str
    help: str


class Judged(NamedTuple):
    """The verdict on one event.

    Attributes:
        event: Its event type, as the catalog has it; None where it has none.
        faults: What is wrong, by place; none where it may be sent, or can be read.
    """

    event: str | None
    faults: tuple[Fault, ...]


class Checks(NamedTuple):
    """The two schemas that an event has to keep to.

    Attributes:
        envelope: Of the whole event.
        payload: Of what stands under ``data``.
    """

    envelope: Validator
    payload: Validator

    def whole(self) -> Callable[[Json], bool]:
        """Return what tells whether an event, out of JSON, keeps to both: at one look if it can."""
        if not self.payload.dialect is self.envelope.dialect is DRAFT_2020_12:
            envelope, payload = self.envelope.accepts, self.payload.accepts
            return lambda event: envelope(event) and payload(event["data"])
        outer = self.envelope.schema
        # With an id of its own, its references stay within it (JSON Schema 2020-12, section 8.2.1).
        inner = {"$id": "urn:keb:payload", **self.payload.schema}
        fields = {**as_object(outer.get("properties")), "data": inner}
        return Validator({**outer, "properties": fields}, DRAFT_2020_12).accepts

    @property
    def asks_for_all(self) -> bool:
        """Whether an event that keeps to the envelope has every base field, and a version."""
        schema = self.envelope.schema
        version = as_object(as_object(schema.get("properties")).get("event_version"))
        has_all = set(REQUIRED) <= set(as_list(schema.get("required")))
        return has_all and version.get("type") == "string"


class Judge:
    """Judges events by a catalog; a schema is compiled when the first event asks for it.

    Args:
        catalog: The catalog.
        side: A writer sends only what is declared; a reader passes over what it does not know, and
            fills in defaults.
    """

    def __init__(self, catalog: Catalog, side: Side) -> None:
        self._catalog = catalog
        self._side = side
        self._payloads: dict[str, Validator] = {}
        self._envelopes: dict[Side, Validator] = {}
        self._accepting: dict[str, Callable[[Json], bool]] = {}

    def whole(self, value: Json) -> Judged:
        """Judge a whole event: base fields and, under ``data``, its payload.

        An event by an older name may have its payload beside the base fields, as it is sent today.

        Raises:
            CatalogError: The schema that it has to fit is broken.
        """
        if not isinstance(value, dict):
            fault = Fault("", "type", "this is no event: an event is an object", "")
            return Judged(None, (fault,))
        name = value.get("event_type")
        event = self._catalog.by_name.get(name) if isinstance(name, str) else None
        if event is None:
            return Judged(None, (self._unknown(value),))
        # Nearly all are right: that is seen at one look.
        if name == event.type and self.accepts(event)(value):
            return Judged(event.type, ())
        if event.legacy:
            return Judged(event.type, self._payload(event, value, ""))
        is_flat = name != event.type and not isinstance(value.get("data"), dict)
        if is_flat:
            base: JsonObject = {"event_version": event.version, "data": {}}
            for key in NAMES.intersection(value):
                base[LEGACY_NAMES.get(key, key)] = value[key]
            payload: Json = {key: one for key, one in value.items() if key not in NAMES}
        else:
            base, payload = value, value.get("data")
        # Old readers are served by fields beside the envelope's.
        is_open = is_flat or "legacy" in event.declaration
        faults = [*self._base(base, Side.READER if is_open else self._side), *_major(event, base)]
        if isinstance(payload, dict):
            faults += self._payload(event, payload, "" if is_flat else "/data")
        return Judged(event.type, tuple(faults[:_MOST]))

    def payload(self, value: Json, event_type: str) -> Judged:
        """Judge what stands under ``data`` of an event.

        Raises:
            CatalogError: There is no such event, or its schema is broken.
        """
        event = self.declared(event_type)
        return Judged(event.type, self._payload(event, value, ""))

    def declared(self, name: str) -> EventSchema:
        """Return the event of a name.

        Raises:
            CatalogError: There is none.
        """
        event = self._catalog.by_name.get(name)
        if event is None:
            near = closest(name, self._catalog.by_name)
            meant = f"; did you mean {near!r}?" if near else ""
            raise CatalogError(f"the catalog has no event {name!r}{meant}{self._catalog.unread}")
        return event

    def _unknown(self, value: JsonObject) -> Fault:
        if "event_type" not in value and isinstance(value.get("data"), str):
            return Fault(
                "/data",
                "",
                "this is an entry of a stream: the event is the text that stands here",
                "Judge that text, such as by `jq -r .data entry.json | keb-govern validate -`.",
            )
        if "event_type" not in value:
            return Fault(
                "/event_type",
                "required",
                "`event_type` is missing: nobody can tell which event this is",
                "Add the event type; to judge a payload alone, name it by `--type`.",
            )
        name = value["event_type"]
        near = closest(name, self._catalog.by_name) if isinstance(name, str) else None
        meant = f"Did you mean {near!r}?" if near else "Declare it under `events:` first."
        message = f"the catalog has no event {name!r}"
        return Fault("/event_type", "", message, meant)

    def checks(self, event: EventSchema) -> Checks:
        """Return what `whole` asks about an event that comes by its own form, to be asked quickly.

        Raises:
            CatalogError: The schema that it has to fit is broken.
        """
        # Old readers are served by fields beside the envelope's.
        side = Side.READER if "legacy" in event.declaration else self._side
        return Checks(self._envelope(side), self._validator(event))

    def accepts(self, event: EventSchema) -> Callable[[Json], bool]:
        """Return what tells at one look whether an event is right that comes by its own form.

        Where it says no, `whole` tells what is wrong, if anything is.

        Raises:
            CatalogError: The schema that it has to fit is broken.
        """
        found = self._accepting.get(event.type)
        if found is None:
            found = self._accepting[event.type] = self._accepts(event)
        return found

    def _accepts(self, event: EventSchema) -> Callable[[Json], bool]:
        checks = None if event.legacy else self.checks(event)
        if checks is None or not checks.asks_for_all:
            return _never
        fits = checks.whole()
        major = "" if event.name.major is None else f"{event.name.major}."

        def accepts(value: Json) -> bool:
            try:
                return fits(value) and value["event_version"].startswith(major)
            except ValueError:
                # It did not come out of JSON.
                return False

        return accepts

    def _base(self, value: JsonObject, side: Side) -> Iterator[Fault]:
        yield from _faults(self._envelope(side), value, "", "the event")

    def _envelope(self, side: Side) -> Validator:
        validator = self._envelopes.get(side)
        if validator is None:
            schema = Schema(shipped(), DRAFT_2020_12)
            for file in self._catalog.files:
                for one in file.components:
                    if file.stem == FILE and one.name == COMPONENT:
                        schema = self._schema(one.tree, COMPONENT)
            validator = self._envelopes[side] = _compiled(schema, side, COMPONENT)
        return validator

    def _payload(self, event: EventSchema, value: Json, at: str) -> tuple[Fault, ...]:
        return tuple(_faults(self._validator(event), value, at, "the payload"))

    def _validator(self, event: EventSchema) -> Validator:
        validator = self._payloads.get(event.type)
        if validator is None:
            if event.payload is None:
                raise CatalogError(f"{event.type} has no schema: see `keb-govern check`")
            schema = self._schema(event.payload, event.type)
            validator = self._payloads[event.type] = _compiled(schema, self._side, event.type)
        return validator

    def _schema(self, tree: SchemaTree, name: str) -> Schema:
        try:
            return Schema(bundle(self._catalog, tree), tree.dialect)
        except RefError as error:
            raise CatalogError(f"{name}: {error}: see `keb-govern check`") from error


def _never(_: Json) -> bool:
    return False


def _compiled(schema: Schema, side: Side, name: str) -> Validator:
    seen = as_writer(schema) if side is Side.WRITER else as_reader(schema)
    try:
        return Validator(as_object(seen.root), seen.dialect)
    except SchemaNotUsableError as error:
        raise CatalogError(f"the schema of {name} is broken: see `keb-govern check`") from error


def _faults(validator: Validator, value: Json, at: str, whole: str) -> Iterator[Fault]:
    found: dict[str, Refusal] = {}
    for violation in validator.violations(value):
        for refusal in refusals(violation, value, whole):
            found.setdefault(refusal.pointer, refusal)
    for pointer, one in sorted(found.items()):
        if one.keyword == "required":
            help_ = f"Add `{one.field}`."
        elif one.field is not None:
            help_ = "Leave it out, or declare it in the catalog: the client refuses it."
        else:
            help_ = "Correct the event, or the schema if the event is right."
        yield Fault(at + pointer, one.keyword, one.sentence, help_)


def _major(event: EventSchema, base: JsonObject) -> Iterator[Fault]:
    said = base.get("event_version")
    version = Version.parse(said) if isinstance(said, str) else None
    if version is not None and event.name.major not in {None, version.major}:
        message = f"{event.type!r} is major version {event.name.major}, and this is {said}"
        yield Fault("/event_version", "", message, "Send it by the name of its version.")
