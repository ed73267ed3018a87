"""What legacy events should be called, as far as anybody can say; the rest is a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from governance.catalog.model import Catalog, EventName, EventSchema, SourceFile
from governance.catalog.names import VERB, is_upper_camel, likely_domain, mended, stream_of
from governance.catalog.version import Version
from governance.errors import UsageError
from governance.rewrite.mapping import Mapping, Said
from governance.schema.json import JsonObject, as_object

_SEGMENTS = (2, 3)


class Proposal(NamedTuple):
    """What one event should be called.

    Attributes:
        event: The event.
        name: The best that can be said; the old name where nothing can.
        doubt: Why somebody has to decide; empty where the name is certain.
        is_given: Whether the name was given, not worked out.
    """

    event: EventSchema
    name: str
    doubt: str = ""
    is_given: bool = False


class FileProposal(NamedTuple):
    """What one legacy file should say.

    Attributes:
        file: The file.
        top: What belongs at its top and can be known, by key.
        events: Its events.
    """

    file: SourceFile
    top: JsonObject
    events: tuple[Proposal, ...]


def propose(
    catalog: Catalog, files: Iterable[SourceFile], given: Mapping, further: Collection[str]
) -> tuple[FileProposal, ...]:
    """Return what some legacy files and their events should be called.

    Args:
        catalog: The catalog that they are part of.
        files: The files.
        given: What somebody has decided.
        further: Further verbs in the past tense, in lower case.

    Raises:
        UsageError: A given name is no event type, or stands for two events.
    """
    made = [_of_file(file, given.of(file.relative), further) for file in files]
    count = Counter(one.name for proposed in made for one in proposed.events if not one.doubt)
    taken = {event.type: event for event in catalog.events if not event.legacy}
    return tuple(
        one._replace(events=tuple(_settled(event, count, taken) for event in one.events))
        for one in made
    )


def _of_file(file: SourceFile, said: Said, further: Collection[str]) -> FileProposal:
    root = as_object(file.document.root)
    domain = said.top.get("domain") or file.text("domain")
    first = {event.type: _mended(event, domain, further) for event in file.events}
    domain = domain or likely_domain(first.values(), file.stem)
    top = {"domain": domain, "stream": stream_of(file.stem), **said.top}
    return FileProposal(
        file,
        {key: value for key, value in top.items() if value and key not in root},
        tuple(
            _proposal(event, domain, said.events.get(event.type), first, further)
            for event in file.events
        ),
    )


def _proposal(
    event: EventSchema,
    domain: str,
    given: str | None,
    first: dict[str, str | None],
    further: Collection[str],
) -> Proposal:
    if given is not None:
        return Proposal(event, valid_name(event.type, given), is_given=True)
    name = first[event.type]
    if name is not None and "." not in event.type and name.partition(".")[0] != domain:
        name = _mended(event, domain, further)
    if name is None:
        return Proposal(event, event.type, "no name can be made of the old one")
    doubt = f"what happened, for {VERB}, can't be told from the old name" if VERB in name else ""
    return Proposal(event, name, doubt)


def _mended(event: EventSchema, domain: str | None, further: Collection[str]) -> str | None:
    stem = event.document.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    version = Version.parse(event.version)
    return mended(event.type, domain, stem, version.major if version else 1, further)


def valid_name(old: str, name: str) -> str:
    """Return a name that somebody gave to an event.

    Raises:
        UsageError: It is neither an event type nor the old name.
    """
    parsed = EventName.parse(name)
    is_name = name == old or (
        (parsed.major is not None and len(parsed.segments) in _SEGMENTS)
        and all(map(is_upper_camel, parsed.segments))
    )
    if not is_name:
        raise UsageError(
            f"{name!r}, given for {old}, is no event type: it reads Domain.Context.Action.vN, such "
            f"as 'Task.Assignment.Created.v1'"
        )
    return name


def _settled(one: Proposal, count: Counter[str], taken: dict[str, EventSchema]) -> Proposal:
    """Return a proposal with the doubt that the other names of the catalog cast on it."""
    doubt = ""
    if one.name in taken:
        doubt = f"{one.name} is declared already, at {taken[one.name].at(on_key=True)}"
    elif not one.doubt and count[one.name] > 1:
        doubt = f"{count[one.name]} events would be {one.name}"
    if doubt and one.is_given:
        raise UsageError(f"{one.name!r} can't be the name of {one.event.type}: {doubt}")
    return one._replace(doubt=doubt or one.doubt)
