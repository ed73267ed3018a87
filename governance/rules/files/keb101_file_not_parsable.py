"""KEB101: the file is neither YAML nor JSON."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB101",
    name="file-not-parsable",
    severity=Severity.ERROR,
    section="4.2",
    rationale="Nothing in a file that can't be parsed reaches anybody: not its events, not its "
    "readers.",
    bad="""\
domain: Task
description: Says: this is a task.
""",
    good="""\
domain: Task
description: "Says: this is a task."
""",
    check=each_problem(Kind.SYNTAX),
)
