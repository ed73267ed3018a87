"""KEB709: the version of an event was raised, but by less than its change calls for."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.policy import Bump
from governance.compat.verdict import Comparison, Verdict
from governance.compat.words import summed_up
from governance.finding import SAFE, Severity
from governance.rules import Complaint, Context, Rule, each_verdict
from governance.rules.versioning import version_fix


def _check(verdict: Verdict, _: Comparison, __: Context) -> Iterator[Complaint]:
    event, before, declared = verdict.change.new, verdict.before, verdict.declared
    if event is None or before is None or declared is None or verdict.expected is None:
        return
    # Of a break, KEB706 tells what to do: no version of this major would do.
    if verdict.required is Bump.MAJOR:
        return
    # A pre-release announces what its release will be.
    if declared[:3] == verdict.expected[:3]:
        return
    if before.precedence < declared.precedence < verdict.expected.precedence:
        message = (
            f"{event.type!r} goes from {before} to {declared}, but its change calls for a "
            f"{verdict.required.label} bump: {summed_up(verdict)}"
        )
        help_ = f"Write `event_version: {verdict.expected}`; `keb-govern bump` does it."
        fix = version_fix(event, verdict.expected)
        yield Complaint(event.at("/event_version"), message, help_, fix=fix)


RULE = Rule(
    id="KEB709",
    name="bump-too-small",
    severity=Severity.ERROR,
    section="7",
    rationale="A patch says that only words changed. Readers who trust that do not look at what "
    "they could now be sent.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data: {type: object, properties: {task_id: {type: string}}}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.1
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
