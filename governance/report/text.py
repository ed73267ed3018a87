"""For people: place, defect, the source line with a caret, and what to do."""

from __future__ import annotations

import re
import unicodedata

from governance.finding import SAFE, UNSAFE, Finding, Report, Severity
from governance.report import Look, Reporter
from governance.source import Excerpt, Span

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_BOLD, _DIM = "1", "2"
# Control and bidirectional characters of a hostile file must not reach the terminal as such.
_UNPRINTABLE = "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"


def render(report: Report, look: Look) -> str:
    """Return the findings one below the other, and a line that sums them up."""
    blocks = [block(finding, look) for finding in report.findings]
    return "\n".join([*blocks, summary(report), *_offer(report)]) + "\n"


def _offer(report: Report) -> list[str]:
    """Return the line that says what `keb-govern fix` can do; none where that is nothing."""
    safe, unsafe = (sum(one.fix == label for one in report.findings) for label in (SAFE, UNSAFE))
    if not safe and not unsafe:
        return []
    if not unsafe:
        return [f"`keb-govern fix` mends {safe} of them"]
    asking = f"`keb-govern fix --unsafe` asks about {unsafe}"
    return [
        f"`keb-govern fix` mends {safe} of them; {asking} more" if safe else f"{asking} of them"
    ]


def summary(report: Report) -> str:
    """Return the line that sums a report up."""
    counts = ", ".join(
        count(report.count(severity), severity.label) for severity in reversed(Severity)
    )
    of = f"{count(report.files, 'file')} and {count(report.events, 'event')}"
    against = f", compared with {printable(report.against)}" if report.against else ""
    known = f"; {report.known} known not shown" if report.known else ""
    if report.findings:
        return f"{counts} in {of}{against}{known}"
    return f"Clean: {of}, no {'new ' if known else ''}findings{against}{known}."


def printable(text: str) -> str:
    """Return a text with every character that a terminal would act upon written out."""
    if text.isprintable():
        return text
    return re.sub(_UNPRINTABLE, lambda found: f"\\u{ord(found[0]):04x}", text)


def count(number: int, word: str) -> str:
    """Return a number of things in words, such as ``2 errors``."""
    return f"{number} {word}" + ("" if number == 1 or word == "info" else "s")


def block(finding: Finding, look: Look) -> str:
    """Return one finding: place, defect, source lines and what to do, a line break at the end."""

    def paint(text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if look.color else text

    span = finding.span
    place = paint(f"{printable(finding.file)}:{span.line}:{span.column}", _BOLD)
    severity = paint(finding.severity.label, _COLORS[finding.severity])
    lines = [f"{place}: {severity} {finding.rule} {paint(finding.name, _BOLD)}"]
    lines.append(f"  {printable(finding.message)}")
    lines += [paint(line, _DIM) for line in source_lines(finding.span, finding.excerpt)]
    for one in finding.related:
        lines.append(f"  {printable(f'{one.label}, {one.file}')}:{one.span.line}:{one.span.column}")
        lines += [paint(line, _DIM) for line in source_lines(one.span, one.excerpt)]
    if finding.help:
        lines.append(f"  help: {printable(finding.help)}")
    return "\n".join(lines) + "\n"


def source_lines(span: Span, excerpt: Excerpt) -> list[str]:
    """Return the source line and the carets under it; nothing where the line is empty."""
    if not excerpt.text.strip():
        return []
    before = "…" if excerpt.column > 1 else ""
    start = span.column - excerpt.column
    end = span.end_column - excerpt.column if span.end_line == span.line else len(excerpt.text)
    number = str(span.line)
    indent = _columns(before + excerpt.text[:start])
    marked = max(1, _columns(excerpt.text[start:end]))
    shown = before + excerpt.text.replace("\t", " ") + ("…" if excerpt.is_cut else "")
    return [
        f"  {number} | {printable(shown)}",
        f"  {' ' * len(number)} | {' ' * indent}{'^' * marked}",
    ]


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    combining = sum(bool(unicodedata.combining(char)) for char in text)
    return len(printable(text.replace("\t", " "))) + wide - combining


REPORTER = Reporter("text", "for people, with the source line and what to do", render)
