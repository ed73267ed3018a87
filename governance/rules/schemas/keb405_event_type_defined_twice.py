"""KEB405: two files declare the same event type."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from governance.catalog.model import Catalog, EventSchema
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_catalog


def _check(context: Context) -> Iterator[Complaint]:
    for event in context.catalog.events:
        first = context.catalog.by_type[event.type]
        if first is not event:
            message = f"{event.type} is already declared at {first.at(on_key=True)}"
            yield Complaint(event.at(on_key=True), message, _help(event, first, context.catalog))


def _help(event: EventSchema, first: EventSchema, catalog: Catalog) -> str:
    if event.declaration == first.declaration:
        return "Delete one of the two, they say the same."
    name = event.name
    if name.major is None or event.legacy:
        return "Keep the one that is published today, and delete the other."
    majors = (f"{'.'.join(name.segments)}.v{major}" for major in count(name.major + 1))
    later = next(one for one in majors if one not in catalog.by_type)
    return f"Keep the one that is published today; the other is a new version, such as {later}."


RULE = Rule(
    id="KEB405",
    name="event-type-defined-twice",
    severity=Severity.ERROR,
    section="4.1",
    rationale="An event type has one schema. With two, publisher and reader may each go by "
    "another, and nobody can tell which one is broken.",
    bad="""\
# file: agent.yaml
events:
  Task.Assignment.Created.v1: {event_version: 1.0.0}
# file: task.yaml
events:
  Task.Assignment.Created.v1: {event_version: 1.1.0}
""",
    good="""\
# file: agent.yaml
events:
  Agent.Task.Assigned.v1: {event_version: 1.0.0}
# file: task.yaml
events:
  Task.Assignment.Created.v1: {event_version: 1.1.0}
""",
    check=whole_catalog(_check),
)
