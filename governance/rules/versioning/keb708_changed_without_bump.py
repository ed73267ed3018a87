"""KEB708: an event changed, and its version did not."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.policy import Bump
from governance.compat.verdict import Comparison, Verdict
from governance.compat.words import summed_up
from governance.finding import SAFE, Severity
from governance.rules import Complaint, Context, Rule, each_verdict
from governance.rules.versioning import version_fix


def _check(verdict: Verdict, comparison: Comparison, _: Context) -> Iterator[Complaint]:
    event = verdict.change.new
    # Of a break, KEB706 tells what to do: no version of this major would do.
    if event is None or verdict.required in {Bump.NONE, Bump.MAJOR}:
        return
    if verdict.before is not None and verdict.before == verdict.declared:
        message = (
            f"{event.type!r} is still version {verdict.declared}, as in {comparison.label}, though "
            f"it changed: {summed_up(verdict)}"
        )
        help_ = (
            f"Write `event_version: {verdict.expected}`: that calls for a "
            f"{verdict.required.label} bump, and `keb-govern bump` writes it."
        )
        fix = version_fix(event, verdict.expected)
        yield Complaint(event.at("/event_version"), message, help_, fix=fix)


RULE = Rule(
    id="KEB708",
    name="changed-without-bump",
    severity=Severity.ERROR,
    section="7",
    rationale="Two schemas with the same version can't be told apart: whoever looks at an event "
    "from the stream does not know by which of them it was written.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data: {type: object, properties: {task_id: {type: string}}}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data: {type: object, properties: {task_id: {type: string}, note: {type: string}}}
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data: {type: object, properties: {task_id: {type: string}}}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data: {type: object, properties: {task_id: {type: string}, note: {type: string}}}
""",
    check=each_verdict(_check),
    fixes=(SAFE,),
)
