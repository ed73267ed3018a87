"""What to do where a clone lacks what is to be compared with: the command that brings it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from governance.baseline.git import ask
from governance.errors import BaselineError

_PARTIAL = r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$"
# Branches are named since a shallow clone knows one alone.
_EVERYTHING = "git fetch --unshallow --tags origin '+refs/heads/*:refs/remotes/origin/*'"


def too_shallow(what: str, commit: str, environment: Mapping[str, str]) -> BaselineError:
    """Return the error for a shallow clone.

    Args:
        what: What can't be had, and why that is needed.
        commit: Id of the one commit that would do; empty where more of the history is needed.
        environment: Tells whether this is a run of GitHub Actions.
    """
    command = f"git fetch --depth=1 origin {commit}" if commit else _EVERYTHING
    if environment.get("GITHUB_ACTIONS"):
        advice = f"give actions/checkout `fetch-depth: 0`, or run `{command}` first"
    else:
        advice = f"`{command}` brings it"
    return BaselineError(f"{what}, and this clone is shallow: {advice}")


def missing(
    root: Path, commit: str, path: str, reason: str, *, history: bool = False
) -> BaselineError:
    """Return the error for something that a repository knows of and does not have.

    Args:
        root: Top of the work tree.
        commit: The commit that is read.
        path: The catalog, from the top.
        reason: What is missing, or what git says.
        history: Whether all that came before the commit is wanted too.
    """
    what = f"git can't read {path or 'the catalog'} at {commit[:12]}: {reason}"
    if ask(root, "config", "--get-regexp", _PARTIAL).code:
        return BaselineError(f"{what}; `git fsck` says whether the repository is damaged")
    place = quote(f":(top,literal){path}") if path else "."
    command = (
        f"git log -p --first-parent -m {commit} -- {place} > /dev/null"
        if history
        else f"git diff --stat {commit} -- {place}"
    )
    return BaselineError(f"{what}; this is a partial clone: `{command}` brings what it lacks")
