"""Find and read the files of a catalog folder, as bytes; nothing outside the folder is read."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from governance import store
from governance.catalog.problem import Kind, Problem
from governance.errors import CatalogError, ConfigError

SUFFIXES = (".yaml", ".yml", ".json")
# What stands beside the files of a catalog: hidden, and so no part of it.
APPROVALS = ".keb-approvals"
KNOWN = ".keb-baseline.json"


class RawFile(NamedTuple):
    """One file before anyone has looked inside.

    Attributes:
        path: Path as the catalog was named, with forward slashes.
        relative: Path from the catalog folder, with forward slashes.
        data: What it holds; nothing where it can't be read.
        problem: Why it can't be read; None where it can.
    """

    path: str
    relative: str
    data: bytes
    problem: Problem | None


def read_folder(folder: Path, max_file_bytes: int, *, deep: bool = True) -> tuple[RawFile, ...]:
    """Read every schema file in a folder, hidden ones left out, sorted by path.

    Args:
        folder: The catalog folder, as the user named it.
        max_file_bytes: Larger files are not read.
        deep: Whether to look into folders below; links to folders are never followed.

    Raises:
        CatalogError: The folder does not exist, can't be listed, or holds no schema file.
    """
    if not folder.exists():
        raise CatalogError(
            f"there is no folder {folder.as_posix()}: name that of the catalog, or let `keb-govern "
            "init` make a first one"
        )
    if not folder.is_dir():
        raise CatalogError(
            f"{folder.as_posix()} is not a folder: name the catalog folder, or a file in it"
        )
    root, prefix = folder.resolve(), prefix_of(folder.as_posix())
    found = sorted(_below(folder, "", deep=deep), key=lambda one: order(one[0]))
    if not found:
        raise no_file(folder)
    return tuple(
        _read(prefix + relative, relative, entry, root, max_file_bytes) for relative, entry in found
    )


def read_approvals(folder: Path, max_file_bytes: int) -> tuple[RawFile, ...]:
    """Return the files of approvals in a catalog folder, sorted; none where nobody wrote any.

    Raises:
        CatalogError: Their folder can't be listed.
    """
    place = folder / APPROVALS
    if not place.is_dir() or not any(place.iterdir()):
        return ()
    return read_folder(place, max_file_bytes, deep=False)


def read_known(folder: Path) -> RawFile | None:
    """Return the file of a catalog folder; None where there is none.

    Raises:
        ConfigError: It can't be read.
    """
    path = folder / KNOWN
    if not path.is_file():
        return None
    try:
        return RawFile(path.as_posix(), KNOWN, path.read_bytes(), None)
    except OSError as error:
        raise ConfigError(f"{path.as_posix()} can't be read: {error.strerror}") from error


def prefix_of(name: str) -> str:
    """Return what stands before a path from the catalog folder, in the path as it was named."""
    return "" if name == "." else name.rstrip("/") + "/"


def order(relative: str) -> list[str]:
    """Return what files of a catalog are sorted by."""
    return relative.split("/")


def is_wanted(relative: str) -> bool:
    """Say whether a file that is not in the file system would be one of the catalog's.

    Args:
        relative: Path from the catalog folder, with forward slashes.
    """
    parts = relative.split("/")
    return parts[-1].endswith(SUFFIXES) and not any(part.startswith(".") for part in parts)


def no_file(folder: Path) -> CatalogError:
    """Return the error for a catalog without a single file."""
    return CatalogError(f"{folder.as_posix()} holds no schema file (.yaml, .yml or .json)")


def _below(
    folder: str | Path, prefix: str, *, deep: bool
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the schema files below a folder, each with its path from there."""
    # Plain texts and directory entries: a path object a file would double the time of a warm run.
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise CatalogError(f"{Path(folder).as_posix()}: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if deep:
                yield from _below(entry.path, f"{prefix}{entry.name}/", deep=deep)
        elif entry.name.endswith(SUFFIXES) and not _is_linked_folder(entry):
            yield prefix + entry.name, entry


def _is_linked_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:  # a loop of links, which is a finding once somebody tries to read it
        return False


def keys(raws: Iterable[RawFile]) -> tuple[str, ...]:
    """Return what tells the content of each file, and how it is read, from all others."""
    return tuple(store.key(raw.path.endswith(".json"), raw.data) for raw in raws)


def fingerprint(raws: tuple[RawFile, ...]) -> bytes:
    """Return a digest of the names and contents of files, 32 bytes."""
    from hashlib import blake2b  # noqa: PLC0415  only a run that may keep its report asks for it

    digest = blake2b(digest_size=32)
    for raw in raws:
        # Lengths keep the end of one part from being read as the start of the next.
        reason = raw.problem.message if raw.problem else ""
        head = f"{raw.path}\0{raw.relative}\0{len(raw.data)}\0{reason}\0"
        digest.update(head.encode("utf-8", "surrogateescape"))
        digest.update(raw.data)
    return digest.digest()


def _read(
    path: str, relative: str, entry: os.DirEntry[str], root: Path, max_file_bytes: int
) -> RawFile:
    data, problem = b"", None
    try:
        status = entry.stat()
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(root):
            problem = leads_out()
        elif not stat.S_ISREG(status.st_mode):
            problem = _unreadable("it is not a regular file", "Move it out of the catalog.")
        elif status.st_size > max_file_bytes:
            problem = too_large(status.st_size, max_file_bytes)
        else:
            data = Path(entry.path).read_bytes()
    except OSError as error:
        problem = closed(error.strerror or "the system does not say why")
    return RawFile(path, relative, data, problem)


def too_large(size: int, max_file_bytes: int) -> Problem:
    """Return the problem of a file of ``size`` bytes."""
    message = f"the file has {size:,} bytes; the limit is {max_file_bytes:,}"
    advice = "Split it by domain, or raise max-file-bytes."
    return Problem(Kind.TOO_LARGE, 0, 0, message, advice)


def leads_out() -> Problem:
    """Return the problem of a link to something outside the catalog."""
    reason = "it is a link that leads out of the catalog"
    return _unreadable(reason, "Put the file itself in the catalog.")


def closed(reason: str) -> Problem:
    """Return the problem of a file that the system does not open."""
    return _unreadable(reason, "Make the file readable, or move it out of the catalog.")


def _unreadable(reason: str, advice: str) -> Problem:
    return Problem(Kind.UNREADABLE, 0, 0, f"the file can't be read: {reason}", advice)
