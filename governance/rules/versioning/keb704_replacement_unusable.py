"""KEB704: a deprecated event sends its readers to an event that they can't use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import write
from governance.catalog.model import Catalog, EventSchema
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, whole_catalog
from governance.schema.json import as_text


def _check(context: Context) -> Iterator[Complaint]:
    for event in context.catalog.events:
        wanted = as_text((event.deprecated or {}).get("replaced_by"))
        if wanted is not None:
            for message, help_, name in _faults(event, wanted, context.catalog):
                place, fix = event.at("/deprecated/replaced_by"), None
                if name:
                    make = partial(write, place, name)
                    fix = Fix(f"write `replaced_by: {name}`", make, is_safe=False)
                yield Complaint(place, message, help_, fix=fix)


def _faults(event: EventSchema, wanted: str, catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong, what to do, and the name to write where there is one."""
    found = catalog.by_name.get(wanted)
    if found is None:
        near = closest(wanted, catalog.by_type) or ""
        near = "" if near == event.type else near
        help_ = f"Did you mean {near!r}?" if near else ""
        message = f"{event.type!r} is to be replaced by {wanted!r}, which no file declares"
        yield message, help_ or "Declare that event first, or name another that is there.", near
    elif found.type == event.type:
        message = f"{event.type!r} is to be replaced by itself"
        yield message, "Name another event, or `null` where nothing replaces it.", ""
    elif event.sunset and found.sunset and found.sunset <= event.sunset:
        end = "on the same day" if found.sunset == event.sunset else f"earlier, on {found.sunset}"
        message = f"{event.type!r} is to be replaced by {found.type!r}, which ends {end}"
        further = as_text((found.deprecated or {}).get("replaced_by"))
        is_way_out = further in catalog.by_type and further not in {event.type, found.type}
        help_ = (
            f"Name {further!r}, to which that one leads"
            if is_way_out
            else "Name an event that stays"
        )
        yield message, f"{help_}.", further if is_way_out and further else ""


RULE = Rule(
    id="KEB704",
    name="replacement-unusable",
    severity=Severity.ERROR,
    section="7",
    rationale="Readers who follow the advice end up at an event that does not exist or is about "
    "to go as well, and have to move twice.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    deprecated: {sunset: 2027-03-01, replaced_by: Task.Assignment.Creatd.v2}
  Task.Assignment.Created.v2: {}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    deprecated: {sunset: 2027-03-01, replaced_by: Task.Assignment.Created.v2}
  Task.Assignment.Created.v2: {}
""",
    check=whole_catalog(_check),
    fixes=(UNSAFE,),
)
