"""For GitLab: a code quality report, which a merge request shows beside its lines.

Source: GitLab, code quality report format (a subset of the Code Climate specification).
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b

from governance.catalog.known import field_path
from governance.finding import Finding, Report, Severity
from governance.report import Look, Reporter
from governance.report.text import printable
from governance.schema.json import JsonObject

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report, _: Look) -> str:
    """Return one array, an object a finding."""
    marked = zip(report.findings, fingerprints(report.findings), strict=True)
    return json.dumps([_issue(finding, mark) for finding, mark in marked], indent=2) + "\n"


def fingerprints(findings: tuple[Finding, ...]) -> list[str]:
    """Return what each finding is known by from one run to the next, all of them different.

    It depends on the rule, the event (where there is none, the file), the path of the field and the
    change that it is about, never on the line. Those alike in all of these are numbered, by what
    they say and then from top to bottom.
    """
    found = Counter[str]()
    marks = [""] * len(findings)
    ordered = sorted(enumerate(findings), key=lambda row: (row[1].message, row[1].order))
    for number, one in ordered:
        # An event may move to another file and stay what it is.
        where = [one.event, ""] if one.event else ["", one.file]
        said = json.dumps([one.rule, *where, field_path(one.pointer), one.change])
        mark = blake2b(said.encode(), digest_size=16).hexdigest()
        found[mark] += 1
        marks[number] = f"{mark}:{found[mark]}"
    return marks


def _issue(finding: Finding, mark: str) -> JsonObject:
    span = finding.span
    advice = f". {finding.help}" if finding.help else ""
    return {
        "description": printable(f"{finding.rule} {finding.name}: {finding.message}{advice}"),
        "check_name": finding.rule,
        "fingerprint": mark,
        # Nothing else of a catalog stops what runs already.
        "severity": "critical"
        if finding.change and finding.severity is Severity.ERROR
        else _SEVERITIES[finding.severity],
        "location": {
            "path": finding.file.removeprefix("./"),
            "lines": {"begin": span.line, "end": span.end_line},
        },
    }


REPORTER = Reporter("gitlab", "code quality of a merge request", render)
