"""The files of a catalog as a tree or the index of git lists them, and what they hold."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from hashlib import sha1, sha256
from typing import NamedTuple

from governance.baseline.git import Objects, is_id
from governance.catalog.files import RawFile, closed, is_wanted, leads_out, order, too_large
from governance.catalog.problem import Problem
from governance.errors import BaselineError

FOLDER, LINK = "040000", "120000"
_FILES = ("100644", "100755", "100664", LINK)
# A link that leads to a link that leads to a link: no further than a system follows them.
_MOST_LINKS = 40
# The longest text that a link of a file system can hold.
_MOST_LINK_BYTES = 4096


class Entry(NamedTuple):
    """One file, or folder, of which nothing but the name was read.

    Attributes:
        relative: Path from the catalog folder, with forward slashes.
        mode: As git writes it: ``100644``, or ``120000`` for a link.
        blob: Id of what it holds.
    """

    relative: str
    mode: str
    blob: str


class Held(NamedTuple):
    """One file of the catalog, links followed.

    Attributes:
        relative: Path from the catalog folder, with forward slashes.
        blob: Id of what it holds; empty where it can't be read.
        problem: Why it can't be read; None where it can.
    """

    relative: str
    blob: str
    problem: Problem | None = None


def entries(listing: bytes) -> tuple[Entry, ...]:
    """Return the files of a catalog out of ``ls-tree -r -z``, in the order of a catalog.

    Raises:
        BaselineError: It is no such list.
    """
    found = (entry(record) for record in listing.split(b"\0") if record)
    wanted = (one for one in found if one.mode in _FILES and is_wanted(one.relative))
    return tuple(sorted(wanted, key=lambda one: order(one.relative)))


def entry(record: bytes) -> Entry:
    """Return one record of ``ls-tree -z``; the path is as git says it.

    Raises:
        BaselineError: It is no such record.
    """
    head, _, path = record.partition(b"\t")
    mode, _, rest = head.partition(b" ")
    blob = rest.rpartition(b" ")[2].decode(errors="replace")
    if not is_id(blob):
        raise BaselineError(f"git lists {record[:80]!r} as a file")
    return Entry(os.fsdecode(path), mode.decode(errors="replace"), blob)


def held(listed: tuple[Entry, ...], objects: Objects, *, deep: bool = True) -> tuple[Held, ...]:
    """Return the files of a catalog with links followed as in a folder, in the same order.

    A link to a folder is left out; one that leads out of the catalog, or nowhere, is a problem.

    Args:
        listed: All the files of the catalog.
        objects: Where the texts of links are read.
        deep: Whether files in folders below count.

    Raises:
        MissingError: One is not there.
        BaselineError: Git fails.
    """
    files = {one.relative: one for one in listed}
    listed = tuple(one for one in listed if deep or "/" not in one.relative)
    links = {one.relative: one.blob for one in files.values() if one.mode == LINK}
    if not links:
        return tuple(Held(one.relative, one.blob) for one in listed)
    texts = dict(objects.blobs(dict.fromkeys(links.values()), _MOST_LINK_BYTES))
    targets = {path: texts[blob] for path, blob in links.items()}
    folders = {above for path in files for above in _above(path)}
    found = (
        _target(one.relative, targets, files, folders)
        if one.mode == LINK
        else Held(one.relative, one.blob)
        for one in listed
    )
    return tuple(one for one in found if one is not None)


def raw_files(
    files: Iterable[Held], objects: Objects, prefix: str, max_file_bytes: int
) -> Iterator[RawFile]:
    """Yield what files hold.

    Args:
        files: The files.
        objects: Where blobs are read.
        prefix: What stands before the path from the catalog folder, in the path as it was named.
        max_file_bytes: What is larger is a problem.

    Raises:
        MissingError: One is not there.
        BaselineError: Git fails.
    """
    files = tuple(files)
    blobs = objects.blobs((one.blob for one in files if one.blob), max_file_bytes)
    for one in files:
        data, problem = b"", one.problem
        if one.blob:
            _, read = next(blobs)
            if isinstance(read, bytes):
                data = read
            else:
                problem = too_large(read, max_file_bytes)
        yield RawFile(prefix + one.relative, one.relative, data, problem)
    # Read to its end, the process goes on to serve.
    next(blobs, None)


def _above(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _target(
    link: str, targets: dict[str, bytes | int], files: dict[str, Entry], folders: set[str]
) -> Held | None:
    """Return what a link leads to; None for a folder."""
    path = link
    for _ in range(_MOST_LINKS):
        text = targets[path]
        if not isinstance(text, bytes):
            return Held(link, "", closed("File name too long"))
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(text)))
        if path.startswith(("../", "/")) or path == "..":
            return Held(link, "", leads_out())
        if path in folders or path == ".":
            return None
        if path not in files:
            return Held(link, "", closed("No such file or directory"))
        if path not in targets:
            return Held(link, files[path].blob)
    return Held(link, "", closed("Too many levels of symbolic links"))


def blob_id(data: bytes, like: str) -> str:
    """Return the id that git gives to a file's bytes, in the kind of ids that ``like`` is of."""
    digest = sha1(usedforsecurity=False) if len(like) == 40 else sha256()  # noqa: PLR2004  hex digits of SHA-1
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()
