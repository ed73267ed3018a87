"""KEB802: no participant publishes an event."""

from __future__ import annotations

from collections.abc import Iterator

from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_catalog


def _check(context: Context) -> Iterator[Complaint]:
    catalog = context.catalog
    # Where nobody says who talks to whom, that is one gap, not one for each event.
    if not catalog.participants:
        return
    published = {event for person in catalog.participants for event, _ in person.publishes}
    for event in catalog.by_type.values():
        # A deprecated event that nobody publishes any more is as it should be.
        if published.isdisjoint(event.names) and event.deprecated is None:
            message = f"no participant publishes {event.type!r}"
            help_ = "Add it to `publishes` of its participant, or delete the event."
            yield Complaint(event.at(on_key=True), message, help_)


RULE = Rule(
    id="KEB802",
    name="event-without-publisher",
    severity=Severity.WARNING,
    section="8",
    rationale="An event that nobody publishes is a promise that nobody keeps; readers wait for it "
    "in vain.",
    bad="""\
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  VantaMasterCore:
    publishes: []
""",
    good="""\
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
""",
    check=whole_catalog(_check),
    silenced_by=("KEB717",),
)
