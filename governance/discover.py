"""Find the one value that each module of a room offers, and the distributions that offer more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

PLUGIN_GROUP = "keb_govern.rules"


def modules(room: ModuleType) -> tuple[str, ...]:
    """Return the full names of every module below a room, packages left out, sorted."""
    found = [room.__name__ + name for name in _below(room.__path__[0])]
    return tuple(sorted(found))


def _below(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from (f".{entry.name}{name}" for name in _below(entry.path))
        elif entry.name.endswith(".py") and entry.name != "__init__.py":
            yield f".{entry.name[:-3]}"


def names(room: ModuleType) -> dict[str, str]:
    """Return what each module of a room is called, and its full name.

    It has hyphens for underscores; one in a room of its own is called by both: ``bus lag``.
    """
    start = len(room.__name__) + 1
    return {name[start:].replace("_", "-").replace(".", " "): name for name in modules(room)}


def load(module: str, name: str, kind: type[T]) -> T:
    """Return the value that one module offers under ``name``.

    Raises:
        TypeError: The module offers nothing of that name and kind.
    """
    value = getattr(import_module(module), name, None)
    if not isinstance(value, kind):
        raise TypeError(f"{module} must offer {name}: {kind.__name__}")
    return value


def collect(room: ModuleType, name: str, kind: type[T]) -> tuple[T, ...]:
    """Return ``name`` from every module below ``room``, in module order."""
    return tuple(load(module, name, kind) for module in modules(room))


def plugins_installed(group: str) -> bool:
    """Say whether any distribution on the path has entry points of a group.

    A look at the files alone: importing ``importlib.metadata`` costs as much as a whole small
    check.
    """
    header = f"[{group}]".encode()
    return any(header in listing for folder in sys.path if folder for listing in _listings(folder))


def _listings(folder: str) -> Iterator[bytes]:
    """Yield what the distributions in a folder list as entry points."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.endswith(".dist-info")]
    except OSError:
        return
    for name in names:
        listing = Path(folder, name, "entry_points.txt")
        if listing.is_file():
            yield listing.read_bytes()
