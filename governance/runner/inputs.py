"""What a workflow asks of the action: its inputs, which `action.yml` hands over by environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from governance.errors import UsageError
from governance.finding import Severity
from governance.report.github import MOST

_SEVERITIES = [severity.label for severity in reversed(Severity)]


class Inputs(NamedTuple):
    """The inputs of the action.

    Attributes:
        folder: Where the command would be typed.
        paths: A catalog folder or files in it, from there; none for the catalog of the settings.
        against: The commit or folder to compare with; None for the default.
        fail_on: From which severity on a finding makes the run fail; None for the settings' own.
        annotations: How many annotations of a level may be made.
        comment: Whether to comment on the pull request, where that is allowed.
        sarif: Where to write the findings as SARIF; None for a file of our own.
        token: What the run may prove itself with; empty for nothing.
    """

    folder: Path
    paths: tuple[Path, ...] = ()
    against: str | None = None
    fail_on: Severity | None = None
    annotations: int = MOST
    comment: bool = True
    sarif: Path | None = None
    token: str = ""


def read(environment: Mapping[str, str]) -> Inputs:
    """Return the inputs that the environment holds.

    Raises:
        UsageError: One has no meaning; the text says which, and what would have.
    """

    def said(name: str) -> str:
        return environment.get(f"KEB_{name.upper().replace('-', '_')}", "").strip()

    if environment.get("GITHUB_EVENT_NAME") == "pull_request_target":
        raise UsageError(
            "on pull_request_target the checkout is not what the pull request has, unless the "
            "workflow brings in what strangers write with the rights of the repository: use "
            "pull_request, where `contents: read` is enough"
        )
    top = Path(environment.get("GITHUB_WORKSPACE") or ".")
    folder = (top / (said("working-directory") or ".")).resolve()
    if not folder.is_dir():
        raise UsageError(f"working-directory: there is no folder {said('working-directory')!r}")
    sarif = said("sarif-file")
    if sarif and not (folder / sarif).parent.is_dir():
        raise UsageError(f"sarif-file: there is no folder to write {sarif!r} into")
    return Inputs(
        folder,
        tuple(folder / line.strip() for line in said("paths").splitlines() if line.strip()),
        said("against") or None,
        _severity(said("fail-on")),
        _count(said("max-annotations")),
        _is_wanted(said("comment")),
        folder / sarif if sarif else None,
        said("github-token"),
    )


def _severity(text: str) -> Severity | None:
    if not text:
        return None
    try:
        return Severity.parse(text)
    except KeyError as error:
        raise UsageError(f"fail-on: {text!r} is none of {', '.join(_SEVERITIES)}") from error


def _count(text: str) -> int:
    if not text:
        return MOST
    if text not in map(str, range(MOST + 1)):
        raise UsageError(
            f"max-annotations: {text!r} is no number from 0 to {MOST}, "
            "which is all that GitHub shows of one level"
        )
    return int(text)


def _is_wanted(text: str) -> bool:
    if text not in {"", "auto", "never"}:
        raise UsageError(f"comment: {text!r} is neither auto nor never")
    return text != "never"
