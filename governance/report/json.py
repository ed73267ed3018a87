"""For programs: one JSON object, described by ``check.schema.json`` beside this file."""

from __future__ import annotations

import json

from governance.finding import Finding, Report, Severity
from governance.report import Look, Reporter
from governance.schema.json import JsonObject


def render(report: Report, _: Look) -> str:
    """Return the report as one JSON object; keys may be added by later versions, never changed."""
    summary = {f"{severity.label}s": report.count(severity) for severity in reversed(Severity)}
    whole = {
        "findings": [_object(finding) for finding in report.findings],
        "summary": {
            **summary,
            "files": report.files,
            "events": report.events,
            "against": report.against or None,
            "known": report.known,
            "changed_events": report.changed if report.required_bump else None,
            "breaking_events": report.breaking if report.required_bump else None,
            "required_bump": report.required_bump or None,
        },
    }
    return (
        json.dumps(whole, ensure_ascii=False, indent=2).encode(errors="backslashreplace").decode()
        + "\n"
    )


def _object(finding: Finding) -> JsonObject:
    span = finding.span
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.label,
        "file": finding.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "event": finding.event,
        "pointer": finding.pointer,
        "message": finding.message,
        "help": finding.help or None,
        "witness": json.loads(finding.witnesses[0].event) if finding.witnesses else None,
        "witnesses": {one.direction: json.loads(one.event) for one in finding.witnesses},
        "related": [
            {"label": one.label, "file": one.file, **one.span._asdict()} for one in finding.related
        ],
        "change": finding.change or None,
        "fix": finding.fix or None,
    }


REPORTER = Reporter("json", "for programs, one stable object", render)
