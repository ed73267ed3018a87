"""KEB803: a participant publishes or reads an event that no file declares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import write
from governance.catalog.model import Catalog, EventName, Participant
from governance.catalog.renames import event_of
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_participant, listed

# Majors are looked for up to this one.
_MAJORS = 20


def _check(participant: Participant, context: Context) -> Iterator[Complaint]:
    catalog = context.catalog
    named = [(name, place, "publishes") for name, place in participant.publishes]
    named += [(one.event, event_of(one), "subscribes to") for one in participant.subscribes]
    for name, place, does in named:
        if name not in catalog.by_name:
            message = f"{participant.name} {does} {name!r}, which no file declares"
            help_, meant = _advice(name, does, catalog)
            fix = None
            if meant:
                fix = Fix(f"write {meant!r}", partial(write, place, meant), is_safe=False)
            yield Complaint(place, message, help_, fix=fix)


def _advice(name: str, does: str, catalog: Catalog) -> tuple[str, str]:
    """Return what to do, and the name that is likely meant where there is one."""
    segments = EventName.parse(name).segments
    versions = (".".join((*segments, f"v{major}")) for major in range(_MAJORS))
    others = [other for other in versions if other in catalog.by_type]
    if len(others) == 1:
        return f"There is only {others[0]!r}: name that, or declare this one too.", others[0]
    if others:
        named = listed([repr(other) for other in others])
        return f"There are only {named}: name one of them, or declare this one too.", ""
    near = closest(name, catalog.by_name)
    if near:
        return f"Did you mean {near!r}?", near
    key = "publishes" if does == "publishes" else "subscribes"
    return f"Declare the event in the file of its domain, or take it out of `{key}`.", ""


RULE = Rule(
    id="KEB803",
    name="participant-names-unknown-event",
    severity=Severity.ERROR,
    section="8",
    rationale="A subscription to a name that does not exist waits for ever without an error, and "
    "an event that is not declared is refused on publish.",
    bad="""\
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  SecretsAgent:
    subscribes: [{event: Task.Asignment.Created.v1, group: secrets_agent_group}]
""",
    good="""\
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
""",
    check=each_participant(_check),
    fixes=(UNSAFE,),
)
