"""KEB720: the approval of a break lacks what makes it one."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.approval import Approval
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_approval, listed


def _check(approval: Approval, _: Context) -> Iterator[Complaint]:
    document, missing = approval.document, approval.missing
    if document.root is None:
        for problem in document.problems:
            yield Complaint(document.place_of(problem), problem.message, problem.help)
    elif missing:
        keys = listed([f"`{key}`" for key in missing])
        yield Complaint(
            approval.at(missing[0]),
            f"this approval lacks {keys}, and so approves nothing",
            "Write it by `keb-govern approve`, which asks for all that is needed.",
        )


RULE = Rule(
    id="KEB720",
    name="approval-incomplete",
    severity=Severity.ERROR,
    section="7",
    rationale="A break is approved by somebody, for a reason, on a day; without them, whoever is "
    "hit has nobody to ask.",
    bad="""\
# current
events:
  Task.Assignment.Created.v1: {}
# approval
event: Task.Assignment.Created.v1
fingerprint: 00c1a3e5f7092b4d
owner: orchestration
date: 2026-11-20
""",
    good="""\
# current
events:
  Task.Assignment.Created.v1: {}
# approval
event: Task.Assignment.Created.v1
fingerprint: 00c1a3e5f7092b4d
reason: No reader has ever been deployed.
owner: orchestration
date: 2026-11-20
""",
    check=each_approval(_check),
)
