"""Turn the files of a folder into a catalog; never raises for what a file holds."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from governance.catalog.build import Places, build
from governance.catalog.document import Document, Place
from governance.catalog.envelope import NAMES
from governance.catalog.files import RawFile
from governance.catalog.model import (
    Catalog,
    Component,
    EventSchema,
    Layout,
    Participant,
    SourceFile,
    Subscription,
)
from governance.catalog.problem import Kind, Problem
from governance.catalog.tree import SchemaTree
from governance.schema.dialect import DRAFT_2020_12, OPENAPI_30, Dialect, dialect_of
from governance.schema.json import Json, JsonObject, as_list, as_object, as_text
from governance.schema.pointer import join

_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What may stand at the top of a file and is no event, not even where events stand bare beside it.
TOP_KEYS = frozenset(
    {"$schema", "domain", "stream", "owner", "description", "events", "participants", "components"}
)
_SCHEMA_LIKE = frozenset(
    {"properties", "allOf", "required", "type", "$ref", "anyOf", "oneOf", "description", "data"}
)


def load(raws: tuple[RawFile, ...]) -> Catalog:
    """Return the catalog that the given files make, in their order."""
    return Catalog(tuple(load_file(raw) for raw in raws))


def load_file(raw: RawFile) -> SourceFile:
    """Return one file as the catalog sees it."""
    return source_file(_document(raw), raw.relative)


def source_file(document: Document, relative: str) -> SourceFile:
    """Return a file that has been read as the catalog sees it.

    Args:
        document: The file as read.
        relative: Path from the catalog folder.
    """
    root = document.root
    layout = _layout(root)
    events: tuple[EventSchema, ...] = ()
    if layout is Layout.DOMAIN:
        events = tuple(_events(document, root))
    elif layout is Layout.LEGACY:
        events = tuple(
            _legacy_event(document, root, n, s)
            for n, s in _bare(root).items()
            if isinstance(s, dict)
        )
    return SourceFile(
        document,
        relative,
        layout,
        events,
        _components(document, layout),
        _participants(document),
        {event.pointer: event for event in events},
    )


def _document(raw: RawFile) -> Document:
    if raw.problem is not None:
        return Document(raw.path, b"", None, Places(), (raw.problem,))
    data = raw.data
    marks: tuple[Problem, ...] = ()
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
        message = "the file starts with a byte order mark"
        marks = (
            Problem(
                Kind.BYTE_ORDER_MARK, 0, 0, message, "Save it as UTF-8 without a byte order mark."
            ),
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _not_utf_8(raw.path, data, error)
    built = build(text, is_json=raw.path.endswith(".json"))
    return Document(raw.path, data, built.root, built.places, (*marks, *built.problems))


def _not_utf_8(path: str, data: bytes, error: UnicodeDecodeError) -> Document:
    at = len(data[: error.start].decode(errors="replace"))
    other = (
        "it looks like UTF-16 or UTF-32"
        if data.startswith(_MARKS)
        else f"byte {data[error.start]:#04x} is no UTF-8"
    )
    problem = Problem(
        Kind.NOT_UTF_8, at, at + 1, f"the file is not UTF-8: {other}", "Save it as UTF-8."
    )
    return Document(path, data, None, Places(), (problem,))


def _layout(root: Json) -> Layout:
    if not isinstance(root, dict) or not root:
        return Layout.UNKNOWN
    if "events" in root:
        return Layout.DOMAIN
    if "participants" in root:
        return Layout.PARTICIPANTS
    if any(isinstance(said, dict) and _SCHEMA_LIKE & said.keys() for said in _bare(root).values()):
        return Layout.LEGACY
    if root.keys() & {"domain", "stream", "owner"}:
        return Layout.DOMAIN
    return Layout.SHARED if "components" in root else Layout.UNKNOWN


def _bare(root: JsonObject) -> JsonObject:
    """Return what stands at the top of a file and is none of the format's own keys."""
    return {
        name: said
        for name, said in root.items()
        if name not in TOP_KEYS and not name.startswith("x-")
    }


def _events(document: Document, root: JsonObject) -> Iterator[EventSchema]:
    # Looked up once for all events of the file.
    dialect = _file_dialect(root)
    owner, domain, stream = (as_text(root.get(key)) for key in ("owner", "domain", "stream"))
    for name, value in as_object(root.get("events")).items():
        said = as_object(value)
        pointer, data = join("events", name), said.get("data")
        payload = None
        if isinstance(data, dict):
            payload = SchemaTree(document, pointer + "/data", data, dialect_of(data, dialect))
        yield EventSchema(
            name,
            document,
            pointer,
            said,
            payload,
            legacy=False,
            domain=domain,
            stream=stream,
            owner=as_text(said.get("owner")) or owner,
        )


def _legacy_event(document: Document, root: JsonObject, name: str, said: JsonObject) -> EventSchema:
    payload = SchemaTree(document, join(name), said, dialect_of(said, OPENAPI_30), NAMES)
    return EventSchema(
        name,
        document,
        join(name),
        said,
        payload,
        legacy=True,
        domain=as_text(root.get("domain")),
        stream=as_text(root.get("stream")),
        owner=as_text(root.get("owner")),
    )


def _file_dialect(root: JsonObject) -> Dialect:
    return dialect_of(root, DRAFT_2020_12)


def _components(document: Document, layout: Layout) -> tuple[Component, ...]:
    root = as_object(document.root)
    otherwise = OPENAPI_30 if layout is Layout.LEGACY else _file_dialect(root)
    made = []
    for name, schema in as_object(as_object(root.get("components")).get("schemas")).items():
        if isinstance(schema, dict):
            pointer = join("components", "schemas", name)
            tree = SchemaTree(document, pointer, schema, dialect_of(schema, otherwise))
            made.append(Component(name, document, pointer, tree))
    return tuple(made)


def _participants(document: Document) -> tuple[Participant, ...]:
    declared = as_object(as_object(document.root).get("participants"))
    return tuple(_participant(document, name, as_object(said)) for name, said in declared.items())


def _participant(document: Document, name: str, said: JsonObject) -> Participant:
    pointer = join("participants", name)
    publishes = tuple(
        (event, Place(document, f"{pointer}/publishes/{number}"))
        for number, event in enumerate(as_list(said.get("publishes")))
        if isinstance(event, str)
    )
    subscribes = tuple(
        _subscription(entry, Place(document, f"{pointer}/subscribes/{number}"))
        for number, entry in enumerate(as_list(said.get("subscribes")))
        if isinstance(entry, str)
        or (isinstance(entry, dict) and isinstance(entry.get("event"), str))
    )
    return Participant(
        name, Place(document, pointer), as_text(said.get("description")), publishes, subscribes
    )


def _subscription(entry: JsonObject | str, place: Place) -> Subscription:
    if isinstance(entry, str):
        return Subscription(entry, None, None, place)
    reads = entry.get("reads")
    pointers = (
        tuple(read for read in reads if isinstance(read, str)) if isinstance(reads, list) else None
    )
    return Subscription(entry["event"], as_text(entry.get("group")), pointers, place)
