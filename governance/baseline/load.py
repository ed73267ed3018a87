"""Read a catalog as it was, as it is staged, or as it is where a checkout leaves files out."""

from __future__ import annotations

import os
from pathlib import Path

from governance.baseline.git import MissingError, Objects, ask, read
from governance.baseline.lacking import missing
from governance.baseline.point import Point
from governance.baseline.repository import Repository, repository
from governance.baseline.tree import Entry, Held, blob_id, entries, held, raw_files
from governance.catalog.files import RawFile, no_file, order, prefix_of, read_folder
from governance.catalog.load import load_file
from governance.catalog.model import Catalog, SourceFile
from governance.errors import BaselineError, CatalogError


def load_at(
    point: Point,
    present: Catalog,
    raws: tuple[RawFile, ...],
    max_file_bytes: int,
    *,
    deep: bool = True,
) -> Catalog:
    """Return the catalog as it was.

    Args:
        point: What to compare with.
        present: The catalog of today; files whose bytes are the same are shared with it.
        raws: The files that it was made from.
        max_file_bytes: Larger files are not read.
        deep: Whether the catalog has folders below.

    Returns:
        The files, sorted by path; none where there is nothing to compare with. A file of a commit
        has the path ``LABEL:PATH``, one of a folder its path there.

    Raises:
        BaselineError: The commit or folder can't be read.
    """
    if point.folder is not None:
        return _of_folder(point.folder, present, raws, max_file_bytes, deep=deep)
    if point.tree is None or point.root is None or point.commit is None:
        return Catalog(())
    answer = ask(point.root, "ls-tree", "-r", "-z", "--full-tree", point.tree)
    if answer.code:
        raise missing(point.root, point.commit, point.path, answer.reason)
    objects = Objects(point.root)
    try:
        files = held(entries(answer.out), objects, deep=deep)
        shared = _shared(files, present, raws)
        differing = (one for one in files if one.relative not in shared)
        prefix = f"{point.label}:{prefix_of(point.name)}"
        read_ = raw_files(differing, objects, prefix, max_file_bytes)
        made = {raw.relative: load_file(raw) for raw in read_}
    except MissingError as error:
        reason = f"{error} is missing or damaged"
        raise missing(point.root, point.commit, point.path, reason) from error
    finally:
        objects.close()
    return Catalog(tuple(shared.get(one.relative) or made[one.relative] for one in files))


def staged(folder: Path, max_file_bytes: int) -> tuple[RawFile, ...]:
    """Return every schema file as it would be committed now, as ``read_folder`` returns it.

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
    files = _indexed(listing, here.path)
    if not files:
        raise no_file(folder)
    return _read_index(here, folder, tuple(files), max_file_bytes)


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
    files = _indexed(skipped, here.path)
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


def _of_folder(
    folder: Path, present: Catalog, raws: tuple[RawFile, ...], max_file_bytes: int, *, deep: bool
) -> Catalog:
    try:
        old = read_folder(folder, max_file_bytes, deep=deep)
    except CatalogError as error:
        raise BaselineError(str(error)) from error
    today = {raw.relative: raw.data for raw in raws if raw.problem is None}
    return Catalog(
        tuple(
            present.by_relative[raw.relative]
            if raw.problem is None and today.get(raw.relative) == raw.data
            else load_file(raw)
            for raw in old
        )
    )


def _shared(
    files: tuple[Held, ...], present: Catalog, raws: tuple[RawFile, ...]
) -> dict[str, SourceFile]:
    """Return the files of today that are as they were, by path from the catalog folder."""
    today = {raw.relative: raw.data for raw in raws if raw.problem is None}
    return {
        one.relative: present.by_relative[one.relative]
        for one in files
        if one.relative in today and blob_id(today[one.relative], one.blob) == one.blob
    }


def _indexed(listing: bytes, path: str) -> tuple[Entry, ...]:
    """Return the files of a catalog out of ``ls-files -s -z``."""
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
    return entries(b"\0".join(found.values()))


def _read_index(
    here: Repository, folder: Path, files: tuple[Entry, ...], max_file_bytes: int
) -> tuple[RawFile, ...]:
    objects, prefix = Objects(here.root), prefix_of(folder.as_posix())
    try:
        return tuple(raw_files(held(files, objects), objects, prefix, max_file_bytes))
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
    for above in (folder.absolute(), *folder.absolute().parents):
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
