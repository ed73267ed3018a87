"""Find and read the files of a catalog folder, as bytes; nothing outside the folder is read."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from governance.catalog.problem import Kind, Problem
from governance.errors import CatalogError

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


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
    if not folder.is_dir():
        raise CatalogError(
            f"{folder.as_posix()} is not a folder: name the catalog folder, or a file in it"
        )
    root = folder.resolve()
    found: list[Path] = []
    for here, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if deep and not name.startswith(".")]
        found += [Path(here, name) for name in names if not name.startswith(".")]
    schemas = sorted(path for path in found if path.suffix in SUFFIXES)
    if not schemas:
        raise CatalogError(f"{folder.as_posix()} holds no schema file (.yaml, .yml or .json)")
    return tuple(_read(path, folder, root, max_file_bytes) for path in schemas)


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


def _refuse(error: OSError) -> None:
    raise CatalogError(f"{Path(error.filename or '').as_posix()}: {error.strerror}")


def _read(path: Path, folder: Path, root: Path, max_file_bytes: int) -> RawFile:
    data, problem = b"", None
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            problem = _unreadable(
                "it is a link that leads out of the catalog", "Put the file itself in the catalog."
            )
        elif not stat.S_ISREG(path.stat().st_mode):
            problem = _unreadable("it is not a regular file", "Move it out of the catalog.")
        elif path.stat().st_size > max_file_bytes:
            message = f"the file has {path.stat().st_size:,} bytes; the limit is {max_file_bytes:,}"
            problem = Problem(
                Kind.TOO_LARGE, 0, 0, message, "Split it by domain, or raise max-file-bytes."
            )
        else:
            data = path.read_bytes()
    except (OSError, RuntimeError) as error:
        # Path.resolve raises RuntimeError for a loop of links on Python before 3.13.
        reason = (
            error.strerror
            if isinstance(error, OSError) and error.strerror
            else "it is part of a loop of links"
        )
        problem = _unreadable(reason, "Make the file readable, or move it out of the catalog.")
    return RawFile(path.as_posix(), path.relative_to(folder).as_posix(), data, problem)


def _unreadable(reason: str, advice: str) -> Problem:
    return Problem(Kind.UNREADABLE, 0, 0, f"the file can't be read: {reason}", advice)
