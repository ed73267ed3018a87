"""KEB502: an event type does not end in its major version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.finding import UNSAFE, Severity
from governance.rules import Complaint, Context, Rule, each_event
from governance.rules.naming import better_name

# What is written in its place: `.V1`, `-v1`, `.1.0`, `2`.
_WRITTEN = re.compile(r"[._ -]?[vV]?[0-9][0-9.]*$")
_LONGEST = 40


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    if event.name.major is None:
        written = _WRITTEN.search(event.type[-_LONGEST:])
        end = f"ends in {written[0]!r}, not in" if written else "does not end in"
        message = f"the event type {event.type!r} {end} its major version, such as `.v1`"
        help_, fix = better_name(event, context)
        yield Complaint(event.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB502",
    name="event-type-without-version",
    severity=Severity.ERROR,
    section="5",
    rationale="Readers route and subscribe by the major version in the name. Without it, an "
    "incompatible change reaches everybody at once, and nobody can read both versions meanwhile.",
    bad="""\
domain: Task
events:
  TaskAssignedEvent: {}
""",
    good="""\
domain: Task
events:
  Task.Assigned.v1:
    aliases: [TaskAssignedEvent]
""",
    check=each_event(_check),
    fixes=(UNSAFE,),
)
