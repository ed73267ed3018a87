"""Index a history: from which commit to which each event said what it said; kept between runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from governance import store
from governance.baseline.declared import Declared, Reader, declared_in
from governance.baseline.git import MissingError, Objects
from governance.baseline.lacking import missing
from governance.baseline.point import Point
from governance.baseline.states import Change, States, states
from governance.catalog.model import SourceFile
from governance.errors import BaselineError
from governance.schema.json import Json

# Of each kind as many as a person has branches and repositories at hand.
_MOST_ENTRIES = 32
_SHELF = "history"


class Span(NamedTuple):
    """A release by the numbers of its first and last commit."""

    said: Declared
    relative: str
    first: int
    last: int


class Index(NamedTuple):
    """What is known of a history.

    Attributes:
        states: The states of the catalog.
        spans: What each event said, by the first commit that did.
    """

    states: States
    spans: tuple[Span, ...]


def index(
    point: Point, max_file_bytes: int, read: Mapping[str, SourceFile], *, use_cache: bool
) -> Index:
    """Return what each event ever said, up to a commit.

    Args:
        point: The commit.
        max_file_bytes: Larger files declare nothing.
        read: Files that have been read anyhow, by the id of their blob.
        use_cache: Whether what earlier runs found may be taken, and what is found is kept.

    Raises:
        BaselineError: The history can't be read.
    """
    # The same commit of a shallow clone may have more history tomorrow.
    is_kept = use_cache and point.commit is not None and not point.is_shallow
    entry = store.key("history", point.commit, point.path, max_file_bytes) if is_kept else ""
    known = _kept(entry) if entry else None
    if known is None:
        found = states(point)
        declared = _declared(point, found, max_file_bytes, read, use_cache=use_cache)
        known = Index(found, tuple(_spans(found, declared)))
        if entry:
            text = json.dumps([found.commits, found.changes, known.spans])
            store.keep(entry, text, _MOST_ENTRIES, _SHELF)
    return known


def lacked(point: Point, error: MissingError) -> BaselineError:
    """Return the error for a blob of a history that is not there."""
    if point.root is None or point.commit is None:
        raise AssertionError("nothing is read where there is no commit")
    reason = f"{error} is missing or damaged"
    return missing(point.root, point.commit, point.path, reason, history=True)


def _spans(found: States, declared: dict[str, tuple[Declared, ...]]) -> Iterator[Span]:
    """Yield from which commit to which each event said what it said, by the first commit."""
    first: dict[Declared, int] = {}
    ended: dict[Declared, Span] = {}
    held: dict[str, tuple[Declared, ...]] = {}
    # The files that declare it: one that moves to another file goes on.
    standing: dict[Declared, set[str]] = {}
    for step, changes in groupby(found.changes, key=lambda change: change.step):
        before: dict[Declared, str] = {}
        now = list(changes)
        for change in now:
            for said in held.get(change.relative, ()):
                before.setdefault(said, min(standing[said]))
                standing[said].discard(change.relative)
        for change in now:
            held[change.relative] = declared.get(_kind(change), ())
            for said in held[change.relative]:
                first.setdefault(said, step)
                standing.setdefault(said, set()).add(change.relative)
        for said, relative in before.items():
            if not standing[said]:
                ended[said] = Span(said, relative, first[said], step - 1)
    last = len(found.commits) - 1
    for said, step in first.items():
        where = standing[said]
        yield Span(said, min(where), step, last) if where else ended[said]


def _declared(
    point: Point,
    found: States,
    max_file_bytes: int,
    read: Mapping[str, SourceFile],
    *,
    use_cache: bool,
) -> dict[str, tuple[Declared, ...]]:
    """Return what each state of each file declares, by its kind; blobs seen before are not read."""
    entry = store.key("blobs", str(point.root), point.path, max_file_bytes) if use_cache else ""
    kept = _kept_blobs(entry) if entry else {}
    wanted = {_kind(one): one.blob for one in found.changes if one.blob}
    known = {kind: kept[kind] for kind in wanted if kind in kept}
    for kind, blob in wanted.items():
        if kind not in known and blob in read and _ending(read[blob].relative) == kind[-1]:
            known[kind] = declared_in(read[blob])
    new = {kind: blob for kind, blob in wanted.items() if kind not in known}
    if new:
        known |= _read(point, new, max_file_bytes)
    if entry and not known.keys() <= kept.keys():
        store.keep(entry, json.dumps(known), _MOST_ENTRIES, _SHELF)
    return known


def _read(
    point: Point, blobs: Mapping[str, str], max_file_bytes: int
) -> dict[str, tuple[Declared, ...]]:
    """Return what blobs declare, by their kind."""
    if point.root is None:
        return {}
    reader, objects = Reader(), Objects(point.root)
    found: dict[str, tuple[Declared, ...]] = {}
    try:
        read = objects.blobs(blobs.values(), max_file_bytes)
        for kind, (_, data) in zip(blobs, read, strict=True):
            # What is too large for a catalog declares nothing.
            is_json = kind.endswith("j")
            found[kind] = reader.declared(data, is_json=is_json) if isinstance(data, bytes) else ()
    except MissingError as error:
        raise lacked(point, error) from error
    finally:
        objects.close()
    return found


def _kind(change: Change) -> str:
    """Return what decides about what a file declares: what it holds, and how that is read."""
    return change.blob + _ending(change.relative)


def _ending(relative: str) -> str:
    return "j" if relative.endswith(".json") else "y"


def _kept(entry: str) -> Index | None:
    """Return what was kept of a whole history; None where that can't be read."""
    try:
        commits, changes, spans = json.loads(store.find(entry, _SHELF) or b"")
        steps = range(len(commits))
        found = States(
            tuple(map(_text, commits)),
            tuple(Change(steps[at], _text(path), _text(blob)) for at, path, blob in changes),
        )
        made = tuple(
            Span(_said(said), _text(relative), steps[one], steps[other])
            for said, relative, one, other in spans
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None
    return Index(found, made)


def _kept_blobs(entry: str) -> dict[str, tuple[Declared, ...]]:
    try:
        kept = json.loads(store.find(entry, _SHELF) or b"")
        return {kind: tuple(dict.fromkeys(map(_said, rows))) for kind, rows in kept.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _said(row: Json) -> Declared:
    event, version, digest = row
    return Declared(_text(event), _text(version), _text(digest))


def _text(said: Json) -> str:
    if not isinstance(said, str):
        raise TypeError(said)
    return said
