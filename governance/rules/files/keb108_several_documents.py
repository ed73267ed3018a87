"""KEB108: one file holds several YAML documents."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB108",
    name="several-documents",
    severity=Severity.ERROR,
    section="4.1",
    rationale="Most readers take the first document of a file and skip the others without a word.",
    bad="""\
domain: Task
---
domain: Session
""",
    good="""\
# file: task.yaml
---
domain: Task
# file: session.yaml
---
domain: Session
""",
    check=each_problem(Kind.SEVERAL_DOCUMENTS),
)
