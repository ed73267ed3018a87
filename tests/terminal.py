"""A person at a terminal: a command in a pseudo-terminal, its questions answered one by one."""

from __future__ import annotations

import os
import pty
import re
import select
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.repositories import GOVERN

# Every question of ours ends so, and nothing else that is printed does.
_QUESTION = re.compile(rb"[?\])] $")
_COLORS = re.compile(r"\x1b\[[0-9]*m")
INTERRUPT = "\x03"
END = "\x04"
_PATIENCE_S = 30


class Session(NamedTuple):
    """What became of it: all that the terminal showed, and the exit code."""

    shown: str
    code: int


def at_terminal(folder: Path, words: Iterable[str], answers: Iterable[str]) -> Session:
    """Run a command at a terminal in a folder, and answer its questions in order.

    An answer is a line; ``INTERRUPT`` and ``END`` are the keys of that name.
    """
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover  this is the command
        os.chdir(folder)
        os.execv(GOVERN[0], [*GOVERN, *words])  # noqa: S606  no shell is wanted
    shown, left, asked = b"", iter(answers), 0
    while read := _read(terminal):
        shown += read
        line = next(left, None) if len(shown) > asked and _QUESTION.search(shown) else None
        if line is not None:
            os.write(terminal, (line if line in (INTERRUPT, END) else f"{line}\n").encode())
            asked = len(shown)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert next(left, None) is None, f"not all was asked for: {shown.decode()}"
    text = _COLORS.sub("", shown.decode()).replace("\r\n", "\n")
    return Session(text, os.waitstatus_to_exitcode(status))


def _read(terminal: int) -> bytes:
    ready, _, _ = select.select([terminal], [], [], _PATIENCE_S)
    assert ready, "the command waits for an answer that nobody has"
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the command has ended
        return b""
