"""The repository that a catalog lies in: where its top is, and which commits some names mean."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import NamedTuple

from governance.baseline.git import Answer, ask
from governance.errors import BaselineError

_NO_REPOSITORY = "not a git repository (or any "
# Where git is asked in one go, it says these first.
_FACTS = ("--show-cdup", "--is-inside-work-tree", "--is-shallow-repository", "--revs-only")


class NothingError(Exception):
    """There is nothing to compare with, and that is nobody's mistake; the text says why."""


class Repository(NamedTuple):
    """What git says about the surroundings of a catalog.

    Attributes:
        root: Top of the work tree.
        path: The catalog, from there.
        is_shallow: Whether the history is cut off.
        said: What git printed about the commits that it was asked for.
    """

    root: Path
    path: str
    is_shallow: bool
    said: list[str]


def repository(folder: Path) -> Repository:
    """Return the repository that a catalog lies in.

    Raises:
        BaselineError: There is none, or git refuses to say.
    """
    try:
        return look(folder)
    except NothingError as error:
        raise BaselineError(str(error)) from error


def look(folder: Path, *words: str) -> Repository:
    """Ask git about the surroundings of a folder and, in the same process, for some commits.

    Raises:
        NothingError: The folder lies in no work tree.
        BaselineError: Git refuses to say.
    """
    # A sparse checkout may leave out the folder itself.
    start = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    answer = ask(start, "rev-parse", *_FACTS, *words)
    up, inside, shallow, *said = [*lines(answer.out), "", "", ""]
    found = [one for one in said if one]
    if answer.code and _NO_REPOSITORY in answer.errors:
        _check_broken(start, answer)
        raise NothingError(f"{folder.as_posix()} is in no git repository")
    if inside not in {"true", "false"} or (answer.code and not found):
        # Of a repository of somebody else, git says what to do about it.
        raise BaselineError(f"git can't look at this repository: {_advice(answer)}")
    if inside != "true":
        raise NothingError(f"{folder.as_posix()} is in no work tree of git")
    root = Path(os.path.normpath(posixpath.join(start.resolve().as_posix(), up)))
    path = folder.resolve().relative_to(root).as_posix()
    return Repository(root, "" if path == "." else path, shallow == "true", found)


def has(here: Repository, commit: str) -> bool:
    """Say whether a commit is in the clone."""
    return not ask(here.root, "cat-file", "-e", f"{commit}^{{commit}}").code


def lines(out: bytes) -> list[str]:
    """Return the lines that git printed; a single empty one where it printed nothing."""
    return out.decode(errors="surrogateescape").removesuffix("\n").split("\n")


def _check_broken(start: Path, answer: Answer) -> None:
    """Raise where there is a repository after all, and git does not take it for one."""
    # As git looks: past links, and not through what `..` leads out of.
    here = start.resolve()
    for above in (here, *here.parents):
        git = above / ".git"
        if git.is_file() or (git / "HEAD").exists():
            raise BaselineError(
                f"git does not take {git.as_posix()} for a repository: {answer.reason}"
            )


def _advice(answer: Answer) -> str:
    said = [line.strip() for line in answer.errors.splitlines() if line.strip()]
    return " ".join(said) or answer.reason
