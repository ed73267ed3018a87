"""KEB505: an event type ends in the word Event."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.finding import UNSAFE, Severity
from governance.rules import Complaint, Context, Rule, each_event
from governance.rules.naming import better_name

# Only the last segment: Calendar.Event.Created.v1 tells of an entry in a calendar.
_SUFFIX = re.compile(r"(?:^|[a-z0-9_-])(Events?)$")


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    last = event.name.segments[-1]
    found = _SUFFIX.search(last)
    if found:
        message = f"{found[1]!r} at the end of the event type {event.type!r} tells nobody anything"
        help_, fix = better_name(event, context)
        yield Complaint(event.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB505",
    name="redundant-event-suffix",
    severity=Severity.WARNING,
    section="5",
    rationale="Every name in the catalog is that of an event; the word makes all of them longer "
    "and hides the verb, which says what happened.",
    bad="""\
domain: Task
events:
  Task.AssignedEvent.v1: {}
""",
    good="""\
domain: Task
events:
  Task.Assigned.v1: {}
""",
    check=each_event(_check),
    silenced_by=("KEB501", "KEB502", "KEB503"),
    fixes=(UNSAFE,),
)
