"""KEB714: an event is gone that was not deprecated, or whose day has not come."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.change.model import Kind
from governance.compat.verdict import Comparison, replaced
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, listed, whole_comparison


def _check(comparison: Comparison, context: Context) -> Iterator[Complaint]:
    # Of an event whose next major took its place, KEB713 speaks.
    elsewhere = {old.type for old, _ in replaced(comparison)}
    for one in comparison.events:
        old = one.change.old
        if one.change.kind is not Kind.REMOVED or old is None or old.type in elsewhere:
            continue
        if old.sunset is not None and old.sunset <= context.today:
            continue
        if old.deprecated is None:
            why, when = "without being deprecated first", "the day on which it will end"
        elif old.sunset is None:
            why, when = "though nothing said on which day it would end", "that day"
        else:
            why, when = f"before its sunset on {old.sunset}", ""
        first = f"with {when} as its `sunset`, " if when else ""
        people = sorted({reader.participant for reader in one.readers})
        read = (
            f" {listed(people)} subscribe{'s' if len(people) == 1 else ''} to it." if people else ""
        )
        help_ = f"Put it back, deprecated {first}and delete it once that day is past.{read}"
        place = comparison.place_of(old)
        related = (("before", old.at(on_key=True)),)
        yield Complaint(place, f"{old.type!r} was removed {why}", help_, related=related)


RULE = Rule(
    id="KEB714",
    name="event-removed",
    severity=Severity.ERROR,
    section="7",
    rationale="Whoever still publishes it is refused from now on, and whoever reads it waits in "
    "vain. A day that was named beforehand lets them all leave in time.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
# current
events: {}
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
    deprecated: {since: 2020-01-01, sunset: 2020-06-30, replaced_by: null}
# current
events: {}
""",
    check=whole_comparison(_check),
)
