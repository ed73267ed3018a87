"""No command changes a repository: not by what it reads, not when it is killed, not in a hook.

What a command writes is files of the catalog, each of which it names. That reading is right in
every kind of clone is the business of ``test_baseline*.py``; here the commands themselves run.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import pytest

from governance.schema.json import JsonObject
from tests.repositories import GOVERN, Repo, hermetic

__all__ = ["hermetic"]  # pytest finds it by its name

TASK = """\
domain: Task
stream: task_events
owner: orchestration
description: Assignment of tasks.
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed to an agent.
    data:
      type: object
      properties:
        task_id: {type: string, format: uuid, description: The task that was handed over.}
        priority: {type: integer, minimum: 1, maximum: 5, description: How urgent it is.}
      required: [task_id]
    examples: [{task_id: 7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11, priority: 1}]
"""
CLOSED = TASK[TASK.index("  Task.") :].replace("Created", "Closed").replace("handed to", "left by")
GOOD = TASK.replace("How urgent it is.", "How much it hurries.").replace("1.0.0", "1.0.1")
BAD = TASK.replace("[task_id]\n", "[task_id, priority]\n").replace("1.0.0", "1.1.0")
CREATED = "Task.Assignment.Created.v1"
LEGACY = "TaskAssignedEvent:\n  properties:\n    agent_id: {type: string}\n"


@pytest.fixture
def plain(tmp_path: Path) -> Repo:
    """Return a repository with a second branch, a tag and a stash; nothing has changed."""
    made = Repo(tmp_path / "repo")
    made.commit({"task.yaml": TASK + CLOSED})
    made.git("tag", "v1")
    made.git("branch", "side")
    made.write({"task.yaml": GOOD})
    made.git("stash", "-q")
    return made


def as_it_is(plain: Repo) -> Repo:
    return plain


def linked(plain: Repo) -> Repo:
    plain.git("worktree", "add", "-q", "-b", "linked", "../linked")
    return Repo(plain.path.parent / "linked")


def submodule(plain: Repo) -> Repo:
    outer = Repo(plain.path.parent / "outer")
    outer.git("submodule", "add", "-q", str(plain.path), "inner")
    outer.git("commit", "-q", "-m", "add")
    return Repo(outer.path / "inner")


def detached(plain: Repo) -> Repo:
    plain.git("checkout", "-q", "v1")
    return plain


PLACES = [as_it_is, linked, submodule, detached]
each_place = pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
READS = """\
check
check --against v1 --no-cache
check --against main --format json
check --against ../elsewhere
check --against nowhere
check --no-compare
check --staged
check --staged --against HEAD
check event_schemas/task.yaml
diff
diff --against v1 --format json
diff --format markdown --no-cache
bump --dry-run
bump --dry-run --against v1
explain Task.Assignment.Created.v1
""".splitlines()


def changed(repo: Repo) -> Repo:
    """Return the repository with a change in its work tree, another staged, and a stale index."""
    repo.write({"task.yaml": GOOD + CLOSED})
    repo.git("add", "-A")
    repo.write({"task.yaml": BAD + CLOSED})
    (repo.path.parent / "elsewhere").mkdir(exist_ok=True)
    (repo.path.parent / "elsewhere" / "task.yaml").write_text(TASK)
    # A git that was asked for the status would write the index anew.
    os.utime(repo.catalog / "task.yaml", (1, 1))
    return repo


@each_place
def test_a_command_that_reads_writes_nothing(plain: Repo, make: Callable[[Repo], Repo]) -> None:
    repo = changed(make(plain))
    text = (repo.catalog / "task.yaml").read_bytes()
    with repo.untouched(), plain.untouched():
        codes = {command: repo.called(*shlex.split(command)).returncode for command in READS}
        assert (repo.catalog / "task.yaml").read_bytes() == text
    assert {command for command, code in codes.items() if code > 1} == {"check --against nowhere"}
    assert codes["check"] == 1


WRITES = ["approve --reason x --against v1", "baseline", "bump --against v1"]


@each_place
@pytest.mark.parametrize("command", WRITES)
def test_a_command_that_writes_writes_what_it_names(
    plain: Repo, make: Callable[[Repo], Repo], command: str
) -> None:
    repo = changed(make(plain))
    repo.git("commit", "-q", "-a", "-m", "change")
    with repo.untouched() as written:
        done = repo.called(*shlex.split(command))
        place, _, _ = done.stdout.partition(": ")
        # What bump names is the event.
        written.append("event_schemas/task.yaml" if command.startswith("bump") else place)
    assert done.returncode == 0


def test_adoption_writes_the_catalog_alone(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"task_events.yaml": LEGACY})
    with repo.untouched():
        assert repo.called("adopt", "--yes", "--dry-run").stdout
    with repo.untouched() as written:
        assert repo.called("adopt", "--yes").returncode == 0
        written.extend(repo.git("diff", "--name-only").splitlines())
        written.extend(repo.git("ls-files", "--others").splitlines())
    assert written
    assert all(name.startswith("event_schemas/") for name in written)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("command", ["check --no-cache --against v1", "bump --against v1"])
def test_whoever_is_stopped_leaves_nothing_behind(
    plain: Repo, command: str, by: signal.Signals
) -> None:
    plain.commit({f"{n}.yaml": CLOSED.replace("Task.", f"Task{n}.") for n in range(40)})
    plain.commit({"task.yaml": BAD + CLOSED})
    before = (plain.catalog / "task.yaml").read_text()
    plain.called(*shlex.split(command))
    after = (plain.catalog / "task.yaml").read_text()
    rng, codes = Random(by), set[int]()  # noqa: S311  nothing here is secret
    plain.write({"task.yaml": before})
    with plain.untouched():
        for _ in range(6):
            with subprocess.Popen(
                [*GOVERN, *shlex.split(command)],
                cwd=plain.path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as process:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=rng.uniform(0.02, 0.3))
                process.send_signal(by)
                codes.add(process.wait(timeout=20))
            # A file that is written is there as a whole, or as it was.
            assert (plain.catalog / "task.yaml").read_text() in {before, after}
            plain.write({"task.yaml": before})
            # Who is killed in the middle of writing has no time to tidy up.
            for left in plain.catalog.glob(".*") if by == signal.SIGKILL else ():
                left.unlink()
    assert codes - {0, 1}


def test_an_interrupt_in_the_middle_of_writing_leaves_no_file_half(
    plain: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    plain.commit({"task.yaml": BAD + CLOSED})
    monkeypatch.setattr(Path, "replace", interrupt)
    with plain.untouched():
        assert plain.called("bump", "--against", "v1").returncode == 130


@pytest.mark.parametrize("where", ["repo", "other"])
def test_variables_of_a_hook_lead_nowhere_else(plain: Repo, where: str) -> None:
    other = Repo(plain.path.parent / "other")
    other.commit({"other.yaml": TASK})
    repo, git = changed(plain), plain.path.parent / where / ".git"
    variables = {"GIT_DIR": git, "GIT_INDEX_FILE": git / "index", "GIT_WORK_TREE": git.parent}
    said = {name: str(path) for name, path in variables.items()}
    with repo.untouched(), other.untouched():
        for command in ("check --against v1", "check --staged --against HEAD", "diff"):
            plainly, hooked = (repo.govern(*command.split(), **one) for one in ({}, said))
            assert (hooked.stdout, hooked.stderr) == (plainly.stdout, plainly.stderr)


HOOK = """\
#!/bin/sh
exec {python} -m governance check --staged --against HEAD
"""


def hooked(repo: Repo) -> Repo:
    """Return the repository with a hook that judges what is committed."""
    hook = repo.path / repo.git("rev-parse", "--git-path", "hooks/pre-commit")
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable))
    hook.chmod(0o755)
    return repo


def stopped(repo: Repo, *words: str) -> str:
    """Commit; return why that was stopped, empty where it was not."""
    before = repo.git("rev-parse", "HEAD"), repo.git("ls-files", "-s")
    done = subprocess.run(
        ["git", "commit", "-q", "-m", "change", *words],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=False,
    )
    is_same = before[0] == repo.git("rev-parse", "HEAD")
    assert is_same == (done.returncode != 0), done.stderr
    assert not is_same or repo.git("ls-files", "-s") == before[1]
    # The report of a hook goes to standard error, as all that git lets it say.
    return done.stderr if is_same else ""


class Commit(NamedTuple):
    """What is staged, what the work tree has then, and what is committed how."""

    staged: dict[str, str | None]
    after: Mapping[str, str | None] = MappingProxyType({})
    words: tuple[str, ...] = ()
    rule: str = ""


MORE = TASK.replace("Assignment", "Review")
COMMITS = {
    "a break": Commit({"task.yaml": BAD}, rule="KEB706"),
    "words": Commit({"task.yaml": GOOD}),
    "a break that is not staged": Commit({"task.yaml": GOOD}, {"task.yaml": BAD}),
    "a break mended in the work tree alone": Commit(
        {"task.yaml": BAD}, {"task.yaml": TASK}, rule="KEB706"
    ),
    "all that there is": Commit({"task.yaml": GOOD}, {"task.yaml": BAD}, ("-a",), "KEB706"),
    "one file, while another breaks": Commit(
        {"task.yaml": BAD, "more.yaml": MORE}, {}, ("event_schemas/more.yaml",)
    ),
    "the file that breaks, while it is staged as it was": Commit(
        {"more.yaml": MORE}, {"task.yaml": BAD}, ("event_schemas/task.yaml",), "KEB706"
    ),
    "a file by another name": Commit({"task.yaml": None, "task_two.yaml": TASK}),
    "a deletion": Commit({"task.yaml": None}, rule="KEB714"),
}


@pytest.mark.parametrize("make", [as_it_is, linked, submodule], ids=lambda make: make.__name__)
def test_a_hook_stops_what_breaks_and_nothing_else(
    plain: Repo, make: Callable[[Repo], Repo]
) -> None:
    repo = hooked(make(plain))
    repo.write({"task.yaml": TASK, "closed.yaml": f"{TASK[: TASK.index('  Task.')]}{CLOSED}"})
    repo.git("add", "-A")
    repo.git("commit", "-q", "--no-verify", "-m", "two files")
    start = repo.git("rev-parse", "HEAD")
    few = dict(list(COMMITS.items())[3:6])
    for what, one in (COMMITS if repo is plain else few).items():
        repo.write(one.staged)
        repo.git("add", "-A")
        repo.write(one.after)
        why = stopped(repo, *one.words)
        assert (one.rule in why) if one.rule else not why, (what, why)
        repo.git("reset", "-q", "--hard", start)
        repo.git("clean", "-q", "-f", "-d")


def test_a_hook_wants_the_approval_in_the_commit(plain: Repo) -> None:
    repo = hooked(plain)
    repo.write({"task.yaml": BAD + CLOSED})
    repo.git("add", "-A")
    assert repo.called("approve", "--reason", "Nobody reads it.").returncode == 0
    assert "KEB706" in stopped(repo)
    repo.git("add", "-A")
    assert not stopped(repo)


@pytest.fixture
def pull(plain: Repo) -> Repo:
    """Return a repository whose branch `work` breaks an event, while main went on."""
    plain.git("checkout", "-q", "-b", "work")
    plain.commit({"task.yaml": BAD + CLOSED})
    plain.git("checkout", "-q", "main")
    plain.commit({"more.yaml": MORE})
    return plain


def found(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [
        one["rule"] for one in json.loads(done.stdout)["findings"] if one["severity"] == "error"
    ]


CHECK = ("check", "--format", "json")


def test_a_pull_request_is_compared_with_where_it_left(
    pull: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = pull.clone("clone", "-b", "work")
    base, before = pull.git("rev-parse", "main"), pull.git("rev-parse", "v1")
    event = pull.path.parent / "event.json"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    runs: list[tuple[str, str, JsonObject]] = [
        ("pull_request", "main", {"pull_request": {"base": {"sha": base}}}),
        ("push", "", {"before": before}),
        ("merge_group", "", {"merge_group": {"base_sha": before}}),
    ]
    for name, branch, said in runs:
        event.write_text(json.dumps(said))
        monkeypatch.setenv("GITHUB_EVENT_NAME", name)
        monkeypatch.setenv("GITHUB_BASE_REF", branch)
        with clone.untouched():
            done = clone.called(*CHECK)
            story = json.loads(clone.called("diff", "--format", "json").stdout)
        # What main has more was never there for this branch to remove.
        assert (done.returncode, found(done), done.stderr) == (1, ["KEB706"], "")
        assert [one["event"] for one in story["events"]] == [CREATED]
        assert story["against"] == before[:12]
    # What was pushed last is where the branch is: nothing is left to break.
    event.write_text(json.dumps({"before": pull.git("rev-parse", "work")}))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    assert clone.called(*CHECK).returncode == 0


def test_a_shallow_clone_is_told_the_command_that_helps(
    pull: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = pull.clone("shallow", "--depth=1", "-b", "work")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    for command in ("check", "diff", "bump --dry-run"):
        with clone.untouched():
            done = clone.called(*command.split())
        assert (done.returncode, done.stdout) == (2, "")
        assert "this clone is shallow: `git fetch" in done.stderr
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    told = clone.called("check").stderr
    assert "give actions/checkout `fetch-depth: 0`" in told
    helps = told.split("`")[-2]
    subprocess.run(shlex.split(helps), cwd=clone.path, check=True, capture_output=True)
    assert found(clone.called(*CHECK)) == ["KEB706"]
