"""Write the version that each change calls for, or lay a new major version beside the old one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.model import EventSchema
from governance.catalog.version import Version
from governance.compat.change.model import Kind
from governance.compat.policy import Bump, bumped
from governance.compat.verdict import Comparison, Verdict, replaced
from governance.rewrite.member import Member
from governance.schema.pointer import join
from governance.source import Edit, edited

# What belongs to the major version that has it: the next one starts without.
_OWN = ("aliases", "legacy", "deprecated", "renamed_from")


class Rewritten(NamedTuple):
    """What was made of a catalog.

    Attributes:
        texts: The new text of each file that changes.
        done: What was done, a line an event.
        left: What could not be done, and what a person has to do instead.
    """

    texts: tuple[tuple[Document, str], ...]
    done: tuple[str, ...]
    left: tuple[str, ...]


class Ending(NamedTuple):
    """When a major version that has a successor ends.

    Attributes:
        since: The day from which on it is deprecated.
        sunset: The day on which it ends.
    """

    since: date
    sunset: date


def bump(comparison: Comparison, ending: Ending) -> Rewritten:
    """Return a catalog with the versions that its changes call for.

    A break becomes a new event of the next major version beside the old one, which is restored as
    it was and marked deprecated. Participants stay where they are: when to move is theirs to say.

    Args:
        comparison: The catalog, compared with what it was.
        ending: When a major version ends that gets a successor.
    """
    return _Bump(comparison, ending).all()


class _Bump:
    def __init__(self, comparison: Comparison, ending: Ending) -> None:
        self.comparison = comparison
        self.ending = ending
        self.edits: dict[str, list[Edit]] = defaultdict(list)
        self.done: list[str] = []
        self.left: list[str] = []

    def all(self) -> Rewritten:
        for verdict in self.comparison.events:
            if verdict.change.kind in {Kind.CHANGED, Kind.RENAMED}:
                self._event(verdict)
        for old, new in replaced(self.comparison):
            self._put_back(old, new)
        files = self.comparison.new.by_path
        texts = tuple(
            (files[path].document, edited(files[path].document.text, edits))
            for path, edits in sorted(self.edits.items())
        )
        return Rewritten(texts, tuple(self.done), tuple(self.left))

    def _event(self, verdict: Verdict) -> None:
        old, event, expected = verdict.change.old, verdict.change.new, verdict.expected
        if old is None or event is None:
            return
        if expected is None or verdict.declared is None:
            if verdict.required is not Bump.NONE:
                self.left.append(
                    f"{event.type} has no version to start from: give it an `event_version`, or "
                    "bring a catalog of the old layout over by `keb-govern adopt`"
                )
            return
        if verdict.required is not Bump.MAJOR:
            if verdict.declared != expected:
                self.edits[event.document.path].append(_version(event, expected))
                self.done.append(f"{event.type}: {verdict.declared} -> {expected}")
        elif verdict.change.kind is Kind.CHANGED:
            origin = next((one.change.origin for one in verdict.breaks if one.counts), None)
            if origin is None:
                self._lay_out(old, event, expected)
            else:
                name = origin.pointer.rpartition("/")[2]
                self.left.append(
                    f"{event.type} breaks by a change of the shared schema {name} "
                    f"({origin.file}): put {name} back as it was, give the new shape a name of its "
                    f"own, let {event.type} refer to that, and run this again"
                )

    def _lay_out(self, old: EventSchema, event: EventSchema, expected: Version) -> None:
        """Put a new major version behind an event, and the event back as it was."""
        successor = ".".join((*event.name.segments, f"v{expected.major}"))
        now = Member(event.document, event.pointer)
        edits = [now.renamed(successor), _version(event, expected)]
        edits += [
            Member(event.document, event.pointer + join(key)).removed()
            for key in _OWN
            if key in event.declaration
        ]
        made = self._as_it_was(old, successor, now) + now.separator + now.text(edits)
        self.edits[event.document.path].append(Edit(now.start, now.end, made))
        self.done.append(
            f"{event.type}: the change is now {successor} {expected}; {event.type} is as it was, "
            f"deprecated, and ends on {self.ending.sunset}"
        )

    def _put_back(self, old: EventSchema, new: EventSchema) -> None:
        """Put an event back before the one that took its place."""
        now = Member(new.document, new.pointer)
        made = self._as_it_was(old, new.type, now) + now.separator
        self.edits[new.document.path].append(Edit(now.start, now.start, made))
        self.done.append(
            f"{old.type} is back beside {new.type}, deprecated, and ends on {self.ending.sunset}"
        )

    def _as_it_was(self, old: EventSchema, successor: str, place: Member) -> str:
        """Return the text of an event before, deprecated, as it fits where another stands."""
        was = Member(old.document, old.pointer)
        edits = list(_deprecation(old, successor, self.ending))
        text = was.text(edits)
        shift = place.column - was.column
        if place.is_in_brackets or not shift:
            return text
        first, *lines = text.split("\n")
        return "\n".join([first, *(_shifted(line, shift) for line in lines)])


def _deprecation(old: EventSchema, successor: str, ending: Ending) -> Iterator[Edit]:
    if old.deprecated is not None:
        return
    version = Version.parse(old.version)
    member = Member(old.document, old.pointer + "/event_version")
    if version is None:
        return
    days = {key: day.isoformat() for key, day in ending._asdict().items()}
    yield _version(old, bumped(version, Bump.PATCH))
    yield member.followed("deprecated", {**days, "replaced_by": successor})


def _version(event: EventSchema, version: Version) -> Edit:
    return Member(event.document, event.pointer + "/event_version").valued(str(version))


def _shifted(line: str, columns: int) -> str:
    if not line.strip():
        return line
    return " " * columns + line if columns > 0 else line[min(-columns, _indent(line)) :]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
