"""KEB406: one name on the wire stands for two events."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_catalog
from governance.schema.json import as_object


def _check(context: Context) -> Iterator[Complaint]:
    by_type = context.catalog.by_type
    holders: dict[str, tuple[EventSchema, str]] = {}
    for event in context.catalog.events:
        for alias, pointer in _old_names(event):
            owner = by_type.get(alias)
            holder, where = holders.setdefault(alias, (event, pointer))
            if owner is not None and owner.type != event.type:
                message = f"{alias!r} is the type of another event, at {owner.at(on_key=True)}"
                yield Complaint(event.at(pointer), message, _help_for_type(event, owner))
            elif owner is None and holder.type != event.type:
                message = f"{alias!r} already stands for {holder.type}, at {holder.at(where)}"
                yield Complaint(event.at(pointer), message, _help_for_alias(alias, event, holder))


def _old_names(event: EventSchema) -> Iterator[tuple[str, str]]:
    """Yield the further names of an event, each once, with its pointer from the event."""
    said = [(alias, f"/aliases/{number}") for number, alias in enumerate(event.aliases)]
    said.append((as_object(event.declaration.get("legacy")).get("name"), "/legacy/name"))
    names: dict[str, str] = {}
    for name, pointer in said:
        if isinstance(name, str) and name:
            names.setdefault(name, pointer)
    yield from names.items()


def _help_for_type(event: EventSchema, owner: EventSchema) -> str:
    if owner.legacy and not event.legacy:
        return f"If {event.type} takes its place, delete the old declaration; else this alias."
    return "Delete this alias, or rename one of the two events."


def _help_for_alias(alias: str, event: EventSchema, holder: EventSchema) -> str:
    if event.name.segments != holder.name.segments:
        return (
            f"Leave it with the event that is published as {alias!r}, and delete it at the other."
        )
    return (
        "An old name stands for one version: leave it with the one whose shape its publishers "
        f"send, and delete it at {event.type} or at {holder.type}."
    )


RULE = Rule(
    id="KEB406",
    name="alias-clash",
    severity=Severity.ERROR,
    section="4.3",
    rationale="An event that arrives under an old name is read by the schema of the one event that "
    "the name stands for. Where it stands for two, half of the readers read it wrong.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    aliases: [TaskAssignedEvent]
  Task.Assignment.Changed.v1:
    aliases: [TaskAssignedEvent]
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    aliases: [TaskAssignedEvent]
  Task.Assignment.Changed.v1:
    aliases: [TaskChangedEvent]
""",
    check=whole_catalog(_check),
)
