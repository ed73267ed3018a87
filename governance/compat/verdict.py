"""What a comparison of two catalogs says: plain frozen values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from governance.catalog.approval import Approval
from governance.catalog.document import Place
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.version import Version
from governance.compat.answer import Answer
from governance.compat.change.model import Change, EventChange, broken
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


# What tells the earlier releases of an event, oldest first.
Releases = Callable[[EventSchema], Sequence[Past]]


class Break(NamedTuple):
    """One change that breaks one direction, or may.

    Attributes:
        change: The change.
        direction: ``backward``: readers of the new schema fail on events already in the stream;
            ``forward``: readers still on the old schema fail on new events.
        answer: A payload of the event that shows it, or why it could not be decided.
        is_promised: Whether the event promises that this direction holds.
        approval: Who has agreed to it; None where nobody has.
        past: The earlier release that breaks, where the catalog compared with does not.
    """

    change: Change
    direction: str
    answer: Answer
    is_promised: bool
    approval: Approval | None
    past: Past | None = None

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
    releases: Releases = lambda _: ()


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

    def places(self, verdict: Verdict, change: Change) -> tuple[Place | None, Place | None]:
        """Return where a change stood and where it stands.

        Returns:
            The place before, None where it is new; the place now, of what is gone that of what was
            around it, None where the whole file is gone.
        """
        old, new = verdict.change.old, verdict.change.new
        if change.origin is not None:
            start = change.origin.pointer
            files = [one.by_relative.get(change.origin.file) for one in (self.old, self.new)]
            before = (
                files[0].at(start + (change.old_pointer or ""), on_key=True) if files[0] else None
            )
            after = files[1].at(start + change.pointer, on_key=True) if files[1] else None
        else:
            before = old.at(change.old_pointer or "", on_key=True) if old else None
            after = new.at(change.pointer, on_key=True) if new else None
        return (None if change.old_pointer is None else before), after
