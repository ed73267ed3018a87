"""KEB409: an ``enum`` lists a value twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial

from governance.catalog.edits import take_out
from governance.catalog.tree import Node
from governance.finding import SAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_schema
from governance.schema.json import as_list, identity, shown


def _check(node: Node, _: Context) -> Iterator[Complaint]:
    values = as_list(node.schema["enum"])
    seen: dict[Hashable, int] = {}
    for number, value in enumerate(values):
        first = seen.setdefault(identity(value), number)
        if first != number:
            message = f"`enum` lists {shown(value)} twice, first as item {first + 1}"
            if shown(value) != shown(values[first]):
                message = (
                    f"`enum` lists {shown(value)}, which is the same as {shown(values[first])}"
                )
            help_ = "Delete one of the two, or write the value that is meant."
            place = node.at(f"/enum/{number}")
            fix = Fix(f"delete the second {shown(value)}", partial(take_out, place))
            yield Complaint(place, message, help_, fix=fix)


RULE = Rule(
    id="KEB409",
    name="duplicate-enum-value",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A value that is listed twice is mostly a slip for another one, which is now "
    "refused; and code generators make two members of one name of it.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        status: {type: string, enum: [open, closed, open]}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        status: {type: string, enum: [open, closed, waiting]}
""",
    check=each_schema(_check, "enum"),
    silenced_by=("KEB401",),
    fixes=(SAFE,),
)
