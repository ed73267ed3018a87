"""A new event: its declaration, in the file of its domain, and who publishes and reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from governance.catalog.model import Catalog, EventName, Layout, SourceFile
from governance.catalog.names import VERB, is_upper_camel, mended
from governance.errors import UsageError
from governance.rewrite.added import added, appended
from governance.rewrite.field import SHARED, Field
from governance.rewrite.home import begun, is_for_editors
from governance.rewrite.shared import ref_to
from governance.rewrite.stubs import FILE
from governance.schema.json import Json, JsonObject, as_text
from governance.schema.pointer import join

_SEGMENTS = (2, 3)


class Event(NamedTuple):
    """An event that is to be.

    Attributes:
        type: Its name, with the version.
        description: What happened.
        fields: What it carries.
        examples: Payloads, as examples.
        owner: Who owns it, where that is not the owner of its file.
    """

    type: str
    description: str
    fields: tuple[Field, ...]
    examples: tuple[Json, ...] = ()
    owner: str = ""


class Role(NamedTuple):
    """What a participant does with the event.

    Attributes:
        name: The participant.
        group: The consumer group that it reads as; empty where it publishes.
        description: What it is; empty where the catalog knows it.
    """

    name: str
    group: str = ""
    description: str = ""

    @property
    def words(self) -> str:
        """What is said of it where it was written down."""
        return f"{self.name} " + (f"reads it as {self.group}" if self.group else "publishes it")


class Added(NamedTuple):
    """What a catalog has more.

    Attributes:
        files: The files that changed or are new, by path from the catalog folder.
        places: What was added, each with its file and its JSON Pointer there, the event first.
    """

    files: dict[str, SourceFile]
    places: tuple[tuple[str, str, str], ...]


def event_type(said: str) -> str:
    """Return the event type that a person means, with the version that it may lack.

    Raises:
        UsageError: It is none.
    """
    name = EventName.parse(said)
    if len(name.segments) in _SEGMENTS and all(map(is_upper_camel, name.segments)):
        return said if name.major is not None else f"{said}.v1"
    near = mended(said, None, "", 1, ())
    hint = f": did you mean {near}?" if near and VERB not in near else ""
    raise UsageError(
        f"{said!r} is no event type: it reads Domain.Context.Action, such as "
        f"Task.Assignment.Created{hint}"
    )


def refuse_known(catalog: Catalog, event: str) -> None:
    """Refuse an event that there is already, be it by another name or version.

    Raises:
        UsageError: There is one; where, and what to do instead.
    """
    there = catalog.by_name.get(event)
    if there is not None:
        alias = "" if there.type == event else f", as an alias of {there.type}"
        raise UsageError(f"{event} is there already: {there.at(on_key=True)}{alias}")
    segments = EventName.parse(event).segments
    for one in catalog.events:
        if one.name.segments == segments:
            raise UsageError(
                f"{one.type} is there already: {one.at(on_key=True)}; change it there, and "
                "`keb-govern bump` lays a next version beside it where the change breaks a reader"
            )


def declaration(catalog: Catalog, event: Event, relative: str) -> JsonObject:
    """Return what a file says of a new event.

    Args:
        catalog: The catalog, for what it shares.
        event: The event.
        relative: The file, from the catalog folder.

    Raises:
        UsageError: A field needs what the catalog does not share.
    """
    major = EventName.parse(event.type).major
    said: JsonObject = {"event_version": f"{major}.0.0", "description": event.description}
    if event.owner:
        said["owner"] = event.owner
    said["data"] = {
        "type": "object",
        "properties": {one.name: _led(catalog, one.described, relative) for one in event.fields},
    }
    required = [one.name for one in event.fields if one.is_required]
    if required:
        said["data"]["required"] = required
    if event.examples:
        said["examples"] = list(event.examples)
    return said


def _led(catalog: Catalog, schema: JsonObject, relative: str) -> JsonObject:
    """Return a schema whose references by name alone lead to what the catalog shares."""
    made = dict(schema)
    ref = as_text(made.get("$ref")) or ""
    if SHARED.fullmatch(ref):
        made["$ref"] = _ref(catalog, ref, relative)
    if isinstance(made.get("items"), dict):
        made["items"] = _led(catalog, made["items"], relative)
    return made


def _ref(catalog: Catalog, name: str, relative: str) -> str:
    found = {
        file.relative: one.pointer
        for file in catalog.files
        for one in file.components
        if one.name == name
    }
    if not found:
        known = sorted({one.name for file in catalog.files for one in file.components})
        raise UsageError(
            f"the catalog shares no schema {name!r}"
            + (f": there are {', '.join(known)}" if known else " nor any other")
        )
    home = relative if relative in found else next(iter(found))
    return ref_to(relative, (home, found[home]))


def add(catalog: Catalog, event: Event, home: SourceFile, roles: Iterable[Role]) -> Added:
    """Return a catalog's files with a new event, and with who publishes and reads it.

    Args:
        catalog: The catalog.
        event: The event.
        home: The file that declares it, which may be new.
        roles: Who publishes it, and who reads it.

    Raises:
        UsageError: A field needs what the catalog does not share.
        CatalogError: A file is written in a way that nothing can be added to.
    """
    said = declaration(catalog, event, home.relative)
    files = {home.relative: added(home, "/events", event.type, said)}
    places = [(home.relative, join("events", event.type), f"{event.type} {said['event_version']}")]
    for role in roles:
        file = _file_of(catalog, files, role.name, home)
        files[file.relative], pointer = _told(file, event.type, role)
        places.append((file.relative, pointer, role.words))
    return Added(files, tuple(places))


def _file_of(
    catalog: Catalog, files: dict[str, SourceFile], name: str, home: SourceFile
) -> SourceFile:
    """Return the file that speaks of a participant, or else the one that it belongs in."""
    now = [*(catalog.by_relative | files).values()]
    known = (file for file in now if any(one.name == name for one in file.participants))
    others = (file for file in now if file.participants or file.layout is Layout.PARTICIPANTS)
    found = next(known, None) or next(others, None)
    path = home.document.path.removesuffix(home.relative) + FILE
    return found or begun(path, FILE, {"participants": {}}, is_for_editors=is_for_editors(home))


def _told(file: SourceFile, event: str, role: Role) -> tuple[SourceFile, str]:
    """Return a file in which a participant has a role, and where that stands."""
    around = join("participants", role.name)
    key = "subscribes" if role.group else "publishes"
    value: Json = {"event": event, "group": role.group} if role.group else event
    person = next((one for one in file.participants if one.name == role.name), None)
    if person is None:
        said = {"description": role.description} if role.description else {}
        return added(file, "/participants", role.name, {**said, key: [value]}), around
    if not _pointers(file, event, role):
        file = appended(file, f"{around}/{key}", value)
    return file, _pointers(file, event, role)[0]


def _pointers(file: SourceFile, event: str, role: Role) -> list[str]:
    """Return where a file says already that a participant has a role."""
    people = [one for one in file.participants if one.name == role.name]
    if role.group:
        reads = (read for one in people for read in one.subscribes)
        return [read.place.pointer for read in reads if read.event == event]
    said = (published for one in people for published in one.publishes)
    return [place.pointer for published, place in said if published == event]
