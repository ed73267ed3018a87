"""KEB806: a subscription names no consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import add
from governance.catalog.model import Participant
from governance.catalog.names import snake
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_participant, says
from governance.schema.pointer import resolve


def _check(participant: Participant, _: Context) -> Iterator[Complaint]:
    for subscription in participant.subscribes:
        place = subscription.place
        said = resolve(place.document.root, place.pointer)
        # A bare event type is KEB112's.
        if not isinstance(said, dict) or says(said, "group"):
            continue
        message = f"{participant.name} subscribes to {subscription.event!r} without a `group`"
        group = _likely(participant)
        make = partial(add, subscription.at(""), "group", group, "event")
        fix = Fix(f"add `group: {group}`", make, is_safe=False) if "group" not in said else None
        yield Complaint(subscription.at("/group"), message, f"Add `group: {group}`.", fix=fix)


def _likely(participant: Participant) -> str:
    """Return the group that the participant reads in elsewhere, else one named after it."""
    groups = {one.group for one in participant.subscribes if one.group}
    if len(groups) == 1:
        return groups.pop()
    return f"{snake(participant.name) or 'secrets_agent'}_group"


RULE = Rule(
    id="KEB806",
    name="subscription-without-group",
    severity=Severity.ERROR,
    section="8",
    rationale="Redis keeps what has been read and acknowledged by group: without one there are no "
    "lag, no retry and no dead letters, and nobody can tell who reads.",
    bad="""\
participants:
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1}]
""",
    good="""\
participants:
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
""",
    check=each_participant(_check),
    fixes=(UNSAFE,),
)
