"""KEB105: the file starts with a byte order mark."""

from __future__ import annotations

from functools import partial

from governance.catalog import edits
from governance.catalog.model import SourceFile
from governance.catalog.problem import Kind
from governance.finding import SAFE, Fix, Severity
from governance.rules import Rule, each_problem


def _fix(file: SourceFile) -> Fix:
    return Fix("take the byte order mark off", partial(edits.without_mark, file.document))


RULE = Rule(
    id="KEB105",
    name="byte-order-mark",
    severity=Severity.WARNING,
    section="4.2",
    rationale="Nobody sees the mark, but readers of JSON refuse it, and others take it for part of "
    "the first key.",
    bad="""\
# file: task.yaml, utf-8-sig
domain: Task
""",
    good="""\
# file: task.yaml, utf-8
domain: Task
""",
    check=each_problem(Kind.BYTE_ORDER_MARK, _fix),
    fixes=(SAFE,),
)
