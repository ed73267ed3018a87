"""The server that contract tests run against: one that is named, or one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from governance.bus.connect import Target
from governance.contract.find import find
from governance.contract.server import Server

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
        GovernError: There is none.
    """
    if said is None or _SCHEME not in said:
        return str(find(said))
    Target.of(said)
    return said.partition(_SCHEME)[0] + _SCHEME + said.partition(_SCHEME)[2].rpartition("@")[2]


@contextmanager
def venue(said: str | None) -> Iterator[Venue]:
    """Give the server that is used; one that was started ends with it.

    Raises:
        GovernError: There is none.
    """
    if said is not None and _SCHEME in said:
        yield Venue(said, named(said))
        return
    with Server(find(said)) as server:
        yield Venue(server.url, str(server.binary))
