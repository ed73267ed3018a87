"""KEB705: the day is past on which an event was to end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from governance.catalog.model import Catalog
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, listed, whole_catalog

# More names than this are a number.
_FEW = 3


def _check(context: Context) -> Iterator[Complaint]:
    today = context.today
    over = [event for event in context.catalog.events if event.sunset and event.sunset < today]
    users = _users(context.catalog) if over else {}
    for event in over:
        days = (today - event.sunset).days if event.sunset else 0
        ago = "yesterday" if days == 1 else f"{days} days ago"
        message = f"{event.type!r} was to end on {event.sunset}, {ago}"
        people = sorted({person for name in event.names for person in users.get(name, ())})
        yield Complaint(event.at("/deprecated/sunset"), message, _advice(people))


def _users(catalog: Catalog) -> dict[str, set[str]]:
    """Return the participants that publish or read each event."""
    users = defaultdict[str, set[str]](set)
    for person in catalog.participants:
        read = [subscription.event for subscription in person.subscribes]
        for name in (*read, *(name for name, _ in person.publishes)):
            users[name].add(person.name)
    return users


def _advice(people: list[str]) -> str:
    if not people:
        return "Delete the event; if somebody still needs it, move `sunset`."
    uses = "still uses" if len(people) == 1 else "still use"
    return f"{listed(people, _FEW)} {uses} it: change that and delete the event, or move `sunset`."


RULE = Rule(
    id="KEB705",
    name="sunset-passed",
    severity=Severity.ERROR,
    section="7",
    rationale="A day that passes without consequence teaches everybody to ignore the next one, "
    "and old versions never go.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    deprecated: {since: 2020-01-01, sunset: 2020-06-30, replaced_by: Task.Assignment.Created.v2}
  Task.Assignment.Created.v2: {}
""",
    good="""\
events:
  Task.Assignment.Created.v2: {}
""",
    check=whole_catalog(_check),
)
