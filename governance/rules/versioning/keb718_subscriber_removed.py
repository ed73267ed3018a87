"""KEB718: the last subscriber of an event is gone, and somebody still publishes it."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Catalog, Subscription
from governance.compat.verdict import Comparison
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, listed, whole_comparison


def _check(comparison: Comparison, _: Context) -> Iterator[Complaint]:
    before, now = _subscribers(comparison.old), _subscribers(comparison.new)
    for event in comparison.new.by_type.values():
        gone = [row for name in event.names for row in before.get(name, ())]
        # A deprecated event that nobody reads any more is as it should be.
        if not gone or event.deprecated is not None or any(name in now for name in event.names):
            continue
        people = sorted(
            person.name
            for person in comparison.new.participants
            if any(name in event.names for name, _ in person.publishes)
        )
        if people:
            who = sorted({person for person, _ in gone})
            message = (
                f"{listed(who)} no longer subscribe{'s' if len(who) == 1 else ''} to "
                f"{event.type!r}, nobody else does, and {listed(people)} still publish"
                f"{'es' if len(people) == 1 else ''} it"
            )
            groups = sorted({one.group for _, one in gone if one.group})
            left = f" and remove {listed([f'`{one}`' for one in groups])}" if groups else ""
            help_ = (
                "Deprecate the event and let its publishers stop; then drain the pending entries "
                f"of its group{left}. If somebody else still needs it, let them subscribe first."
            )
            related = (("before", gone[0][1].place),)
            yield Complaint(event.at(on_key=True), message, help_, related=related)


def _subscribers(catalog: Catalog) -> dict[str, list[tuple[str, Subscription]]]:
    found: dict[str, list[tuple[str, Subscription]]] = {}
    for person in catalog.participants:
        for one in person.subscribes:
            found.setdefault(one.event, []).append((person.name, one))
    return found


RULE = Rule(
    id="KEB718",
    name="subscriber-removed",
    severity=Severity.WARNING,
    section="7",
    rationale="Somebody asked for these events, and they go on coming: either what was done with "
    "them is not done any more, or they only fill the stream.",
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
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
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
  VantaMasterCore:
    publishes: [Task.Assignment.Created.v1]
  VaultAgent:
    subscribes: [{event: Task.Assignment.Created.v1, group: vault_agent_group}]
""",
    check=whole_comparison(_check),
)
