"""Events that are added: in files of every layout, with nothing else changed, or not at all.

A folder of ``tests/new`` holds a catalog ``before`` and ``after`` an event was added to it, and in
``said.txt`` what the command said.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.catalog.document import Document
from governance.catalog.draft import comments
from governance.cli import main
from governance.errors import UsageError
from governance.rewrite.field import parse
from governance.rules import all_rules
from governance.schema.json import JsonObject, identity
from tests.catalogs import judge_folder
from tests.repositories import Repo, hermetic
from tests.terminal import END, INTERRUPT, at_terminal
from tests.test_bump import catalog_of, files

__all__ = ["hermetic"]  # pytest finds it by its name

HERE = Path(__file__).parent / "new"
CASES = sorted(path for path in HERE.iterdir() if path.is_dir())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
NAME = "Task.Assignment.Withdrawn.v1"
ROLES = ("--publisher=Core", "--subscriber=Worker:worker_group")
DESCRIPTION = "A task was taken back from its agent, before it was done."
FIELDS = (
    "--field=task_id:uuid=Which task was taken back.",
    "--field=reason?:late|cut=Why that was.",
)
WORDS = ("new", "Task.Assignment.Withdrawn", f"--description={DESCRIPTION}", *FIELDS, *ROLES)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a small catalog, and make it the working folder."""
    repo = Repo(tmp_path / "project")
    shutil.copytree(HERE / "plain" / "before", repo.catalog)
    repo.commit()
    monkeypatch.chdir(repo.path)
    return repo.path


def placed(case: Path, project: Path) -> Path:
    folder = project / "event_schemas"
    shutil.rmtree(folder)
    shutil.copytree(case / "before", folder)
    Repo(project).commit()
    return folder


def events(folder: Path) -> list[str]:
    return [event.type for event in catalog_of(folder).events]


@each_case
def test_case(
    case: Path, project: Path, capsys: pytest.CaptureFixture[str], *, update_golden: bool
) -> None:
    folder = placed(case, project)
    known = {(one.rule, one.message) for one in judge_folder(folder, *all_rules()).findings}
    code = main(WORDS)
    said = capsys.readouterr()
    lines = [said.out, *(f"2> {line}\n" for line in said.err.splitlines()), f"[exit {code}]\n"]
    seen, golden, after = "".join(lines), case / "said.txt", case / "after"
    if update_golden:
        golden.write_text(seen, encoding="utf-8")
        shutil.rmtree(after, ignore_errors=True)
        shutil.copytree(folder, after)
    assert seen == golden.read_text(encoding="utf-8")
    assert files(folder) == files(after)
    found = judge_folder(folder, *all_rules()).findings
    assert [one for one in found if (one.rule, one.message) not in known] == []
    assert main(WORDS) == 2
    assert files(folder) == files(after), "what is there already is not added again"


@each_case
def test_nothing_else_changes(case: Path) -> None:
    before, after = catalog_of(case / "before"), catalog_of(case / "after")
    assert {event.type for event in after.events} - {event.type for event in before.events} == {
        NAME
    }
    for event in before.events:
        assert identity(after.by_type[event.type].declaration) == identity(event.declaration)
    for file in before.files:
        old, new = file.document.text, after.by_relative[file.relative].document.text
        # All that was there is there still, in order; what stood for nothing has made room.
        rest = iter(new)
        assert all(letter in rest for letter in re.sub(r" ?(\{\}|\[\])", "", old))
        made = after.by_relative[file.relative].document
        assert said_by(made) == said_by(file.document)
        assert new.count("\n") - new.count("\r\n") in (0, new.count("\n"))


def said_by(document: Document) -> list[str]:
    return [document.text[start:end] for start, end in comments(document)]


def plain(project: Path) -> dict[str, bytes]:
    return files(project / "event_schemas")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Task"], "'Task' is no event type: it reads Domain.Context.Action"),
        (["task.assignment.withdrawn"], "did you mean Task.Assignment.Withdrawn.v1?"),
        (["Task..Withdrawn"], "is no event type"),
        (["Task.Assignment.Withdrawn.v0x"], "is no event type"),
        (["../../etc/passwd"], "is no event type"),
        (["Täsk.Ässignment.Creäted"], "is no event type"),
        (["Task.Assignment.Created"], "is there already: event_schemas/task_events.yaml:6"),
        (["Task.Assignment.Created.v2"], "`keb-govern bump` lays a next version beside it"),
        (
            [NAME],
            "--description TEXT               What happened, when this event is",
        ),
        ([NAME], "--publisher AGENT                Who publishes it? [Core]"),
        (
            ["Order.Invoice.Issued"],
            "--about TEXT                     What are the events of Order",
        ),
        ([NAME, "--file=../x.yaml"], "would be no file of the catalog"),
        ([NAME, "--file=.hidden.yaml"], "would be no file of the catalog"),
        ([NAME, "--file=task.txt"], "would be no file of the catalog"),
        ([NAME, "--file=participants.yaml"], "holds no events, and no place for any"),
        ([NAME, "--stream=other_events"], "goes out on task_events, as all its events"),
        ([NAME, "--about=Tasks."], "is there already, and says what it is about"),
        ([*WORDS[1:], "--field=task_id:string=Twice."], "the field 'task_id' is there twice"),
        ([*WORDS[1:], "--example={"], "the example '{' is no JSON"),
        ([*WORDS[1:], "--example=" + "[" * 9999], "is no JSON: values are nested more than"),
        ([*WORDS[1:], "--publisher=Cora"], "no participant 'Cora': did you mean Core?"),
        ([*WORDS[1:], "--publisher=Other"], "say what it does: 'Other=What it does.'"),
        ([*WORDS[1:], "--subscriber=Core"], "write 'Core:GROUP'"),
        ([*WORDS[1:], "--subscriber=:group"], "names no participant"),
        ([*WORDS[1:], "--field=of:Money"], "the catalog shares no schema 'Money' nor any other"),
        ([*WORDS[1:], "--field=--"], "--field says nothing"),
        ([*WORDS[1:], "--field=of\udcff:uuid=It."], "is not UTF-8"),
    ],
)
def test_what_can_not_be_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = plain(project)
    assert main(["new", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    assert plain(project) == before


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["new", "Task.Assignment.Withdraw", *WORDS[2:]], "KEB504"),
        ([*WORDS, "--field=taskId:uuid=Which task that was again."], "KEB607"),
        ([*WORDS, "--field=due_at:string:9=Until when it had to be done."], "KEB612"),
        ([*WORDS, "--field=user_password:string:9=What the user types."], "KEB605"),
        ([*WORDS, "--field=rank:integer:9..1=How far in front it was."], "KEB408"),
        ([*WORDS, "--description=TODO"], "KEB905"),
        ([*WORDS, '--example={"task_id": 5}'], "KEB410"),
        ([*WORDS, "--subscriber=core reader:Group=Reads a lot."], "KEB513"),
        ([*WORDS, "--owner=  ", "--file=other.yaml", "--about=Other tasks."], "KEB801"),
    ],
)
def test_what_check_would_find_is_not_written(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], rule: str
) -> None:
    before = plain(project)
    assert main(words) == 1
    told = capsys.readouterr()
    assert rule in told.out
    assert "nothing is written: this is what check would find" in told.err
    assert plain(project) == before


def test_without_a_catalog_it_says_how_to_begin_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (project / "event_schemas").iterdir():
        path.unlink()
    assert main([*WORDS]) == 2
    assert "holds no schema file" in (said := capsys.readouterr().err)
    assert "`keb-govern init` begins a catalog" in said
    assert main(["init", "--domain=Task"]) == 0
    assert main([*WORDS[:-2], "--publisher=Core=Hands tasks out."]) == 0


def test_findings_of_before_are_no_hindrance(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "event_schemas" / "task_events.yaml"
    path.write_text(path.read_text().replace("Created.v1:", "Create.v1:"))
    assert main(list(WORDS)) == 0
    assert "KEB" not in capsys.readouterr().out


def test_how_much_is_a_hindrance_can_be_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*WORDS[:-1], "--field=note?:string=What its agent had to say on that."]
    assert main([*words, "--fail-on=info"]) == 1
    assert "KEB805" in (said := capsys.readouterr().out)
    assert "KEB610" in said
    assert main(words) == 0
    assert "2 info in 2 files and 2 events" in capsys.readouterr().out
    assert NAME in events(project / "event_schemas")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("TaskEnded:\n  properties: {a: {type: string}}\n", "`keb-govern adopt` brings it over"),
        ("domain: Task\nevents: {a: b: c\n", "task_events.yaml:2: not YAML"),
        ("domain: Task\nevents: [Task.Ended.v1]\n", "no place for any"),
        ("", "no place for any"),
        (b"domain: \xff\n", "is no UTF-8"),
        ("domain: Task\nevents: &all {}\nx-more: *all\n", "no text can be added to what stands"),
        ("domain: Task\nevents:\n  A: {}\n  B: &b {}\nx-more: *b\n", None),
        ("domain: Task\nx: &x\n  A: {}\nevents: *x\n", "no text can be added to what stands"),
        ("domain: Task\nevents:\n  A:\n    x: |+\n      a\n\n", "no text can be added"),
    ],
)
def test_files_that_have_no_place_for_it(
    project: Path, capsys: pytest.CaptureFixture[str], text: str | bytes, said: str | None
) -> None:
    Repo(project).write({"task_events.yaml": text})
    before = plain(project)
    code = main([*WORDS, "--fail-on=error"])
    told = capsys.readouterr().err
    assert (code, plain(project) == before) == ((2, True) if said else (0, False)), told
    assert said is None or said in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("participants: {a: b: c", "participants.yaml:1: not YAML"),
        ("# Nobody yet.\n", "participants.yaml names nobody: write `participants:` into it"),
    ],
)
def test_a_file_of_participants_is_not_written_over(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    Repo(project).write({"participants.yaml": text})
    before = plain(project)
    assert main([*WORDS, "--publisher=Shop=Sells things.", "--fail-on=error"]) == 2
    assert said in capsys.readouterr().err
    assert plain(project) == before


def test_a_new_file_begins_as_its_domain_is_called(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "event_schemas" / ".catalog.schema.json").write_text("{}")
    words = ["new", "OrderEntry.Invoice.Issued", "--description=A customer was asked to pay."]
    about = ["--about=What becomes of orders, and who pays.", "--owner=sales"]
    field = "--field=total:number:0..=How much it is, in euros."
    people = ["--publisher=Shop=Sells things.", "--subscriber=Worker:worker_group"]
    assert main([*words, *about, field, *people]) == 0
    path = "event_schemas/order_entry_events.yaml"
    assert capsys.readouterr().out.startswith(f"{path}:7: OrderEntry.Invoice.Issued.v1 1.0.0\n")
    assert (
        (project / path)
        .read_text()
        .startswith(
            "# yaml-language-server: $schema=.catalog.schema.json\n"
            "domain: OrderEntry\n"
            "stream: order_entry_events\n"
            "owner: sales\n"
            "description: What becomes of orders, and who pays.\n"
            "events:\n"
        )
    )
    assert main(["check", "--fail-on=warning"]) == 0


def test_the_first_participants_make_their_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "event_schemas" / "participants.yaml").unlink()
    Repo(project).commit()
    assert main(["new", "Task.Queue.Emptied", *WORDS[2:-2]]) == 0
    assert main([*WORDS[:-2], "--publisher=Core=Hands tasks out."]) == 0
    assert "'Task.Assignment.Created.v1'" in capsys.readouterr().out, "of others it is said"
    assert (project / "event_schemas" / "participants.yaml").read_text() == (
        "participants:\n  Core:\n    description: Hands tasks out.\n"
        f"    publishes:\n      - {NAME}\n"
    )


def test_of_several_files_the_one_with_the_context_is_taken(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "event_schemas" / "task_events.yaml").read_text()
    Repo(project).commit({"more.yaml": text.replace("Assignment", "Queue")})
    assert main(list(WORDS)) == 0
    assert "task_events.yaml" in capsys.readouterr().out
    assert main(["new", "Task.Order.Given", *WORDS[2:]]) == 2
    assert "event_schemas/more.yaml, event_schemas/task_events.yaml" in capsys.readouterr().err
    assert main(["new", "Task.Order.Given", *WORDS[2:], "--file=more.yaml"]) == 0
    assert main(["new", "Task.Order.Taken", *WORDS[2:], "--file=event_schemas/more.yaml"]) == 0


def test_an_owner_of_its_own(project: Path) -> None:
    assert main([*WORDS, "--owner=security"]) == 0
    made = catalog_of(project / "event_schemas").by_type[NAME]
    assert (made.owner, made.declaration["owner"]) == ("security", "security")


def test_a_dry_run_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = plain(project)
    assert main([*WORDS, "--dry-run"]) == 0
    assert f"+  {NAME}:" in capsys.readouterr().out
    assert plain(project) == before


def test_a_link_stays_one(project: Path) -> None:
    path = project / "event_schemas" / "task_events.yaml"
    path.rename(path.with_name("real.yaml.txt"))
    path.symlink_to("real.yaml.txt")
    assert main(list(WORDS)) == 0
    assert path.is_symlink()
    assert NAME in path.read_text()


def test_what_can_not_be_written_leaves_all_as_it_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plain(project)
    words = [*WORDS, "--file=deep/task_events.yaml", "--owner=o", "--about=Further tasks."]
    assert main(words) == 2
    assert "deep/task_events.yaml can't be written" in capsys.readouterr().err
    assert plain(project) == before


@pytest.mark.parametrize(
    ("said", "schema"),
    [
        ("string:9", {"type": "string", "maxLength": 9}),
        ("string:1..9", {"type": "string", "minLength": 1, "maxLength": 9}),
        ("integer:..5", {"type": "integer", "maximum": 5}),
        ("number:-0.5..", {"type": "number", "minimum": -0.5}),
        ("date-time", {"type": "string", "format": "date-time"}),
        ("a|b", {"type": "string", "enum": ["a", "b"]}),
        (
            "a|b[]:3",
            {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["a", "b"]}},
        ),
        ("string:9[]", {"type": "array", "items": {"type": "string", "maxLength": 9}}),
        ("{type: string, pattern: '^a=$'}", {"type": "string", "pattern": "^a=$"}),
        ("TaskId", {"$ref": "TaskId"}),
    ],
)
def test_a_type_is_short_for_a_schema(said: str, schema: JsonObject) -> None:
    field = parse(f"it?:{said}=What = it is: {{}}=1.")
    assert (field.name, field.is_required, field.schema) == ("it", False, schema)
    assert field.description == "What = it is: {}=1."


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "starts with no name"),
        ("=", "starts with no name"),
        (":string=It.", "starts with no name"),
        ("a b:string=It.", "starts with no name"),
        ("a", "does not say what 'a' holds"),
        ("a:=It.", "does not say what 'a' holds"),
        ("a:string", "does not say what 'a' means"),
        ("a:string= ", "does not say what 'a' means"),
        ("a:sting=It.", "'sting' is no type of a field"),
        ("a:uuid:9=It.", "'9' does not bound a field of type uuid: write 'uuid'"),
        ("a:string:many=It.", "write 'string:1..5'"),
        ("a:integer:1.5=It.", "write a whole number"),
        ("a:integer:..=It.", "write 'integer:1..5'"),
        ("a:string|null=It.", "lists types, not words"),
        ("a:x||y=It.", "lists an empty word"),
        ("a:{type: [}=It.", "is no JSON Schema"),
        ("a:{}=It.", None),
        ("a:string:" + "9" * 5000 + "=It.", "write a schema in braces"),
        ("a:string" + "[]" * 5000 + "=It.", "write a schema in braces"),
    ],
)
def test_a_field_that_says_too_little_is_told_so(said: str, why: str | None) -> None:
    if why is None:
        assert parse(said).schema == {}
        return
    with pytest.raises(UsageError, match=re.escape(why)):
        parse(said)


def test_an_example_shows_what_others_show(project: Path) -> None:
    assert main([*WORDS, "--field=n:integer:7..9[]=Which numbers there are."]) == 0
    said = catalog_of(project / "event_schemas").by_type[NAME].declaration["examples"]
    assert said == [{"task_id": "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11", "reason": "late", "n": [7]}]


ANSWERS = [
    DESCRIPTION,
    "?",
    "task_id",
    "",
    "Which task was taken back.",
    "attempt:integer:oops=x",
    "attempt?:integer:1..9=How often it was tried.",
    "",
    "Cora",
    "",
    "Worker",
    "",
    "",
    "{",
    "",
    "",
]


def test_a_person_at_a_terminal_is_asked(project: Path) -> None:
    done = at_terminal(project, ["new", "Task.Assignment.Withdrawn"], ANSWERS)
    assert done.code == 0, done.shown
    assert "A field reads NAME:TYPE=DESCRIPTION" in done.shown
    assert "  Of which type? (? lists them) [uuid] " in done.shown
    assert "Who publishes it? [Core] " in done.shown
    assert "did you mean Core?" in done.shown
    assert "'oops' does not bound a field of type integer" in done.shown
    assert f"+  {NAME}:" in done.shown
    assert main(["check", "--fail-on=warning"]) == 0
    made = catalog_of(project / "event_schemas").by_type[NAME].declaration
    assert made["data"]["required"] == ["task_id"]
    assert made["data"]["properties"]["attempt"]["maximum"] == 9


@pytest.mark.parametrize("key", [INTERRUPT, END])
def test_who_stops_at_a_question_has_changed_nothing(project: Path, key: str) -> None:
    with Repo(project).untouched():
        for number in (0, 3, 8, 10, len(ANSWERS) - 1):
            words = ["new", "Task.Assignment.Withdrawn"]
            done = at_terminal(project, words, [*ANSWERS[:number], key])
            assert done.code == 130, done.shown
            assert "interrupted" in done.shown


def test_who_says_no_has_changed_nothing(project: Path) -> None:
    with Repo(project).untouched():
        done = at_terminal(project, ["new", "Task.Assignment.Withdrawn"], [*ANSWERS[:-1], "n"])
        assert (done.code, "nothing is written" in done.shown) == (0, True)


def test_answers_are_given_back_as_a_command(project: Path) -> None:
    with Repo(project).untouched():
        done = at_terminal(project, ["new", "Task.Assignment.Withdrawn"], ["TODO", *ANSWERS[1:-1]])
        assert done.code == 1, done.shown
    said = done.shown[done.shown.index("keb-govern new Task.") :]
    words = shlex.split(said.replace("\\\n", ""))
    assert main([word.replace("TODO", DESCRIPTION) for word in words[1:]]) == 0


def test_a_file_that_somebody_changes_meanwhile_is_left_alone(project: Path) -> None:
    path = project / "event_schemas" / "task_events.yaml"
    text = path.read_text() + "# More.\n"

    def answers() -> Iterator[str]:
        yield from ANSWERS[:-1]
        path.write_text(text)
        yield ANSWERS[-1]

    done = at_terminal(project, ["new", "Task.Assignment.Withdrawn"], answers())
    assert (done.code, "was changed in the meantime" in done.shown) == (2, True)
    assert path.read_text() == text
