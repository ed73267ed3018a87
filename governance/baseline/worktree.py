"""Read the files of a catalog as they are staged, or where a checkout leaves some of them out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from governance.baseline.git import MissingError, Objects, read
from governance.baseline.repository import Repository, repository
from governance.baseline.tree import Entry, entries, entry, held, raw_files
from governance.catalog.files import (
    APPROVALS,
    KNOWN,
    RawFile,
    no_file,
    order,
    prefix_of,
    read_folder,
)
from governance.errors import BaselineError, CatalogError

# As in a work tree, no list of known findings is too long.
_MOST_BYTES = 1 << 30


class Staged(NamedTuple):
    """A catalog, and what stands beside it, as it would be committed now.

    Attributes:
        files: Every schema file, as ``read_folder`` returns it.
        approvals: The files of approved breaks, as ``read_approvals`` returns them.
        known: The file of known findings; None where there is none.
    """

    files: tuple[RawFile, ...]
    approvals: tuple[RawFile, ...]
    known: RawFile | None


def staged(folder: Path, max_file_bytes: int) -> Staged:
    """Return a catalog as it would be committed now.

    In a hook that is what git says it commits, which is not always the index of the repository:
    ``git commit -a`` and ``git commit FILE`` make one of their own.

    Args:
        folder: The catalog folder, as the user named it.
        max_file_bytes: Larger files are not read.

    Raises:
        CatalogError: Nothing of the catalog is staged.
        BaselineError: The folder is in no repository, or git fails.
    """
    here = repository(folder)
    listing = read(here.root, "ls-files", "-s", "-z", "--", here.path or ".", index=_index(here))
    rows = _rows(listing, here.path)
    files = entries(b"\0".join(rows))
    if not files:
        raise no_file(folder)
    agreed = (row.split(f"\t{APPROVALS}/".encode()) for row in rows)
    beside = entries(b"\0".join(b"\t".join(pair) for pair in agreed if len(pair) == 2))  # noqa: PLR2004  what is before, what is below
    listed = [entry(row) for row in rows if row.endswith(f"\t{KNOWN}".encode())]
    return Staged(
        _read_index(here, folder, files, max_file_bytes),
        _read_index(here, folder / APPROVALS, beside, max_file_bytes, deep=False),
        next(iter(_read_index(here, folder, tuple(listed), _MOST_BYTES)), None),
    )


def present(folder: Path, max_file_bytes: int, *, deep: bool = True) -> tuple[RawFile, ...]:
    """Return every schema file of a folder, and those that a sparse checkout leaves out.

    Args:
        folder: The catalog folder, as the user named it.
        max_file_bytes: Larger files are not read.
        deep: Whether to look into folders below.

    Raises:
        CatalogError: The folder does not exist, can't be listed, or holds no schema file.
        BaselineError: What a sparse checkout leaves out can't be read.
    """
    if not _is_sparse(folder):
        return read_folder(folder, max_file_bytes, deep=deep)
    here = repository(folder)
    # Without a tag of its own, an entry stands in the work tree.
    listing = read(here.root, "ls-files", "-s", "-t", "-z", "--", here.path or ".")
    skipped = b"\0".join(row[2:] for row in listing.split(b"\0") if row.startswith(b"S "))
    files = entries(b"\0".join(_rows(skipped, here.path)))
    try:
        found = read_folder(folder, max_file_bytes, deep=deep)
    except CatalogError:
        if not files:
            raise
        found = ()
    there = {raw.relative for raw in found}
    absent = tuple(
        one for one in files if one.relative not in there and (deep or "/" not in one.relative)
    )
    both = (*found, *_read_index(here, folder, absent, max_file_bytes))
    return tuple(sorted(both, key=lambda raw: order(raw.relative)))


def _rows(listing: bytes, path: str) -> list[bytes]:
    """Return the files below a path out of ``ls-files -s -z``, as ``ls-tree -z`` lists them."""
    # Of a file in conflict there are up to three; our own is the one that stays if all are kept.
    rows = sorted(
        (row for row in listing.split(b"\0") if row), key=lambda row: row.partition(b"\t")[0][-1:]
    )
    start = len(os.fsencode(path)) + 1 if path else 0
    found = dict[bytes, bytes]()
    for row in rows:
        head, _, full = row.partition(b"\t")
        mode_and_blob, _, stage = head.rpartition(b" ")
        if stage != b"1":
            found.setdefault(full, mode_and_blob + b"\t" + full[start:])
    return list(found.values())


def _read_index(
    here: Repository,
    folder: Path,
    files: tuple[Entry, ...],
    max_file_bytes: int,
    *,
    deep: bool = True,
) -> tuple[RawFile, ...]:
    objects, prefix = Objects(here.root), prefix_of(folder.as_posix())
    try:
        found = held(files, objects, deep=deep)
        return tuple(raw_files(found, objects, prefix, max_file_bytes))
    except MissingError as error:
        raise BaselineError(
            f"git lacks {error}, a file of {folder.as_posix()} that is not checked out: "
            f"`git sparse-checkout add {here.path}` brings it"
        ) from error
    finally:
        objects.close()


def _index(here: Repository) -> Path | None:
    """Return the index file that a hook is to look at, where it is one of this repository."""
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return None
    index = Path(named).resolve()
    folder = os.fsdecode(read(here.root, "rev-parse", "--absolute-git-dir").removesuffix(b"\n"))
    return index if index.is_file() and index.is_relative_to(Path(folder).resolve()) else None


def _is_sparse(folder: Path) -> bool:
    """Say whether files may be left out of a checkout; without a process, as every run asks."""
    # As git looks: past links, and not through what `..` leads out of.
    here = folder.resolve()
    for above in (here, *here.parents):
        git = above / ".git"
        if git.is_file():
            # A linked work tree or a submodule.
            try:
                git = above / git.read_text().removeprefix("gitdir:").strip()
            except (OSError, UnicodeDecodeError):
                return False
        if git.is_dir():
            return (git / "info" / "sparse-checkout").is_file()
    return False
