"""KEB711: an event has an earlier version than before."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.verdict import Comparison, Verdict
from governance.finding import SAFE, Severity
from governance.rules import Complaint, Context, Rule, each_verdict
from governance.rules.versioning import version_fix


def _check(verdict: Verdict, comparison: Comparison, _: Context) -> Iterator[Complaint]:
    event, before, declared = verdict.change.new, verdict.before, verdict.declared
    if event is None or before is None or declared is None:
        return
    if declared.precedence < before.precedence:
        message = f"{event.type!r} goes back from {before}, as in {comparison.label}, to {declared}"
        to = before if verdict.expected is None else verdict.expected
        # A break has no version within this major.
        help_ = (
            f"Write a version above {before}; what was released under {declared} stays as it was."
            if to.major != before.major
            else f"Write `event_version: {to}`; `keb-govern bump` does it."
        )
        fix = version_fix(event, to) if to.major == before.major else None
        yield Complaint(event.at("/event_version"), message, help_, fix=fix)


RULE = Rule(
    id="KEB711",
    name="version-went-back",
    severity=Severity.ERROR,
    section="7",
    rationale="A version only ever goes up: the lower one was released before, with another "
    "schema, and events carry it.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.3.0
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.1
""",
    check=each_verdict(_check),
    fixes=(SAFE,),
)
