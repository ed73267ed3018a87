"""KEB513: the name of a participant is not UpperCamelCase."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import rename
from governance.catalog.model import Participant
from governance.catalog.names import is_upper_camel, upper_camel
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_participant


def _check(participant: Participant, _: Context) -> Iterator[Complaint]:
    if is_upper_camel(participant.name):
        return
    made, fix = upper_camel(participant.name), None
    help_ = "Use letters A to Z and digits, a capital letter for each word, such as 'SecretsAgent'."
    if made:
        help_ = f"Call it {made!r}."
        make = partial(rename, participant.place, made)
        fix = Fix(f"call it {made!r}", make, is_safe=False)
    message = f"the name {participant.name!r} of a participant is not UpperCamelCase"
    place = participant.place.document.at(participant.place.pointer, on_key=True)
    yield Complaint(place, message, help_, fix=fix)


RULE = Rule(
    id="KEB513",
    name="participant-name-not-upper-camel-case",
    severity=Severity.WARNING,
    section="5",
    rationale="The flow diagram, the impact of a change and the logs name participants: in one "
    "spelling, a search finds all of them.",
    bad="""\
participants:
  secrets_agent:
    publishes: [Secret.Value.Rotated.v1]
""",
    good="""\
participants:
  SecretsAgent:
    publishes: [Secret.Value.Rotated.v1]
""",
    check=each_participant(_check),
    fixes=(UNSAFE,),
)
