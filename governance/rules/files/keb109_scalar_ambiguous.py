"""KEB109: readers of YAML disagree about a plain scalar, or it loses what was written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.pointer import split

# The format spells these days without quotes.
_DAY = re.compile(r"/events/[^/]+/deprecated/(since|sunset)")
# Here a number is meant, or any value at all; of a version that is no text, KEB701 speaks.
_NUMBERS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "event_version"}
)
_VALUES = frozenset({"examples", "example", "default", "const", "enum"})


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    document = file.document
    for problem in document.problems:
        if problem.kind not in {Kind.AMBIGUOUS_SCALAR, Kind.LOST_ZERO}:
            continue
        place = document.place_of(problem)
        steps = split(place.pointer)
        if problem.kind is Kind.LOST_ZERO:
            is_fine = not _NUMBERS.isdisjoint(steps[-1:]) or not _VALUES.isdisjoint(steps)
        else:
            is_fine = bool(_DAY.fullmatch(place.pointer))
        if not is_fine:
            yield Complaint(place, problem.message, problem.help)


RULE = Rule(
    id="KEB109",
    name="scalar-ambiguous",
    severity=Severity.WARNING,
    section="4.2",
    rationale="YAML 1.1 and 1.2 disagree about such words and numbers: one service reads text, "
    "another a boolean, a date or a number.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        country: {enum: [de, no, se]}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        country: {enum: [de, "no", se]}
""",
    check=each_file(_check),
)
