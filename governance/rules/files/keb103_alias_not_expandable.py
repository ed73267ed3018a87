"""KEB103: a YAML alias stands for too much, or for nothing complete."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB103",
    name="alias-not-expandable",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A few lines of aliases can stand for billions of values, or for a value that holds "
    "itself: a reader then runs out of memory, or never ends.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data: *created
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data: {$ref: "#/components/schemas/Created"}
components:
  schemas:
    Created: {type: object}
""",
    check=each_problem(Kind.ALIAS),
)
