"""KEB703: a deprecated event does not say when it ends, or what to use instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from governance.catalog.model import EventSchema
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_event, says
from governance.schema.json import JsonObject, as_date, as_object


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    said = event.deprecated
    # Of what is no mapping or no text, KEB112 speaks.
    if said is not None and isinstance(event.declaration["deprecated"], dict):
        yield from chain(_missing(event, said, context), _dates(event, said))


def _missing(event: EventSchema, said: JsonObject, context: Context) -> Iterator[Complaint]:
    missing = [key for key in ("sunset", "replaced_by") if not says(said, key)]
    if not missing:
        return
    year = context.today.year + 1
    lines = {
        "sunset": f"`sunset: {year}-01-31` (the day on which it ends)",
        "replaced_by": f"`replaced_by: {_successor(event)}` (the event to use instead, or `null`)",
    }
    keys = " and ".join(f"`{key}`" for key in missing)
    help_ = f"Add {' and '.join(lines[key] for key in missing)}."
    place = event.at("/deprecated", on_key=True)
    yield Complaint(place, f"{event.type!r} is deprecated without {keys}", help_)


def _successor(event: EventSchema) -> str:
    """Return the next major version that the file declares, else the one that would be next."""
    name = event.name
    if name.major is None:
        return f"{event.type}.v2"
    declared = as_object(as_object(event.document.root).get("events"))
    family = ".".join(name.segments)
    numbers = range(name.major + 1, name.major + 10)
    number = next((n for n in numbers if f"{family}.v{n}" in declared), name.major + 1)
    return f"{family}.v{number}"


def _dates(event: EventSchema, said: JsonObject) -> Iterator[Complaint]:
    days = {key: as_date(said.get(key)) for key in ("since", "sunset")}
    for key, day in days.items():
        written = said.get(key)
        if isinstance(written, str) and written and day is None:
            message = f"`{key}` of {event.type!r} is {written!r}, which is no day of the calendar"
            help_ = "Write year, month and day, such as 2027-01-31."
            yield Complaint(event.at(f"/deprecated/{key}"), message, help_)
    since, sunset = days["since"], days["sunset"]
    if since and sunset and sunset < since:
        message = f"{event.type!r} ends on {sunset}, before it is deprecated on {since}"
        help_ = "Move `sunset` to a day after `since`, late enough for every reader to change."
        yield Complaint(event.at("/deprecated/sunset"), message, help_)


RULE = Rule(
    id="KEB703",
    name="deprecated-without-way-out",
    severity=Severity.ERROR,
    section="7",
    rationale="Whoever reads a deprecated event needs two things to get away from it: the day by "
    "which, and the event to go to.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    deprecated: {since: 2026-11-01}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    deprecated: {since: 2026-11-01, sunset: 2027-03-01, replaced_by: Task.Assignment.Created.v2}
  Task.Assignment.Created.v2: {}
""",
    check=each_event(_check),
)
