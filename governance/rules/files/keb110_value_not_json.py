"""KEB110: YAML says something that JSON can't carry."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB110",
    name="value-not-json",
    severity=Severity.ERROR,
    section="4.1",
    rationale="A JSON Schema is JSON, in whatever way it is written down: what JSON can't carry is "
    "lost or refused by whoever reads the catalog.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        ratio: {type: number, maximum: .inf}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      properties:
        ratio: {type: number}
""",
    check=each_problem(Kind.NOT_JSON),
)
