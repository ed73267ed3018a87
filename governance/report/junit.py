"""For test reports: a failed case a finding, in the XML of JUnit.

There is no one specification. Readers tell cases apart by class and name and pass over a second one
of the same name (GitLab), group by what stands before the last dot of the class (Jenkins), and take
a file without any case for a mistake (Jenkins again).

Source: the reports of pytest, which all of them read.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath

from governance.finding import Finding, Report
from governance.report import Look, Reporter
from governance.report.text import block, printable, summary

# Of what may stand in no XML, `printable` leaves these.
_NO_XML = re.compile("[\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;"})


def render(report: Report, look: Look) -> str:
    """Return one suite: findings that make a run fail are failures, others pass and say so."""
    named = Counter[tuple[str, str]]()
    cases = list[str]()
    failures = 0
    for finding in report.findings:
        class_, name = _class(finding.file), _name(finding)
        named[class_, name] += 1
        if named[class_, name] > 1:
            name = f"{name} ({named[class_, name]})"
        failures += finding.severity >= look.fail_on
        cases.append(_case(finding, class_, name, look))
    suite = _attributes(
        name="keb-govern", tests=max(1, len(cases)), failures=failures, errors=0, skipped=0
    )
    if not cases:
        passed = _attributes(classname="keb-govern", name="no findings")
        cases = [f"    <testcase{passed}>\n{_body('system-out', summary(report))}    </testcase>\n"]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
        f"  <testsuite{suite}>\n{''.join(cases)}  </testsuite>\n</testsuites>\n"
    )


def _class(file: str) -> str:
    """Return a file as readers show a class, folders between dots."""
    path = PurePosixPath(file)
    parts = [part for part in path.with_suffix("").parts if part not in {"/", ".."}]
    return ".".join(part.replace(".", "_") for part in parts) or file


def _name(finding: Finding) -> str:
    """Return what tells a finding from others, save for its line."""
    where = f"{finding.event or ''} {finding.pointer}".strip()
    return f"{finding.rule} {finding.name}" + (f": {where}" if where else "")


def _case(finding: Finding, class_: str, name: str, look: Look) -> str:
    attributes = _attributes(classname=class_, name=name, file=finding.file, line=finding.span.line)
    text = block(finding, Look())
    if finding.severity >= look.fail_on:
        said = _attributes(message=finding.message, type=finding.severity.label)
        body = _body("failure", text, said)
    else:
        body = _body("system-out", text)
    return f"    <testcase{attributes}>\n{body}    </testcase>\n"


def _body(tag: str, text: str, attributes: str = "") -> str:
    lines = "\n".join(_escaped(line) for line in text.rstrip("\n").split("\n"))
    return f"      <{tag}{attributes}>{lines}</{tag}>\n"


def _attributes(**said: object) -> str:
    return "".join(f' {name}="{_escaped(printable(str(said[name])))}"' for name in said)


def _escaped(text: str) -> str:
    shown = _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return shown.translate(_ESCAPES)


REPORTER = Reporter("junit", "a test report, a case a finding", render)
