"""What a command looks at: the settings, the files of the catalog and beside it, the baseline."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from governance.baseline.action import Asked
from governance.baseline.point import Point, locate
from governance.baseline.worktree import present, staged
from governance.catalog.files import RawFile, read_approvals, read_known
from governance.config import Config, Settings
from governance.errors import UsageError


class Wanted(NamedTuple):
    """What a person asks to be looked at.

    Attributes:
        paths: A catalog folder or files in it; none for the catalog of the settings.
        against: The commit or folder to compare with; None for the default.
        is_compared: Whether to compare at all.
        is_staged: Whether the files are those that would be committed now.
        run: What a run of GitHub Actions is about; None for what the environment says.
    """

    paths: Sequence[Path] = ()
    against: str | None = None
    is_compared: bool = True
    is_staged: bool = False
    run: Asked | None = None


class Project(NamedTuple):
    """What a command looks at, read but not parsed.

    Attributes:
        config: The settings.
        folder: The catalog folder.
        raws: The files of the catalog, sorted by path.
        only: Paths of the files to report on; none for all.
        deep: Whether the catalog has folders below.
        approvals: The files of approved breaks.
        known: The file of known findings; None where there is none.
        point: What it is compared with; None where it is not.
    """

    config: Config
    folder: Path
    raws: tuple[RawFile, ...]
    only: frozenset[str]
    deep: bool
    approvals: tuple[RawFile, ...]
    known: RawFile | None
    point: Point | None


def open_project(settings: Settings, config: Config, wanted: Wanted) -> Project:
    """Read what a command looks at.

    Args:
        settings: Where the settings come from.
        config: The settings, with what the command line says.
        wanted: What a person asks for.

    Raises:
        UsageError: A path names nothing that could be looked at.
        CatalogError: The catalog can't be read.
        BaselineError: What is to be compared with can't be had.
        ConfigError: The list of known findings can't be read.
    """
    folder, only, deep = _catalog(list(wanted.paths), settings)
    most = config.max_file_bytes
    if wanted.is_staged:
        raws, approvals, known = staged(folder, most)
    else:
        raws = present(folder, most, deep=deep)
        approvals, known = read_approvals(folder, most), read_known(folder)
    unread = only - {raw.path for raw in raws}
    # What is deleted is not staged, and a hook may name it.
    if unread and not wanted.is_staged:
        raise UsageError(
            f"{min(unread)} is no schema file: its name must end in .yaml, .yml or .json"
        )
    point = None
    if wanted.is_compared:
        point = locate(folder, wanted.against, os.environ, wanted.run)
    return Project(config, folder, raws, only, deep, approvals, known, point)


def _catalog(paths: list[Path], settings: Settings) -> tuple[Path, frozenset[str], bool]:
    """Return the catalog folder, the files to report on, and whether to look below the folder.

    No files means all of them.

    Files that lie in the configured catalog are judged as part of it; others as part of the folder
    they lie in.
    """
    configured = settings.catalog
    if not paths:
        return configured, frozenset(), True
    if len(paths) == 1 and paths[0].is_dir():
        inner = paths[0] / settings.config.catalog
        return (inner if inner.is_dir() else paths[0]), frozenset(), True
    missing = next((path for path in paths if not path.is_file() and not path.is_symlink()), None)
    if missing is not None:
        raise UsageError(f"{missing.as_posix()}: {_why_not(missing)}")
    root = configured.absolute()
    if all(path.absolute().is_relative_to(root) for path in paths):
        inside = (configured / path.absolute().relative_to(root) for path in paths)
        return configured, frozenset(path.as_posix() for path in inside), True
    folders = {path.parent for path in paths}
    if len(folders) > 1:
        raise UsageError("the files lie in several folders: name one catalog, or files of one")
    return folders.pop(), frozenset(path.as_posix() for path in paths), False


def _why_not(path: Path) -> str:
    if path.is_dir():
        return "name one folder, or files of one"
    return "it is not a regular file" if path.exists() else "no such file or folder"
