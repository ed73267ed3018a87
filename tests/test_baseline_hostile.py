"""A git that fails, lies, or is cut off; a repository that is damaged; a process that is killed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.baseline.git import Objects
from governance.baseline.load import load_at
from governance.baseline.point import locate
from governance.baseline.releases import history
from governance.baseline.worktree import staged
from governance.catalog.load import load
from governance.errors import BaselineError
from tests.repositories import MAX_BYTES, Repo, event, file, hermetic

__all__ = ["hermetic"]  # pytest finds it by its name

_ID = "1" * 40


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    for number in range(3):
        made.commit({"a.yaml": file(event("Task.Made.v1", f"1.{number}.0"))})
    return made


# A git that is itself but for one subcommand.
_LIAR = """\
#!/bin/sh
for word do
  case "$word" in -*|*=*|/*) ;; *) break ;; esac
done
if [ "$word" = {command} ]; then
{body}
fi
exec {git} "$@"
"""
_BODIES = {
    "fails": "echo 'warning: x' >&2; echo 'fatal: the disk is on fire' >&2; exit 128",
    "fails without a word": "exit 3",
    "is killed": "kill -9 $$",
    "prints garbage": "echo garbage; exit 0",
    "prints bytes": r"printf '\377\376\000\012\001'; exit 0",
    "prints half": f"printf '100644 blob {_ID[:20]}'; exit 0",
    "claims too much": f"echo '{_ID} blob 99999'; exit 0",
}


@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES)
@pytest.mark.parametrize(
    "command", ["rev-parse", "ls-tree", "merge-base", "cat-file", "log", "ls-files"]
)
def test_a_git_that_can_not_be_trusted_is_an_error_in_our_words(
    repo: Repo, tmp_path: Path, command: str, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("checkout", "-q", "-b", "work")
    repo.commit({"a.yaml": file(event("Task.Made.v1", "2.0.0"))})
    good = locate(repo.catalog, "main", {})
    git = next(
        one for folder in os.environ["PATH"].split(":") if (one := Path(folder) / "git").is_file()
    )
    liar = tmp_path / "bin" / "git"
    liar.parent.mkdir()
    liar.write_text(_LIAR.format(command=command, body=body, git=git))
    liar.chmod(0o755)
    monkeypatch.setenv("PATH", f"{liar.parent}:{os.environ['PATH']}")
    calls: dict[str, Callable[[], object]] = {
        "locate": lambda: locate(repo.catalog, None, {}),
        "named": lambda: locate(repo.catalog, "main", {}),
        "load": lambda: load_at(good, load(()), (), MAX_BYTES),
        "staged": lambda: staged(repo.catalog, MAX_BYTES),
        "history": lambda: history(good, MAX_BYTES, use_cache=False),
    }
    uses = {
        "rev-parse": {"locate", "named", "staged"},
        "ls-tree": {"locate", "named", "load"},
        "merge-base": {"locate"},
        "cat-file": {"load", "staged", "history"},
        "log": {"history"},
        "ls-files": {"staged"},
    }[command]
    for name, call in calls.items():
        if name in uses:
            with pytest.raises(BaselineError) as caught:
                call()
            if "disk" in body and command != "cat-file":
                assert "fatal: the disk is on fire" in str(caught.value)
        else:
            call()


@pytest.mark.parametrize("what", ["HEAD", "objects", "refs/heads/main", "index"])
def test_a_damaged_repository_is_an_error(repo: Repo, what: str) -> None:
    good = locate(repo.catalog, None, {})
    path = repo.path / ".git" / what
    if path.is_dir():
        for one in path.glob("??/*"):
            one.unlink()
    else:
        path.write_bytes(b"garbage\n")
    calls: list[Callable[[], object]] = [
        lambda: locate(repo.catalog, None, {}),
        lambda: locate(repo.catalog, "main", {}),
        lambda: load_at(good, load(()), (), MAX_BYTES),
        lambda: staged(repo.catalog, MAX_BYTES),
        lambda: history(good, MAX_BYTES, use_cache=False),
    ]
    failed = 0
    for call in calls:
        try:
            call()
        except BaselineError:
            failed += 1
    assert failed


_READER = """\
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from governance.baseline.git import Objects
objects = Objects(Path({folder!r}))
found = objects.blobs([{blob!r}] * 1000, 1 << 30)
next(found)
print(objects._process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when a stranger ends")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_whoever_is_killed_takes_git_along_and_leaves_nothing(
    repo: Repo, by: signal.Signals
) -> None:
    # More than any pipe holds, so that git is in the middle of an answer.
    repo.write({"large.yaml": "#" * 1_900_000})
    repo.commit()
    text = _READER.format(
        root=str(Path(__file__).parent.parent),
        folder=str(repo.path),
        blob=repo.git("rev-parse", "HEAD:event_schemas/large.yaml"),
    )
    with repo.untouched():
        reader = subprocess.Popen(
            [sys.executable, "-c", text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with reader:
            assert reader.stdout is not None
            git = os.pidfd_open(int(reader.stdout.readline()))
            reader.send_signal(by)
            assert reader.wait(timeout=20)
        ready, _, _ = select.select([git], [], [], 20)
        os.close(git)
        assert ready


def test_a_reader_that_stops_early_ends_its_process(repo: Repo) -> None:
    objects = Objects(repo.path)
    blob = repo.git("rev-parse", "HEAD:event_schemas/a.yaml")
    found = objects.blobs([blob] * 100, MAX_BYTES)
    next(found)
    found.close()
    assert objects._process is None
    assert len(list(objects.blobs([blob] * 1000, MAX_BYTES))) == 1000
    assert [one for _, one in objects.blobs([blob] * 2, 10)] == [103, 103]
