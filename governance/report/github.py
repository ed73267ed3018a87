"""For GitHub: annotations as workflow commands, the worst first.

GitHub keeps ten annotations of a level from one step and drops the rest without a word, so the
tenth says so.

Source: GitHub Actions, workflow commands (``error``, ``warning``, ``notice``).
"""

from __future__ import annotations

from itertools import groupby

from governance.finding import Finding, Report, Severity
from governance.report import Look, Reporter
from governance.report.text import printable, summary

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST = 10


def render(report: Report, _: Look) -> str:
    """Return one command a finding, at most ten a level, and the summary as the last line."""
    worst_first = sorted(report.findings, key=lambda finding: (-finding.severity, finding.order))
    lines: list[str] = []
    for severity, group in groupby(worst_first, key=lambda finding: finding.severity):
        findings = list(group)
        shown = findings if len(findings) <= _MOST else findings[: _MOST - 1]
        lines += [_command(finding) for finding in shown]
        if len(findings) > len(shown):
            more = f"{len(findings) - len(shown)} more: run keb-govern check to see every one"
            lines.append(f"::{_LEVELS[severity]} title=keb-govern::{more}")
    return "\n".join([*lines, summary(report)]) + "\n"


def _command(finding: Finding) -> str:
    span = finding.span
    properties = {
        "file": finding.file,
        "line": span.line,
        "endLine": span.end_line,
        "col": span.column,
        "endColumn": span.end_column,
        "title": f"{finding.rule} {finding.name}",
    }
    # GitHub ignores columns that span lines.
    if span.end_line != span.line:
        del properties["col"], properties["endColumn"]
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    # A log shows colours, and what turns the direction of writing, as a terminal does.
    message = printable(finding.message)
    message += f"\n{printable(finding.help)}" if finding.help else ""
    return f"::{_LEVELS[finding.severity]} {said}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


REPORTER = Reporter("github", "annotations on a pull request", render)
