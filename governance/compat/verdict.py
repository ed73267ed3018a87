"""What a comparison of two catalogs says: plain frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from governance.catalog.approval import Approval
from governance.catalog.document import Place
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.version import Version
from governance.compat.answer import Answer
from governance.compat.change.model import Change, EventChange, Kind, broken
from governance.compat.impact import Path, Reader, paths
from governance.compat.policy import Bump, Promise


class Past(NamedTuple):
    """An event as one of its releases had it.

    Attributes:
        version: What ``event_version`` said.
        catalog: The catalog of then, with all that the event refers to.
        event: The event.
    """

    version: str
    catalog: Catalog
    event: EventSchema


class Releases(Protocol):
    """Tells the earlier releases of an event."""

    def __call__(self, event: EventSchema, version: str | None = None) -> Sequence[Past]:
        """Return them, oldest first; with a version those of that version alone."""


def no_releases(event: EventSchema, version: str | None = None) -> Sequence[Past]:  # noqa: ARG001  a Releases
    """Return nothing: there is no history."""
    return ()


class Break(NamedTuple):
    """One change that breaks one direction, or may.

    Attributes:
        change: The change.
        direction: ``backward``: readers of the new schema fail on events already in the stream;
            ``forward``: readers still on the old schema fail on new events.
        answer: A payload of the event that shows it, or why it could not be decided.
        is_promised: Whether the event promises that this direction holds.
        fingerprint: What the change is known by, as an approval names it.
        approval: Who has agreed to it; None where nobody has.
        past: The earlier release that breaks, where the catalog compared with does not.
    """

    change: Change
    direction: str
    answer: Answer
    is_promised: bool
    fingerprint: str
    approval: Approval | None
    past: Past | None = None

    @property
    def mark(self) -> str:
        """What was done, and what that change is known by, as a finding says it."""
        return f"{self.change.operation.name.lower()}:{self.fingerprint}"

    @property
    def counts(self) -> bool:
        """Whether it breaks a promise, and nobody has agreed to that."""
        return self.is_promised and self.approval is None


class Verdict(NamedTuple):
    """What became of one event, and what follows from it.

    Attributes:
        change: What became of it, compared with the other catalog.
        promise: What the event promises its readers.
        breaks: What breaks, promised or not; against earlier releases only what the catalog
            compared with does not show.
        readers: Who subscribes to it.
        required: The bump that the change calls for.
        before: The version before; None where there is none that can be read.
        declared: The version now; likewise.
        expected: The version that it should be; None where none follows.
    """

    change: EventChange
    promise: Promise
    breaks: tuple[Break, ...]
    readers: tuple[Reader, ...]
    required: Bump
    before: Version | None
    declared: Version | None
    expected: Version | None

    @property
    def type(self) -> str:
        """The event type: the new one, or the old one if it is gone."""
        return self.change.event

    @property
    def broken(self) -> tuple[str, ...]:
        """The directions that break, compared with the other catalog."""
        return broken(self.change.judgement)

    @property
    def is_breaking(self) -> bool:
        """Whether something breaks a promise, and nobody has agreed to that."""
        return any(one.counts for one in self.breaks)

    @property
    def streams(self) -> tuple[str, str] | None:
        """The stream before and after, where the event has moved to another."""
        old, new = self.change.old, self.change.new
        if old is None or new is None or old.stream is None or new.stream is None:
            return None
        return None if old.stream == new.stream else (old.stream, new.stream)

    def hit(self, breaks: Iterable[Break]) -> dict[Reader, bool]:
        """Return each reader, and whether it looks at what breaks, or may."""
        changed = self.paths(breaks)
        return {one: bool(changed) and one.is_hit(changed) for one in self.readers}

    def paths(self, breaks: Iterable[Break]) -> tuple[Path, ...]:
        """Return the fields, within ``data``, that some breaks are about."""
        return tuple(sorted({way for one in breaks for way in paths(one.change, self.type)}))


class Terms(NamedTuple):
    """By what two catalogs are compared.

    Attributes:
        compatibility: What an event promises where it does not say.
        approvals: What a team has agreed to.
        releases: Tells the earlier releases of an event; asked for few events only.
    """

    compatibility: str = "full"
    approvals: tuple[Approval, ...] = ()
    releases: Releases = no_releases


class Comparison(NamedTuple):
    """Two catalogs, compared.

    Attributes:
        label: How messages call the other catalog, such as ``main``.
        old: The other catalog.
        new: The catalog of now.
        events: The verdict on each event that something became of, by event type.
        terms: By what they were compared.
    """

    label: str
    old: Catalog
    new: Catalog
    events: tuple[Verdict, ...]
    terms: Terms

    def places(self, verdict: Verdict, change: Change) -> tuple[Place | None, Place]:
        """Return where a change stood, None where it is new, and where it stands.

        What is gone has the place of what was around it.
        """
        old, new, origin = verdict.change.old, verdict.change.new, change.origin
        before: Place | None = None
        if change.old_pointer is not None and origin is not None:
            file = self.old.by_relative.get(origin.file)
            before = file.at(origin.pointer + change.old_pointer, on_key=True) if file else None
        elif change.old_pointer is not None and old is not None:
            before = old.at(change.old_pointer, on_key=True)
        if origin is not None:
            return before, self.place_in(origin.file, origin.pointer + change.pointer)
        if new is not None:
            return before, new.at(change.pointer, on_key=True)
        return before, self.place_of(old)

    def place_of(self, gone: EventSchema | None) -> Place:
        """Return where a person looks for an event that is gone: in its file, if that is left."""
        if gone is None:
            return self.new.files[0].at()
        return self.place_in(self.old.by_path[gone.document.path].relative, gone.pointer)

    def place_in(self, relative: str, pointer: str) -> Place:
        """Return a place in a file of now; where the file is gone, the start of the first one."""
        file = self.new.by_relative.get(relative)
        return file.at(pointer, on_key=True) if file else self.new.files[0].at()


def by_change(breaks: Iterable[Break]) -> list[tuple[Change, list[Break]]]:
    """Return breaks by the change that brings them, in its order."""
    found: dict[int, tuple[Change, list[Break]]] = {}
    for one in breaks:
        found.setdefault(id(one.change), (one.change, []))[1].append(one)
    return list(found.values())


def is_new_major(change: EventChange) -> bool:
    """Say whether an event went by another major version alone: it took the place of its old.

    A name that gets its first version is another name, which an alias tells of.
    """
    old, new = change.old, change.new
    return (
        change.kind is Kind.RENAMED
        and old is not None
        and new is not None
        and old.name.segments == new.name.segments
        and old.name.major is not None
    )


def replaced(comparison: Comparison) -> Iterator[tuple[EventSchema, EventSchema]]:
    """Yield each event that is gone, with the next major version of it that came."""
    came = {
        one.change.new.name.segments: one.change.new
        for one in comparison.events
        if one.change.kind is Kind.ADDED and one.change.new is not None
    }
    for one in comparison.events:
        old, new = one.change.old, one.change.new
        if old is None:
            continue
        if one.change.kind is Kind.REMOVED and old.name.segments in came and old.name.major:
            yield old, came[old.name.segments]
        elif new is not None and is_new_major(one.change):
            yield old, new
