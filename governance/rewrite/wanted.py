"""What a new event has to say, each with its question and the likely answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from governance.catalog.model import Catalog, EventName
from governance.catalog.names import stream_of
from governance.errors import UsageError
from governance.rewrite.field import parse
from governance.rewrite.home import Home
from governance.rewrite.new import Role
from governance.rewrite.usual import usual_owner, usual_publisher
from governance.rules import closest


class Want(NamedTuple):
    """One thing to say.

    Attributes:
        flag: The option that says it, without its hyphens.
        form: What stands behind the option.
        question: What a person is asked.
        usual: The likely answer; empty where nobody can know.
        further: The question after each answer, for what may be said several times.
        is_list: Whether the option may be given several times.
        is_needed: Whether it has to be said.
        is_sure: Whether the likely answer is taken where nobody is asked.
        take: Raises a usage error for an answer that means nothing.
    """

    flag: str
    form: str
    question: str
    usual: str = ""
    further: str = ""
    is_list: bool = False
    is_needed: bool = True
    is_sure: bool = False
    take: Callable[[str], object] = str


def wants(catalog: Catalog, event: str, home: Home) -> Iterator[Want]:
    """Yield what a new event has to say, in the order in which a person is asked.

    Args:
        catalog: The catalog.
        event: The event type.
        home: The file that it belongs in.
    """
    if home.file is None:
        domain = EventName.parse(event).segments[0]
        yield Want("about", "TEXT", f"What are the events of {domain} about?")
        yield Want("owner", "TEAM", "Which team approves changes to them?", usual_owner(catalog))
        stream = stream_of(home.stem)
        yield Want("stream", "STREAM", "Which Redis stream carries them?", stream, is_sure=True)
    yield Want("description", "TEXT", "What happened, when this event is sent?")
    yield Want(
        "field",
        "NAME:TYPE=DESCRIPTION",
        "Which field does it carry?",
        further="Which further field? (none: no more)",
        is_list=True,
        take=parse,
    )
    # Where nobody says who talks to whom, an event need not be the first to say it.
    yield Want(
        "publisher",
        "AGENT",
        "Who publishes it?",
        usual_publisher(catalog, event),
        is_list=True,
        is_needed=bool(catalog.participants),
        take=lambda said: publisher(catalog, said),
    )
    yield Want(
        "subscriber",
        "AGENT:GROUP",
        "Who reads it? (none: nobody yet)",
        further="Who else reads it? (none: nobody)",
        is_list=True,
        is_needed=False,
        take=lambda said: subscriber(catalog, said),
    )


def publisher(catalog: Catalog, said: str) -> Role:
    """Return who publishes an event, by ``AGENT`` or ``AGENT=DESCRIPTION``.

    Raises:
        UsageError: The catalog knows no such participant, and nothing says what it is.
    """
    name, _, description = (part.strip() for part in said.partition("="))
    _refuse_stranger(catalog, name, name, description)
    return Role(name, "", description)


def subscriber(catalog: Catalog, said: str) -> Role:
    """Return who reads an event, by ``AGENT:GROUP`` or ``AGENT:GROUP=DESCRIPTION``.

    Raises:
        UsageError: As for a publisher, or it names no group.
    """
    head, _, description = (part.strip() for part in said.partition("="))
    name, _, group = (part.strip() for part in head.partition(":"))
    if not group:
        raise UsageError(
            f"{said!r} does not say as which consumer group {name or 'it'} reads: write "
            f"'{name or 'AGENT'}:GROUP'"
        )
    _refuse_stranger(catalog, name, head, description)
    return Role(name, group, description)


def _refuse_stranger(catalog: Catalog, name: str, head: str, description: str) -> None:
    if not name:
        raise UsageError(f"{head!r} names no participant")
    known = sorted({one.name for one in catalog.participants})
    if name in known or description:
        return
    near = closest(name, known)
    there = f"did you mean {near}? " if near else f"there are {', '.join(known)}. " if known else ""
    raise UsageError(
        f"the catalog knows no participant {name!r}: {there}For a new one, say what it does: "
        f"'{head}=What it does.'"
    )
