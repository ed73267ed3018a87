"""What a run of GitHub Actions compares with: it says so in variables and in the event's file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from governance.baseline.git import is_id
from governance.schema.json import Json, as_object, as_text


class Asked(NamedTuple):
    """What a run is about.

    Attributes:
        branch: The branch that a pull request goes to; empty where there is none.
        tip: Where that branch was when the run started; empty where that is not known.
        commit: The very commit to compare with; empty where it is not known.
    """

    branch: str = ""
    tip: str = ""
    commit: str = ""


def asked(environment: Mapping[str, str]) -> Asked:
    """Return what the run that we are part of compares with; nothing where there is no run.

    Source: GitHub Actions, "Variables reference" and "Events that trigger workflows".
    """
    branch, path = environment.get("GITHUB_BASE_REF", ""), environment.get("GITHUB_EVENT_PATH", "")
    event = _event(Path(path)) if path else {}
    # A pull request that was pushed to has a `before` too, which says where its own branch was.
    if branch:
        base = as_object(as_object(event.get("pull_request")).get("base"))
        return Asked(branch, tip=_commit(base.get("sha")))
    if "merge_group" in event:
        return Asked(commit=_commit(as_object(event["merge_group"]).get("base_sha")))
    if environment.get("GITHUB_EVENT_NAME", "push") == "push":
        return Asked(commit=_commit(event.get("before")))
    return Asked()


def _event(path: Path) -> dict[str, Json]:
    try:
        return as_object(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def _commit(said: Json) -> str:
    """Return a commit id; nothing for what is none, and for the zeros that mean none."""
    text = as_text(said) or ""
    return text if is_id(text) and text.strip("0") else ""
