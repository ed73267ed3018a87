"""KEB503: an event type has not two or three segments before its version."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.finding import UNSAFE, Severity
from governance.rules import Complaint, Context, Rule, each_event
from governance.rules.naming import better_name


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    count = sum(bool(segment) for segment in event.name.segments)
    if count not in {2, 3}:
        some = "segment" if count == 1 else "segments"
        message = f"the event type {event.type!r} has {count} {some} before its version, not 2 or 3"
        help_, fix = better_name(event, context)
        yield Complaint(event.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB503",
    name="event-type-segment-count",
    severity=Severity.ERROR,
    section="5",
    rationale="Dashboards, routing and access rules cut the name at its dots: they expect the "
    "domain first and what happened last, with at most a context in between.",
    bad="""\
domain: Task
events:
  TaskAssigned.v1: {}
  Task.Agent.Work.Assignment.Created.v1: {}
""",
    good="""\
domain: Task
events:
  Task.Assigned.v1: {}
  Task.Assignment.Created.v1: {}
""",
    check=each_event(_check),
    silenced_by=("KEB502",),
    fixes=(UNSAFE,),
)
