"""KEB106: the file is larger than the settings allow."""

from __future__ import annotations

from governance.catalog.problem import Kind
from governance.finding import Severity
from governance.rules import Rule, each_problem

RULE = Rule(
    id="KEB106",
    name="file-too-large",
    severity=Severity.ERROR,
    section="4.1",
    rationale="A file of one domain is small enough to review; one that is not would slow down "
    "every check and every reader of the catalog.",
    bad="""\
# settings: max-file-bytes = 40
domain: Task
description: Assignment, progress and completion of tasks.
""",
    good="""\
# settings: max-file-bytes = 40
domain: Task
description: Tasks.
""",
    check=each_problem(Kind.TOO_LARGE),
)
