"""Legacy catalogs brought to governed form.

A folder of ``tests/adopt`` holds a catalog ``before`` and ``after``, perhaps a ``mapping.yaml``,
and in ``said.txt`` what the command says, with the errors that `check` finds afterwards.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.catalog.draft import comments
from governance.catalog.files import RawFile, read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.check import check
from governance.cli import main
from governance.compat.answer import Refuted
from governance.compat.comparison import compare
from governance.compat.verdict import Terms
from governance.config import Config
from governance.finding import Severity
from governance.rewrite import adopt as room
from governance.rewrite.proof import verdict
from governance.rules import Context, all_rules
from governance.schema.json import Json
from tests.catalogs import TODAY

HERE = Path(__file__).parent / "adopt"
USERS = Path(__file__).parents[2] / "shared" / "user-catalog" / "event_schemas"
CASES = sorted(path for path in HERE.iterdir() if path.is_dir())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
LEGACY = "TaskAssignedEvent:\n  description: A task.\n  properties: {task_id: {type: string}}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fresh project without a catalog, and make it the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def catalog_of(folder: Path) -> Catalog:
    return load(read_folder(folder, Config().max_file_bytes))


def errors(catalog: Catalog) -> list[str]:
    report = check(Context(catalog, Config(), TODAY), all_rules())
    return [
        f"{one.rule} {one.message}\n  {one.help}"
        for one in report.findings
        if one.severity is Severity.ERROR
    ]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def write(folder: Path, text: str, name: str = "task_events.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def adopt(case: Path, project: Path) -> Path:
    folder = project / "event_schemas"
    shutil.copytree(case / "before", folder)
    mapping = case / "mapping.yaml"
    assert main(["adopt", *(["--mapping", str(mapping)] if mapping.exists() else [])]) == 0
    return folder


@each_case
def test_case(
    case: Path, project: Path, capsys: pytest.CaptureFixture[str], *, update_golden: bool
) -> None:
    folder = adopt(case, project)
    said = capsys.readouterr()
    lines = [said.out, *(f"2> {line}\n" for line in said.err.splitlines()), "\nerrors left:\n"]
    lines += [f"{one}\n" for one in errors(catalog_of(Path(folder.name)))]
    seen, golden, after = "".join(lines), case / "said.txt", case / "after"
    if update_golden:
        golden.write_text(seen, encoding="utf-8")
        shutil.rmtree(after, ignore_errors=True)
        shutil.copytree(folder, after)
    assert seen == golden.read_text(encoding="utf-8")
    assert files(folder) == files(after)


@each_case
def test_a_second_run_changes_nothing(
    case: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = adopt(case, project)
    once = files(folder)
    capsys.readouterr()
    assert main(["adopt"]) == 0
    assert capsys.readouterr() == (
        "",
        "keb-govern: there is nothing to adopt: no file has the layout of old\n",
    )
    assert files(folder) == once


def sentences(value: Json) -> Iterator[str]:
    """Yield every text of more than one word, whatever it belongs to."""
    if isinstance(value, str) and len(value.split()) > 1:
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from sentences(one)


@each_case
def test_no_comment_and_no_text_is_lost(case: Path, project: Path) -> None:
    assert_nothing_is_lost(catalog_of(case / "before"), catalog_of(adopt(case, project)))


@each_case
def test_a_comparison_finds_no_change(case: Path) -> None:
    """What `check` compares with is the catalog of before, and nothing in it has changed."""
    old, new = catalog_of(case / "before"), catalog_of(case / "after")
    breaks = [one for event in compare("before", old, new, Terms()).events for one in event.breaks]
    # Where a reference leads nowhere, nobody can tell before it is mended.
    assert [one for one in breaks if isinstance(one.answer, Refuted)] == []
    assert (breaks == []) is (case.name != "broken_ref")


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        ("Done]}", "Done]}", []),
        ("Done]}", "Done, Late]}", [("/data/properties/state", "forward")]),
        ("Done]}", "Done], minLength: 9}", [("/data/properties/state", "backward")]),
        ("Done], const: Done}", "Done], const: Done}", []),
    ],
)
def test_a_change_made_beside_the_adoption_is_found(
    old: str, new: str, breaks: list[tuple[str, str]]
) -> None:
    state = "properties: {state: {type: string, enum: [Open, "
    before = f"TaskDoneEvent:\n  {state}{old}, event_id: {{type: string}}}}\n"
    after = f"    aliases: [TaskDoneEvent]\n    data: {{type: object, {state}{new}}}}}\n"
    was, now = (
        load((RawFile("a.yaml", "a.yaml", text.encode(), None),))
        for text in (before, f"events:\n  Task.Done.v1:\n{after}")
    )
    found = compare("before", was, now, Terms()).events[0].breaks
    assert [(one.change.pointer, one.direction) for one in found] == breaks


def assert_nothing_is_lost(before: Catalog, after: Catalog) -> None:
    for file in before.files:
        old, new = file.document, after.by_relative[file.relative].document
        was = Counter(old.text[start:end] for start, end in comments(old))
        now = Counter(new.text[start:end] for start, end in comments(new))
        assert was <= now
        if not file.relative.endswith(".json"):
            kept, says = "\n".join(now), set(sentences(new.root))
            for text in sentences(old.root):
                in_comment = " ".join(text.split()), json.dumps(text, ensure_ascii=False)
                assert text in says or any(one in kept for one in in_comment)


@pytest.mark.skipif(not USERS.is_dir(), reason="the catalog of our users does not lie beside this")
def test_the_catalog_of_our_users(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project / "event_schemas"
    shutil.copytree(USERS, folder)
    before = catalog_of(folder)
    assert main(["adopt"]) == 0
    out = capsys.readouterr().out
    assert out.count(": equal, proven\n") == len(before.events) == 14
    assert "14 events adopted, every payload as before; none kept the old name" in out
    after = catalog_of(folder)
    assert_nothing_is_lost(before, after)
    left = errors(after)
    assert Counter(one[:6] for one in left) == {"KEB801": 4}
    assert all("Name the team that approves changes" in one for one in left)


@pytest.mark.skipif(not USERS.is_dir(), reason="the catalog of our users does not lie beside this")
def test_what_a_person_says_in_a_mapping_leaves_no_error(project: Path) -> None:
    folder = project / "event_schemas"
    shutil.copytree(USERS, folder)
    once = files(folder)
    assert main(["adopt", "--write-mapping", "names.yaml"]) == 0
    assert files(folder) == once
    mapping = Path("names.yaml")
    said = mapping.read_text(encoding="utf-8").replace("owner:", "owner: platform")
    mapping.write_text(said.replace("Task.Assigned.v1", "Task.Assignment.Created.v1"))
    assert main(["adopt", "--mapping", "names.yaml"]) == 0
    after = catalog_of(folder)
    assert errors(after) == []
    assert "Task.Assignment.Created.v1" in after.by_type


def test_a_dry_run_prints_a_diff_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(project / "event_schemas", LEGACY)
    assert main(["adopt", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"--- a/event_schemas/{path.name}\n+++ b/event_schemas/")
    assert "-TaskAssignedEvent:\n" in said.out
    assert "+  Task.Assigned.v1:\n" in said.out
    assert path.read_text(encoding="utf-8") == LEGACY


def test_one_file_of_a_catalog(project: Path) -> None:
    path = write(project / "event_schemas", LEGACY)
    other = write(project / "event_schemas", LEGACY.replace("Task", "Order"), "order_events.yaml")
    assert main(["adopt", "event_schemas/task_events.yaml"]) == 0
    assert path.read_text(encoding="utf-8") != LEGACY
    assert other.read_text(encoding="utf-8").startswith("OrderAssignedEvent:")


class Terminal(io.StringIO):
    """What somebody types, line by line."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


ASKED = LEGACY + "TaskThingamajigEvent:\n  description: It was bent.\n  properties: {}\n"


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["", ""], ["Task.Assigned.v1", "TaskThingamajigEvent"]),
        (["y", "Task.Thing.Bent.v1"], ["Task.Assigned.v1", "Task.Thing.Bent.v1"]),
        (["n", "", "Task.Bend", "Task.Bent.v1"], ["Task.Assigned.v1", "Task.Bent.v1"]),
        (["n", "TaskAssignedEvent", ""], ["TaskAssignedEvent", "TaskThingamajigEvent"]),
    ],
)
def test_on_a_terminal_it_asks(
    lines: list[str], names: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(project / "event_schemas", ASKED).parent
    typed(monkeypatch, *lines)
    assert main(["adopt"]) == 0
    assert [event.type for event in catalog_of(folder).events] == names


def test_yes_asks_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(project / "event_schemas", ASKED).parent
    typed(monkeypatch)
    assert main(["adopt", "--yes"]) == 0
    names = [event.type for event in catalog_of(folder).events]
    assert names == ["Task.Assigned.v1", "TaskThingamajigEvent"]


def test_no_answer_writes_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(project / "event_schemas", ASKED)
    typed(monkeypatch)
    assert main(["adopt"]) == 130
    assert path.read_text(encoding="utf-8") == ASKED


BASE = (
    "TaskAssignedEvent:\n"
    '  allOf: [{$ref: "#/components/schemas/BaseEvent"}]\n'
    '  properties: {cause: {$ref: "#/components/schemas/BaseEvent"}}\n'
    "components: {schemas: {BaseEvent: {properties: {event_id: {type: string}, a: {}}}}}\n"
)


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (
            "A: {properties: &x {}}\nB: {properties: *x}\n",
            "a.yaml",
            "a.yaml:1: adopt can't rewrite",
        ),
        ("A:\n  type: !!str object\n", "a.yaml", "a.yaml:2: adopt can't rewrite anchors and tags"),
        ("A:\n  ? properties\n  : {}\n", "a.yaml", "a.yaml:2: adopt can't rewrite a key behind"),
        ("A: {properties: {}\n", "a.yaml", "event_schemas/a.yaml:2: not YAML"),
        ("A: {type: object}\nA: {type: object}\n", "a.yaml", "stands here a second time"),
        ("  A: {properties: {}}\n", "a.yaml", "the keys at the top must not be indented"),
        ('{"A": {"type": "object"}, }', "a.json", "not JSON"),
        ("{A: {type: object}, # lost\n B: {}}\n", "a.yaml", "would lose the comment '# lost'"),
        (
            "$schema: http://json-schema.org/draft-07/schema#\nA: {type: object}\n",
            "a.yaml",
            "a.yaml:1: the file names the dialect draft-07, but is read as OpenAPI 3.0",
        ),
        (BASE, "a.yaml", "a.yaml:3: BaseEvent is the base of events, and used here as well"),
    ],
)
def test_what_can_not_be_rewritten_is_left_with_a_reason(
    text: str, name: str, says: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(project / "event_schemas", text, name)
    other = write(project / "event_schemas", LEGACY)
    assert main(["adopt"]) == 2
    assert says in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == text
    assert other.read_text(encoding="utf-8") == LEGACY


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("TaskAssigned: Task.Assigned.v1", "there is no event 'TaskAssigned' of the legacy files"),
        ("TaskAssignedEvent: Task.Assigned", "'Task.Assigned', given for TaskAssignedEvent, is no"),
        ("TaskAssignedEvent: 1", "'TaskAssignedEvent' must be text"),
        ("task_events.yaml: {team: a}", "'team' of task_events.yaml is none of domain, stream,"),
        ("task_events.yaml: {events: {A: B.C.v1}}", "there is no event 'A' in task_events.yaml"),
        ("TaskAssignedEvent: [", "m.yaml: not YAML"),
        (
            "TaskAssignedEvent: Task.Bent.v1\nTaskThingamajigEvent: Task.Bent.v1",
            "'Task.Bent.v1' can't be the name of TaskAssignedEvent: 2 events would be",
        ),
    ],
)
def test_a_mapping_that_has_no_meaning(
    mapping: str, says: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(project / "event_schemas", ASKED)
    write(project, mapping, "m.yaml")
    assert main(["adopt", "--mapping", "m.yaml"]) == 2
    assert says in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == ASKED


def test_all_files_are_written_or_none(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(project / "event_schemas", LEGACY).parent
    write(folder, LEGACY.replace("Task", "Order"), "order_events.yaml")
    once, chmod = files(folder), Path.chmod
    written = list[Path]()

    def fail(self: Path, mode: int) -> None:
        written.append(self)
        if len(written) > 1:
            raise PermissionError(13, "Permission denied", str(self))
        chmod(self, mode)

    monkeypatch.setattr(Path, "chmod", fail)
    assert main(["adopt"]) == 2
    assert "can't be written: Permission denied" in capsys.readouterr().err
    assert len(written) == 2
    assert files(folder) == once


def test_what_would_not_be_equal_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = LEGACY.replace("type: string", "type: string, nullable: true")
    path = write(project / "event_schemas", text)
    monkeypatch.setattr(room, "translate", lambda *_: None)
    assert main(["adopt"]) == 2
    assert (
        "TaskAssignedEvent would not carry the same as Task.Assigned.v1, so nothing was written: "
        '{"task_id": null} was allowed, and is not' in capsys.readouterr().err
    )
    assert path.read_text(encoding="utf-8") == text


OLD = (
    "TaskAssignedEvent:\n  properties: {event_id: {type: string}, a: {type: string, nullable: true}"
    ", b: {type: integer, minimum: 0, exclusiveMinimum: true}}\n  required: [event_id, b]\n"
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('{a: {type: [string, "null"]}, b: {type: integer, exclusiveMinimum: 0}}', "equal, proven"),
        ("{a: {type: string}, b: {type: integer, exclusiveMinimum: 0}}", "was allowed, and is not"),
        ('{a: {type: [string, "null"]}, b: {type: integer}}', "was not allowed, and is"),
        ("{b: {type: integer, exclusiveMinimum: 0}}", "was not allowed, and is"),
    ],
)
def test_the_proof_sees_a_difference(data: str, words: str) -> None:
    new = f"events:\n  T.A.v1:\n    data: {{type: object, properties: {data}, required: [b]}}\n"
    old, now = (load((RawFile("a.yaml", "a.yaml", text.encode(), None),)) for text in (OLD, new))
    seen = verdict(old, old.events[0], now, now.events[0])
    assert seen.is_equal is (words == "equal, proven")
    assert seen.words.endswith(words)
