"""The workflow that a project copies: it runs the action at the very commit that is installed."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from governance import __version__
from governance.schema.json import Json, as_object, as_text

_PLACEHOLDER = re.compile(r"OWNER/keb-govern@0{40} # .*")
_ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def workflow() -> str:
    """Return the text of a workflow that judges every pull request of a project.

    Where this package was installed from GitHub by git, the workflow runs the action from there, at
    the same commit; else it says what to fill in.
    """
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    source = _source(_origin())
    return _PLACEHOLDER.sub(f"{source} # v{__version__}", text) if source else text


def is_complete(text: str) -> bool:
    """Say whether a workflow names the action; else a person has to fill in where it is."""
    return _PLACEHOLDER.search(text) is None


def _origin() -> Json:
    """Return where this package was installed from, as the installer wrote it down.

    Source: PyPA specifications, "Recording the Direct URL Origin of installed distributions".
    """
    try:
        return json.loads(distribution("keb-govern").read_text("direct_url.json") or "null")
    except (PackageNotFoundError, ValueError):
        return None


def _source(origin: Json) -> str:
    """Return repository and commit as a workflow names them; empty for any other place."""
    said = as_object(origin)
    address = _ADDRESS.fullmatch(as_text(said.get("url")) or "")
    commit = as_text(as_object(said.get("vcs_info")).get("commit_id")) or ""
    return f"{address[1]}@{commit}" if address and _COMMIT.fullmatch(commit) else ""
