"""Where this package can be had by git: for hooks and workflows, which fetch it themselves."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from governance import __version__
from governance.errors import UsageError
from governance.schema.json import Json, as_object, as_text

_GITHUB = re.compile(
    r"(?:https://|ssh://git@|git@)github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REVISION = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_./+-]*")


class Origin(NamedTuple):
    """A repository, and what to take of it.

    Attributes:
        address: What git fetches it by.
        revision: A commit id, or a tag.
        version: The version of the package there; empty where nobody knows.
    """

    address: str
    revision: str
    version: str = ""

    @property
    def action(self) -> str:
        """The GitHub Action as a workflow names it, with a full commit id; empty elsewhere."""
        found = _GITHUB.fullmatch(self.address)
        return f"{found[1]}@{self.revision}" if found and _COMMIT.fullmatch(self.revision) else ""


def origin(address: str | None = None, revision: str | None = None) -> Origin | None:
    """Return where the package is to be had from.

    Args:
        address: What a person says; None for where the installed one came from.
        revision: Likewise.

    Returns:
        The origin; None where nobody says, and it was not installed by git from a place that
        others reach as well.

    Raises:
        UsageError: What a person says has no meaning, or is only half of it.
    """
    known = _recorded(_direct_url())
    if address is None and revision is None:
        return known
    if revision is None:
        raise UsageError(
            "--source asks for --rev: a tag, or better a full commit id that you trust"
        )
    if address is None and known is None:
        raise UsageError("--rev asks for --source: the git address of the repository of keb-govern")
    if not _REVISION.fullmatch(revision):
        raise UsageError(f"--rev {revision!r} is no tag or commit id")
    if address is not None and not _is_address(address):
        raise UsageError(f"--source {address!r} is no address that git could fetch from")
    return Origin(address or (known.address if known else ""), revision)


def _is_address(text: str) -> bool:
    # What starts with a hyphen, git would take for an option.
    return text.isprintable() and bool(text.strip()) and not text.startswith("-")


def _direct_url() -> Json:
    """Return where this package was installed from, as the installer wrote it down.

    Source: PyPA specifications, "Recording the Direct URL Origin of installed distributions".
    """
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415  costs 20 ms

    try:
        return json.loads(distribution("keb-govern").read_text("direct_url.json") or "null")
    except (PackageNotFoundError, ValueError):
        return None


def _recorded(said: Json) -> Origin | None:
    """Return the origin that an installer wrote down; None for a folder of this machine."""
    address = as_text(as_object(said).get("url")) or ""
    commit = as_text(as_object(as_object(said).get("vcs_info")).get("commit_id")) or ""
    if address.startswith("file:") or not _is_address(address):
        return None
    return Origin(address, commit, __version__) if _COMMIT.fullmatch(commit) else None
