"""Write files: all of them or none, or only where there is none."""

from __future__ import annotations

import os
from pathlib import Path

from governance.errors import UsageError


def write_all(texts: dict[Path, str]) -> None:
    """Write every file or none: what can fail is done before the first one takes its place.

    What is no file, such as a pipe or ``/dev/stdout``, can't be replaced: it is written to.

    Args:
        texts: What each file is to hold.

    Raises:
        UsageError: One can't be written.
    """
    made: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, text in texts.items():
            if not is_stream(path):
                # A link inside the catalog stays one.
                _beside(path.resolve(), text, made)
        for path, text in texts.items():
            if is_stream(path):
                path.write_bytes(text.encode())
        for temporary, path in made:
            temporary.replace(path)
    except OSError as error:
        raise UsageError(f"{path.as_posix()} can't be written: {error.strerror}") from error
    finally:
        # Whatever happens, an interrupt included, nothing of ours is left beside the files.
        for temporary, _ in made:
            temporary.unlink(missing_ok=True)


def write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet, and the folders above it.

    Returns:
        Whether it was written; not where meanwhile there is one.

    Raises:
        UsageError: It can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(text.encode())
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(f"{path.as_posix()} can't be written: {error.strerror}") from error
    return True


def is_stream(path: Path) -> bool:
    """Say whether a path leads to no file, but to what takes bytes as they come."""
    # What stands behind /dev/stdout may be a file, which whoever opened it goes on to write.
    return (path.is_absolute() and path.parts[1:2] == ("dev",)) or (
        path.exists() and not (path.is_file() or path.is_dir())
    )


def _beside(path: Path, text: str, made: list[tuple[Path, Path]]) -> None:
    """Write a text beside the file that it is for, and note where."""
    temporary = path.with_name(f".{os.urandom(8).hex()}")
    # Noted before it is there: an interrupt may come right after.
    made.append((temporary, path))
    with open(temporary, "xb", opener=_private) as file:
        file.write(text.encode())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
