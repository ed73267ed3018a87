"""KEB607: the name of a payload field is not snake_case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from governance.catalog.renames import rename_field
from governance.catalog.tree import Node
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_property

_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def _check(field: Node, context: Context) -> Iterator[Complaint]:
    name = field.name or ""
    if _SNAKE.fullmatch(name):
        return
    words = "_".join(_WORDS.findall(name)).lower()
    help_, fix = "Use lower-case words and '_'.", None
    if _SNAKE.fullmatch(words):
        help_ = f"Call it {words!r}."
        make = partial(rename_field, context.catalog, field, words)
        fix = Fix(f"call it {words!r}", make, is_safe=False)
    message = f"the field name {name!r} is not snake_case"
    yield Complaint(field.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB607",
    name="field-not-snake-case",
    severity=Severity.ERROR,
    section="6.2",
    rationale="One spelling in all payloads: a reader never has to guess whether it is taskId or "
    "task_id, and no two services disagree.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        taskId: {type: string}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
""",
    check=each_property(_check),
    fixes=(UNSAFE,),
)
