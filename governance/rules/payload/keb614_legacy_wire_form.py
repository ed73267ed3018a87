"""KEB614: an event is still written in its old form as well."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.envelope import LEGACY_NAMES
from governance.catalog.model import EventSchema
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_event, listed
from governance.schema.json import as_text


def _check(event: EventSchema, _: Context) -> Iterator[Complaint]:
    said = event.declaration.get("legacy")
    if event.legacy or not isinstance(said, dict):
        return
    name, field = as_text(said.get("name")), as_text(said.get("source_field"))
    forms = [f"as {name}"] if name is not None else []
    if said.get("flatten") is True:
        forms.append("with its payload at the top level")
    if field is not None and field in LEGACY_NAMES:
        forms.append(f"with {LEGACY_NAMES[field]} called {field}")
    how = f": {listed(forms)}" if forms else ""
    message = f"{event.type} is still written in its old form as well{how}"
    readers = f"of {name}" if name is not None else "of the old form"
    help_ = f"Once the last reader {readers} reads {event.type}, delete `legacy`."
    yield Complaint(event.at("/legacy", on_key=True), message, help_)


RULE = Rule(
    id="KEB614",
    name="legacy-wire-form",
    severity=Severity.INFO,
    section="6.1",
    rationale="The old form makes every entry about twice as large and keeps old readers from "
    "noticing that they have to change; it is meant to go.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    legacy: {name: TaskAssignedEvent, flatten: true, source_field: source_agent_id}
    data:
      type: object
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    aliases: [TaskAssignedEvent]
    data:
      type: object
""",
    check=each_event(_check),
)
