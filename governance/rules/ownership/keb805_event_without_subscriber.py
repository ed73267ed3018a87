"""KEB805: no participant reads an event."""

from __future__ import annotations

from collections.abc import Iterator

from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_catalog


def _check(context: Context) -> Iterator[Complaint]:
    catalog = context.catalog
    # Where nobody says who talks to whom, that is one gap, not one for each event.
    if not catalog.participants:
        return
    read = {one.event for person in catalog.participants for one in person.subscribes}
    for event in catalog.by_type.values():
        # A deprecated event that nobody reads any more is as it should be.
        if read.isdisjoint(event.names) and event.deprecated is None:
            message = f"no participant subscribes to {event.type!r}"
            help_ = (
                "Add it to `subscribes` of whoever reads it; if that is nobody, it can be deleted."
            )
            yield Complaint(event.at(on_key=True), message, help_)


RULE = Rule(
    id="KEB805",
    name="event-without-subscriber",
    severity=Severity.INFO,
    section="8",
    rationale="Either somebody reads the event unknown to its owner, who will break it one day, or "
    "nobody does, and it only fills the stream.",
    bad="""\
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
""",
    good="""\
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
""",
    check=whole_catalog(_check),
    silenced_by=("KEB718",),
)
