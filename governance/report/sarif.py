"""For code scanning: SARIF 2.1.0, with what GitHub makes of it in mind.

GitHub takes 25,000 results of a run and shows the worst 5,000, links a related place where the
message does, and tells results apart by ``primaryLocationLineHash`` alone. Its upload action works
out a hash of its own from the lines around, keeps ours, and says so in its log.

Source: SARIF 2.1.0 (OASIS); GitHub, SARIF support for code scanning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from governance import __version__
from governance.finding import Finding, Related, Report, Severity
from governance.report import Look, Reporter
from governance.report.gitlab import fingerprints
from governance.report.markdown import fenced, plain
from governance.report.text import printable
from governance.rules import Rule, Scope, all_rules
from governance.schema.json import JsonObject
from governance.source import Excerpt, Span

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "recommendation",
}
# An error can be proven from the files; what is milder may rest on a list of words.
_PRECISIONS = {Severity.ERROR: "very-high", Severity.WARNING: "high", Severity.INFO: "medium"}
_MOST = 25_000
# A witness is whole among the properties; in a message nobody reads on for ever.
_LONG_WITNESS = 1_000
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(report: Report, _: Look) -> str:
    """Return one log with one run: the rules that were broken, and a result a finding."""
    marked = list(zip(report.findings, fingerprints(report.findings), strict=True))
    marked.sort(key=lambda row: -row[0].severity)
    shown = sorted(marked[:_MOST], key=lambda row: row[0].order)
    rules = _rules(finding for finding, _ in shown)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "keb-govern",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(len(marked) - len(shown))],
        "results": [_result(finding, mark, numbers[finding.rule]) for finding, mark in shown],
    }
    # In ASCII nothing of what users write acts on a terminal, and nothing of it is lost.
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(left: int) -> JsonObject:
    more = f"{left} more findings are left out here: `keb-govern check` shows every one."
    notes = [{"level": "warning", "message": {"text": more}}] if left else []
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}


def _rules(findings: Iterable[Finding]) -> list[JsonObject]:
    """Return what the findings break, by id."""
    broken = {finding.rule: finding for finding in findings}
    known = {rule.id: rule for rule in all_rules()}
    return [_descriptor(broken[id_], known.get(id_)) for id_ in sorted(broken)]


def _descriptor(finding: Finding, rule: Rule | None) -> JsonObject:
    said: JsonObject = {
        "id": finding.rule,
        "name": finding.name,
        "shortDescription": {"text": _words(finding.name)},
    }
    # A report may be older than the plugin is gone.
    if rule is None:
        return said
    return {
        **said,
        "fullDescription": {"text": rule.rationale},
        "help": {"text": _help(rule), "markdown": _markdown_help(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["event-governance", f"rule-101-section-{rule.section}"],
            "precision": _PRECISIONS[rule.severity],
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _help(rule: Rule) -> str:
    return (
        f"{rule.rationale}\n\nRule 101, section {rule.section}.\n\n"
        f"Bad:\n\n{rule.bad}\nGood:\n\n{rule.good}"
    )


def _markdown_help(rule: Rule) -> str:
    language = "console" if rule.check.scope is Scope.BUS else "yaml"
    bad, good = (fenced(text, language) for text in (rule.bad, rule.good))
    return (
        f"{plain(rule.rationale)}\n\nRule 101, section {plain(rule.section)}.\n\n"
        f"**Bad:**\n\n{bad}\n\n**Good:**\n\n{good}\n"
    )


def _result(finding: Finding, mark: str, number: int) -> JsonObject:
    properties = {
        "event": finding.event,
        "pointer": finding.pointer,
        "change": finding.change,
        "witnesses": {one.direction: json.loads(one.event) for one in finding.witnesses},
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.file, finding.span, finding.excerpt)],
        "relatedLocations": [
            {"id": id_, **_location(_path(one), one.span, one.excerpt), "message": {"text": said}}
            for id_, one in enumerate(finding.related, 1)
            for said in [_unlinked(f"{one.label}, {_place(one)}")]
        ],
        "partialFingerprints": {"primaryLocationLineHash": mark, "kebGovern/v1": mark},
        # The baseline is the list of known findings, and what is on it is not shown.
        "baselineState": "new",
        "properties": {key: one for key, one in properties.items() if one},
    }


def _message(finding: Finding) -> str:
    lines = [f"{_unlinked(finding.message)}."]
    for id_, one in enumerate(finding.related, 1):
        place = _unlinked(_place(one)).translate({ord(sign): f"\\{sign}" for sign in "\\[]"})
        lines.append(f"{_unlinked(one.label.capitalize())}: [{place}]({id_})")
    for witness in finding.witnesses:
        event = witness.event
        if len(event) > _LONG_WITNESS:
            event = f"{event[:_LONG_WITNESS]}… ({len(event)} characters)"
        lines.append(f"An event that shows it ({witness.direction}): {_unlinked(event)}")
    return "\n".join([*lines, *([_unlinked(finding.help)] if finding.help else [])])


def _unlinked(text: str) -> str:
    """Return a text in which nobody finds a link of ours, ``[text](target)``."""
    return printable(text).replace("](", "]\u200b(")


def _place(one: Related) -> str:
    return f"{one.file}:{one.span.line}:{one.span.column}"


def _path(one: Related) -> str:
    """Return the path of a place without the ref in front: GitHub knows files of now alone."""
    ref, _, path = one.file.partition(":")
    return path or ref


def _location(path: str, span: Span, excerpt: Excerpt) -> JsonObject:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    physical: JsonObject = {"artifactLocation": _artifact(path), "region": region}
    # What is shown around a region must hold all of it.
    shown = excerpt.column + len(excerpt.text)
    if excerpt.text.strip() and span.end_line == span.line and span.end_column <= shown:
        physical["contextRegion"] = {
            "startLine": span.line,
            "startColumn": excerpt.column,
            "endLine": span.line,
            "endColumn": shown,
            "snippet": {"text": excerpt.text},
        }
    return {"physicalLocation": physical}


def _artifact(path: str) -> JsonObject:
    uri = quote(path.removeprefix("./"), errors="surrogatepass")
    return (
        {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}
    )


REPORTER = Reporter("sarif", "code scanning, SARIF 2.1.0", render)
