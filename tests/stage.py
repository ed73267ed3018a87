"""A repository on a server, a pull request into it, and a runner that judges it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.github_api import Server, serving
from tests.repositories import B, Repo, event, file
from tests.runner import REPOSITORY, Action, Ran, checkout, machine

# Nothing but what changed may be found.
SETTINGS = 'select = ["KEB7"]\n'
REPOSITORY_FACTS = {"repository": {"default_branch": "main", "full_name": REPOSITORY}}
ZEROS = "0" * 40
A1 = file(event("Task.Made.v1", id="type: string"))
A2 = file(event("Task.Made.v1", "1.1.0", id="type: string", note="type: string"))
BROKEN = file(event("Task.Made.v1", id="type: integer"))


class Stage:
    """The repository on the server, on its branch ``work``, and the runner.

    Args:
        folder: Where all of it lies.
        action: The action, installed.
        empty: Whether the repository has no commit yet.
    """

    def __init__(self, folder: Path, action: Action, *, empty: bool = False) -> None:
        self.folder = folder
        self.action = action
        self.origin = Repo(folder / "origin")
        self.environment = machine()
        (self.origin.path / "keb-govern.toml").write_text(SETTINGS)
        if not empty:
            self.origin.commit({"a.yaml": A1, "b.yaml": B})
            self.origin.git("tag", "v1")
            self.origin.git("checkout", "-q", "-b", "work")

    def rev(self, name: str) -> str:
        """Return the id of a commit."""
        return self.origin.git("rev-parse", name)

    def merge(self) -> str:
        """Merge ``work`` into ``main`` for trial, as the server does; return the merge."""
        git = self.origin.git
        git("checkout", "-q", "--detach", "main")
        git("merge", "-q", "--no-ff", "-m", "Merge", "work")
        merge = self.rev("HEAD")
        git("update-ref", "refs/pull/1/merge", merge)
        git("checkout", "-q", "work")
        return merge

    def pull(self, fork: str = REPOSITORY) -> dict[str, Any]:
        """Return what the server tells a run about the pull request."""
        # Where main was when the pull request was opened, as the server often has it.
        base = {"ref": "main", "sha": self.rev("v1")}
        head = {"ref": "work", "sha": self.rev("work"), "repo": {"full_name": fork}}
        pull = {"number": 1, "base": base, "head": head}
        return copy.deepcopy({"pull_request": {"pull_request": pull, **REPOSITORY_FACTS}})

    def place(self, commit: str, ref: str = "pull/1/merge", depth: int = 1) -> Repo:
        """Check a commit out, in a workspace of its own."""
        folder = Path(mkdtemp(dir=self.folder)) / "place"
        return checkout(self.origin, commit, folder, ref=ref, depth=depth)

    def run(self, place: Repo, said: dict[str, Any], **given: str) -> Ran:
        """Run the action there; without a comment unless that is asked for."""
        return self.action.run(place.path, said, self.environment, **{"comment": "never", **given})

    def pulled(self, **given: str) -> Ran:
        """Run the action for the pull request as it is."""
        return self.run(self.place(self.merge()), self.pull(), **given)

    def pushed(self, **given: str) -> Ran:
        """Run the action for a push that changed nothing."""
        commit = self.rev("work")
        return self.run(self.place(commit, "heads/work"), pushed(commit, "work"), **given)


def pushed(before: str, branch: str = "main") -> dict[str, Any]:
    """Return what the server tells a run about a push."""
    facts = {"ref": f"refs/heads/{branch}", "before": before, **REPOSITORY_FACTS}
    return copy.deepcopy({"push": facts})


def refs(repo: Repo) -> str:
    """Return all that a clone knows by name, and what of its files is not committed."""
    return repo.git("for-each-ref") + repo.git("status", "--porcelain")


@pytest.fixture
def stage(tmp_path: Path, installed: Action) -> Stage:
    """Return a stage with a catalog on both branches."""
    return Stage(tmp_path, installed)


@pytest.fixture
def api(stage: Stage) -> Iterator[Server]:
    """Return the server that the runs of the stage may comment on."""
    with serving() as server:
        stage.environment["GITHUB_API_URL"] = server.address
        yield server
