"""The core of handling: what becomes of the entries that a consumer was handed.

Each goes to the handler, comes again later, or goes to the dead letters; what is done is
acknowledged, and nothing before.

Source: bus.md, section 3; bus-features.md, section 4.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from governance.bus.commands import Ask, Line, Many, Part, ReplyError, Steps, raise_first
from governance.bus.declared import Declarations, Unreadable
from governance.bus.event import Event, Place
from governance.bus.fate import Fate, letter
from governance.bus.group import fields as by_name
from governance.bus.group import order
from governance.bus.keys import Keys
from governance.bus.pending import Pending
from governance.bus.reading import PermanentError, Reading
from governance.bus.retry import Backoff, is_closed, is_lost
from governance.bus.scripts import BEGIN, BURY, DONE, is_forgotten
from governance.bus.stats import Stats
from governance.schema.json import JsonObject
from governance.wire import Fault, Side

LOG = logging.getLogger("keb")
# An entry: its id, its fields as names and values in turn, and the number of the attempt.
Row: TypeAlias = tuple[bytes, list[bytes], int]
_Read: TypeAlias = Event | Unreadable | Fate | None
# What is done is acknowledged after so long, also where a batch takes longer.
_ACK_S = 0.05
# What our entries hold: two names and two values.
_OURS = 4
# The field of an entry that is for one group alone: see ``dead``.
ONLY = b"_group"
_NO_DATA = Unreadable(None, (Fault("", "", "the entry has no field `data`", ""),))


class Dealer:
    """Deals with the entries of one consumer.

    Args:
        keys: The keys of the stream.
        reading: How it is read.
        declarations: What the catalog declares.
        stats: Where it is counted.
        clock: Seconds that only go on.

    Attributes:
        pending: What the consumer has been handed and has not acknowledged.
        is_stopping: Whether no more entries are begun.
        is_doubtful: Whether entries were left because others may have claimed them.
        reached: Up to where the stream was handed out here.
    """

    def __init__(
        self,
        keys: Keys,
        reading: Reading,
        declarations: Declarations,
        stats: Stats,
        clock: Callable[[], float],
    ) -> None:
        self.keys = keys
        self.reading = reading
        self.pending = Pending()
        self.is_stopping = False
        self.is_doubtful = False
        self.reached = "0"
        self._declarations = declarations
        self._stats = stats
        self._clock = clock
        self._wait = Backoff(reading.first_retry_s, reading.most_retry_s)
        self._sure_until = 0.0

    def is_sure_from(self, at: float) -> None:
        """Note that nobody claims what is held, for as long as the others wait from then on."""
        self._sure_until = max(self._sure_until, at + self.reading.claim_ms / 1000)

    def deal(self, rows: list[Row]) -> Steps[None]:
        """Deal with entries in their order; what is done is acknowledged by and by."""
        self.pending.held.update({entry_id: attempt for entry_id, _, attempt in rows})
        is_once = self.reading.is_once
        seen = (yield from self._seen(rows)) if is_once else set[str]()
        may_repeat = is_once or self._goes_back(rows)
        # What ended its consumer once may do so again, and must take nothing done along.
        is_careful = is_once or any(attempt > 1 for _, _, attempt in rows)
        handled: list[str] = []
        try:
            ack_s = 0.0 if is_careful else _ACK_S
            yield from self._each(rows, seen if may_repeat else None, ack_s, handled)
        finally:
            for event_type, number in Counter(handled).items():
                self._stats.count("consumed", event_type, self.reading.group, "ok", by=number)

    def _each(
        self, rows: list[Row], seen: set[str] | None, ack_s: float, handled: list[str]
    ) -> Steps[None]:
        """Deal with entries, which every event comes by.

        Args:
            rows: The entries.
            seen: The ids of events that were handled before; None where no entry can have been
                here before.
            ack_s: How long what is done may wait for its acknowledgement.
            handled: Gets the type of each event that is handled.
        """
        pending, clock, read_ = self.pending, self._clock, self._declarations.read
        stream, group, types = self.keys.stream, self.reading.group, self.reading.types
        ack_at = clock() + ack_s
        for entry_id, fields, attempt in rows:
            now = clock()
            if now >= ack_at and pending.done:
                yield from self.acknowledge()
                ack_at = clock() + ack_s
            if self.is_stopping or now >= self._sure_until:
                self.is_doubtful = True
                return
            if entry_id not in pending.held or (
                seen is not None and self._is_again(entry_id, fields, seen)
            ):
                continue
            if attempt == 1 and len(fields) == _OURS and fields[2] == b"data":
                # Nearly always; as the class does it, without a call of Python in between.
                place = tuple.__new__(Place, (stream, entry_id.decode(), group, 1))
                read: _Read = read_(fields[3], place)
            else:
                read = self._opened(entry_id, fields, attempt)
            if not isinstance(read, Event) or (types is not None and read.type not in types):
                yield from self._pass_over(entry_id, fields, read, attempt)
            elif attempt == 1 or (yield from self._begin(entry_id, read)):
                error = yield read
                if error is not None:
                    yield from self._failed(read, entry_id, fields, error)
                    continue
                handled.append(read.type)
                pending.done[entry_id] = read.id
                if seen is not None:
                    seen.add(read.id)

    def _opened(self, entry_id: bytes, fields: list[bytes], attempt: int) -> _Read:
        """Return what an entry holds, or what becomes of it; None for that of another group."""
        said: dict[bytes, bytes] = by_name(fields)
        if said.get(ONLY) not in {None, self.reading.group.encode()}:
            return None
        if attempt > 1:
            fate = self.pending.fate(entry_id, attempt, self.reading.attempts)
            if fate is not None:
                return fate
        data = said.get(b"data")
        place = Place(self.keys.stream, entry_id.decode(), self.reading.group, attempt)
        return _NO_DATA if data is None else self._declarations.read(data, place)

    def _pass_over(
        self, entry_id: bytes, fields: list[bytes], read: _Read, attempt: int
    ) -> Steps[None]:
        """Do what an entry calls for that no handler gets."""
        if isinstance(read, Fate):
            yield from self._bury(entry_id, fields, read)
        elif isinstance(read, Unreadable) and self._is_ours(read):
            self._count_faults(read)
            told = json.dumps([one._asdict() for one in read.faults])
            yield from self._bury(entry_id, fields, Fate("invalid", told, attempt))
        else:
            self.pending.done[entry_id] = ""

    def _is_ours(self, read: Unreadable) -> bool:
        types = self.reading.types
        return types is None or read.event_type is None or read.event_type in types

    def _count_faults(self, read: Unreadable) -> None:
        # Of names that writers make up there is no end.
        is_known = read.event_type in self._declarations.catalog.by_type
        name = read.event_type if read.event_type and is_known else ""
        for fault in read.faults:
            self._stats.count("rejected", name, Side.READER.value, fault.keyword or "other")

    def _begin(self, entry_id: bytes, event: Event) -> Steps[bool]:
        """Count another attempt on the server, which knows of it should it be our end."""
        who = (self.reading.group, self.reading.consumer)
        call = BEGIN.call((self.keys.stream,), *who, entry_id, event.place.attempt)
        is_ours = yield Ask(Line.READ, call)
        if is_ours:
            self._stats.count("redelivered", event.type, self.reading.group)
        else:
            self.pending.drop(entry_id)
        return bool(is_ours)

    def _failed(
        self, event: Event, entry_id: bytes, fields: list[bytes], error: BaseException
    ) -> Steps[None]:
        """Let an event come again that its handler failed on, or bury it."""
        attempt = event.place.attempt
        told = f"{type(error).__name__}: {error}"
        errors = self.pending.failed(entry_id, told)
        if isinstance(error, PermanentError) or attempt >= self.reading.attempts:
            reason = "permanent" if isinstance(error, PermanentError) else "attempts"
            yield from self._bury(entry_id, fields, Fate(reason, json.dumps(errors), attempt))
            return
        wait = self._wait.after_s(attempt - 1)
        self._stats.count("consumed", event.type, self.reading.group, "retry")
        said = "%s %s for %s: attempt %d failed, the next one in %.1f s: %s"
        what = (event.type, entry_id.decode(), self.reading.group)
        LOG.warning(said, *what, attempt, wait, told, extra=self.about(event))
        self.pending.postpone(entry_id, self._clock() + wait)

    def _goes_back(self, rows: list[Row]) -> bool:
        """Say whether entries may have been here before."""
        if not rows:
            return False
        reached = self.reached
        self.reached = max(reached, rows[-1][0].decode(), key=order)
        return order(rows[0][0].decode()) <= order(reached)

    def _is_again(self, entry_id: bytes, fields: list[bytes], seen: set[str]) -> bool:
        """Pass over an event that the group has handled, whichever entry it had then."""
        if entry_id in self.pending.done:
            return True
        lately = (self.pending.recent, self.pending.buried)
        if not any(one.has(entry_id, fields) for one in lately) and _name(fields) not in seen:
            return False
        self._stats.count("consumed", "", self.reading.group, "duplicate")
        self.pending.done[entry_id] = ""
        return True

    def _seen(self, rows: list[Row]) -> Steps[set[str]]:
        """Return the ids of those events that the group has handled before."""
        group = self.reading.group
        asked = [name for _, fields, _ in rows if (name := _name(fields))]
        if not asked:
            return set()
        replies = yield Many(Line.READ, [("GET", self.keys.seen(group, one)) for one in asked])
        raise_first(replies)
        return {one for one, reply in zip(asked, replies, strict=True) if reply is not None}

    def acknowledge(self) -> Steps[None]:
        """Acknowledge what is done; what gets no answer is repeated with the next."""
        if not self.pending.done:
            return
        if self.reading.is_once:
            raise_first((yield Many(Line.READ, self._marks())))
        else:
            yield Ask(Line.READ, self.ack())
        self.pending.acknowledged()

    def ack(self) -> tuple[Part, ...]:
        """Return what acknowledges all that is done."""
        return ("XACK", self.keys.stream, self.reading.group, *self.pending.done)

    def _marks(self) -> list[tuple[Part, ...]]:
        """Return what acknowledges all that is done, each with a mark that its event is handled."""
        stream, group = self.keys.stream, self.reading.group
        commands: list[tuple[Part, ...]] = []
        for entry_id, event_id in self.pending.done.items():
            if event_id:
                keys = (stream, self.keys.seen(group, event_id))
                commands.append(DONE.call(keys, group, entry_id, self.reading.remembered_ms))
            else:
                commands.append(("XACK", stream, group, entry_id))
        return commands

    def _bury(self, entry_id: bytes, fields: list[bytes], fate: Fate) -> Steps[None]:
        """Move an entry to the dead letters; where that can't be done it stays pending."""
        keys, group = self.keys, self.reading.group
        words = letter(fate, keys.stream, group, entry_id, fields)
        call = BURY.call((keys.stream, keys.dead), group, entry_id, *words)
        try:
            yield Ask(Line.READ, call)
        except ReplyError as refusal:
            if is_lost(refusal) or is_closed(refusal) or is_forgotten(refusal):
                raise
            said = "entry %s can't be moved to the dead letters"
            LOG.exception(said, entry_id.decode(), extra=self.about())
            self.pending.postpone(entry_id, self._clock() + self._wait.after_s(2), fate)
            return
        self.pending.drop(entry_id)
        self.pending.buried.add({entry_id: _name(fields)})
        self._stats.count("consumed", "", group, "dlq")
        said = "entry %s of %s went to the dead letters of %s (%s): %s"
        what = (entry_id.decode(), keys.stream, group)
        LOG.error(said, *what, fate.reason, fate.told[:300], extra=self.about())

    def about(self, event: Event | None = None) -> JsonObject:
        """Return what a log says beside its text."""
        said = {
            "keb_stream": self.keys.stream,
            "keb_group": self.reading.group,
            "keb_consumer": self.reading.consumer,
        }
        if event is not None:
            said |= {
                "keb_event_id": event.id,
                "keb_event_type": event.type,
                "keb_correlation_id": event.correlation_id or "",
            }
        return said


def _name(fields: list[bytes]) -> str:
    """Return the id of the event, as the entry says it beside the event."""
    name: bytes = by_name(fields).get(b"_event_id", b"")
    return name.decode(errors="replace")
