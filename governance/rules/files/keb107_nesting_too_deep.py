"""KEB107: values are nested deeper than readers can follow."""

from __future__ import annotations

from governance.catalog.build import DEEPEST
from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB107",
    name="nesting-too-deep",
    severity=Severity.ERROR,
    section="4.2",
    rationale="No person follows a hundred levels, and a reader that does so by recursion crashes.",
    bad=f"""\
events:
  Task.Assignment.Created.v1:
    examples: {"[" * DEEPEST}{"]" * DEEPEST}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    examples: [[[[]]]]
""",
    check=each_problem(Kind.TOO_DEEP),
)
