"""Every reporter on one fixed report, ``tests/golden/NAME``, and what each promises of any report.

The report is made by hand (``tests/findings.py``) and full of what users and enemies may write.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from governance import report
from governance.discover import collect, names
from governance.finding import Finding, Report, Severity
from governance.report import Look, Reporter
from governance.report.gitlab import fingerprints
from governance.schema.json import Json, JsonObject
from governance.source import Span
from tests.findings import FIXED, findings, reports
from tests.repositories import Repo, hermetic
from tests.sarif_schema import sarif_validator

__all__ = ["hermetic"]  # pytest finds it by its name

GOLDEN = Path(__file__).parent / "golden"
REPORTERS = {one.name: one for one in collect(report, "REPORTER", Reporter)}
CLEAN = Report((), 9, 20, "main", required_bump="none")
_CHECK = json.loads((Path(report.__file__).parent / "check.schema.json").read_text())
_ENDINGS = {"gitlab": "json", "json": "json", "junit": "xml", "markdown": "md", "sarif": "sarif"}
_FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# What a terminal, or whoever reads a text, would act upon: our own colours and lines aside.
_ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def render(name: str, verdict: Report, look: Look | None = None) -> str:
    return REPORTERS[name].render(verdict, look or Look())


def test_a_reporter_is_called_as_its_file() -> None:
    assert set(REPORTERS) == set(names(report))


@pytest.mark.parametrize("name", REPORTERS)
def test_golden(name: str, *, update_golden: bool) -> None:
    golden = GOLDEN / f"{name}.{_ENDINGS.get(name, 'txt')}"
    said = render(name, FIXED).encode(errors="backslashreplace").decode()
    if update_golden:
        golden.write_text(said, encoding="utf-8", newline="")
    assert said.encode() == golden.read_bytes()


@_FEW
@given(verdict=reports())
def test_nothing_that_users_write_acts_on_a_terminal(verdict: Report) -> None:
    for name in REPORTERS:
        said = render(name, verdict)
        assert said.endswith("\n")
        # For programs: what JSON does not escape is left as it is.
        assert name == "json" or not _ACTIVE.search(said)


@_FEW
@given(verdict=reports())
def test_json_is_as_its_schema_says(verdict: Report) -> None:
    jsonschema.validate(json.loads(render("json", verdict)), _CHECK)


@_FEW
@given(verdict=reports())
def test_sarif_is_as_its_schema_says(verdict: Report) -> None:
    log = json.loads(render("sarif", verdict))
    sarif_validator().validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({one.rule for one in verdict.findings})
    for finding, result in zip(verdict.findings, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        message = result["message"]["text"]
        links = re.findall(r"(?<!\\)\]\(([^)]*)\)", message)
        assert links == [str(one["id"]) for one in result["relatedLocations"]]
        for place in (*result["locations"], *result["relatedLocations"]):
            _check_place(place["physicalLocation"])
        for direction, event in result["properties"].get("witnesses", {}).items():
            assert f"({direction}): " in message
            assert event in [json.loads(one.event) for one in finding.witnesses]


def _check_place(place: Json) -> None:
    artifact, region = place["artifactLocation"], place["region"]
    assert artifact["uri"]
    assert artifact["uri"].isascii()
    assert ("uriBaseId" in artifact) is not artifact["uri"].startswith("file:///")
    assert not artifact["uri"].startswith(("./", "/", "main:", "v1:"))
    around = place.get("contextRegion")
    if around:
        assert around["startLine"] == region["startLine"] == region["endLine"]
        assert around["startColumn"] <= region["startColumn"] + 2
        assert region["endColumn"] <= around["endColumn"]


def test_sarif_says_all_that_github_shows() -> None:
    (run,) = json.loads(render("sarif", FIXED))["runs"]
    rule = next(one for one in run["tool"]["driver"]["rules"] if one["id"] == "KEB706")
    assert {"Bad", "Good"} <= set(re.findall(r"\w+", rule["help"]["markdown"]))
    assert rule["properties"]["precision"] == "very-high"
    assert len(rule["properties"]["tags"]) <= 20
    result = next(
        one for one in run["results"] if one["properties"].get("change", "").startswith("type")
    )
    assert '"priority": 3' in result["message"]["text"]
    assert "[main:event_schemas/task.yaml:14:9](1)" in result["message"]["text"]
    assert set(result["properties"]["witnesses"]) == {"backward", "forward"}
    (before,) = result["relatedLocations"]
    assert before["physicalLocation"]["artifactLocation"]["uri"] == "event_schemas/task.yaml"
    assert before["physicalLocation"]["region"]["startLine"] == 14
    secret = next(one for one in run["results"] if one["ruleId"] == "KEB606")
    assert "snippet" not in json.dumps(secret)
    odd = next(one for one in run["results"] if one["ruleId"] == "ACME001")
    uri = odd["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == "event_schemas/a b#c?%41:ä🦊.yaml"
    assert not set(uri) & set(" #?:")


def test_sarif_keeps_the_worst_of_too_many() -> None:
    first = FIXED.findings[0]
    many = [
        first._replace(
            span=Span(line, 1, line, 2),
            severity=Severity.ERROR if line > 25_000 else Severity.INFO,
            related=(),
        )
        for line in range(1, 25_101)
    ]
    (run,) = json.loads(render("sarif", FIXED._replace(findings=tuple(many))))["runs"]
    assert len(run["results"]) == 25_000
    assert sum(one["level"] == "error" for one in run["results"]) == 100
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("100 more findings are left out")


@_FEW
@given(found=st.lists(findings(), max_size=8), down=st.integers(1, 500), right=st.integers(0, 9))
def test_a_fingerprint_stays_when_lines_move(found: list[Finding], down: int, right: int) -> None:
    def moved(one: Finding) -> Finding:
        line, column, end_line, end_column = one.span
        span = Span(line + down, column + right, end_line + down, end_column + right)
        return one._replace(span=span, excerpt=one.excerpt._replace(text=""))

    before = fingerprints(tuple(found))
    assert fingerprints(tuple(moved(one) for one in found)) == before
    assert len(set(before)) == len(before)
    # A finding keeps its own, whatever others of another cause come or go.
    for one, mark in zip(found, before, strict=True):
        alike = [x for x in found if (x.rule, x.change) == (one.rule, one.change)]
        assert mark in fingerprints(tuple(alike))


@_FEW
@given(verdict=reports())
def test_gitlab_gets_what_it_asks_for(verdict: Report) -> None:
    issues = json.loads(render("gitlab", verdict))
    assert len({one["fingerprint"] for one in issues}) == len(verdict.findings)
    for one in issues:
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert one["location"]["lines"]["begin"] >= 1
        assert not one["location"]["path"].startswith("./")


@_FEW
@given(verdict=reports(), fail_on=st.sampled_from(Severity))
def test_junit_is_read_by_others(verdict: Report, fail_on: Severity) -> None:
    suites = ET.fromstring(render("junit", verdict, Look(fail_on=fail_on)))  # noqa: S314  our own text
    (suite,) = suites
    assert (suites.tag, suite.tag) == ("testsuites", "testsuite")
    cases = list(suite)
    assert int(suite.attrib["tests"]) == len(cases) == max(1, len(verdict.findings))
    failed = [one for one in cases if one.find("failure") is not None]
    expected = [one for one in verdict.findings if one.severity >= fail_on]
    assert int(suite.attrib["failures"]) == len(failed) == len(expected)
    # Readers pass over a second case of the same name.
    assert (
        max(Counter((one.attrib["classname"], one.attrib["name"]) for one in cases).values()) == 1
    )
    assert all(one.attrib["classname"] for one in cases)


def test_a_clean_report_has_a_case_that_passes() -> None:
    suite = ET.fromstring(render("junit", CLEAN))[0]  # noqa: S314  our own text
    assert [one.attrib["name"] for one in suite] == ["no findings"]
    assert suite.attrib["failures"] == "0"
    assert "Clean: 9 files" in (suite.findtext("testcase/system-out") or "")


_TAG = re.compile(r"</?([a-z0-9]+)")
_LINKED = re.compile(r"@octocat|#1|https?://|www\.")


@_FEW
@given(verdict=reports())
def test_nothing_that_users_write_acts_in_markdown(verdict: Report) -> None:
    _check_markdown(render("markdown", verdict), verdict)


def test_nothing_hostile_acts_in_markdown() -> None:
    _check_markdown(render("markdown", FIXED), FIXED)


def _check_markdown(text: str, verdict: Report) -> None:
    tokens = list(_flat(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)))
    tags = {tag for one in tokens if "html" in one.type for tag in _TAG.findall(one.content)}
    assert tags <= {"details", "summary", "code", "br"}
    acting = {"link_open", "image", "hr", "s_open", "em_open", "table_open", "code_block"}
    assert not {one.type for one in tokens} & {*acting, "ordered_list_open", "blockquote_open"}
    for one in tokens:
        # GitHub looks for these in what is shown, wherever that is no code.
        assert one.type not in {"text", "html_block"} or not _LINKED.search(one.content)
    files = {one.file for one in verdict.findings if not one.change}
    blocks = "".join(one.content for one in tokens if one.type == "html_block")
    assert blocks.count("<details>") == blocks.count("</details>") == len(files)
    heads = [one.tag for one in tokens if one.type == "heading_open"]
    assert heads == ["h3", *["h4"][: any(one.change for one in verdict.findings)]]
    lists = sum(one.type == "bullet_list_open" for one in tokens)
    assert lists == len(files)
    fences = [one for one in tokens if one.type == "fence"]
    assert len(fences) == sum(len(one.witnesses) for one in verdict.findings if one.change)


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


@pytest.mark.parametrize("room", [1_000, 5_000, 20_000, 65_000, 900_000])
@pytest.mark.parametrize("change", ["", "bound:0123456789abcdef"])
def test_markdown_is_cut_by_whole_sections(room: int, change: str) -> None:
    word = "🦊 ä `x` " * 40
    found = [
        FIXED.findings[0]._replace(
            file=f"event_schemas/{number // 30:02}.yaml",
            span=Span(number, 1, number, 2),
            message=word[: 50 + number % 200],
            change=change,
        )
        for number in range(1, 601)
    ]
    verdict = FIXED._replace(findings=tuple(found))
    text = render("markdown", verdict, Look(room=room))
    assert len(text.encode()) <= room
    # What there is room for is used.
    assert len(text.encode()) > min(room / 2, 80_000) - 25_000
    assert text.count("<details>") == text.count("</details>")
    more = re.search(r"And \*\*(\d+) more findings?\*\*", text)
    told = text.count("KEB607 field-not-snake-case")
    assert told + (int(more[1]) if more else 0) == len(found)
    assert (more is None) == (room == 900_000)


def test_markdown_tells_the_worst_first() -> None:
    text = render("markdown", FIXED)
    first, *rest = text.split("\n\n")
    assert first.startswith("### ❌ ")
    assert rest[0] == (
        "3 events changed, 1 of them in a way that breaks readers. Required bump: **major**"
    )
    assert text.index("#### Breaking changes (3)") < text.index("<details>")
    assert text.index("task.yaml</code>") < text.index("hostile.yaml</code>: 32 warnings")


def test_markdown_of_a_clean_report_is_short() -> None:
    assert render("markdown", CLEAN) == (
        "### ✅ Clean: 9 files and 20 events, no findings, compared with main.\n"
    )


def test_a_run_fails_where_its_settings_say_so() -> None:
    mild = FIXED._replace(
        findings=tuple(one._replace(severity=Severity.WARNING) for one in FIXED.findings)
    )
    assert render("markdown", mild).startswith("### ✅")
    assert render("markdown", mild, Look(fail_on=Severity.WARNING)).startswith("### ❌")


_CHANGE = Path(__file__).parent / "cli" / "change"
_TASK = "event_schemas/task.yaml"
_PLACE = re.compile(r"task\.yaml\W.*?\b16\b|\b16\b.*?task\.yaml", re.DOTALL)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return a repository whose work tree breaks a reader of what its main branch has."""
    made = Repo(tmp_path / "repo")
    shutil.copytree(_CHANGE / "baseline", made.catalog)
    made.commit()
    shutil.copytree(_CHANGE / "current", made.catalog, dirs_exist_ok=True)
    return made


def said(repo: Repo, *words: str) -> dict[str, str]:
    """Return what one run says in every format, each in a file of its own."""
    asked = [f"--report={name}={repo.path / name}.out" for name in REPORTERS]
    done = repo.called("check", *asked, *words)
    assert (done.returncode, done.stderr) == (1, "")
    return {name: (repo.path / f"{name}.out").read_text(encoding="utf-8") for name in REPORTERS}


def test_one_break_is_the_same_in_every_report(repo: Repo) -> None:
    reports_ = said(repo)
    for text in reports_.values():
        assert "KEB706" in text
        assert "`priority` must now be there" in text
        assert "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11" in text
        assert _PLACE.search(text)
    # The second run takes its findings from where the first kept them.
    assert said(repo) == reports_
    verdict = json.loads(reports_["json"])
    jsonschema.validate(verdict, _CHECK)
    change = next(one["change"] for one in verdict["findings"] if one["rule"] == "KEB706")
    operation, _, mark = change.partition(":")
    assert operation == "required"
    repo.called("approve", "--reason", "No reader is deployed yet.")
    (approval,) = (repo.catalog / ".keb-approvals").iterdir()
    assert approval.name == f"Task.Assignment.Created.v1-{mark}.yaml"


def test_a_report_counts_what_changed(repo: Repo) -> None:
    def summary(*words: str) -> JsonObject:
        counted: JsonObject = json.loads(said(repo, *words)["json"])["summary"]
        return counted

    keys = ("changed_events", "breaking_events", "required_bump")
    assert [summary()[key] for key in keys] == [2, 1, "major"]
    # Of a file alone, what is in it.
    repo.write({"other.yaml": "events: {Task.Made.v1: {}}\n"})
    assert [summary(str(repo.catalog / "other.yaml"))[key] for key in keys] == [1, 0, "none"]
    assert [summary("--no-compare", "--fail-on=info")[key] for key in keys] == [None, None, None]


def test_fingerprints_of_a_file_stay_when_lines_are_put_in(repo: Repo) -> None:
    def marks() -> list[str]:
        (run,) = json.loads(said(repo)["sarif"])["runs"]
        return [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]]

    before = marks()
    text = (repo.path / _TASK).read_text()
    repo.write({"task.yaml": "# one\n# two\n" + text.replace("events:\n", "events:\n\n\n")})
    assert marks() == before
    assert len(before) == 2


def test_a_long_witness_takes_no_more_room_than_a_reader_gives_it() -> None:
    finding = next(one for one in FIXED.findings if one.witnesses)
    event = json.dumps({f"{'ä' * 500}{number}": "🦊" * 500 for number in range(500)})
    long = finding._replace(witnesses=(finding.witnesses[0]._replace(event=event),))
    text = render("markdown", FIXED._replace(findings=(long,)))
    assert "… 462 more lines" in text
    assert len(text.encode()) < 20_000
    (run,) = json.loads(render("sarif", FIXED._replace(findings=(long,))))["runs"]
    (result,) = run["results"]
    assert len(result["message"]["text"]) < 2_000
    assert result["properties"]["witnesses"]["forward"] == json.loads(event)
