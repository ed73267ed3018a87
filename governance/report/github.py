"""For GitHub: annotations as workflow commands, the worst first.

GitHub keeps ten annotations of a level from one step and drops the rest without a word, so the
last one says how many there are.

Source: GitHub Actions, workflow commands (``error``, ``warning``, ``notice``).
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from governance.finding import Finding, Report, Severity
from governance.report import Look, Reporter
from governance.report.text import printable, summary

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST = 10


def render(report: Report, _: Look) -> str:
    """Return one command a finding, at most ten a level, and the summary as the last line."""
    lines = commands(report, MOST, "run keb-govern check to see every one")
    return "\n".join([*lines, summary(report)]) + "\n"


def commands(report: Report, most: int, see: str) -> list[str]:
    """Return one command a finding.

    Args:
        report: The verdict.
        most: How many commands of a level there may be; GitHub shows no more than ``MOST``.
        see: Where the others are to be seen.

    Returns:
        The commands, the worst first; where there would be too many, one of each rule in each file
        before a second, and at last how many are left out.
    """
    worst_first = sorted(report.findings, key=lambda finding: (-finding.severity, finding.order))
    lines: list[str] = []
    for severity, group in groupby(worst_first, key=lambda finding: finding.severity):
        findings = list(group)
        shown = findings if len(findings) <= most else _varied(findings)[: max(0, most - 1)]
        lines += [_command(finding) for finding in shown]
        if len(shown) < len(findings) and most:
            more = f"{len(findings) - len(shown)} more: {see}"
            lines.append(said(_LEVELS[severity], more))
    return lines


def said(level: str, text: str) -> str:
    """Return the command that shows a text beside the run, at a level that GitHub knows."""
    return f"::{level} title=keb-govern::{_escape(printable(text))}"


def _varied(findings: list[Finding]) -> list[Finding]:
    """Return the findings, the first of each rule in each file before the second ones."""
    seen = Counter[tuple[str, str]]()
    rounds = list[int]()
    for one in findings:
        rounds.append(seen[one.rule, one.file])
        seen[one.rule, one.file] += 1
    order = sorted(range(len(findings)), key=lambda number: (rounds[number], number))
    return [findings[number] for number in order]


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
    place = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    # Of what is gone nothing can be shown where it was: only lines of today have a place.
    was = [f"{one.label}, {one.file}:{one.span.line}" for one in finding.related]
    # A log shows colours, and what turns the direction of writing, as a terminal does.
    message = "\n".join(map(printable, filter(None, [finding.message, *was, finding.help])))
    return f"::{_LEVELS[finding.severity]} {place}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


REPORTER = Reporter("github", "annotations on a pull request", render)
