"""KEB510: the name of a consumer group is not snake_case."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Participant
from governance.catalog.names import is_snake, snake
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_participant


def _check(participant: Participant, _: Context) -> Iterator[Complaint]:
    seen = set[str]()
    for subscription in participant.subscribes:
        group = subscription.group
        # The same group in every subscription of a participant is one name, and one slip.
        if group is None or is_snake(group) or group in seen:
            continue
        seen.add(group)
        made = snake(group)
        help_ = "Use letters a to z and digits, '_' between words, such as 'vmc_control_group'."
        if made:
            help_ = (
                f"Call it {made!r} in every subscription of {participant.name}; if it is in use, "
                "let the old group read to its end first: to Redis this is a new one."
            )
        message = f"the name {group!r} of a consumer group is not snake_case"
        yield Complaint(subscription.at("/group"), message, help_)


RULE = Rule(
    id="KEB510",
    name="group-name-not-snake-case",
    severity=Severity.WARNING,
    section="5",
    rationale="Two spellings of one group are two groups to Redis: each gets every event, and the "
    "work is done twice.",
    bad="""\
participants:
  SecretsAgent:
    subscribes:
      - {event: Task.Assignment.Created.v1, group: SecretsAgentGroup}
""",
    good="""\
participants:
  SecretsAgent:
    subscribes:
      - {event: Task.Assignment.Created.v1, group: secrets_agent_group}
""",
    check=each_participant(_check),
)
