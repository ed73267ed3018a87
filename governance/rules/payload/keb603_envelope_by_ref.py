"""KEB603: events take in the base fields by ``$ref``."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog import envelope
from governance.catalog.document import Place
from governance.catalog.model import EventSchema, SourceFile
from governance.catalog.refs import RefError, follow
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import as_list, as_object


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    found = [one for event in file.events for one in _first(event, context)]
    if not found:
        return
    name, place = found[0]
    if file.events[0].legacy:
        many = "an event takes" if len(found) == 1 else f"{len(found)} events take"
        message = f"{many} the base fields from {name} by $ref, "
        message += "a convention of this file that nothing declares"
        help_ = "Delete the $ref and move the event's own fields under `data:`: the shipped "
        help_ += "envelope brings the base fields to every event."
    else:
        many = "the payload of an event takes" if len(found) == 1 else f"{len(found)} payloads take"
        message = f"{many} in {name} by $ref, and so would repeat the base fields within `data`"
        help_ = "Delete the $ref: the envelope brings the base fields to every event."
    yield Complaint(place, message, help_)


def _first(event: EventSchema, context: Context) -> list[tuple[str, Place]]:
    """Return the name of the first envelope that an event refers to, and where it does."""
    tree = event.payload
    if tree is None:
        return []
    schemas = [("", tree.schema)]
    schemas += [(f"/allOf/{n}", one) for n, one in enumerate(as_list(tree.schema.get("allOf")))]
    for pointer, schema in schemas:
        ref = as_object(schema).get("$ref")
        if ref is None:
            continue
        try:
            target = follow(context.catalog, tree, ref)
        except RefError:
            continue
        if envelope.is_envelope(target.schema, target.pointer):
            return [(target.pointer.rpartition("/")[2], tree.at(pointer + "/$ref"))]
    return []


RULE = Rule(
    id="KEB603",
    name="envelope-by-ref",
    severity=Severity.WARNING,
    section="6.1",
    rationale="The base fields stand around every payload by the nature of the bus; a file that "
    "pulls them in by hand follows a convention that nothing declares and others do not share.",
    bad="""\
TaskAssignedEvent:
  allOf:
    - $ref: "#/components/schemas/BaseEvent"
  properties:
    task_id: {type: string}
components:
  schemas:
    BaseEvent:
      properties:
        event_id: {type: string, format: uuid}
        timestamp_iso: {type: string, format: date-time}
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
