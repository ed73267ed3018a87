"""This project as a repository that pre-commit takes hooks from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repositories import Repo, environment

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def offered(published: Repo) -> Iterator[Repo]:
    """Yield this project as it stands, committed; and let pre-commit keep what it installs."""
    with pytest.MonkeyPatch.context() as patch:
        _hermetic(patch, published.path.parent)
        yield published


def publish(folder: Path) -> Repo:
    """Return this project as it stands, committed in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        _hermetic(patch, folder)
        project = Repo(folder / "project", "-b", "main")
        listed = Repo(ROOT).git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (project.path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, project.path / name)
        project.commit()
    return project


def _hermetic(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let nothing of the machine reach git and pre-commit."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "PRE_COMMIT", "SKIP")):
            patch.delenv(name)
    said = environment(folder / "home")
    # Whose home it is decides where pip looks for packages.
    said["GIT_CONFIG_GLOBAL"] = f"{said.pop('HOME')}/.gitconfig"
    for name, value in said.items():
        patch.setenv(name, value)
    patch.setenv("PRE_COMMIT_HOME", str(folder / "kept"))
    patch.setenv("PRE_COMMIT_COLOR", "never")
    patch.setenv("COLUMNS", "100")
