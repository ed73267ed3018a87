"""KEB901: an event has no description."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_event, says
from governance.schema.json import as_object, as_text


def _check(event: EventSchema, _: Context) -> Iterator[Complaint]:
    if says(event.declaration, "description"):
        return
    message = f"the event {event.type} has no description"
    help_ = "Say in a sentence what has happened when it is sent: `description: ...`."
    if as_text(as_object(event.declaration.get("data")).get("description")):
        help_ += " The one under `data` speaks of the payload."
    yield Complaint(event.at("/description", on_key=True), message, help_)


RULE = Rule(
    id="KEB901",
    name="event-without-description",
    severity=Severity.ERROR,
    section="9",
    rationale="Who reads or publishes an event has nothing else to go by: the description is what "
    "docs/events.md and the editor show.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data: {type: object}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    description: A task was handed to an agent.
    data: {type: object}
""",
    check=each_event(_check),
)
