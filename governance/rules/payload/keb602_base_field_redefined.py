"""KEB602: a payload repeats a base field, or the catalog's own envelope changes one."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog import envelope
from governance.catalog.envelope import COMPONENT, FILE, LEGACY_NAMES
from governance.catalog.model import Component, EventSchema, SourceFile
from governance.catalog.refs import RefError, parts
from governance.catalog.tree import Target
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, listed
from governance.schema.json import Json, JsonObject, as_list, as_object, identity, shown
from governance.schema.pointer import escape, within

_ALL_NAMES = envelope.NAMES | {"data"}
# These say nothing about which values are allowed.
_WORDS = frozenset(
    {"title", "description", "examples", "example", "default", "deprecated", "$comment", "xml"}
)


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    for event in file.events:
        if not event.legacy and event.payload is not None:
            yield from _in_payload(event, context)
    if file.relative.rsplit(".", 1)[0] == FILE:
        for component in file.components:
            if component.name == COMPONENT:
                yield from _in_base_event(component)


def _in_payload(event: EventSchema, context: Context) -> Iterator[Complaint]:
    tree = event.payload
    if tree is None or _is_plain(tree.schema):
        return
    for part in parts(context.catalog, tree):
        if isinstance(part, RefError):
            continue
        is_own = part.document is tree.document and within(part.pointer, tree.pointer)
        # A payload that takes in an envelope as a whole has a rule of its own.
        if not is_own and envelope.is_envelope(part.schema, part.pointer):
            continue
        name = part.pointer.rpartition("/")[2]
        subject = "the payload" if is_own else f"{name}, which is all or part of a payload,"
        yield from _repeated(part, subject)
        if "data" in as_object(as_object(part.schema).get("properties")):
            message = f"{subject} has a field `data`, the name of the field that holds the payload"
            help_ = "Move its fields one level up, or give it a name that says what it holds."
            place = part.document.at(f"{part.pointer}/properties/data", on_key=True)
            yield Complaint(place, message, help_)


def _is_plain(schema: JsonObject) -> bool:
    """Say whether a payload, as nearly all do, declares its fields itself, and no base field."""
    fields = as_object(schema.get("properties"))
    return "$ref" not in schema and "allOf" not in schema and _ALL_NAMES.isdisjoint(fields)


def _repeated(part: Target, subject: str) -> Iterator[Complaint]:
    names = envelope.base_fields(part.schema)
    if names:
        said = [
            f"{name} (the old name of {LEGACY_NAMES[name]})" if name in LEGACY_NAMES else name
            for name in names
        ]
        message = f"{subject} repeats {listed(said)}, which the envelope already carries"
        help_ = f"Delete {'it' if len(names) == 1 else 'them'} from the payload."
        place = part.document.at(f"{part.pointer}/properties/{names[0]}", on_key=True)
        yield Complaint(place, message, help_)


def _in_base_event(component: Component) -> Iterator[Complaint]:
    shipped = envelope.shipped()["properties"]
    for name, schema in as_object(component.tree.schema.get("properties")).items():
        if name not in shipped or not isinstance(schema, dict):
            continue
        for keyword, value in schema.items():
            holds = shipped[name].get(keyword)
            if keyword in _WORDS or keyword.startswith("x-") or identity(value) == identity(holds):
                continue
            message = f"{COMPONENT} says `{keyword}: {_plain(value)}` of the base field {name}, "
            message += "where the shipped envelope says "
            message += "nothing of it" if holds is None else f"`{keyword}: {_plain(holds)}`"
            help_ = f"Delete `{name}` here: this file only adds optional base fields."
            place = component.at(f"/properties/{name}/{escape(keyword)}")
            yield Complaint(place, message, help_)
            break
    for number, name in enumerate(as_list(component.tree.schema.get("required"))):
        if isinstance(name, str) and name not in envelope.REQUIRED:
            message = f"{COMPONENT} requires {name}, which events of other makers do not carry"
            help_ = f"Take {name} out of `required`: a catalog may add optional base fields only."
            yield Complaint(component.at(f"/required/{number}"), message, help_)


def _plain(value: Json) -> str:
    return shown(value).strip("'") if isinstance(value, str) else shown(value)


RULE = Rule(
    id="KEB602",
    name="base-field-redefined",
    severity=Severity.ERROR,
    section="6.1",
    rationale="A base field has one place and one meaning on the whole bus; a second one with the "
    "same name may disagree with it, and a reader can't tell which one counts.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        timestamp_iso: {type: string, format: date-time}
        task_id: {type: string}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
""",
    check=each_file(_check),
)
