"""KEB104: the file is in another encoding than UTF-8."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB104",
    name="file-not-utf-8",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A reader that guesses the encoding sees other letters than you wrote, and JSON on "
    "the wire is UTF-8 in any case.",
    bad="""\
# file: task.yaml, latin-1
owner: Büro
""",
    good="""\
# file: task.yaml, utf-8
owner: Büro
""",
    check=each_problem(Kind.NOT_UTF_8),
)
