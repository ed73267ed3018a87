"""KEB501: a segment of an event type is not UpperCamelCase."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.catalog.names import is_upper_camel
from governance.finding import UNSAFE, Severity
from governance.rules import Complaint, Context, Rule, each_event, listed
from governance.rules.naming import better_name


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    wrong = [segment for segment in event.name.segments if not is_upper_camel(segment)]
    if not wrong:
        return
    named = f"{listed([repr(segment) for segment in wrong])} {'is' if len(wrong) == 1 else 'are'}"
    message = f"{named} not UpperCamelCase in the event type {event.type!r}"
    if not all(wrong):
        message = f"the event type {event.type!r} has an empty segment"
    help_, fix = better_name(event, context)
    yield Complaint(event.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB501",
    name="event-type-not-upper-camel-case",
    severity=Severity.ERROR,
    section="5",
    rationale="Event types are compared letter by letter: with two spellings about, somebody "
    "subscribes to a name that nobody publishes, and waits without an error.",
    bad="""\
domain: Task
events:
  task.assignment.created.v1: {}
""",
    good="""\
domain: Task
events:
  Task.Assignment.Created.v1: {}
""",
    check=each_event(_check),
    # Their advice is the whole name, spelled right.
    silenced_by=("KEB502", "KEB503"),
    fixes=(UNSAFE,),
)
