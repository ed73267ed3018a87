"""The server that contract tests run against: one that is named, or one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from governance.bus.commands import Ask, Line, ReplyError, UnansweredError, UnsentError
from governance.bus.connect import Target, shown
from governance.bus.lines import Lines
from governance.contract.find import find
from governance.contract.server import Server
from governance.errors import ServerError

_SCHEME = "://"


class Venue(NamedTuple):
    """A server.

    Attributes:
        url: Where it is.
        name: How a person calls it.
    """

    url: str
    name: str


def named(said: str | None) -> str:
    """Return how a person calls the server that is used.

    Args:
        said: Its URL, or the path of a program; None for whichever is found.

    Raises:
        GovernError: There is none, or it does not answer.
    """
    if said is None or _SCHEME not in said:
        return str(find(said))
    _reach(said)
    return shown(said)


def _reach(url: str) -> None:
    lines = Lines(Target.of(url))
    try:
        lines.perform(Ask(Line.ADMIN, ("PING",)))
    except (UnsentError, UnansweredError) as error:
        raise ServerError(
            f"no server answers at {shown(url)} ({error}): start it, or leave "
            "--keb-server out, and the tests start one of their own"
        ) from error
    except ReplyError as error:
        raise ServerError(f"{shown(url)} refuses: {error}") from error
    finally:
        lines.close()


@contextmanager
def venue(said: str | None) -> Iterator[Venue]:
    """Give the server that is used; one that was started ends with it.

    Raises:
        GovernError: There is none.
    """
    if said is not None and _SCHEME in said:
        yield Venue(said, shown(said))
        return
    with Server(find(said)) as server:
        yield Venue(server.url, str(server.binary))
