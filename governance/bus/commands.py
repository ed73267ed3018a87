"""What the core asks of a driver, and what a driver answers when that can't be done."""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from governance.bus.event import Event

Part: TypeAlias = str | bytes | int | float
# A reply as RESP2 has it: bytes, whole numbers, lists of these, or None.
Reply: TypeAlias = Any
T = TypeVar("T")


class Line(Enum):
    """The connection that a command goes by: a blocked one serves nobody else."""

    PUBLISH = "publish"
    READ = "read"
    ADMIN = "admin"
    SENTINEL = "sentinel"


class Ask(NamedTuple):
    """Send one command; the reply comes back, or an error is thrown in.

    Attributes:
        line: By which connection.
        words: The command.
    """

    line: Line
    words: tuple[Part, ...]


class Many(NamedTuple):
    """Send several commands at once; a list comes back, with a ``ReplyError`` where one is refused.

    Attributes:
        line: By which connection.
        commands: The commands.
    """

    line: Line
    commands: list[tuple[Part, ...]]


class Pause(NamedTuple):
    """Wait, unless it is time to stop."""

    seconds: float


# An event is for the handler: back comes the exception that it raised, or None.
Command: TypeAlias = Ask | Many | Pause | Event
Steps: TypeAlias = Generator[Command, Reply, T]


class CommandError(Exception):
    """A command was not carried out, or nobody knows."""


class UnsentError(CommandError):
    """There was no connection: the command never left."""


class UnansweredError(CommandError):
    """The command was sent, and no answer came: it may have been carried out."""


class ReplyError(CommandError):
    """The server refused a command.

    Args:
        text: What it said, such as ``NOGROUP No such key``.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code = text.partition(" ")[0]


def raise_first(replies: list[Reply]) -> None:
    """Raise the first refusal among the replies to ``Many``.

    Raises:
        ReplyError: There is one.
    """
    for reply in replies:
        if isinstance(reply, ReplyError):
            raise reply
