"""A short folder that goes when its owner goes, with the process that runs in it, come what may."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from governance.errors import ServerError

# macOS allows 104 bytes for the path of a socket, the last of them zero; mkdtemp adds 8 characters.
_LONGEST_PATH = 103
_PREFIX = "keb-"
_SOCKET = "s"
# It outlives us. When our end of the pipe is gone, however we ended, it ends the process that was
# named last, and clears up. A signal on our death would be for Linux alone, and there it comes when
# the *thread* ends that started the process.
_SCRIPT = """
while read -r pid; do last=$pid; done
[ -n "$last" ] && kill -9 "$last"
rm -rf -- "$1"
"""
_LONGEST_SECONDS = 10


class Guard:
    """A folder for one process and its socket; both are cleared away by ``end``, or our own end.

    Attributes:
        folder: The folder, new and empty.
        socket: Where the socket is to be, short enough for every system.

    Raises:
        ServerError: No folder can be made.
    """

    def __init__(self) -> None:
        try:
            self.folder = Path(mkdtemp(prefix=_PREFIX, dir=_short_place()))
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "keb-guard", self.folder],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # An interrupt from the keyboard is for us; what follows from it is our business.
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(f"no folder for a server can be made: {error}") from error
        self.socket = self.folder / _SOCKET

    def watch(self, process: int | None) -> None:
        """Say which process is to end when we do; None for none."""
        if self._shell.stdin is not None:
            self._shell.stdin.write(f"{process or ''}\n".encode())

    def end(self) -> None:
        """End the process that is watched, and remove the folder."""
        self._shell.communicate(timeout=_LONGEST_SECONDS)


def _short_place() -> str:
    place = gettempdir()
    longest = os.path.join(place, f"{_PREFIX}12345678", _SOCKET)  # noqa: PTH118  as bytes at once
    return place if len(os.fsencode(longest)) <= _LONGEST_PATH else "/tmp"  # noqa: S108  mkdtemp's
