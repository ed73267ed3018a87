"""KEB121: a suppression comment suppresses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import Made, replace, without_comment
from governance.catalog.suppression import Outcome, Suppression
from governance.finding import SAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_suppression


def _check(outcome: Outcome, context: Context) -> Iterator[Complaint]:
    comment = outcome.suppression
    # Other rules speak of these two; a rule that did not run may well have had something to say.
    if comment.malformed or comment.is_over(context.today):
        return
    unused = [name for name in comment.rules if name in outcome.judged - outcome.used]
    if not unused:
        return
    names = " and ".join(unused)
    finds = "finds" if len(unused) == 1 else "find"
    message = f"{names} {finds} nothing here that this comment would suppress"
    help_ = "Delete the comment."
    if len(unused) < len(comment.rules):
        help_ = f"Delete {names} from the comment."
    fix = Fix("delete what suppresses nothing", partial(_without, comment, unused))
    yield Complaint(comment.place, message, help_, fix=fix)


def _without(comment: Suppression, names: list[str]) -> Made:
    left = [name for name in comment.rules if name not in names]
    if not left:
        return without_comment(comment.place)
    document, (start, end) = comment.place.document, comment.place.offsets or (0, 0)
    begin = document.text.index("[", start, end) + 1
    return replace(document, begin, document.text.index("]", begin, end), ", ".join(left))


RULE = Rule(
    id="KEB121",
    name="suppression-unused",
    severity=Severity.WARNING,
    section="8",
    rationale="A suppression that outlives its reason hides the next defect in the same place.",
    bad="""\
domain: Task
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        # keb: ignore[KEB607]: the name is in use
        task_id: {type: string}
""",
    good="""\
domain: Task
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        # keb: ignore[KEB607]: the name is in use
        taskId: {type: string}
""",
    check=each_suppression(_check),
    fixes=(SAFE,),
)
