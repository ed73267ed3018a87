"""KEB717: the last publisher of an event is gone, and somebody still reads it."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.document import Place
from governance.catalog.model import Catalog
from governance.compat.verdict import Comparison
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, listed, whole_comparison


def _check(comparison: Comparison, _: Context) -> Iterator[Complaint]:
    before, now = publishers(comparison.old), publishers(comparison.new)
    for event in comparison.new.by_type.values():
        gone = {person: place for name in event.names for person, place in before.get(name, ())}
        if not gone or any(name in now for name in event.names):
            continue
        people = sorted(
            person.name
            for person in comparison.new.participants
            if any(one.event in event.names for one in person.subscribes)
        )
        if people:
            who = listed(sorted(gone))
            reads = "reads" if len(people) == 1 else "read"
            message = (
                f"{who} no longer publish{'es' if len(gone) == 1 else ''} {event.type!r}, nobody "
                f"else does, and {listed(people)} still {reads} it"
            )
            help_ = "Let somebody publish it until its readers have moved on, or move them first."
            related = tuple(("before", place) for _, place in sorted(gone.items())[:1])
            yield Complaint(event.at(on_key=True), message, help_, related=related)


def publishers(catalog: Catalog) -> dict[str, list[tuple[str, Place]]]:
    """Return who publishes each event, by the name that is used for it."""
    found: dict[str, list[tuple[str, Place]]] = {}
    for person in catalog.participants:
        for name, place in person.publishes:
            found.setdefault(name, []).append((person.name, place))
    return found


RULE = Rule(
    id="KEB717",
    name="publisher-removed",
    severity=Severity.ERROR,
    section="7",
    rationale="Readers of an event that nobody sends any more do not fail: they wait, and what "
    "they would have done is not done.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
# current
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
# current
events:
  Task.Assignment.Created.v1: {}
# file: participants.yaml
participants:
  TaskPlanner:
    publishes: [Task.Assignment.Created.v1]
  SecretsAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: secrets_agent_group}]
""",
    check=whole_comparison(_check),
)
