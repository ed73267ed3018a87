"""The catalog: what the files of one folder say about events, frozen."""

import re
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from governance.catalog.document import Document, Place
from governance.catalog.tree import SchemaTree, Target
from governance.schema.json import Json, JsonObject, as_date, as_list, as_object, as_text

_MAJOR = re.compile(r"v(0|[1-9][0-9]{0,8})")


class Layout(Enum):
    """How a file is laid out."""

    DOMAIN = "the events of one domain"
    SHARED = "components alone"
    PARTICIPANTS = "who publishes and subscribes"
    LEGACY = "a bare map from event name to schema"
    UNKNOWN = "nothing that a catalog knows"


class EventName(NamedTuple):
    """An event type taken apart.

    Attributes:
        segments: What stands between the dots, without the version.
        major: The number behind ``.v`` at the end; None where there is none.
    """

    segments: tuple[str, ...]
    major: int | None

    # Most rules about names ask for the same one again.
    @classmethod
    @lru_cache(maxsize=16_384)
    def parse(cls, event_type: str) -> "EventName":
        """Take an event type apart; anything can be taken apart."""
        *segments, last = event_type.split(".")
        found = _MAJOR.fullmatch(last)
        if found and segments:
            return cls(tuple(segments), int(found[1]))
        return cls((*segments, last), None)


class EventSchema(NamedTuple):
    """One declared event.

    Attributes:
        type: Its name, the key that it stands under.
        document: The file that declares it.
        pointer: Where in the file.
        declaration: All that is said of it.
        payload: The schema of its ``data`` (in the legacy layout: of the whole event); None where
            it is no object.
        legacy: Whether the file has the legacy layout.
        domain: The domain that the file declares.
        stream: The stream that the file declares.
        owner: The owner that the event or else the file declares.
    """

    type: str
    document: Document
    pointer: str
    declaration: JsonObject
    payload: SchemaTree | None
    legacy: bool
    domain: str | None
    stream: str | None
    owner: str | None

    @property
    def name(self) -> "EventName":
        """The event type taken apart."""
        return EventName.parse(self.type)

    @property
    def version(self) -> Json:
        """What ``event_version`` says, whatever its type."""
        return self.declaration.get("event_version")

    @property
    def aliases(self) -> list[Json]:
        """The further names that it has on the wire."""
        return as_list(self.declaration.get("aliases"))

    @property
    def names(self) -> list[str]:
        """Every name that it has on the wire: its type first, then its aliases and legacy name."""
        said = self.declaration
        if "aliases" not in said and "legacy" not in said:
            return [self.type]
        legacy = as_object(said.get("legacy")).get("name")
        return [self.type, *(name for name in (*self.aliases, legacy) if as_text(name))]

    @property
    def deprecated(self) -> JsonObject | None:
        """What is said of its end; None where it is not deprecated."""
        said = self.declaration.get("deprecated")
        return None if said is None or said is False else as_object(said)

    @property
    def sunset(self) -> date | None:
        """The day on which it ends; None where it is not deprecated, or no day can be read."""
        return as_date((self.deprecated or {}).get("sunset"))

    @property
    def examples(self) -> list[tuple[str, Json]]:
        """Its examples, each with its pointer from the event."""
        return [
            (f"/examples/{number}", one)
            for number, one in enumerate(as_list(self.declaration.get("examples")))
        ]

    def at(self, pointer: str = "", *, on_key: bool = False) -> Place:
        """Return the place of a pointer that starts at the event."""
        return Place(self.document, self.pointer + pointer, on_key)


class Component(NamedTuple):
    """One shared schema under ``components.schemas``."""

    name: str
    document: Document
    pointer: str
    tree: SchemaTree

    def at(self, pointer: str = "", *, on_key: bool = False) -> Place:
        """Return the place of a pointer that starts at the component."""
        return Place(self.document, self.pointer + pointer, on_key)


class Subscription(NamedTuple):
    """What one participant reads of one event.

    Attributes:
        event: The event type.
        group: The consumer group; None where none is named.
        reads: JSON Pointers into ``data``; None means that it may read everything.
        place: Where it stands.
    """

    event: str
    group: str | None
    reads: tuple[str, ...] | None
    place: Place

    def at(self, pointer: str) -> Place:
        """Return the place of a pointer that starts at the subscription."""
        return Place(self.place.document, self.place.pointer + pointer)


class Participant(NamedTuple):
    """One agent or service on the bus.

    Attributes:
        name: Its name.
        place: Where it stands.
        description: What it is; None where nothing is said.
        publishes: The event types that it publishes, each with its place.
        subscribes: What it reads.
    """

    name: str
    place: Place
    description: str | None
    publishes: tuple[tuple[str, Place], ...]
    subscribes: tuple[Subscription, ...]


class SourceFile(NamedTuple):
    """One file of the catalog.

    Attributes:
        document: The file as read.
        relative: Path from the catalog folder, with forward slashes.
        layout: How it is laid out.
        events: The events that it declares, in document order.
        components: The shared schemas that it declares, in document order.
        participants: The participants that it declares, in document order.
        events_by_pointer: The events by where they stand.
    """

    document: Document
    relative: str
    layout: Layout
    events: tuple[EventSchema, ...]
    components: tuple[Component, ...]
    participants: tuple[Participant, ...]
    events_by_pointer: dict[str, EventSchema]

    @property
    def stem(self) -> str:
        """File name without folder and ending."""
        return self.relative.rsplit("/", 1)[-1].rsplit(".", 1)[0]

    @property
    def trees(self) -> list[SchemaTree]:
        """Every schema of the file: components first, then payloads."""
        payloads = [event.payload for event in self.events if event.payload is not None]
        return [component.tree for component in self.components] + payloads

    def text(self, key: str) -> str | None:
        """Return the text that stands under a key of the file itself; None where there is none."""
        return as_text(as_object(self.document.root).get(key))

    def at(self, pointer: str = "", *, on_key: bool = False) -> Place:
        """Return the place of a pointer into the file."""
        return Place(self.document, pointer, on_key)

    def event_at(self, pointer: str) -> EventSchema | None:
        """Return the event whose declaration a pointer lies in."""
        depth = 2 if self.layout is Layout.LEGACY else 3
        return self.events_by_pointer.get("/".join(pointer.split("/", depth)[:depth]))


class Catalog:
    """Every file of one folder. Not changed after it is made.

    Args:
        files: The files, sorted by path.
    """

    __slots__ = (
        "by_name",
        "by_path",
        "by_relative",
        "by_type",
        "events",
        "files",
        "followed",
        "participants",
        "trees",
    )

    def __init__(self, files: tuple[SourceFile, ...]) -> None:
        self.files = files
        self.by_path = {file.document.path: file for file in files}
        self.by_relative = {file.relative: file for file in files}
        self.events = tuple(event for file in files for event in file.events)
        self.participants = tuple(person for file in files for person in file.participants)
        self.trees = {
            (file.document.path, tree.pointer): tree for file in files for tree in file.trees
        }
        # Where references lead, by schema tree and text: the same few are followed again and again.
        self.followed: dict[tuple[int, str], Target] = {}
        # The first declaration counts; a second one is a finding.
        self.by_type: dict[str, EventSchema] = {}
        for event in self.events:
            self.by_type.setdefault(event.type, event)
        # Found by an alias too; a type of that name wins.
        self.by_name = dict(self.by_type)
        for event in self.events:
            for name in event.names:
                self.by_name.setdefault(name, event)

    @property
    def unread(self) -> str:
        """What to add where something is not found; empty where every file could be read."""
        paths = [one.document.path for one in self.files if one.document.root is None]
        return f"; {', '.join(paths)} can't be read: see `keb-govern check`" if paths else ""
