"""Real git repositories with catalogs in them, the same bytes every time, and proof of silence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from governance.baseline.load import load_at
from governance.baseline.point import Point, locate
from governance.baseline.worktree import present
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.cli import main
from governance.config import Config

MAX_BYTES = Config().max_file_bytes
GOVERN = (sys.executable, "-m", "governance")
_READ = {"GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": ""}
_CONFIG = """\
[user]
    name = A Person
    email = person@example.org
[init]
    defaultBranch = main
[protocol "file"]
    allow = always
[uploadpack]
    allowFilter = true
    allowAnySHA1InWant = true
[advice]
    detachedHead = false
[gc]
    auto = 0
"""


def environment(home: Path) -> dict[str, str]:
    """Return variables under which git reads no settings but ours, and knows no other time."""
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(_CONFIG)
    when = "2026-11-23T12:00:00Z"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
        "KEB_GOVERN_CACHE": str(home / "cache"),
    }


@pytest.fixture(autouse=True)
def hermetic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of the machine reach git: no settings, no variables, no clock."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "XDG_")):
            monkeypatch.delenv(name)
    for name, value in environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)


def event(name: str, version: str | None = "1.0.0", **properties: str) -> str:
    """Return the lines of one event."""
    said = f"    event_version: {version}\n" if version else ""
    fields = ", ".join(f"{key}: {{{schema}}}" for key, schema in properties.items())
    return f"  {name}:\n{said}    data: {{type: object, properties: {{{fields}}}}}\n"


def file(*events: str) -> str:
    """Return the text of a file with some events."""
    return "domain: Task\nevents:\n" + "".join(events)


A1 = file(event("Task.Made.v1"))
A2 = file(event("Task.Made.v1", "1.1.0", id="type: string"))
B = file(event("Task.Ended.v1"))


class Repo:
    """A work tree of git with a catalog in ``event_schemas``."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        if not (path / ".git").exists():
            self.git("init", "-q", *options)

    def git(self, *words: str, **variables: str) -> str:
        """Run git there; return what it prints."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            env={**os.environ, **variables},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(errors="surrogateescape").strip()

    def govern(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run keb-govern there, as a person does; return what it says and its exit code."""
        return subprocess.run(
            [*GOVERN, *words],
            cwd=self.path,
            env={**os.environ, "COLUMNS": "100", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def called(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Do the same within this process: for tests of many commands."""
        out, err = StringIO(), StringIO()
        with chdir(self.path), redirect_stdout(out), redirect_stderr(err):
            code = main(words)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files of the catalog; None deletes one."""
        for name, text in files.items():
            path = self.path / "event_schemas" / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write files of the catalog and commit all that there is; return the commit's id."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def clone(self, name: str, *options: str) -> Repo:
        """Return a clone by the transport, which is what makes it shallow or partial."""
        place = self.path.parent / name
        self.git("clone", "-q", *options, f"file://{self.path}", str(place))
        return Repo(place)

    @property
    def catalog(self) -> Path:
        """The catalog folder."""
        return self.path / "event_schemas"

    def locate(self, against: str | None = None, **variables: str) -> Point:
        """Return what the catalog is compared with; nothing of the repository may change."""
        with self.untouched():
            return locate(self.catalog, against, variables)

    def old(self, against: str | None = None, **variables: str) -> Catalog:
        """Return the catalog that this one is compared with; nothing may change either."""
        point = self.locate(against, **variables)
        with self.untouched():
            raws = present(self.catalog, MAX_BYTES)
            return load_at(point, load(raws), raws, MAX_BYTES).catalog

    @contextmanager
    def untouched(self) -> Iterator[list[str]]:
        """Assert that what runs inside changes nothing in the repository.

        Yields:
            An empty list, for the files of the work tree that may change: none had before.
        """
        before, status, written = self._state(), self._status(), list[str]()
        yield written
        assert self._state() == before
        assert {path for path, _ in self._status() ^ status} == {*written}

    def _status(self) -> set[tuple[str, str]]:
        said = self.git("status", "--porcelain=v2", "-z", "-uall", "--no-renames", **_READ)
        lines = [line.rpartition(" ") for line in said.split("\0") if line]
        return {(path, facts) for facts, _, path in lines}

    def _state(self) -> list[object]:
        words = (["worktree", "list"], ["branch", "-a"])
        said: list[object] = [self.git(*one, **_READ) for one in words]
        git = Path(self.git("rev-parse", "--absolute-git-dir"))
        common = (git / self.git("rev-parse", "--git-common-dir")).resolve()
        for folder in {git, common}:
            for path in sorted(folder.rglob("*")):
                status = path.lstat()
                said.append((path, status.st_size, status.st_mtime_ns))
            said += [(path, path.read_bytes()) for path in folder.glob("**/index")]
            said += [
                (path, path.read_bytes()) for path in folder.glob("logs/**/*") if path.is_file()
            ]
        return said


def branched(path: Path) -> Repo:
    """Return a repository on a branch that left main at v1; main has gone on since."""
    made = Repo(path)
    made.commit({"a.yaml": A1, "b.yaml": B})
    made.git("tag", "v1")
    made.git("checkout", "-q", "-b", "work")
    made.commit({"a.yaml": A2})
    made.git("checkout", "-q", "main")
    made.commit({"c.yaml": file(event("Task.Lost.v1"))})
    made.git("checkout", "-q", "work")
    return made


def names(catalog: Catalog) -> list[str]:
    """Return the event types of a catalog, in order."""
    return [one.type for one in catalog.events]
