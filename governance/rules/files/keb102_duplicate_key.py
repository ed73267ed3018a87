"""KEB102: a key stands twice in one mapping."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB102",
    name="duplicate-key",
    severity=Severity.ERROR,
    section="4.2",
    rationale="Some readers keep the first of two equal keys, some the last, some stop: one file "
    "then means different events to different services.",
    bad="""\
domain: Task
owner: orchestration
owner: platform
""",
    good="""\
domain: Task
owner: platform
""",
    check=each_problem(Kind.DUPLICATE_KEY),
)
