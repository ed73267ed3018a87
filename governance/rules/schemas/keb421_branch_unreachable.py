"""KEB421: a branch of ``anyOf`` or ``oneOf`` is never the one that holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.catalog.model import SourceFile
from governance.catalog.tree import Node
from governance.compat.suspects import is_condition, may_be_dead
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import as_list

if TYPE_CHECKING:
    from governance.compat.empty import Emptiness

_CHOICES = ("anyOf", "oneOf")


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    for tree in file.trees:
        for choice in _CHOICES:
            for node in tree.having(choice):
                if may_be_dead(context.catalog, node, choice) and not is_condition(node):
                    # It takes as long to load as a small check takes, and few catalogs need it.
                    from governance.compat.empty import emptiness  # noqa: PLC0415

                    yield from _dead(node, choice, emptiness(context.catalog))


def _dead(node: Node, choice: str, engine: Emptiness) -> Iterator[Complaint]:
    tree, pointer = node.tree, node.pointer
    branches = [
        f"{pointer}/{choice}/{number}" for number in range(len(as_list(node.schema[choice])))
    ]
    if engine.is_empty(tree, pointer):
        return
    for number, branch in enumerate(branches):
        # One that allows nothing by itself is KEB420, unless `false` says so.
        if engine.is_empty(tree, branch) or not engine.is_empty(tree, pointer, branch):
            continue
        others = [one for one in range(len(branches)) if one != number]
        by = (one for one in others if engine.is_covered(tree, branch, branches[one]))
        cover = next(by, None) if choice == "oneOf" else None
        ordinal = f"branch {number + 1} of `{choice}`"
        place = node.at(f"/{choice}/{number}")
        if cover is None:
            message = f"{ordinal} can never hold: what stands beside `{choice}` excludes it"
            yield Complaint(place, message, "Delete it, or correct what excludes it.")
        else:
            message = f"{ordinal} can never be the one: what fits it fits branch {cover + 1} too"
            help_ = "Write `anyOf` if both may hold, or say what tells them apart."
            yield Complaint(place, message, help_)


RULE = Rule(
    id="KEB421",
    name="branch-unreachable",
    severity=Severity.WARNING,
    section="4.2",
    rationale="`oneOf` refuses what fits two branches: one that lies within another is never the "
    "one that holds, and values meant for it are refused.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        amount: {oneOf: [{type: integer}, {type: number}]}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        amount: {type: number}
""",
    check=each_file(_check),
    silenced_by=("KEB401", "KEB420"),
)
