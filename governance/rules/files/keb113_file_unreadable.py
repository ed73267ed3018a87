"""KEB113: the file can't be read at all."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB113",
    name="file-unreadable",
    severity=Severity.ERROR,
    section="4.1",
    rationale="What can't be read on one machine is missing from the catalog there: a link out of "
    "the folder leads to another file, or to none, wherever else the repository is checked out.",
    bad="""\
# file: task.yaml, link
/dev/null
""",
    good="""\
# file: task.yaml
domain: Task
""",
    check=each_problem(Kind.UNREADABLE),
)
