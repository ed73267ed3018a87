"""KEB109: readers of YAML disagree about a plain scalar, or it loses what was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial

from governance.catalog.document import Document
from governance.catalog.edits import replace
from governance.catalog.model import SourceFile
from governance.catalog.problem import Kind, Problem
from governance.catalog.scalars import resolve
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import Json
from governance.schema.pointer import split

# The format spells these days without quotes.
_DAY = re.compile(r"/events/[^/]+/deprecated/(since|sunset)")
# Here a number is meant, or any value at all; of a version that is no text, KEB701 speaks.
_NUMBERS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "event_version"}
)
# An anchor or a tag stands before the scalar that it belongs to.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_EXACT = 2**53
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
            fix = _fix(document, problem, place.pointer)
            yield Complaint(place, problem.message, problem.help, fix=fix)


def _fix(document: Document, problem: Problem, pointer: str) -> Fix:
    start, end = problem.start, problem.end
    found = _PROPERTIES.match(document.text, start, end)
    start = found.end() if found else start
    text = document.text[start:end]
    value = resolve(text)
    said = json.dumps(text, ensure_ascii=False)
    is_lost = problem.kind is Kind.LOST_ZERO
    is_key = document.extent(pointer) != (problem.start, problem.end)
    if not (is_lost or is_key or isinstance(value, str)):
        said = _number(value)
    return Fix(f"write {said}", partial(replace, document, start, end, said), is_safe=not is_lost)


def _number(value: Json) -> str:
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
    return json.dumps(int(value) if is_whole else value)


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
    fixes=(SAFE, UNSAFE),
)
