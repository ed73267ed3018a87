"""KEB713: a new major version took the place of the old one, instead of standing beside it."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.verdict import Comparison, replaced
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_comparison


def _check(comparison: Comparison, context: Context) -> Iterator[Complaint]:
    for old, new in replaced(comparison):
        if old.sunset is not None and old.sunset <= context.today:
            continue
        message = f"{new.type!r} took the place of {old.type!r}, which others still publish or read"
        help_ = (
            f"Put {old.type!r} back as it was, beside this one and deprecated with a `sunset` and "
            f"`replaced_by: {new.type}`."
        )
        yield Complaint(new.at(on_key=True), message, help_, related=(("before", old.at()),))


RULE = Rule(
    id="KEB713",
    name="major-in-place",
    severity=Severity.ERROR,
    section="7",
    rationale="Publishers and readers do not change on one day. Until they all have, both major "
    "versions are in use, and both are declared.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
    data: {type: object, properties: {priority: {type: integer}}}
# current
events:
  Task.Assignment.Created.v2:
    event_version: 2.0.0
    data: {type: object, properties: {priority: {type: string}}}
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
    data: {type: object, properties: {priority: {type: integer}}}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.1
    deprecated: {since: 2026-11-01, sunset: 2027-03-01, replaced_by: Task.Assignment.Created.v2}
    data: {type: object, properties: {priority: {type: integer}}}
  Task.Assignment.Created.v2:
    event_version: 2.0.0
    data: {type: object, properties: {priority: {type: string}}}
""",
    check=whole_comparison(_check),
)
