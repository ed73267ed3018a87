"""Read a catalog as it was at a commit or in another folder."""

from __future__ import annotations

from typing import NamedTuple

from governance.baseline.git import MissingError, Objects, ask
from governance.baseline.lacking import missing
from governance.baseline.point import Point
from governance.baseline.tree import Held, blob_id, entries, held, raw_files
from governance.catalog.files import RawFile, prefix_of, read_folder
from governance.catalog.kept import load_files
from governance.catalog.model import Catalog, SourceFile
from governance.errors import BaselineError, CatalogError

_SHA1_DIGITS = 40


class Former(NamedTuple):
    """A catalog as it was.

    Attributes:
        catalog: The catalog.
        by_blob: Its files by the id of the blob that each was read from; none of a folder.
    """

    catalog: Catalog
    by_blob: dict[str, SourceFile]


def load_at(  # noqa: PLR0913  the last two only by name
    point: Point,
    present: Catalog,
    raws: tuple[RawFile, ...],
    max_file_bytes: int,
    *,
    deep: bool = True,
    use_cache: bool = False,
) -> Former:
    """Return the catalog as it was.

    Args:
        point: What to compare with.
        present: The catalog of today; files whose bytes are the same are shared with it.
        raws: The files that it was made from.
        max_file_bytes: Larger files are not read.
        deep: Whether the catalog has folders below.
        use_cache: Whether what earlier runs read may be taken, and what is read is kept.

    Returns:
        The files, sorted by path; none where there is nothing to compare with. A file of a commit
        has the path ``LABEL:PATH``, one of a folder its path there.

    Raises:
        BaselineError: The commit or folder can't be read.
    """
    if point.folder is not None:
        try:
            there = read_folder(point.folder, max_file_bytes, deep=deep)
        except CatalogError as error:
            raise BaselineError(str(error)) from error
        return Former(_of_folder(there, present, raws, use_cache=use_cache), {})
    if point.tree is None or point.root is None or point.commit is None:
        return Former(Catalog(()), {})
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
        made = {file.relative: file for file in load_files(read_, use_cache=use_cache)}
    except MissingError as error:
        reason = f"{error} is missing or damaged"
        raise missing(point.root, point.commit, point.path, reason) from error
    finally:
        objects.close()
    sources = [shared.get(one.relative) or made[one.relative] for one in files]
    by_blob = {one.blob: source for one, source in zip(files, sources, strict=True)}
    return Former(Catalog(tuple(sources)), by_blob)


def _of_folder(
    there: tuple[RawFile, ...], present: Catalog, raws: tuple[RawFile, ...], *, use_cache: bool
) -> Catalog:
    today = {raw.relative: raw.data for raw in raws if raw.problem is None}

    def is_same(raw: RawFile) -> bool:
        return raw.problem is None and today.get(raw.relative) == raw.data

    differing = load_files((one for one in there if not is_same(one)), use_cache=use_cache)
    made = {file.relative: file for file in differing}
    return Catalog(tuple(made.get(o.relative) or present.by_relative[o.relative] for o in there))


def _shared(
    files: tuple[Held, ...], present: Catalog, raws: tuple[RawFile, ...]
) -> dict[str, SourceFile]:
    """Return the files of today that are as they were, by path from the catalog folder."""
    today = {raw.relative: raw.data for raw in raws if raw.problem is None}
    return {
        one.relative: present.by_relative[one.relative]
        for one in files
        if one.relative in today and _blob(one, today, present) == one.blob
    }


def _blob(one: Held, today: dict[str, bytes], present: Catalog) -> str:
    """Return the id that git gives to a file of today, in the kind of ids that it has."""
    document = present.by_relative[one.relative].document
    # What was read with a problem may not be all that the file holds.
    if len(one.blob) == _SHA1_DIGITS and not document.problems:
        return document.blob
    return blob_id(today[one.relative], one.blob)
