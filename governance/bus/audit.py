"""The auditor: follows streams without a group, and tells which events break the rules.

It is the GuardianAgent of rule 101, section 11: it acknowledges nothing and disturbs no lag. What
it finds are ordinary findings, at the line of the catalog that an event breaks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache

from governance.bus.dealing import ONLY
from governance.bus.declared import Declarations, Declared
from governance.bus.entries import Seen
from governance.bus.lag import Lag
from governance.bus.memory import ADVICE, Memory
from governance.bus.now import said_s
from governance.bus.observed import Remark, Tally
from governance.catalog.document import Place
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.reach import Reach, whole
from governance.catalog.sensitivity import KEYWORD, Sensitivity, meaning
from governance.catalog.tree import Target
from governance.catalog.version import Version
from governance.errors import CatalogError
from governance.finding import Finding
from governance.rules import bus as defects
from governance.rules import closest
from governance.rules.payload.keb606_secret_in_schema import secret_in
from governance.schema.json import Json
from governance.schema.pointer import join, split
from governance.wire import Judge, Side

# Of whatever a hostile writer can make up, only so much is kept.
_MOST_TALLIES = 2_000
_MOST_IDS = 1_000_000
_MOST_SOURCES = 2_000
_SKEW_S = 300
# What stands between a participant and the name of one instance of it; or nothing does.
_INSTANCE = ("", *"-/.:@#_")
# What is judged by how it is now, and not by what has ever been.
_OF_GROUPS = frozenset(one.id for one in (defects.DEAD, defects.GROUP, defects.LOST))
_EMAIL = re.compile(r"[^\s@,;<>\"']+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_WORDS = {Sensitivity.CREDENTIAL: "a credential", Sensitivity.PERSONAL: "personal data"}


class Auditor:
    """Adds up what is wrong with events.

    Args:
        declarations: What the catalog declares.
        today: The day to judge sunsets by.

    Attributes:
        entries: How many entries there were.
        by_type: How many events of each type; of what is none, how many in each stream.
        today: The day to judge sunsets by: who goes on for days sets it anew.
    """

    def __init__(self, declarations: Declarations, today: date) -> None:
        self.entries = 0
        self.by_type = Counter[str]()
        self._known = declarations
        self._catalog = declarations.catalog
        self.today = today
        self._writer = Judge(self._catalog, Side.WRITER)
        self._reach = Reach(self._catalog, ())
        self._tallies = dict[tuple[str, str, str, str], Tally]()
        # Where each event was seen first.
        self._ids = dict[str, str]()
        self._is_marked = cache(self._marked)
        self._who = lru_cache(maxsize=_MOST_SOURCES)(self._participant)

    def look(self, seen: Seen) -> list[Finding]:
        """Take account of an event; return what nobody has found before."""
        self.entries += 1
        # What was given back to one group is no event of its own.
        if ONLY in seen.entry.fields:
            return []
        event = self._catalog.by_name.get(seen.type) if seen.type is not None else None
        subject = event.type if event is not None else seen.entry.stream
        self.by_type[subject] += 1
        remarks = _of_unknown(seen, self._catalog) if event is None else self._of(seen, event)
        first, new = f"{seen.entry.id} of {seen.entry.stream}", list[Tally]()
        for remark in remarks:
            key = remark.key(subject)
            tally = self._tallies.get(key)
            if tally is None:
                if len(self._tallies) >= _MOST_TALLIES:
                    continue
                place = self._place(event, seen.entry.stream, remark.pointer)
                tally = Tally(remark, place, event and event.type, first)
                self._tallies[key] = tally
                new.append(tally)
            tally.add(seen.source)
        return [tally.finding(self.by_type[subject]) for tally in new]

    def look_at_groups(self, rows: Iterable[Lag]) -> list[Finding]:
        """Take account of groups, and of what they gave up on, as they are now.

        Returns:
            What was not so the last time.
        """
        was = [key for key in self._tallies if key[0] in _OF_GROUPS]
        for key in was:
            del self._tallies[key]
        now = {
            remark.key(row.stream): Tally(remark, self._place(None, row.stream, ""), None, "")
            for row in rows
            for remark in _of_group(row, self._groups)
        }
        self._tallies |= now
        return [now[key].finding(0) for key in now.keys() - set(was)]

    def look_at_memory(self, found: Memory, streams: Sequence[str]) -> list[Finding]:
        """Take account of how the server goes about its memory.

        Returns:
            What nobody has found before: what it takes away does not come back.
        """
        if not streams or not found.complaint:
            return []
        help_ = f"On the server {ADVICE}, and find out what is gone already."
        remark = Remark(defects.EVICTION, found.complaint, help_, "", found.policy)
        key = remark.key("")
        if key in self._tallies:
            return []
        self._tallies[key] = Tally(remark, self._place(None, streams[0], ""), None, "")
        return [self._tallies[key].finding(0)]

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found so far, sorted."""
        found = [
            tally.finding(self.by_type[subject])
            for (_, subject, _, _), tally in self._tallies.items()
        ]
        return tuple(sorted(found, key=lambda one: one.order))

    @cached_property
    def _groups(self) -> frozenset[str]:
        listed = (one for person in self._catalog.participants for one in person.subscribes)
        return frozenset(one.group for one in listed if one.group is not None)

    @cached_property
    def _publishers(self) -> dict[str, list[str]]:
        found = dict[str, list[str]]()
        for person in self._catalog.participants:
            for name, _ in person.publishes:
                event = self._catalog.by_name.get(name)
                found.setdefault(event.type if event else name, []).append(person.name)
        return found

    def _of(self, seen: Seen, event: EventSchema) -> Iterator[Remark]:
        for fault in seen.faults:
            yield Remark(defects.INVALID, *fault[2:], fault.pointer, fault.keyword)
        if event.stream is not None and event.stream != seen.entry.stream:
            message = f"{event.type} belongs into {event.stream}, and is in {seen.entry.stream}"
            yield Remark(defects.ASTRAY, message, "Publish it by the client.", "", message)
        yield from self._duplicate(seen)
        try:
            declared = self._known.of(event.type)
        except CatalogError:
            return
        if not seen.faults:
            yield from self._beyond(seen, declared)
        yield from self._history(seen, declared)
        yield from self._source(seen, event)
        yield from self._sensitive(seen, event)
        yield from _skew(seen)

    def _duplicate(self, seen: Seen) -> Iterator[Remark]:
        event_id = seen.text("event_id")
        if not event_id:
            return
        if len(self._ids) >= _MOST_IDS:
            self._ids.clear()
        first = self._ids.setdefault(event_id, seen.entry.id)
        if first != seen.entry.id:
            help_ = "Publish by the client, which sends an event once; let readers pass over "
            yield Remark(
                defects.DUPLICATE,
                f"event {event_id} is there twice, at {first} too",
                f"{help_}what they have handled (`is_once`).",
            )

    def _beyond(self, seen: Seen, declared: Declared) -> Iterator[Remark]:
        """Yield what a reader passes over and a client of ours would not have sent."""
        checks = declared.writer
        if checks.payload.is_valid(seen.data) and checks.envelope.is_valid(seen.whole):
            return
        for fault in self._writer.whole(seen.whole).faults:
            yield Remark(defects.BEYOND, *fault[2:], fault.pointer, fault.keyword)

    def _history(self, seen: Seen, declared: Declared) -> Iterator[Remark]:
        event, name = declared.event, seen.text("event_type")
        if event.deprecated is not None:
            sunset, instead = event.sunset, event.deprecated.get("replaced_by")
            help_ = f"Send {instead} instead." if instead else "Stop sending it."
            if sunset is not None and sunset < self.today:
                yield Remark(defects.ENDED, f"{event.type} ended on {sunset}", help_)
            else:
                until = f" and ends on {sunset}" if sunset else ""
                yield Remark(defects.DEPRECATED, f"{event.type} is deprecated{until}", help_)
        if name not in {event.type, declared.name}:
            message = f"{event.type} is sent by its old name {name}"
            yield Remark(defects.OLD_NAME, message, f"Send it as {declared.name}.", "", name)
        said = seen.text("event_version")
        if said and said != declared.version and Version.parse(said) is not None:
            message = f"it is sent as {said}, and the catalog here has {declared.version}"
            help_ = "Bring the catalog of whoever sends it, or the one here, up to date."
            yield Remark(defects.VERSION, message, help_, "/event_version", said)

    def _source(self, seen: Seen, event: EventSchema) -> Iterator[Remark]:
        allowed = self._publishers.get(event.type, [])
        if not self._catalog.participants or not seen.source or seen.source in allowed:
            return
        who, known = self._who(seen.source), [one.name for one in self._catalog.participants]
        if who in allowed:
            return
        near = None if who in known else closest(who, known)
        meant = f" (did you mean {near}?)" if near else ""
        help_ = "Find out who that is, and add the event to `publishes` of its participant."
        if who in known:
            help_ = (
                f"Add the event to `publishes` of {who} in participants.yaml, or stop sending it."
            )
        message = f"{who} is not declared to publish {event.type}{meant}"
        yield Remark(defects.SOURCE, message, help_, "/source_system_id", who)

    def _participant(self, source: str) -> str:
        """Return the participant that a source is an instance of; itself where it is none."""
        named = (
            one.name
            for one in self._catalog.participants
            if source.startswith(one.name) and source[len(one.name) :][:1] in _INSTANCE
        )
        return max(named, key=len, default=source)

    def _sensitive(self, seen: Seen, event: EventSchema) -> Iterator[Remark]:
        """Yield what looks like a secret or like personal data, where nothing is said of it."""
        raw = seen.entry.fields.get(b"data", b"")
        may_hold = b"@" in raw or secret_in(raw.decode(errors="replace")) is not None
        for pointer, name, value in _leaves(seen.data):
            kind: str | None = None
            if may_hold and isinstance(value, str):
                found = _EMAIL.search(value)
                kind = "an e-mail address" if found and "://" not in value else secret_in(value)
            named = meaning(name) if kind is None else None
            if named is not None and not self._is_declared(event.type, pointer):
                kind = f"{_WORDS[named]} by its name"
            if kind is not None and not self._is_marked(event.type, pointer):
                help_ = f"Leave it out, or declare and mark the field with `{KEYWORD}`."
                about = f"{join('data')}{pointer}"
                message = f"`{about}` is {kind}" if named else f"`{about}` holds {kind}"
                yield Remark(defects.SENSITIVE, message, help_, about, kind)

    def _is_declared(self, event_type: str, pointer: str) -> bool:
        steps = list(self._along(event_type, pointer))
        # Rules of the catalog judge the names of what is declared.
        return bool(steps and steps[-1])

    def _marked(self, event_type: str, pointer: str) -> bool:
        return any(
            KEYWORD in one.schema
            for step in self._along(event_type, pointer)
            for one in step
            if isinstance(one.schema, dict)
        )

    def _along(self, event_type: str, pointer: str) -> Iterator[list[Target]]:
        payload = self._catalog.by_type[event_type].payload
        return self._reach.along(split(pointer), whole(payload)) if payload else iter(())

    def _place(self, event: EventSchema | None, stream: str, pointer: str) -> Place:
        if event is None:
            files = (other.document for other in self._catalog.events if other.stream == stream)
            return next(files, self._catalog.files[0].document).at("/stream", on_key=True)
        found = event.at(on_key=True)
        inner = pointer.removeprefix("/data")
        if inner != pointer:
            for step in self._along(event.type, inner):
                for one in step:
                    if one.document is event.document and one.pointer.startswith(event.pointer):
                        found = Place(one.document, one.pointer, on_key=True)
        return found


def _of_unknown(seen: Seen, catalog: Catalog) -> Iterator[Remark]:
    if seen.type is None:
        help_ = (
            "Publish by the client; by other means, put the whole event as one JSON object, with "
            "its `event_type`, into the field `data`."
        )
        for fault in seen.faults:
            yield Remark(defects.UNREADABLE, fault.message, help_, fault.pointer, fault.message)
        return
    near = closest(seen.type, catalog.by_name)
    meant = f"Did you mean {near!r}?" if near else "Declare it under `events:` first."
    message = f"the catalog has no event {seen.type!r}"
    yield Remark(defects.UNKNOWN, message, meant, "/event_type", seen.type)


def _skew(seen: Seen) -> Iterator[Remark]:
    said = said_s(seen.text("timestamp_iso"))
    if said is None:
        return
    apart_s = said - seen.entry.ms / 1000
    if abs(apart_s) > _SKEW_S:
        way = "ahead of" if apart_s > 0 else "behind"
        message = f"`timestamp_iso` is {abs(apart_s):.0f} s {way} the server's clock"
        help_ = "Set the clock of whoever sends it, or find out why it was sent late."
        yield Remark(defects.SKEW, message, help_, "/timestamp_iso", f"{way} {seen.source}")


def _of_group(row: Lag, declared: frozenset[str]) -> Iterator[Remark]:
    if row.dead:
        yield Remark(
            defects.DEAD,
            f"{row.stream} has dead letters: {row.dead}",
            "See `keb-govern bus dead-letters list`.",
        )
    if row.group is None:
        return
    if declared and row.group not in declared:
        near = closest(row.group, declared)
        meant = f" (did you mean {near}?)" if near else ""
        message = f"group {row.group} reads {row.stream}, and no participant is declared to{meant}"
        help_ = (
            "Find out who that is, and add it to `subscribes` of its participant; where nobody "
            "uses it any more, remove it by XGROUP DESTROY."
        )
        yield Remark(defects.GROUP, message, help_, "", row.group)
    if row.lost:
        message = f"{row.stream} was trimmed before {row.group} had read it: {row.lost} lost"
        help_ = "Publish them again where they matter; trim only what every group has read."
        yield Remark(defects.LOST, message, help_, "", row.group)


def _leaves(value: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield the values of a payload that hold no others: pointer, name of the field, value."""
    todo: list[tuple[str, str, Json]] = [("", "", value)]
    while todo:
        pointer, name, here = todo.pop()
        if isinstance(here, dict):
            todo += [(pointer + join(key), key, one) for key, one in here.items()]
        elif isinstance(here, list):
            todo += [(f"{pointer}/{number}", name, one) for number, one in enumerate(here)]
        else:
            yield pointer, name, here
