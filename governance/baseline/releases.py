"""Find every released version of every event in the history of a catalog."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from governance import store
from governance.baseline.declared import Declared, Reader
from governance.baseline.git import MissingError, Objects
from governance.baseline.lacking import missing
from governance.baseline.point import Point
from governance.baseline.states import Change, States, states
from governance.baseline.tree import Held, raw_files
from governance.catalog.files import order, prefix_of
from governance.catalog.load import load_file
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.refs import file_of
from governance.errors import BaselineError
from governance.schema.json import Json

# Of each kind as many as a person has branches and repositories at hand.
_MOST_ENTRIES = 32
_SHELF = "history"
# A file takes some twenty times its size in memory.
_MOST_PARSED = 64


class Release(NamedTuple):
    """One event as it once was.

    Attributes:
        event: The event type.
        version: What ``event_version`` said.
        commit: Full id of the last commit that left it so: by then all that it refers to was done.
        since: Full id of the first one.
        relative: The file that declares it, from the catalog folder.
        digest: Of all that is said of the event; equal ones say the same.
    """

    event: str
    version: str
    commit: str
    since: str
    relative: str
    digest: str


class _Span(NamedTuple):
    """A release by the numbers of its first and last commit."""

    said: Declared
    relative: str
    first: int
    last: int


class History:
    """Every version of every event on one branch, up to a commit.

    Args:
        point: The commit.
        found: The states of the catalog.
        spans: The releases, oldest first.
        max_file_bytes: Larger files are not read.

    Attributes:
        is_complete: Whether the clone has the whole history.
    """

    def __init__(
        self, point: Point, found: States, spans: tuple[_Span, ...], max_file_bytes: int
    ) -> None:
        self.is_complete = not point.is_shallow
        self._point = point
        self._states = found
        self._max_file_bytes = max_file_bytes
        self._objects = Objects(point.root or Path())
        self._parsed: dict[Change, SourceFile] = {}
        self._steps = {commit: step for step, commit in enumerate(found.commits)}
        self._by_event: dict[str, list[Release]] = {}
        for said, relative, first, last in spans:
            made = Release(
                said.event,
                said.version,
                found.commits[last],
                found.commits[first],
                relative,
                said.digest,
            )
            self._by_event.setdefault(said.event, []).append(made)

    @property
    def events(self) -> tuple[str, ...]:
        """Every event type that there ever was with a version, sorted."""
        return tuple(sorted(self._by_event))

    def releases_of(self, event_type: str) -> tuple[Release, ...]:
        """Return what an event was, oldest first: each version, and each that said otherwise."""
        return tuple(self._by_event.get(event_type, ()))

    def catalog_of(self, release: Release) -> Catalog:
        """Return the catalog at a release: the file that declares it, and all that refers to.

        Paths are ``COMMIT:PATH`` with the first 12 digits of the commit that last changed a file.

        Raises:
            BaselineError: The clone lacks a file.
        """
        step = self._steps[release.commit]
        files: dict[str, SourceFile] = {}
        todo = [release.relative]
        for relative in todo:
            change = self._states.at(step, relative)
            if change is not None and relative not in files:
                files[relative] = self._file(change)
                todo += _led_to(files[relative])
        return Catalog(tuple(files[relative] for relative in sorted(files, key=order)))

    def _file(self, change: Change) -> SourceFile:
        file = self._parsed.pop(change, None)
        if file is None:
            label = self._states.commits[change.step][:12]
            prefix = f"{label}:{prefix_of(self._point.name)}"
            wanted = [Held(change.relative, change.blob)]
            try:
                (raw,) = raw_files(wanted, self._objects, prefix, self._max_file_bytes)
            except MissingError as error:
                raise _missing(self._point, error) from error
            file = load_file(raw)
        # The one that was wanted last goes last.
        self._parsed[change] = file
        if len(self._parsed) > _MOST_PARSED:
            del self._parsed[next(iter(self._parsed))]
        return file


def history(point: Point, max_file_bytes: int, *, use_cache: bool = True) -> History:
    """Return every version of every event up to a commit.

    What the branch itself had counts: of a merge the result, not what was merged. Files that can't
    be read declare nothing.

    Args:
        point: The commit; the history of a folder, or of nothing, is empty.
        max_file_bytes: Larger files are not read.
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
        known = (
            found,
            tuple(_spans(found, _declared(point, found, max_file_bytes, use_cache=use_cache))),
        )
        if entry:
            store.keep(
                entry, json.dumps([found.commits, found.changes, known[1]]), _MOST_ENTRIES, _SHELF
            )
    return History(point, *known, max_file_bytes)


def _spans(found: States, declared: dict[str, tuple[Declared, ...]]) -> Iterator[_Span]:
    """Yield from which commit to which each event said what it said, by the first commit."""
    first: dict[Declared, int] = {}
    ended: dict[Declared, _Span] = {}
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
                ended[said] = _Span(said, relative, first[said], step - 1)
    last = len(found.commits) - 1
    for said, step in first.items():
        where = standing[said]
        yield _Span(said, min(where), step, last) if where else ended[said]


def _declared(
    point: Point, found: States, max_file_bytes: int, *, use_cache: bool
) -> dict[str, tuple[Declared, ...]]:
    """Return what each state of each file declares, by its kind; blobs seen before are not read."""
    entry = store.key("blobs", str(point.root), point.path, max_file_bytes) if use_cache else ""
    kept = _kept_blobs(entry) if entry else {}
    wanted = {_kind(one): one.blob for one in found.changes if one.blob}
    known = {kind: kept[kind] for kind in wanted if kind in kept}
    new = {kind: blob for kind, blob in wanted.items() if kind not in known}
    if not new or point.root is None:
        return known
    reader, objects = Reader(), Objects(point.root)
    try:
        for kind, (_, data) in zip(new, objects.blobs(new.values(), max_file_bytes), strict=True):
            # What is too large for a catalog declares nothing.
            known[kind] = (
                reader.declared(data, is_json=kind.endswith("j")) if isinstance(data, bytes) else ()
            )
    except MissingError as error:
        raise _missing(point, error) from error
    finally:
        objects.close()
    if entry:
        store.keep(entry, json.dumps(known), _MOST_ENTRIES, _SHELF)
    return known


def _kind(change: Change) -> str:
    """Return what decides about what a file declares: what it holds, and how that is read."""
    return change.blob + ("j" if change.relative.endswith(".json") else "y")


def _led_to(file: SourceFile) -> list[str]:
    """Return the files that the schemas of a file refer to, from the catalog folder."""
    refs = {
        node.schema["$ref"]
        for tree in file.trees
        for node in tree.having("$ref")
        if isinstance(node.schema["$ref"], str)
    }
    names = {unquote(ref.partition("#")[0]) for ref in refs}
    return sorted(file_of(file.relative, name) for name in names if name)


def _missing(point: Point, lacked: MissingError) -> BaselineError:
    if point.root is None or point.commit is None:
        raise AssertionError("nothing is read where there is no commit")
    return missing(point.root, point.commit, point.path, f"{lacked} is missing", history=True)


def _kept(entry: str) -> tuple[States, tuple[_Span, ...]] | None:
    """Return what was kept of a whole history; None where that can't be read."""
    try:
        commits, changes, spans = json.loads(store.find(entry, _SHELF) or b"")
        found = States(tuple(map(_text, commits)), tuple(_change(row) for row in changes))
        last = len(found.commits)
        made = tuple(
            _Span(_said(said), _text(relative), range(last)[one], range(last)[other])
            for said, relative, one, other in spans
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None
    return found, made


def _kept_blobs(entry: str) -> dict[str, tuple[Declared, ...]]:
    try:
        kept = json.loads(store.find(entry, _SHELF) or b"")
        return {kind: tuple(map(_said, rows)) for kind, rows in kept.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _change(row: Json) -> Change:
    step, relative, blob = row
    return Change(int(step), _text(relative), _text(blob))


def _said(row: Json) -> Declared:
    event, version, digest = row
    return Declared(_text(event), _text(version), _text(digest))


def _text(said: Json) -> str:
    if not isinstance(said, str):
        raise TypeError(said)
    return said
