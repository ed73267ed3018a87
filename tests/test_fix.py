"""Mending: what `keb-govern fix` makes of files in every layout, and what it leaves alone.

What each rule's fixes do is in ``tests/rules/*/fixed``; here is what holds for all of them.
"""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from governance.catalog.draft import comments
from governance.catalog.files import RawFile
from governance.catalog.load import load
from governance.catalog.model import EventSchema
from governance.check import examine
from governance.config import Config
from governance.finding import FileEdit, Fix, Report, Severity
from governance.rewrite.fix import MARK, Judged, Mended, mend
from governance.rules import Complaint, Context, Rule, all_rules, each_event
from governance.schema.json import Json
from governance.source import Edit
from tests.catalogs import TODAY, mend_folder, raw_files
from tests.repositories import Repo, environment
from tests.test_rules import judge_side

USERS = Path(__file__).parents[2] / "shared/user-catalog/event_schemas"
MENDING = [rule for rule in all_rules() if rule.fixes]
# Of a byte order mark, more is said below.
each_layout = pytest.mark.parametrize(
    "rule", [rule for rule in MENDING if rule.id != "KEB105"], ids=lambda rule: rule.id
)
# JSON has none of what these are about.
_YAML = {"KEB105", "KEB109", "KEB121", "KEB122", "KEB701"}
each_in_brackets = pytest.mark.parametrize(
    "rule", [rule for rule in MENDING if rule.id not in _YAML], ids=lambda rule: rule.id
)
each_mending = pytest.mark.parametrize("rule", MENDING, ids=lambda rule: rule.id)


def mended(text: str, *, is_safe: bool = False) -> Mended:
    """Return what all rules make of the files that a text stands for."""
    silenced = {rule.id: rule.silenced_by for rule in all_rules()}

    def judge(raws: tuple[RawFile, ...]) -> Judged:
        return Judged(*examine(Context(load(raws), Config(), TODAY), all_rules()), silenced)

    return mend(raw_files(text), judge, lambda _, fix: fix.is_safe or not is_safe)


def files(folder: Path) -> Iterator[Path]:
    """Yield the files of a fixture that are judged."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in {".yaml", ".json"} and "baseline" not in path.parts:
            yield path


def names(made: Mended, folder: Path) -> dict[str, str]:
    prefix = f"{folder.as_posix()}/"
    return {path.removeprefix(prefix): text for path, text in made.texts.items()}


LAYOUTS: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "mark": lambda text: MARK + text,
    "no newline at the end": lambda text: text.rstrip("\n"),
    "between comments": lambda text: f"# before\n\n{text}\n# behind\n\n\n",
}


@each_layout
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_stays(rule: Rule, layout: str, tmp_path: Path) -> None:
    """In another layout, the same is mended, and all else stays byte for byte."""
    judge_side(rule, "bad", tmp_path)
    folder, laid_out = tmp_path / "bad", LAYOUTS[layout]
    as_is = names(mend_folder(folder, rule)[0], folder)
    changed = []
    for path in files(folder):
        text = path.read_bytes().decode(errors="surrogateescape")
        if "\r" not in text and (path.suffix == ".yaml" or layout == "crlf"):
            path.write_bytes(laid_out(text).encode(errors="surrogateescape"))
            changed.append(path.relative_to(folder).as_posix())
    seen = names(mend_folder(folder, rule)[0], folder)
    wanted = {
        name: laid_out(text) if any(one.endswith(name) for one in changed) else text
        for name, text in as_is.items()
    }
    assert seen == wanted


@each_in_brackets
def test_what_is_in_brackets_is_mended_alike(rule: Rule, tmp_path: Path) -> None:
    """Written as JSON, which is YAML too, a file comes to mean the same as in lines."""
    judge_side(rule, "bad", tmp_path)
    folder = tmp_path / "bad"
    as_is = values(mend_folder(folder, rule)[0], folder)
    for path in files(folder):
        if path.suffix == ".yaml":
            (file,) = load((RawFile(path.name, path.name, path.read_bytes(), None),)).files
            if file.document.root is not None:
                path.write_text(json.dumps(file.document.root))
    assert values(mend_folder(folder, rule)[0], folder) == as_is


def errors(report: Report) -> Counter[str]:
    return Counter(one.rule for one in report.findings if one.severity is Severity.ERROR)


def values(made: Mended, folder: Path) -> dict[str, Json]:
    raws = (RawFile(name, name, text.encode(), None) for name, text in names(made, folder).items())
    return {file.document.path: file.document.root for file in load(tuple(raws)).files}


@each_mending
def test_a_second_run_changes_nothing(rule: Rule, tmp_path: Path) -> None:
    judge_side(rule, "bad", tmp_path)
    folder = tmp_path / "bad"
    first, _ = mend_folder(folder, *all_rules())
    inner = folder / "current" if (folder / "current").is_dir() else folder
    for name, text in names(first, folder).items():
        (inner / name).write_bytes(text.encode())
    again, _ = mend_folder(folder, *all_rules())
    assert again.texts == {}


@each_mending
def test_no_fix_leads_to_another_error(rule: Rule, tmp_path: Path) -> None:
    """Under all rules, too; and what people wrote for people stays."""
    judge_side(rule, "bad", tmp_path)
    folder = tmp_path / "bad"
    before, _ = mend_folder(folder, *all_rules(), wanted=lambda *_: False)
    after, _ = mend_folder(folder, *all_rules())
    done = {finding.rule for finding, _ in after.done}
    hidden = {one.id for one in all_rules() if not done.isdisjoint(one.silenced_by)}
    assert set(errors(after.left) - errors(before.left)) <= hidden
    inner = folder / "current" if (folder / "current").is_dir() else folder
    for name, text in names(after, folder).items():
        assert not said((inner / name).read_bytes().decode()) - said(text)


def said(text: str) -> Counter[str]:
    """Return the comments of a text that suppress nothing, and its descriptions."""
    (file,) = raw_files(text.removeprefix(MARK))
    document = load((file,)).files[0].document
    found = (document.text[start:end] for start, end in comments(document))
    kept = [one for one in found if "keb:" not in one]
    return Counter([*kept, *descriptions(document.root)])


def descriptions(value: Json) -> Iterator[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from descriptions(one)
    if isinstance(value, dict) and isinstance(value.get("description"), str):
        yield value["description"]


CATALOG = """\
domain: Task
stream: task_events
owner: orchestration
description: Tasks.
events:
  Task.assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed over.
    aliases: [TaskAssignedEvent]
    data:
      type: object
      properties:
        taskId: {type: string, format: uuid, description: The task.}
        startedBy: {$ref: "#/components/schemas/agent"}
        note: {type: string, maxLength: 9, description: For people.}
      required:
        - taskId   # always
        - note
      dependentRequired: {startedBy: [taskId]}
      allOf:
        - if: {properties: {taskId: {const: 1}}}
          then: {required: [startedBy]}
    examples:
      - {taskId: 7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11, note: taskId, startedBy: {agentId: a}}
  Task.Assignment.Old.v1:
    event_version: 1.0.0
    description: It was handed over, as they said then.
    deprecated: {since: 2026-11-01, sunset: 2027-03-01, replaced_by: Task.assignment.Created.v1}
    data: {$ref: "#/events/Task.assignment.Created.v1/data"}
components:
  schemas:
    agent:
      type: object
      description: An agent.
      properties:
        agentId: {type: string, description: Its id, maxLength: 9}
      required: [agentId]
      examples:
        - agentId: b
# file: participants.yaml
participants:
  Core:
    description: The core.
    publishes: [Task.assignment.Created.v1]
  Reader:
    description: A reader.
    subscribes:
      - event: Task.assignment.Created.v1
        group: reader_group
        reads: [/taskId, /startedBy/agentId, /note]
"""


def test_a_name_is_changed_wherever_it_is_spoken_of() -> None:
    made = mended(CATALOG)
    wanted = CATALOG
    for old, new in {
        "Task.assignment.Created": "Task.Assignment.Created",
        "[TaskAssignedEvent]": "[TaskAssignedEvent, Task.assignment.Created.v1]",
        "taskId": "task_id",
        "startedBy": "started_by",
        "agentId": "agent_id",
        "schemas/agent": "schemas/Agent",
        "    agent:": "    Agent:",
        "note: task_id": "note: taskId",
    }.items():
        wanted = wanted.replace(old, new)
    first, second = wanted.split("# file: participants.yaml\n")
    assert made.texts == {"task.yaml": first, "participants.yaml": second}
    assert made.refused == ()


def test_fixes_that_undo_each_other_are_told_apart() -> None:
    """One renames a field, another would write its old name where the new one is required."""
    made = mended(CATALOG.replace("        - taskId   # always", "        - task_id"))
    assert "        - task_id\n        - note\n" in made.texts["task.yaml"]
    assert "        task_id: {" in made.texts["task.yaml"]
    assert made.refused == ()


def test_a_comment_stays_with_the_key_that_it_is_about() -> None:
    text = CATALOG.replace(
        "      type: object\n      properties:", "      # each\n      properties:"
    )
    (made,) = mended(text, is_safe=True).texts.values()
    assert "data:\n      type: object\n      # each\n      properties:" in made


def test_what_an_alias_shares_is_left_alone() -> None:
    text = CATALOG.replace("note: {type: string, ", "note: &note {")
    text = text.replace("allOf:", "x-note: *note\n      allOf:")
    made = mended(text, is_safe=True)
    assert made.texts == {}
    ((finding, why),) = made.refused
    assert finding.rule == "KEB608"
    assert "YAML alias" in why


def test_a_mark_stays_where_it_is_let_in(project: Path) -> None:
    path = write(project, "task.yaml", MARK + TASK.replace("a task", "no"))
    done = govern("fix", "--select", "KEB109")
    assert done.returncode == 1
    assert path.read_bytes().decode() == MARK + TASK.replace("a task", '"no"')


def _adds_a_tab(event: EventSchema, _: Context) -> Iterator[Complaint]:
    """Offer a fix after which nobody can read the file."""
    edit = FileEdit(event.document.path, Edit(0, 0, "\t- ["))
    yield Complaint(event.at(), "it is there", "Nothing.", fix=Fix("break it", lambda: (edit,)))


def test_a_fix_that_breaks_the_file_is_taken_back() -> None:
    rule = all_rules()[0]._replace(
        id="KEB999", name="never-so", check=each_event(_adds_a_tab), fixes=("safe",)
    )
    rules = (*all_rules(), rule)

    def judge(raws: tuple[RawFile, ...]) -> Judged:
        return Judged(*examine(Context(load(raws), Config(), TODAY), rules), {})

    made = mend(raw_files(CATALOG), judge, lambda finding, _: finding.rule == "KEB999")
    assert made.texts == {}
    assert [finding.rule for finding, _ in made.refused] == ["KEB999", "KEB999"]
    assert all(why.startswith("it would lead to KEB101") for _, why in made.refused)


TASK = """\
domain: Task
stream: task_events
owner: orchestration
description: a task
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed over.
    data:
      type: object
      properties:
        taskId: {type: string, format: uuid, description: The task.}
        agentId: {type: string, format: uuid, description: The agent.}
        seenAt: {type: string, description: When.}
    examples:
      - {taskId: 7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with an empty catalog, and make it the working folder."""
    for name, value in environment(tmp_path.with_name(f"{tmp_path.name}.home")).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "event_schemas").mkdir()
    Repo(tmp_path, "-b", "main")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(project: Path, name: str, text: str) -> Path:
    path = project / "event_schemas" / name
    path.write_bytes(text.encode())
    return path


def govern(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "governance", *words], capture_output=True, text=True, check=False
    )


def test_files_that_are_not_named_are_left_alone(project: Path) -> None:
    one = write(project, "task.yaml", TASK.replace("a task", "no"))
    other = write(project, "order.yaml", TASK.replace("Task", "Order").replace("a task", "no"))
    before = other.read_bytes()
    done = govern("fix", "event_schemas/task.yaml")
    assert done.returncode == 1
    assert 'description: "no"' in one.read_text()
    assert other.read_bytes() == before
    assert sorted(path.name for path in project.rglob("*.yaml")) == ["order.yaml", "task.yaml"]


def test_a_version_that_is_now_due_is_written_as_well(project: Path) -> None:
    released = TASK.replace("seenAt", "seen_at").replace("taskId", "task_id")
    path = write(project, "task.yaml", released.replace("agentId", "agent_id"))
    Repo(project).commit()
    done = govern("fix", "--select", "KEB612")
    assert done.returncode == 1, done.stdout
    assert "seen_at: {type: string, format: date-time, description: When.}" in path.read_text()
    assert "event_version: 1.0.1" in path.read_text()
    assert govern("check").returncode == 0


def test_what_breaks_readers_is_left_and_told(project: Path) -> None:
    text = TASK.replace("    examples:", "      required: [taskId]\n    examples:")
    path = write(project, "task.yaml", text)
    Repo(project).commit()
    done = govern("fix", "--unsafe", "--yes", "--select", "KEB607")
    assert done.returncode == 1
    assert "is left: it would lead to KEB706 breaking-change: `task_id`" in done.stderr
    made = text.replace("agentId", "agent_id").replace("seenAt", "seen_at")
    assert path.read_text() == made.replace("1.0.0", "1.1.0")


@pytest.mark.parametrize(
    ("typed", "renamed"),
    [
        ("y\nn\ny\n", {"task_id", "seen_at"}),
        ("n\na\n", {"agent_id", "seen_at"}),
        ("what?\ny\nq\n", {"task_id"}),
        ("all\n", {"task_id", "agent_id", "seen_at"}),
    ],
)
def test_on_a_terminal_it_asks(project: Path, typed: str, renamed: set[str]) -> None:
    path = write(project, "task.yaml", TASK)
    code, shown = on_a_terminal("fix", "--unsafe", "--select", "KEB607", typed=typed)
    fields = {"task_id", "agent_id", "seen_at"}
    assert {name for name in fields if f"{name}: {{" in path.read_text()} == renamed
    assert code == 1
    assert "call it 'task_id'? [y]es, [n]o" in shown


def on_a_terminal(*words: str, typed: str) -> tuple[int, str]:
    """Run a command on a terminal; return its exit code, and what is seen there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "governance", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other side has hung up
                break
    os.close(ours)
    return process.returncode, shown.decode()


def test_the_catalog_of_our_users_is_mended_once(project: Path) -> None:
    if not USERS.is_dir():
        pytest.skip("the catalog of our users does not lie beside this checkout")
    shutil.copytree(USERS, project / "event_schemas", dirs_exist_ok=True)
    assert govern("adopt", "--yes").returncode == 0
    before = json.loads(govern("check", "--format", "json").stdout)["summary"]
    govern("fix", "--unsafe", "--yes")
    after = json.loads(govern("check", "--format", "json").stdout)["summary"]
    assert after["errors"] <= before["errors"]
    assert govern("fix", "--unsafe", "--yes").returncode == 0
