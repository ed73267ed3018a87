"""The hooks that ``.pre-commit-hooks.yaml`` offers, run by pre-commit in real repositories.

pre-commit installs them once, from this project as it stands, into an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hooks import offered
from tests.repositories import Repo

__all__ = ["offered"]

ROOT = Path(__file__).parent.parent
CHANGE = ROOT / "tests/cli/change"
PRE_COMMIT = [sys.executable, "-m", "pre_commit"]
MAJOR = "error KEB706 breaking-change"


@pytest.fixture
def repo(offered: Repo, tmp_path: Path) -> Repo:
    """Return a repository with a catalog and both hooks, on a branch."""
    made = Repo(tmp_path / "repository", "-b", "main")
    shutil.copytree(CHANGE / "baseline", made.catalog)
    (made.path / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {offered.path}\n    rev: {offered.git('rev-parse', 'HEAD')}\n"
        "    hooks: [{id: keb-govern}, {id: keb-govern-all}]\n"
    )
    made.commit()
    made.git("checkout", "-q", "-b", "topic")
    assert pre_commit(made, "install").returncode == 0
    return made


def pre_commit(repo: Repo, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PRE_COMMIT, *words], cwd=repo.path, capture_output=True, text=True, check=False
    )


def commit(repo: Repo, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "commit", "-q", "-m", "a change", *words],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
    )


def edit(repo: Repo, old: str, new: str, name: str = "task.yaml") -> None:
    path = repo.catalog / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def break_it(repo: Repo) -> None:
    edit(repo, "required: [task_id]\n    examples:", "required: [task_id, priority]\n    examples:")


def test_the_manifest_is_valid() -> None:
    assert pre_commit(Repo(ROOT), "validate-manifest").returncode == 0


def test_a_good_catalog_passes(repo: Repo) -> None:
    done = pre_commit(repo, "run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2


def test_a_commit_that_breaks_readers_is_stopped_with_the_reason(repo: Repo) -> None:
    before = repo.git("rev-parse", "HEAD")
    break_it(repo)
    repo.git("add", "-A")
    done = commit(repo)
    assert done.returncode == 1
    assert MAJOR in done.stderr
    assert "`priority` must now be there: readers of the new schema fail" in done.stderr
    assert "SecretsAgent (group `secrets_policy`) reads `/priority`" in done.stderr
    assert repo.git("rev-parse", "HEAD") == before


def test_what_needs_no_person_is_mended_and_the_commit_stopped_once(repo: Repo) -> None:
    settings = repo.path / ".pre-commit-config.yaml"
    said = settings.read_text()
    settings.write_text(
        said.replace("[{id: keb-govern}", "[{id: keb-govern-fix}, {id: keb-govern}")
    )
    edit(repo, "description: A task was", "description: off  # A task was")
    repo.git("add", "-A")
    done = commit(repo)
    assert done.returncode == 1
    assert 'KEB109 scalar-ambiguous: write "off"' in done.stderr
    assert "files were modified by this hook" in done.stderr
    assert 'description: "off"  # A task was' in (repo.catalog / "task.yaml").read_text()
    repo.git("add", "-A")
    done = commit(repo)
    assert done.returncode == 0, done.stderr


def test_what_is_not_staged_does_not_count(repo: Repo) -> None:
    (repo.path / "notes.txt").write_text("a note\n")
    repo.git("add", "-A")
    break_it(repo)
    done = commit(repo)
    assert done.returncode == 0, done.stderr
    assert "task_id, priority" in (repo.catalog / "task.yaml").read_text()
    assert repo.git("show", "--name-only", "--format=") == "notes.txt"


def test_commit_all_takes_what_is_not_staged(repo: Repo) -> None:
    break_it(repo)
    done = commit(repo, "-a")
    assert done.returncode == 1
    assert MAJOR in done.stderr


def test_a_renamed_file_is_the_same_catalog(repo: Repo) -> None:
    repo.git("mv", "event_schemas/task.yaml", "event_schemas/tasks.yaml")
    done = commit(repo)
    assert done.returncode == 0, done.stderr


def test_a_deletion_is_seen_though_no_name_is_passed(repo: Repo) -> None:
    repo.git("rm", "-q", "event_schemas/task.yaml")
    done = commit(repo)
    assert done.returncode == 1
    assert "KEB714" in done.stderr


def test_a_linked_worktree_is_judged_as_its_own(repo: Repo) -> None:
    repo.git("worktree", "add", "-q", "-b", "other", "../other")
    linked = Repo(repo.path.parent / "other")
    break_it(linked)
    linked.git("add", "-A")
    done = commit(linked)
    assert done.returncode == 1
    assert MAJOR in done.stderr
    assert repo.git("status", "--porcelain") == ""


def test_a_file_beside_the_catalog_passes(repo: Repo) -> None:
    break_it(repo)
    approved = repo.govern(
        "approve", "--reason", "No reader is deployed.", "--owner", "orchestration"
    )
    assert approved.returncode == 0, approved.stderr
    edit(repo, "event_version: 1.2.0", "event_version: 1.3.0")
    repo.git("add", "-A")
    done = commit(repo)
    assert done.returncode == 0, done.stderr


def test_it_can_be_tried_without_a_setting(offered: Repo, repo: Repo) -> None:
    done = pre_commit(repo, "try-repo", str(offered.path), "keb-govern", "--all-files")
    assert done.returncode == 0, done.stdout
