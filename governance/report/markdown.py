"""For a pull request: the result first, what breaks with its proof, all else folded by file.

What does not fit is left out by whole sections, and the last line says how much that is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from governance.finding import Finding, Report, Severity
from governance.report import Look, Reporter
from governance.report.text import count, printable, summary

# What Markdown or HTML would act upon, outside of code.
_MARKUP = re.compile(r"([\\<>\[\]*_!&~$])")
# What GitHub makes a link of, or a message to somebody: it looks at what is shown, so that no
# backslash would keep it from that.
_LINKED = re.compile(r"([@#]|:(?=//)|www(?=\.))")
_NO_WIDTH = "\u200b"
# What makes a list or a heading where a line begins.
_BEGINNING = re.compile(r"[-+=]|\d+(?=[.)]( |$))")
# Where nobody would read on: a text, the lines of an event and one of them, the findings of a file
# in bytes.
_LONG_TEXT = 2_000
_MOST_LINES, _LONG_LINE = 40, 100
_FOLDED = 20_000
# What the last line takes, with a number as long as any.
_LAST = 100
_BREAKING = "#### Breaking changes"


class _Section(NamedTuple):
    """A part that is shown as a whole or not at all.

    Attributes:
        text: What it says.
        findings: How many findings it tells.
    """

    text: str
    findings: int


def render(report: Report, look: Look) -> str:
    """Return result, breaking changes, then the other findings, each file folded."""
    parts = ["\n\n".join(_head(report, look))]
    room = look.room - _bytes(parts[0]) - _LAST
    left = len(report.findings)
    for section in _sections(report.findings):
        room -= _bytes(section.text) + 2
        if room < 0:
            break
        parts.append(section.text)
        left -= section.findings
    if left:
        parts.append(f"And **{count(left, 'more finding')}**: `keb-govern check` tells every one.")
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is, save for what stands in backquotes.

    Backquotes in what users write may not pair with ours: then none of them counts.
    """
    text = printable(text).lstrip(" ")
    if "``" in text or text.count("`") % 2:
        text = text.replace("`", "'")
    shown = "`".join(
        part if number % 2 else _escaped(part) for number, part in enumerate(text.split("`"))
    )
    begins = _BEGINNING.match(shown)
    if begins is None:
        return shown
    at = begins.end() if begins[0].isdecimal() else 0
    return f"{shown[:at]}\\{shown[at:]}"


def code(text: str) -> str:
    """Return a text as code, whatever it holds."""
    text = printable(text)
    fence, space = "`" * (_longest_run(text) + 1), " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def fenced(text: str, language: str = "") -> str:
    """Return a text of several lines as a block of code, whatever it holds."""
    lines = [printable(line) for line in text.rstrip("\n").split("\n")]
    fence = "`" * max(3, _longest_run(text) + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _escaped(text: str) -> str:
    shown = _MARKUP.sub(r"\\\1", text.replace(" -> ", " → "))
    return _LINKED.sub(rf"\1{_NO_WIDTH}", shown)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _bytes(text: str) -> int:
    return len(text.encode())


def _head(report: Report, look: Look) -> Iterator[str]:
    has_failed = any(finding.severity >= look.fail_on for finding in report.findings)
    yield f"### {'❌' if has_failed else '✅'} {plain(summary(report))}"
    if report.changed:
        broken = (
            f", {report.breaking} of them in a way that breaks readers" if report.breaking else ""
        )
        yield (
            f"{count(report.changed, 'event')} changed{broken}. "
            f"Required bump: **{report.required_bump}**"
        )


def _sections(findings: tuple[Finding, ...]) -> Iterator[_Section]:
    breaks = [one for one in findings if one.change]
    breaks.sort(key=lambda one: (-one.severity, one.order))
    for number, one in enumerate(breaks):
        head = "" if number else f"{_BREAKING} ({len(breaks)})\n\n"
        yield _Section(head + "\n\n".join(_break(one)), 1)
    files = [list(group) for _, group in groupby(_others(findings), key=lambda one: one.file)]
    # The worst first: what fails a run must not be what is left out.
    files.sort(key=lambda file: -max(one.severity for one in file))
    yield from map(_file, files)


def _others(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    return (one for one in findings if not one.change)


def _break(finding: Finding) -> Iterator[str]:
    event = f" in {code(finding.event)}" if finding.event else ""
    yield f"**{_rule(finding)}**{event}, {_at(finding.file, finding.span.line)}"
    yield _short(f"{finding.message}.")
    if finding.help:
        yield _short(finding.help)
    for one in finding.related:
        yield f"{plain(one.label.capitalize())}: {_at(one.file, one.span.line)}"
    for witness in finding.witnesses:
        yield f"An event that shows it ({plain(witness.direction)}):\n\n{_event(witness.event)}"


def _rule(finding: Finding) -> str:
    return plain(f"{finding.severity.label} {finding.rule} {finding.name}")


def _at(file: str, line: int) -> str:
    return code(f"{file}:{line}")


def _short(text: str) -> str:
    return plain(text if len(text) <= _LONG_TEXT else f"{text[:_LONG_TEXT]}…")


def _event(text: str) -> str:
    lines = json.dumps(json.loads(text), ensure_ascii=False, indent=2).split("\n")
    shown = [one if len(one) <= _LONG_LINE else f"{one[:_LONG_LINE]}…" for one in lines]
    more = len(lines) - _MOST_LINES
    if more > 1:
        shown[_MOST_LINES:] = [f"… {more} more lines"]
    return fenced("\n".join(shown), "json")


def _file(findings: list[Finding]) -> _Section:
    findings.sort(key=lambda one: (-one.severity, one.order))
    rows, room = list[str](), _FOLDED
    for one in findings:
        row = f"- line {one.span.line}: **{_rule(one)}**: {_short(one.message)}"
        row += f"<br>{_short(one.help)}" if one.help else ""
        room -= _bytes(row)
        if room < 0:
            rows.append(f"- … {len(findings) - len(rows)} more in this file")
            break
        rows.append(row)
    told = len(rows) if room >= 0 else len(rows) - 1
    counts = ", ".join(
        count(number, severity.label)
        for severity in reversed(Severity)
        if (number := sum(one.severity is severity for one in findings))
    )
    # Within the tag, Markdown is not read and HTML is.
    name = _LINKED.sub(rf"\1{_NO_WIDTH}", html.escape(printable(findings[0].file)))
    listing = "\n".join(rows)
    text = f"<details><summary><code>{name}</code>: {counts}</summary>\n\n{listing}\n\n</details>"
    return _Section(text, told)


REPORTER = Reporter("markdown", "a comment on a pull request, the result first", render)
