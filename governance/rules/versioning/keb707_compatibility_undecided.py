"""KEB707: it could not be decided whether a change breaks readers."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.answer import Unknown
from governance.compat.verdict import Comparison, Verdict, by_change
from governance.compat.words import named
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_verdict, listed


def _check(verdict: Verdict, comparison: Comparison, _: Context) -> Iterator[Complaint]:
    for change, breaks in by_change(one for one in verdict.breaks if one.counts):
        reasons = [one.answer.reason for one in breaks if isinstance(one.answer, Unknown)]
        # Of a change that is known to break one direction, KEB706 says all there is to say.
        if len(reasons) < len(breaks):
            continue
        before, place = comparison.places(verdict, change)
        ways = listed([one.direction for one in breaks])
        said = named(change, verdict.type)
        message = f"{said}, and whether that is compatible ({ways}) can't be decided: {reasons[0]}"
        help_ = (
            "Say it in a way that can be decided, or treat it as a break: `keb-govern bump` lays "
            "out a new major version, `keb-govern approve` writes down who answers for it."
        )
        related = (("before", before),) if before else ()
        yield Complaint(place, message, help_, related=related, change=breaks[0].mark)


RULE = Rule(
    id="KEB707",
    name="compatibility-undecided",
    severity=Severity.ERROR,
    section="7",
    rationale="What nobody can tell counts as a break: else it would be the readers who find out.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data:
      type: object
      properties:
        code: {type: string, pattern: '^(a+)\\1$'}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data:
      type: object
      properties:
        code: {type: string, pattern: '^(a|b)\\1$'}
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data:
      type: object
      properties:
        code: {type: string, x-extensible-enum: [aa]}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data:
      type: object
      properties:
        code: {type: string, x-extensible-enum: [aa, bb]}
""",
    check=each_verdict(_check),
)
