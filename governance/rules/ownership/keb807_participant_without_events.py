"""KEB807: a participant neither publishes nor reads anything."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Participant
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_participant


def _check(participant: Participant, _: Context) -> Iterator[Complaint]:
    if not participant.publishes and not participant.subscribes:
        message = f"{participant.name!r} neither publishes nor subscribes to any event"
        help_ = "List its events under `publishes` or `subscribes`, or delete it."
        yield Complaint(participant.place, message, help_)


RULE = Rule(
    id="KEB807",
    name="participant-without-events",
    severity=Severity.WARNING,
    section="8",
    rationale="Who is hit by a change is worked out from what each participant publishes and "
    "reads; one that lists nothing is never asked, and mostly a leftover or a forgotten line.",
    bad="""\
# file: participants.yaml
participants:
  VantaMasterCore: {description: Orchestrates all agents.}
""",
    good="""\
# file: participants.yaml
participants:
  VantaMasterCore:
    description: Orchestrates all agents.
    publishes: [Task.Assignment.Created.v1]
""",
    check=each_participant(_check),
    silenced_by=("KEB111", "KEB112"),
)
