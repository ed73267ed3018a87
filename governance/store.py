"""What earlier runs left for later ones: small files by key; safe to delete, never needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

_END = ".kept"


def folder() -> Path:
    """Return where things are kept: ``$KEB_GOVERN_CACHE``, else below the user's cache folder."""
    named = os.environ.get("KEB_GOVERN_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "keb-govern"


def key(*parts: object) -> str:
    """Return the key of what is made of the given parts, our code, and what it stands on."""
    return _digest(*parts, _code())


def find(entry: str, shelf: str = "") -> bytes | None:
    """Return what was kept under a key; None where nothing can be read.

    Args:
        entry: The key.
        shelf: The folder, below that of all, where things of its kind are kept.
    """
    try:
        return (folder() / shelf / f"{entry}{_END}").read_bytes()
    except (OSError, RuntimeError):
        return None


def keep(entry: str, text: str, most: int, shelf: str = "") -> None:
    """Keep a text under a key, as ``keep_all`` does."""
    keep_all({entry: text.encode()}, most, shelf)


def keep_all(made: Mapping[str, bytes], most: int, shelf: str = "") -> None:
    """Keep things, each under its key; a folder that can't be written to is no reason to fail.

    Args:
        made: What is kept, by key.
        most: How many entries of the shelf are kept; the oldest go first.
        shelf: As in ``find``.
    """
    try:
        place = folder() / shelf
        place.mkdir(parents=True, exist_ok=True)
        for entry, data in made.items():
            # Another process may read or write the same entry: a rename shows it whole or not at
            # all.
            part = place / f"{entry}.{os.getpid()}.part"
            part.write_bytes(data)
            part.replace(place / f"{entry}{_END}")
        kept = list(place.glob(f"*{_END}"))
        if len(kept) > most:
            kept.sort(key=lambda path: path.stat().st_mtime_ns)
            for path in kept[:-most]:
                path.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return


def _digest(*parts: object) -> str:
    from hashlib import blake2b  # noqa: PLC0415  costs as much as it saves where nothing is kept

    digest = blake2b(digest_size=20)
    for part in parts:
        text = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogateescape")
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


@cache
def _code() -> str:
    """Return what tells every file of code that a result depends on, by name, size and time."""
    from importlib.util import find_spec  # noqa: PLC0415  only a run that may keep something asks

    stamps = list(_stamps(str(Path(__file__).parent)))
    for library in ("yaml", "jsonschema_rs"):
        spec = find_spec(library)
        if spec is not None and spec.origin is not None:
            stamps += _stamps(str(Path(spec.origin).parent))
    return _digest(sys.version, sorted(stamps))


def _stamps(folder_: str) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder_):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _stamps(entry.path)
        else:
            stat = entry.stat()
            yield entry.path, stat.st_size, stat.st_mtime_ns
