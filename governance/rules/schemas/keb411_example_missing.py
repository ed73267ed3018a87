"""KEB411: an event has no example."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_event
from governance.schema.json import as_list, as_object

_FIELDS_SHOWN = 3


def _check(event: EventSchema, _: Context) -> Iterator[Complaint]:
    if event.legacy or event.examples or event.payload is None:
        return
    if as_list(event.payload.schema.get("examples")):
        return
    message = f"{event.type} has no example"
    if "examples" in event.declaration:
        yield Complaint(event.at("/examples"), message, _help(event.payload.schema))
    else:
        yield Complaint(event.at(on_key=True), message, _help(event.payload.schema))


def _help(schema: dict[str, object]) -> str:
    names = [name for name in as_list(schema.get("required")) if isinstance(name, str)]
    names = names or list(as_object(schema.get("properties")))
    if not names:
        return "Add `examples: [{}]`, a list of payloads, beside `data`."
    fields = ", ".join(f"{name}: ..." for name in names[:_FIELDS_SHOWN])
    more = ", ..." if names[_FIELDS_SHOWN:] else ""
    return f"Add `examples: [{{{fields}{more}}}]`, a list of payloads, beside `data`."


RULE = Rule(
    id="KEB411",
    name="example-missing",
    severity=Severity.WARNING,
    section="4.2",
    rationale="An example shows a reader in one glance what the schema says in forty lines; "
    "contract tests publish each of them, so an event without one is tested by nobody.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
      required: [task_id]
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
      required: [task_id]
    examples:
      - {task_id: 7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11}
""",
    check=each_event(_check),
)
