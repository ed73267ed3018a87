"""KEB601: base fields of the envelope are missing."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.document import Document
from governance.catalog.envelope import COMPONENT, FILE, LEGACY_NAMES, REQUIRED, base_fields
from governance.catalog.model import Component, EventSchema, Layout, SourceFile
from governance.catalog.refs import RefError, parts
from governance.catalog.tree import Target
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, listed
from governance.schema.json import Json, as_list, as_object

_HELP = (
    "Declare {it} under `events:`, with {its} own fields under `data:`, and drop the base fields: "
    "the shipped envelope brings them all."
)


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    if file.layout is Layout.LEGACY:
        yield from _in_legacy_events(file, context)
    elif file.relative.rsplit(".", 1)[0] == FILE:
        for component in file.components:
            if component.name == COMPONENT:
                yield from _in_base_event(component)


def _in_legacy_events(file: SourceFile, context: Context) -> Iterator[Complaint]:
    alone: list[tuple[EventSchema, list[str]]] = []
    # Where one component brings the base fields to several events, it is what lacks the others.
    brought: dict[str, tuple[list[EventSchema], list[str]]] = {}
    for event in file.events:
        found = _declaring(event, context)
        names = [name for part in found or () for name in _declared(part.schema)]
        if found is None or set(REQUIRED) <= set(names):
            continue
        if len(found) == 1 and _is_component(found[0], file.document):
            brought.setdefault(found[0].pointer, ([], names))[0].append(event)
        else:
            alone.append((event, names))
    for pointer, (events, names) in brought.items():
        if len(events) == 1:
            alone.append((events[0], names))
            continue
        message = f"{pointer.rpartition('/')[2]}, from which {len(events)} events take their base "
        message += f"fields, lacks {_lacking(names)}"
        help_ = _HELP.format(it="these events", its="their")
        yield Complaint(file.at(pointer, on_key=True), message, help_)
    for event, names in alone:
        message = f"{event.type} lacks {_lacking(names)}"
        yield Complaint(event.at(on_key=True), message, _HELP.format(it="it", its="its"))


def _declaring(event: EventSchema, context: Context) -> list[Target] | None:
    """Return the schemas that declare base fields of an event; None where it can't be known."""
    found = []
    if event.payload is not None:
        for part in parts(context.catalog, event.payload):
            if isinstance(part, RefError):
                return None
            if _declared(part.schema):
                found.append(part)
    return found


def _declared(schema: Json) -> list[str]:
    has_data = "data" in as_object(as_object(schema).get("properties"))
    return base_fields(schema) + (["data"] if has_data else [])


def _is_component(part: Target, document: Document) -> bool:
    return part.document is document and part.pointer.startswith("/components/schemas/")


def _lacking(names: list[str]) -> str:
    old = {LEGACY_NAMES[name]: name for name in names if name in LEGACY_NAMES}
    missing = [
        f"{name} (`{old[name]}` is its old name)" if name in old else name
        for name in REQUIRED
        if name not in names
    ]
    if len(missing) == len(REQUIRED):
        return f"every base field: {listed(missing)}"
    return f"the base field{'' if len(missing) == 1 else 's'} {listed(missing)}"


def _in_base_event(component: Component) -> Iterator[Complaint]:
    schema = component.tree.schema
    required = schema.get("required")
    declared = as_object(schema.get("properties"))
    for name in REQUIRED:
        if declared.get(name) is False:
            message = f"{COMPONENT} forbids {name}, which every event must carry"
            help_ = f"Delete `{name}: false`: this file only adds optional base fields."
            yield Complaint(component.at(f"/properties/{name}", on_key=True), message, help_)
    stated = [name for name in as_list(required) if isinstance(name, str)]
    if set(REQUIRED).isdisjoint(stated) and set(REQUIRED).isdisjoint(declared):
        return
    missing = [name for name in REQUIRED if name not in stated and declared.get(name) is not False]
    if isinstance(required, list) and missing:
        message = f"{COMPONENT} does not require {listed(missing)}, which every event must carry"
        help_ = "Delete `required`: the shipped envelope says what is, and this file only adds."
        yield Complaint(component.at("/required"), message, help_)


RULE = Rule(
    id="KEB601",
    name="base-field-missing",
    severity=Severity.ERROR,
    section="6.1",
    rationale="Every event is routed, ordered and traced by the same fields; a reader that finds "
    "one missing can't tell what it got, from whom, or whether it had it before.",
    bad="""\
TaskAssignedEvent:
  type: object
  properties:
    event_id: {type: string, format: uuid}
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
