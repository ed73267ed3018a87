"""KEB122: the last day of a suppression comment is past."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import without_comment
from governance.catalog.suppression import Outcome
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_suppression


def _check(outcome: Outcome, context: Context) -> Iterator[Complaint]:
    comment = outcome.suppression
    if comment.malformed or not comment.is_over(context.today):
        return
    message = f"this suppression ended on {comment.until}; its reason was: {comment.reason}"
    help_ = "Mend what it covered and delete it, or agree on a new date."
    is_idle = not outcome.used and outcome.judged.issuperset(comment.rules)
    if is_idle:
        help_ = "Delete it: there is nothing left for it to cover."
    # While it still covers something, its reason is all that tells why that was let through.
    fix = Fix("delete the comment", partial(without_comment, comment.place), is_safe=is_idle)
    yield Complaint(comment.place, message, help_, fix=fix)


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
    fixes=(SAFE, UNSAFE),
)
