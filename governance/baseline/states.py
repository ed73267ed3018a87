"""Every state that a catalog had on one branch: which commit changed which file to what."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from governance.baseline.git import ask, is_id
from governance.baseline.lacking import missing
from governance.baseline.point import Point
from governance.baseline.tree import LINK
from governance.catalog.files import is_wanted
from governance.errors import BaselineError

# Settings of a person or a repository that would change what is printed.
_PLAIN = {
    "log.showRoot": "true",
    "log.diffMerges": "separate",
    "log.follow": "false",
    "diff.relative": "false",
}
_LOG = (
    *("log", "--first-parent", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--reverse"),
    *("--format=%H", "--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-color"),
)


class Change(NamedTuple):
    """What one commit did to one file.

    Attributes:
        step: Number of the commit, from 0, oldest first.
        relative: The file's path from the catalog folder.
        blob: Id of what it holds since then; empty where it is gone.
    """

    step: int
    relative: str
    blob: str


class States:
    """The states of a catalog, oldest first. Links are no files here.

    Args:
        commits: The commits that changed the catalog, oldest first.
        changes: What they did, in their order.
    """

    def __init__(self, commits: tuple[str, ...], changes: tuple[Change, ...]) -> None:
        self.commits = commits
        self.changes = changes
        self._steps: dict[str, list[int]] = {}
        self._blobs: dict[str, list[str]] = {}
        for step, relative, blob in changes:
            self._steps.setdefault(relative, []).append(step)
            self._blobs.setdefault(relative, []).append(blob)

    def at(self, step: int, relative: str) -> Change | None:
        """Return the change that made a file what it was at a commit; None where it was not."""
        steps = self._steps.get(relative, [])
        number = bisect_right(steps, step) - 1
        if number < 0 or not self._blobs[relative][number]:
            return None
        return Change(steps[number], relative, self._blobs[relative][number])


def states(point: Point) -> States:
    """Return the states that a catalog had up to a commit, along its first parents.

    Raises:
        BaselineError: The history can't be read.
    """
    if point.root is None or point.commit is None:
        return States((), ())
    settings = [word for name, said in _PLAIN.items() for word in ("-c", f"{name}={said}")]
    answer = ask(point.root, *settings, *_LOG, point.commit, "--", point.path or ".")
    if answer.code:
        raise missing(point.root, point.commit, point.path, answer.reason, history=True)
    commits: list[str] = []
    start = len(os.fsencode(point.path)) + 1 if point.path else 0
    changes = tuple(_changes(answer.out.split(b"\0"), commits, start))
    return States(tuple(commits), changes)


def _changes(tokens: Iterable[bytes], commits: list[str], start: int) -> Iterator[Change]:
    """Yield the changes out of ``log --raw -z``, and add each commit when it comes."""
    rest = iter(tokens)
    for token in rest:
        word = token.strip(b"\n")
        if not word.startswith(b":"):
            if word:
                commits.append(_id(word))
            continue
        relative = os.fsdecode(next(rest, b"")[start:])
        _, mode, _, blob, *_ = [*word.decode(errors="replace").split(" "), "", "", "", ""]
        # A file that became a link or a submodule is gone.
        is_file = mode.startswith("100") and mode != LINK
        if is_wanted(relative):
            yield Change(len(commits) - 1, relative, _id(blob.encode()) if is_file else "")


def _id(said: bytes) -> str:
    text = said.decode(errors="replace")
    if not is_id(text):
        raise BaselineError(f"`git log` answers {text[:80]!r} where an id belongs")
    return text
