"""The README's first steps, in an empty repository, with a hook that really runs.

``tests/cli/start/quick.txt`` is what a terminal shows: commands, what they print, and the exit code
where it is not 0. Every day in it is the same one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hooks import offered
from tests.repositories import Repo

__all__ = ["offered"]

ROOT = Path(__file__).parent.parent
TRANSCRIPT = ROOT / "tests/cli/start/quick.txt"
SOME_DAY = "2027-05-24"
# What differs from machine to machine: that pre-commit installs a hook at its first run.
_INSTALLING = re.compile(r"(?m)^\[INFO\] .*\n")


@pytest.mark.parametrize("is_fetched", [False, True], ids=["installed", "fetched"])
def test_the_first_steps(
    offered: Repo, tmp_path: Path, *, is_fetched: bool, update_golden: bool
) -> None:
    said = TRANSCRIPT.read_text(encoding="utf-8")
    source = f" --source {offered.path} --rev {offered.git('rev-parse', 'HEAD')}"
    repo = Repo(tmp_path / "repository", "-b", "main")
    shown = []
    for command in commands(said):
        is_first = is_fetched and command == "keb-govern init"
        done = typed(repo, command + (source if is_first else ""))
        shown.append(f"$ {command}\n{done}")
    seen = re.sub(r"\b20\d\d-\d\d-\d\d\b", SOME_DAY, "\n".join(shown))
    if update_golden and not is_fetched:
        TRANSCRIPT.write_text(seen, encoding="utf-8")
    assert update_golden or seen == said
    config = (repo.path / ".pre-commit-config.yaml").read_text()
    assert ("repo: local" in config) != is_fetched
    # Both commits are there, and the one that was refused is not.
    assert repo.git("rev-list", "--count", "HEAD") == str(said.count("$ git commit") - 1)
    assert repo.git("status", "--porcelain") == ""


def typed(repo: Repo, command: str) -> str:
    """Run a command as in a terminal there; return what it shows."""
    tools = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=repo.path,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    code = f"[exit {done.returncode}]\n" if done.returncode else ""
    return _INSTALLING.sub("", done.stdout) + code


def commands(text: str) -> list[str]:
    return re.findall(r"(?m)^\$ ((?:.*\\\n)*.*)$", text)


def test_the_readme_shows_them_whole() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Start\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?ms)^```console\n(.*?)^```", section)
    said = re.sub(r"(?m)^\[exit \d+\]\n", "", TRANSCRIPT.read_text(encoding="utf-8"))
    assert [line.strip() for line in "\n".join(blocks).splitlines() if line.strip()] == [
        line.strip() for line in said.splitlines() if line.strip()
    ]
