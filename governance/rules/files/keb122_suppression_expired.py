"""KEB122: the last day of a suppression comment is past."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.suppression import Outcome
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_suppression


def _check(outcome: Outcome, context: Context) -> Iterator[Complaint]:
    comment = outcome.suppression
    if comment.malformed or not comment.is_over(context.today):
        return
    message = f"this suppression ended on {comment.until}; its reason was: {comment.reason}"
    help_ = "Mend what it covered and delete it, or agree on a new date."
    if not outcome.used and outcome.judged.issuperset(comment.rules):
        help_ = "Delete it: there is nothing left for it to cover."
    yield Complaint(comment.place, message, help_)


RULE = Rule(
    id="KEB122",
    name="suppression-expired",
    severity=Severity.ERROR,
    section="8",
    rationale="A date on a suppression is a promise; when it is past, what was put off is due.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        # keb: ignore[KEB607] until 2026-06-30: readers move to task_id
        taskId: {type: string}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        # keb: ignore[KEB607] until 2099-12-31: readers move to task_id
        taskId: {type: string}
""",
    check=each_suppression(_check),
)
