"""Living with the past: known findings, approved breaks, promises and suppressions, by commands.

A catalog that is older than its rules starts with a list of what is known to be wrong; from then on
the list only shrinks. A break that is wanted is agreed to in a file that fits this one change.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from governance.schema.json import Json, JsonObject
from tests.repositories import Repo, hermetic

__all__ = ["hermetic"]  # pytest finds it by its name

USERS = Path(__file__).parents[2] / "shared/user-catalog/event_schemas"
KNOWN = "event_schemas/.keb-baseline.json"
LEGACY = """\
TaskAssignedEvent:
  properties:
    agentId: {type: string}
    note: {}
    priority: {type: integer, description: How urgent it is.}
TaskClosedEvent:
  properties:
    agentId: {type: string}
"""

FIELD = "type: string, maxLength: 99, description: Where the secret is kept."


class Past(NamedTuple):
    """A catalog of before the rules, and three edits of a file: what to replace by what."""

    folder: Path | None
    file: str
    worse: tuple[str, str]
    better: tuple[str, str]
    moved: tuple[str, str]
    mended: tuple[str, str, str]


PASTS = {
    "a few lines": Past(
        None,
        "task.yaml",
        (
            "    priority: {",
            "    taskName: {type: string, maxLength: 9, description: What people call it.}\n",
        ),
        ("    note: {}", "    note: {type: string, maxLength: 9, description: Free words.}"),
        ("TaskClosedEvent:\n", "# A line more.\n\n"),
        ("KEB902", "TaskAssignedEvent", "/properties/note/description"),
    ),
    "the catalog of our users": Past(
        USERS,
        "task_events.yaml",
        (
            "    priority:\n",
            "    taskName: {type: string, maxLength: 9, description: What people call it.}\n",
        ),
        (
            "    parameters:\n",
            f"    parameters:\n      properties:\n        path: {{{FIELD}}}\n",
        ),
        ("TaskCompletionEvent:\n", "# A line more.\n\n"),
        ("KEB609", "TaskAssignedEvent", "/properties/parameters"),
    ),
}


class Judged(NamedTuple):
    """What `check` says: its exit code, and rule and event of each finding."""

    code: int
    findings: list[tuple[str, str | None]]
    messages: str


def judged(repo: Repo, *words: str) -> Judged:
    done = repo.called("check", "--format", "json", "--date", "2026-11-23", *words)
    assert done.stderr == ""
    said = json.loads(done.stdout)["findings"]
    found = [(one["rule"], one["event"]) for one in said]
    return Judged(done.returncode, found, "\n".join(one["message"] for one in said))


def known(repo: Repo) -> list[JsonObject]:
    found: list[JsonObject] = json.loads((repo.path / KNOWN).read_text())["findings"]
    return found


def edit(repo: Repo, file: str, old: str, new: str) -> None:
    text = (repo.catalog / file).read_text()
    assert old in text
    repo.write({file: text.replace(old, new, 1)})


@pytest.mark.parametrize("past", PASTS.values(), ids=PASTS)
def test_a_list_of_known_findings_only_shrinks(tmp_path: Path, past: Past) -> None:
    repo = Repo(tmp_path / "repo")
    if past.folder is None:
        repo.write({past.file: LEGACY})
    elif past.folder.is_dir():
        shutil.copytree(past.folder, repo.catalog)
    else:
        pytest.skip("the catalog of our users does not lie beside this checkout")
    repo.commit()

    assert judged(repo).code == 1
    assert repo.called("baseline").returncode == 0
    assert repo.git("status", "--porcelain") == f"?? {KNOWN}"
    assert judged(repo) == (0, [], "")
    repo.commit()
    first = known(repo)

    # Something new is wrong: it alone is found, wherever the lines move to.
    where, line = past.worse
    edit(repo, past.file, where, line + where)
    assert judged(repo)[:2] == (1, [("KEB607", "TaskAssignedEvent")])
    where, lines = past.moved
    edit(repo, past.file, where, lines + where)
    assert judged(repo)[:2] == (1, [("KEB607", "TaskAssignedEvent")])
    again = repo.called("baseline")
    assert (again.returncode, again.stdout) == (2, "")
    assert "only shrinks: `keb-govern baseline --prune`" in again.stderr
    pruned = repo.called("baseline", "--prune")
    assert pruned.stdout == f"{KNOWN}: 0 dropped, {len(first)} left\n"
    assert "1 of the findings of today are new, and not added" in pruned.stderr

    # Mended, and something old with it, of which the list then says so until it is dropped.
    edit(repo, past.file, line, "")
    edit(repo, past.file, *past.better)
    now = judged(repo, "--no-compare")
    rule, event, path = past.mended
    assert now[:2] == (0, [("KEB123", None)] * len(now.findings))
    assert f"{rule} is found no more at {path} of {event}" in now.messages
    assert repo.called("baseline", "--prune").returncode == 0
    assert judged(repo, "--no-compare") == (0, [], "")
    left = known(repo)
    assert len(left) == len(first) - len(now.findings)
    assert all(one in first for one in left)

    # What was mended stays mended.
    edit(repo, past.file, past.better[1], past.better[0])
    assert (rule, event) in judged(repo, "--no-compare").findings


def test_a_known_finding_is_of_one_rule_event_and_field(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"task.yaml": LEGACY})
    repo.called("baseline")
    # The same in another event, and another time in another field of this one.
    edit(repo, "task.yaml", "TaskClosedEvent:\n", "TaskLostEvent:\n")
    assert judged(repo, "--no-compare", "--select", "KEB607,KEB123")[:2] == (
        1,
        [("KEB123", None), ("KEB607", "TaskLostEvent")],
    )
    edit(repo, "task.yaml", "TaskLostEvent:\n", "TaskClosedEvent:\n")
    edit(repo, "task.yaml", "agentId: {type: string}", "agentId: {}\n    nodeId: {type: string}")
    assert judged(repo, "--no-compare", "--select", "KEB607")[:2] == (
        1,
        [("KEB607", "TaskAssignedEvent")],
    )
    # What is said of it may be another: two fields without a bound are as known as one.
    repo.write({"task.yaml": LEGACY.replace("note: {}", "note: {type: string}")})
    assert judged(repo, "--no-compare", "--select", "KEB610") == (0, [], "")
    # An event may move to another file, and all that is known of it goes along.
    moved = LEGACY.index("TaskClosedEvent")
    repo.write({"task.yaml": LEGACY[:moved], "closed.yaml": LEGACY[moved:]})
    assert judged(repo, "--no-compare", "--select", "KEB607,KEB123") == (0, [], "")


def catalog(created: Json, closed: Json, *, says: str = "", version: str = "1.0.0") -> str:
    def event(name: str, schema: Json) -> str:
        return (
            f"  Task.Assignment.{name}.v1:\n    event_version: {version}\n    {says}\n"
            f"    data: {{type: object, properties: {{priority: {json.dumps(schema)}}}}}\n"
        )

    return f"owner: orchestration\nevents:\n{event('Created', created)}{event('Closed', closed)}"


TEXT: JsonObject = {"type": "string", "maxLength": 9}
NUMBER: JsonObject = {"type": "integer"}
CREATED, CLOSED = "Task.Assignment.Created.v1", "Task.Assignment.Closed.v1"
ABOUT_CHANGES = ("--select", "KEB706,KEB707,KEB708,KEB709,KEB710,KEB720,KEB721")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    made.commit({"task.yaml": catalog(TEXT, TEXT)})
    return made


def change(repo: Repo, created: Json, closed: Json = TEXT, says: str = "") -> Judged:
    """Change the two events, each with a minor version more, and judge that."""
    repo.write({"task.yaml": catalog(created, closed, says=says, version="1.1.0")})
    if closed == TEXT:
        edit(
            repo,
            "task.yaml",
            f"{CLOSED}:\n    event_version: 1.1.0",
            f"{CLOSED}:\n    event_version: 1.0.0",
        )
    return judged(repo, *ABOUT_CHANGES)


def approve(repo: Repo, *words: str) -> Path:
    said = ("--reason", "No reader is deployed yet.", "--date", "2026-11-23")
    done = repo.called("approve", *said, *words)
    assert done.returncode == 0, done.stderr
    return repo.path / done.stdout.partition(":")[0]


def test_an_approval_fits_exactly_one_change(repo: Repo) -> None:
    assert change(repo, NUMBER)[:2] == (1, [("KEB706", CREATED)])
    made = approve(repo, "--break", CREATED)
    assert repo.git("status", "--porcelain", "-uall").split("\n")[1:] == [
        f"?? {made.relative_to(repo.path).as_posix()}"
    ]
    assert change(repo, NUMBER) == (0, [], "")

    # The same break in another event is another one.
    assert change(repo, NUMBER, NUMBER)[:2] == (1, [("KEB706", CLOSED)])
    # So is a further break of the same event.
    text = catalog(NUMBER, TEXT, version="1.1.0").replace(
        "{priority", "{owner: {type: string}, priority", 1
    )
    required = text.replace("}}\n", "}, required: [owner]}\n", 1)
    repo.write({"task.yaml": required})
    assert ("KEB706", CREATED) in judged(repo, *ABOUT_CHANGES).findings
    # The change itself, made differently, is not the one that was agreed to.
    assert change(repo, {"type": "boolean"})[:2] == (1, [("KEB721", None), ("KEB706", CREATED)])
    assert change(repo, {**NUMBER, "minimum": 1})[:2] == (
        1,
        [("KEB721", None), ("KEB706", CREATED)],
    )
    # Made once more as it was, it is.
    assert change(repo, NUMBER) == (0, [], "")

    # Merged, the file has done its work, and says so without stopping anybody.
    repo.commit()
    assert judged(repo, *ABOUT_CHANGES)[:2] == (0, [("KEB721", None)])


def test_what_is_approved_needs_only_a_minor_version(repo: Repo) -> None:
    change(repo, NUMBER)
    approve(repo)
    repo.write({"task.yaml": catalog(NUMBER, TEXT)})
    assert judged(repo, *ABOUT_CHANGES)[:2] == (1, [("KEB708", CREATED)])
    story = json.loads(repo.called("diff", "--format", "json").stdout)
    (event,) = story["events"]
    assert (event["required_bump"], event["expected"]) == ("minor", "1.1.0")
    assert event["breaks"] == ["backward", "forward"]
    assert [one["approved_by"] for one in event["changes"]] == ["orchestration"]


@pytest.mark.parametrize("key", ["reason", "owner", "date", "fingerprint", "event"])
def test_an_approval_that_lacks_something_approves_nothing(repo: Repo, key: str) -> None:
    change(repo, NUMBER)
    file = approve(repo)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith(f"{key}:")))
    now = judged(repo, *ABOUT_CHANGES)
    assert now[:2] == (1, [("KEB720", None), ("KEB706", CREATED)])
    assert f"this approval lacks `{key}`" in now.messages


def test_approve_asks_which_and_by_whom(repo: Repo) -> None:
    change(repo, NUMBER, NUMBER)
    both = repo.called("approve", "--reason", "Nobody reads it.")
    assert both.returncode == 2
    assert "there are 2 breaks, name each by --break:" in both.stderr
    mark = next(line.split()[0] for line in both.stderr.splitlines() if CLOSED in line)
    assert CLOSED in approve(repo, "--break", mark, "--owner", "platform").name
    assert judged(repo, *ABOUT_CHANGES)[:2] == (1, [("KEB706", CREATED)])
    wrong = repo.called("approve", "--reason", "x", "--break", "Task.Nothing.Made.v1")
    assert wrong.returncode == 2
    assert "names no break; there are:" in wrong.stderr
    approve(repo)
    none = repo.called("approve", "--reason", "x")
    assert (none.returncode, none.stdout) == (0, "")
    assert "there is no break to approve, compared with main" in none.stderr


ENUM: JsonObject = {"type": "string", "enum": ["a", "b"]}
WIDER: JsonObject = {"type": "string", "enum": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("mode", "wider", "narrower"),
    [
        ("full", 1, 1),
        ("forward", 1, 0),
        ("backward", 0, 1),
        ("none", 0, 0),
        ("backward_transitive", 0, 1),
    ],
)
def test_an_event_is_held_to_what_it_promises(
    tmp_path: Path, mode: str, wider: int, narrower: int
) -> None:
    repo, says = Repo(tmp_path / "repo"), f"compatibility: {mode}"
    for before, after, code in ((ENUM, WIDER, wider), (WIDER, ENUM, narrower)):
        repo.commit({"task.yaml": catalog(before, TEXT, says=says)})
        now = change(repo, after, says=says)
        assert now[:2] == (code, [("KEB706", CREATED)] if code else [])


def test_a_promise_is_not_taken_back_by_what_breaks_it(repo: Repo) -> None:
    assert ("KEB706", CREATED) in change(repo, NUMBER, says="compatibility: none").findings


@pytest.mark.parametrize(
    ("comment", "code", "rules"),
    [
        ("", 1, ["KEB706"]),
        ("# keb: ignore[KEB706] until 2027-01-31: no reader is deployed", 0, []),
        ("# keb: ignore[breaking-change]: no reader is deployed", 0, []),
        ("# keb: ignore[KEB706] until 2026-11-22: it was for a week", 1, ["KEB122", "KEB706"]),
        ("# keb: ignore[KEB706]", 1, ["KEB120", "KEB706"]),
        ("# keb: ignore[KEB709]: another rule", 1, ["KEB121", "KEB706"]),
    ],
)
def test_a_suppression_needs_a_reason_and_ends(
    repo: Repo, comment: str, code: int, rules: list[str]
) -> None:
    change(repo, NUMBER)
    edit(repo, "task.yaml", f"  {CREATED}:", f"  {comment}\n  {CREATED}:")
    now = judged(repo, *ABOUT_CHANGES, "--select", "KEB12")
    assert (now.code, sorted(rule for rule, _ in now.findings)) == (code, rules)
