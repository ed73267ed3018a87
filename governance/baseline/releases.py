"""Find every released version of every event in the history of a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from governance.baseline.git import MissingError, Objects
from governance.baseline.index import Index, index, lacked
from governance.baseline.point import Point
from governance.baseline.states import Change
from governance.baseline.tree import Held, raw_files
from governance.catalog.files import order, prefix_of
from governance.catalog.load import load_file
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.refs import file_of

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


class History:
    """Every version of every event on one branch, up to a commit.

    Args:
        point: The commit.
        found: What each event said, and when.
        max_file_bytes: Larger files are not read.

    Attributes:
        is_complete: Whether the clone has the whole history.
    """

    def __init__(self, point: Point, found: Index, max_file_bytes: int) -> None:
        self.is_complete = not point.is_shallow
        self._point = point
        self._states = found.states
        self._max_file_bytes = max_file_bytes
        self._objects = Objects(point.root or Path())
        self._parsed: dict[Change, SourceFile] = {}
        self._steps = {commit: step for step, commit in enumerate(found.states.commits)}
        self._by_event: dict[str, list[Release]] = {}
        for said, relative, first, last in found.spans:
            made = Release(
                said.event,
                said.version,
                found.states.commits[last],
                found.states.commits[first],
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
        """Return the catalog at a release: the file that declares it, and all that it refers to.

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
                raise lacked(self._point, error) from error
            file = load_file(raw)
        # The one that was wanted last goes last.
        self._parsed[change] = file
        if len(self._parsed) > _MOST_PARSED:
            del self._parsed[next(iter(self._parsed))]
        return file


def history(
    point: Point,
    max_file_bytes: int,
    read: Mapping[str, SourceFile] | None = None,
    *,
    use_cache: bool = True,
) -> History:
    """Return every version of every event up to a commit.

    What the branch itself had counts: of a merge the result, not what was merged. Files that can't
    be read declare nothing.

    Args:
        point: The commit; the history of a folder, or of nothing, is empty.
        max_file_bytes: Larger files are not read.
        read: Files that have been read anyhow, by the id of their blob.
        use_cache: Whether what earlier runs found may be taken, and what is found is kept.

    Raises:
        BaselineError: The history can't be read.
    """
    found = index(point, max_file_bytes, read or {}, use_cache=use_cache)
    return History(point, found, max_file_bytes)


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
