"""The way of a legacy catalog to governed form, on one page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.draft import Draft, comments
from governance.catalog.envelope import COMPONENT
from governance.catalog.files import RawFile
from governance.catalog.legacy import is_of_event
from governance.catalog.load import load_file
from governance.catalog.model import Catalog, EventName, EventSchema, Layout, SourceFile
from governance.catalog.names import upper_camel
from governance.catalog.references import led
from governance.errors import CatalogError
from governance.rewrite import block, brackets, stubs
from governance.rewrite.fit import changed, lost
from governance.rewrite.head import Head
from governance.rewrite.lift import Lift
from governance.rewrite.naming import FileProposal, Proposal
from governance.rewrite.notes import notes
from governance.rewrite.proof import Verdict, verdict
from governance.rewrite.translate import translate
from governance.schema.dialect import OPENAPI_30
from governance.schema.json import JsonObject, as_object, shown
from governance.schema.pointer import join, within

_SCHEMAS = "/components/schemas"


class Adopted(NamedTuple):
    """What became of one event.

    Attributes:
        old: Its name in the legacy file.
        new: Its name from now on.
        doubt: Why it kept the old one; empty where it did not.
        verdict: Whether it carries the same as before.
    """

    old: str
    new: str
    doubt: str
    verdict: Verdict


class Rewritten(NamedTuple):
    """What became of one file.

    Attributes:
        document: The file as it was.
        text: What it should hold.
        top: What it says at its top from now on, by key.
        events: Its events.
        notes: What a reviewer should know.
    """

    document: Document
    text: str
    top: JsonObject
    events: tuple[Adopted, ...]
    notes: tuple[str, ...]


class Plan(NamedTuple):
    """What a catalog should become.

    Attributes:
        files: The files that change.
        participants: What ``participants.yaml`` should hold; empty where it stays as it is.
        publishers: Who publishes what, by the old schemas.
    """

    files: tuple[Rewritten, ...]
    participants: str
    publishers: tuple[tuple[str, str], ...]


def adopt(catalog: Catalog, proposals: tuple[FileProposal, ...]) -> Plan:
    """Return what some legacy files should become, each payload proven to be as before.

    Args:
        catalog: The catalog that they are part of.
        proposals: What the files and their events should be called.

    Raises:
        CatalogError: A file can't be rewritten, or would not say the same.
    """
    is_named = any(file.relative.rsplit(".", 1)[0] == "participants" for file in catalog.files)
    is_named = is_named or bool(catalog.participants)
    files = [one.file for one in proposals]
    lift = Lift(catalog, files, are_named=not is_named)
    published = tuple(_published(proposals, lift))
    drafts = {file.document.path: _draft(file, lift) for file in files}
    _lead(catalog, proposals, lift, drafts)
    made = {one.file.document.path: _made(one, drafts, lift) for one in proposals}
    new = Catalog(tuple(made.get(file.document.path, file) for file in catalog.files))
    rewritten = tuple(_judged(catalog, new, one, lift) for one in proposals)
    return Plan(rewritten, "" if is_named else stubs.participants(published), published)


def _published(proposals: tuple[FileProposal, ...], lift: Lift) -> Iterator[tuple[str, str]]:
    for one in proposals:
        for event in one.events:
            for name in lift.sources[one.file.document.path, event.event.pointer].publishers:
                yield name, _name(event)


def _name(one: Proposal) -> str:
    # A name that somebody has to decide about is not taken in the meantime.
    return one.event.type if one.doubt else one.name


def _draft(file: SourceFile, lift: Lift) -> Draft:
    """Return a file with its schemas as they will be, in the old layout."""
    draft = Draft(file.document)
    cuts = {
        pointer: list(gone)
        for (path, pointer), gone in lift.cuts.items()
        if path == file.document.path
    }
    for event in file.events:
        if draft.is_flow(event.pointer):
            said = [key for key, value in event.declaration.items() if is_of_event(key, value)]
            if said:
                cuts[event.pointer] = [*cuts.get(event.pointer, []), *said]
    for pointer, gone in cuts.items():
        below = [pointer + join(token) for token in gone]
        words = [
            said
            for (path, place), said in lift.words.items()
            if path == file.document.path and any(within(place, one) for one in below)
        ]
        draft.cut(pointer, gone, words)
    for event in file.events:
        # An event is an object, whatever its schema says beside.
        if "nullable" in event.declaration:
            draft.cut(event.pointer, ["nullable"])
    for event in file.events:
        _say_object(draft, event)
    for tree in file.trees:
        if tree.dialect is OPENAPI_30:
            translate(draft, tree.pointer, tree.schema)
    return draft


def _say_object(draft: Draft, event: EventSchema) -> None:
    """Say that an event is an object, where it does not say so."""
    said = event.declaration
    is_led = "$ref" in said and not draft.is_cut(f"{event.pointer}/$ref")
    if "type" in said or (is_led and event.payload and event.payload.dialect.overrides_siblings):
        return
    if not draft.is_flow(event.pointer):
        at = draft.line_end(draft.document.offsets(event.pointer, on_key=True)[0])
        start = draft.document.extent(event.pointer)[0]
        draft.put(at, at, f"{draft.indent(start)}type: object{draft.newline}")
        return
    text = '"type": "object"' if draft.is_json else "type: object"
    left = [key for key in said if not draft.is_cut(event.pointer + join(key))]
    if not left:
        at = draft.document.extent(event.pointer)[0] + 1
        draft.put(at, at, text)
        return
    at = draft.document.offsets(event.pointer + join(left[0]), on_key=True)[0]
    alone = not draft.document.text[draft.line_start(at) : at].strip()
    draft.put(at, at, text + (f",{draft.newline}{draft.indent(at)}" if alone else ", "))


def _lead(
    catalog: Catalog,
    proposals: tuple[FileProposal, ...],
    lift: Lift,
    drafts: dict[str, Draft],
) -> None:
    """Rename what is no envelope any more, and lead the references where things will be."""
    moved = {
        (one.file.document.path, event.event.pointer): join("events", _name(event)) + "/data"
        for one in proposals
        for event in one.events
    }
    for one in proposals:
        path, pointer = one.file.document.path, f"{_SCHEMAS}/{COMPONENT}"
        if lift.stripped.get((path, pointer)) is False:
            name = _free_name(one)
            drafts[path].rename(pointer, name)
            moved[path, pointer] = f"{_SCHEMAS}/{name}"
    for path, pointer, ref in led(catalog, moved, set(drafts)):
        if not drafts[path].is_cut(pointer):
            source = drafts[path].source(pointer)
            quote = source[0] if source[0] in "\"'" else '"'
            drafts[path].write(pointer, f"{quote}{ref}{quote}")


def _free_name(one: FileProposal) -> str:
    """Return what the rest of an envelope is called: the fields that the events share."""
    root = as_object(one.file.document.root)
    domain = one.top.get("domain") or root.get("domain") or ""
    taken = root["components"]["schemas"]
    name = f"{upper_camel(str(domain)) or 'Shared'}Fields"
    numbered = (f"{name}{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _made(one: FileProposal, drafts: dict[str, Draft], lift: Lift) -> SourceFile:
    """Return a file in the governed layout."""
    draft = drafts[one.file.document.path]
    now = _loaded(one.file, draft.made())
    heads = {event.event.type: _head(event, draft, lift) for event in one.events}
    is_flow = draft.document.text[draft.document.extent("")[0]] == "{"
    made = (brackets if is_flow else block).governed(now.document, one.top, heads)
    return _loaded(one.file, made)


def _loaded(file: SourceFile, text: str) -> SourceFile:
    made = load_file(RawFile(file.document.path, file.relative, text.encode(), None))
    if made.document.root is None:
        raise CatalogError(
            f"{file.document.path}: adopt can't rewrite this file as it is laid out "
            f"({made.document.problems[0].message}); nothing was written"
        )
    return made


def _head(one: Proposal, draft: Draft, lift: Lift) -> Head:
    event, name = one.event, _name(one)
    source = lift.sources[event.document.path, event.pointer]
    legacy: JsonObject = {"name": event.type, "flatten": True}
    if len(source.fields) == 1:
        legacy["source_field"] = source.fields[0]
    said: JsonObject = {"event_version": f"{EventName.parse(name).major or 1}.0.0"}
    if name != event.type:
        said["aliases"] = [event.type]
    said["legacy"] = legacy
    lifted = tuple(
        (key, draft.source(event.pointer + join(key)))
        for key, value in event.declaration.items()
        if draft.is_flow(event.pointer) and is_of_event(key, value)
    )
    new = {key: value for key, value in said.items() if key not in event.declaration}
    return Head(name, new, lifted)


def _judged(old: Catalog, new: Catalog, one: FileProposal, lift: Lift) -> Rewritten:
    document = one.file.document
    made = new.by_path[document.path]
    by_type = {event.type: event for event in made.events}
    names = [_name(event) for event in one.events]
    if made.layout is not Layout.DOMAIN or list(by_type) != names:
        raise CatalogError(f"{document.path}: adopt would lose an event; nothing was written")
    gone = lost(_comments(document), _comments(made.document))
    if gone is not None:
        raise CatalogError(f"{document.path}: adopt would lose the comment {gone!r}: move it")
    text = changed(document.root, made.document.root, " ".join(_comments(made.document)))
    if text is not None and not document.path.endswith(".json"):
        raise CatalogError(f"{document.path}: adopt would change the text {shown(text)}")
    events = tuple(
        Adopted(event.event.type, name, event.doubt, verdict(old, event.event, new, by_type[name]))
        for event, name in zip(one.events, names, strict=True)
    )
    for event in events:
        if not event.verdict.is_equal:
            raise CatalogError(
                f"{document.path}: {event.old} would not carry the same as {event.new}, so nothing "
                f"was written: {event.verdict.words}"
            )
    top = {key: made.text(key) for key in ("domain", "stream", "owner") if made.text(key)}
    return Rewritten(document, made.document.text, top, events, tuple(notes(one.file, lift)))


def _comments(document: Document) -> list[str]:
    return [document.text[start:end] for start, end in comments(document)]
