"""KEB710: the version of an event was raised by more than its change calls for."""

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
    # A major that the name does not say is the business of KEB702, and a pre-release leads to its
    # release without any change.
    if verdict.required is Bump.MAJOR or before.prerelease or declared.major != before.major:
        return
    if declared.precedence > verdict.expected.precedence:
        calls_for = f"its change calls for a {verdict.required.label} bump: {summed_up(verdict)}"
        if verdict.required is Bump.NONE:
            calls_for = "nothing about it changed"
        message = f"{event.type!r} goes from {before} to {declared}, but {calls_for}"
        help_ = f"Write `event_version: {verdict.expected}`; `keb-govern bump` does it."
        fix = version_fix(event, verdict.expected)
        yield Complaint(event.at("/event_version"), message, help_, fix=fix)


RULE = Rule(
    id="KEB710",
    name="bump-too-large",
    severity=Severity.INFO,
    section="7",
    rationale="A minor version announces something new. Readers who look for it in vain stop "
    "looking.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed on.
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    description: A task was handed to an agent.
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed on.
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.1
    description: A task was handed to an agent.
""",
    check=each_verdict(_check),
    fixes=(SAFE,),
)
