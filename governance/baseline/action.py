"""What a run of GitHub Actions compares with: it says so in variables and in the event's file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from governance.baseline.git import ask, is_id
from governance.baseline.repository import Repository, lines
from governance.schema.json import Json, as_object, as_text

_BRANCHES = "refs/heads/"


class Asked(NamedTuple):
    """What a run is about.

    Attributes:
        branch: The branch that a pull request goes to; empty where there is none.
        tip: Where that branch was when the run started; empty where that is not known.
        head: The last commit of the pull request; empty where there is none.
        commit: The very commit to compare with; empty where it is not known.
        gone: A commit to compare with that is nowhere to be had any more; empty where none is.
        pushed: The branch that was pushed to; empty where none was.
        default: The default branch of the repository; empty where that is not known.
    """

    branch: str = ""
    tip: str = ""
    head: str = ""
    commit: str = ""
    gone: str = ""
    pushed: str = ""
    default: str = ""


def asked(environment: Mapping[str, str]) -> Asked:
    """Return what the run that we are part of compares with; nothing where there is no run.

    Source: GitHub Actions, "Variables reference" and "Events that trigger workflows".
    """
    branch, said = environment.get("GITHUB_BASE_REF", ""), event(environment)
    default = as_text(as_object(said.get("repository")).get("default_branch")) or ""
    # A pull request that was pushed to has a `before` too, which says where its own branch was.
    if branch:
        pull = as_object(said.get("pull_request"))
        base, head = as_object(pull.get("base")), as_object(pull.get("head"))
        return Asked(branch, _commit(base.get("sha")), _commit(head.get("sha")), default=default)
    if "merge_group" in said:
        base_sha = as_object(said["merge_group"]).get("base_sha")
        return Asked(commit=_commit(base_sha), default=default)
    if environment.get("GITHUB_EVENT_NAME", "push") == "push":
        ref = as_text(said.get("ref")) or ""
        pushed = ref.removeprefix(_BRANCHES) if ref.startswith(_BRANCHES) else ""
        return Asked(commit=_commit(said.get("before")), pushed=pushed, default=default)
    return Asked(default=default)


def merged_into(here: Repository, wanted: Asked) -> str:
    """Return the commit that a pull request was merged into for trial; empty where none was.

    GitHub offers each pull request merged into its base, and that is what a run checks out unless
    told otherwise: what the pull request changes is exactly what the merge has and its first parent
    has not. A shallow clone has the merge alone, which names its parents all the same.
    """
    if not wanted.head:
        return ""
    head = ask(here.root, "cat-file", "commit", "HEAD").out.partition(b"\n\n")[0]
    parents = [line[7:] for line in lines(head) if line.startswith("parent ")]
    return parents[0] if parents[1:] == [wanted.head] and is_id(parents[0]) else ""


def event(environment: Mapping[str, str]) -> dict[str, Json]:
    """Return what the event's file of a run says; nothing where there is none to read."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        return as_object(json.loads(Path(path).read_bytes())) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}


def _commit(said: Json) -> str:
    """Return a commit id; nothing for what is none, and for the zeros that mean none."""
    text = as_text(said) or ""
    return text if is_id(text) and text.strip("0") else ""
