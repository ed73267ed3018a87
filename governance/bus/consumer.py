"""The core of consuming: one consumer of one group reads one stream, and loses nothing.

What it has read and not acknowledged is pending on the server under its name. It takes up its own
pending entries first, claims those of consumers that died, keeps what it holds from being claimed,
and acknowledges what its handler has done. What can't be handled goes to the dead letters.

Source: bus.md, section 3; bus-features.md, section 4.
"""

from __future__ import annotations

import base64
import heapq
import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from governance.bus.commands import (
    Ask,
    CommandError,
    Handle,
    Line,
    Many,
    Part,
    Pause,
    Reply,
    ReplyError,
    Steps,
    UnansweredError,
    UnsentError,
)
from governance.bus.declared import Declarations, Unreadable
from governance.bus.event import Event, Place
from governance.bus.group import ensure, keep, order
from governance.bus.keys import Keys
from governance.bus.memory import check_eviction
from governance.bus.reading import PermanentError, Reading
from governance.bus.recent import Recent
from governance.bus.retry import Backoff, is_closed, is_lost, is_passing
from governance.bus.scripts import BEGIN, BURY, DONE, HOLD, KEEP, TAKE, is_forgotten, load
from governance.bus.stats import Stats
from governance.bus.sweep import sweep
from governance.bus.unread import missing
from governance.errors import BusError
from governance.schema.json import JsonObject
from governance.wire import Fault

LOG = logging.getLogger("keb")
# Entries of a reply: the id, and its fields one after the other.
_Row = Sequence[Any]  # of the id, and of the fields: names and values in turn
_SCRIPTS = (BEGIN, BURY, DONE, HOLD, KEEP, TAKE)
FAR_MS = 2**31 - 1
# What is done is acknowledged after so long, also where a batch takes longer.
_ACK_S = 0.05
# What our entries hold: two names and two values.
_OURS = 4
# So often it is looked after entries that were trimmed unread.
_LOOK_S = 1.0
# A script takes no more apart.
MOST_FIELDS = 2_000
# The field of an entry that is for one group alone: see ``dead``.
ONLY = b"_group"


class Fate(NamedTuple):
    """Why an entry goes to the dead letters.

    Attributes:
        reason: ``invalid``, ``attempts`` or ``permanent``.
        told: What was wrong, as a list in JSON.
        attempts: How often it was handed out.
    """

    reason: str
    told: str
    attempts: int


class Consumer:
    """Reads one stream for one group.

    Args:
        keys: The keys of the stream.
        reading: How it is read.
        declarations: What the catalog declares.
        stats: Where it is counted.
        clock: Seconds that only go on.
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
        self.is_stopping = False
        # What this consumer holds, with the number of the attempt: read, and neither acknowledged
        # nor given away. Others must not claim it.
        self.held: dict[bytes, int] = {}
        self._declarations = declarations
        self._stats = stats
        self._clock = clock
        # Handled, and not yet acknowledged as far as anybody knows; with the id of its event.
        self._done: dict[bytes, str] = {}
        self._recent = Recent()
        self._due: list[tuple[float, bytes]] = []
        self._errors: dict[bytes, list[str]] = {}
        # What could not be moved to the dead letters yet: no handler gets it once more.
        self._fates: dict[bytes, Fate] = {}
        self._backoff = Backoff(0.05, 2.0)
        self._wait = Backoff(reading.first_retry_s, reading.most_retry_s)
        self._has_joined = False
        self._last = "0"
        self._is_leaving = False
        self._sure_until = 0.0
        self._is_doubtful = False
        self._claim_at = 0.0
        self._look_at = 0.0
        self._keep_at = 0.0

    def run(self) -> Steps[None]:
        """Read until told to stop; then give back what is not done.

        Raises:
            BusError: The server lets nobody in who says what we say.
        """
        while not self.is_stopping:
            try:
                yield from self._join()
                while not self.is_stopping:
                    yield from self._turn()
            except ReplyError as error:
                yield from self._refused(error)
            except (UnsentError, UnansweredError) as error:
                self._forget_unhandled()
                self._stats.count("reconnects", self.reading.group, type(error).__name__)
                LOG.warning("no answer from the server: %s", error, extra=self._about())
                yield Pause(self._backoff.next_s())
        yield from self.leave()

    def leave(self) -> Steps[None]:
        """Acknowledge what is done, and let others take the rest at once; ``run`` ends with it.

        After a ``run`` that was broken off, at whatever step, it does the same.
        """
        self.is_stopping = self._is_leaving = True
        try:
            yield from self._acknowledge()
            yield from self._give_back()
        except (ReplyError, UnsentError, UnansweredError) as error:
            LOG.warning("stopped without saying so: %s", error, extra=self._about())

    def hold(self) -> Steps[None]:
        """Keep what is held from being claimed; to be done now and then beside ``run``."""
        held = tuple(self.held)
        if not held or self._is_leaving:
            return
        words = HOLD.call((self.keys.stream,), self.reading.group, self.reading.consumer, *held)
        # Whatever it is, the next time comes soon.
        with suppress(CommandError):
            sent_at = self._clock()
            try:
                gone = yield Ask(Line.ADMIN, words)
            except ReplyError as error:
                if not is_forgotten(error):
                    return
                yield from load(Line.ADMIN, HOLD)
                gone = yield Ask(Line.ADMIN, words)
            # Claimed while we were deaf, or just acknowledged.
            for one in gone:
                self.held.pop(one, None)
            self._is_sure_from(sent_at)

    def _is_sure_from(self, at: float) -> None:
        """Note that nobody claims what is held, for as long as the others wait from then on."""
        self._sure_until = max(self._sure_until, at + self.reading.claim_ms / 1000)

    def _join(self) -> Steps[None]:
        """Make sure that the group is there, and take up what is pending under our name."""
        yield from check_eviction(Line.READ)
        yield from load(Line.READ, *_SCRIPTS)
        yield from self._ensure_group()
        yield from sweep(self.keys, self.reading.group)
        self._has_joined = True
        self._claim_at = self._keep_at = self._look_at = self._clock()
        yield from self._take_up(0, self.reading.consumer)
        yield from self._acknowledge()

    def _ensure_group(self) -> Steps[None]:
        start, end = yield from ensure(self.keys, self.reading, was_there=self._has_joined)
        if order(end) < order(self._last):
            self._stats.count("went_back", self.keys.stream, self.reading.group)
            said = "the stream ends at %s, and was read up to %s: the server has lost entries"
            LOG.error(said, end, self._last, extra=self._about())
        self._last = end
        if start is not None:
            self._stats.count("group_recreated", self.keys.stream, self.reading.group)
            said = "the group was gone: made anew at %s, so that nothing is passed over"
            LOG.error(said, start, extra=self._about())

    def _look(self) -> Steps[None]:
        """Tell of entries that are gone before anybody here was handed them."""
        gone = yield from missing(self.keys, self.reading.group)
        if gone:
            self._stats.count("consumed", "", self.reading.group, "lost", by=abs(gone))
            number = str(gone) if gone > 0 else "some"
            LOG.error("%s entries were trimmed unread", number, extra=self._about())

    def _turn(self) -> Steps[None]:
        now = self._clock()
        if now >= self._keep_at:
            yield from keep(self.keys, self.reading)
            self._keep_at = now + 5.0
        if now >= self._look_at:
            yield from self._look()
            self._look_at = now + _LOOK_S
        if now >= self._claim_at:
            # What lies with consumers that show no sign of life.
            yield from self._take_up(self.reading.claim_ms)
            self._claim_at = now + self.reading.claim_ms / 2000
        yield from self._retry(now)
        if self._is_doubtful:
            # Others may have claimed what a batch had left: go by what the server says.
            self._is_doubtful = False
            self._forget_unhandled()
            yield from self._take_up(0, self.reading.consumer)
        next_ = min(
            (at for at in (self._claim_at, self._keep_at, *(at for at, _ in self._due[:1]))),
            default=now,
        )
        block_ms = max(1, min(self.reading.block_ms, int((next_ - self._clock()) * 1000)))
        asked_at = self._clock()
        rows = yield from self._read(block_ms)
        self._is_sure_from(asked_at)
        yield from self._deal([(row, 1) for row in rows])
        self._backoff.reset()

    def _read(self, block_ms: int) -> Steps[list[_Row]]:
        reading = self.reading
        words = ("XREADGROUP", "GROUP", reading.group, reading.consumer, "COUNT", reading.batch)
        reply = yield Ask(Line.READ, (*words, "BLOCK", block_ms, "STREAMS", self.keys.stream, ">"))
        rows: list[_Row] = reply[0][1] if reply else []
        return rows

    def _retry(self, now: float) -> Steps[None]:
        """Hand out again what failed, where its wait is over."""
        due = list[bytes]()
        while self._due and self._due[0][0] <= now and len(due) < self.reading.batch:
            due.append(heapq.heappop(self._due)[1])
        # Who was deaf for long may have lost an entry to another consumer, and must not take it
        # back.
        yield from self._take(due, 0, self.reading.consumer)

    def _take_up(self, idle_ms: int, owner: str = "") -> Steps[None]:
        """Take over all that is pending for so long, of one consumer or of any."""
        start: bytes = b"-"
        words = ("XPENDING", self.keys.stream, self.reading.group, "IDLE", idle_ms)
        whose = (owner,) if owner else ()
        while not self.is_stopping:
            listed = yield Ask(Line.READ, (*words, start, "+", self.reading.batch, *whose))
            taken = yield from self._take(
                [one[0] for one in listed if one[0] not in self.held], idle_ms, owner
            )
            if idle_ms:
                self._stats.count("claimed", self.keys.stream, self.reading.group, by=taken)
            if len(listed) < self.reading.batch:
                return
            start = b"(" + listed[-1][0]

    def _take(self, ids: list[bytes], idle_ms: int, owner: str) -> Steps[int]:
        """Take pending entries over and deal with them; return how many it were."""
        if not ids:
            return 0
        reading = self.reading
        who = (reading.group, reading.consumer, idle_ms, owner)
        asked_at = self._clock()
        taken = yield Ask(Line.READ, TAKE.call((self.keys.stream,), *who, *ids))
        self._is_sure_from(asked_at)
        for one in set(ids).difference(row[0] for row in taken):
            self._drop(one)
        # With no attempt to its name, an entry was given back, or replayed: whatever it was before.
        self._recent.forget(row[0] for row in taken if not row[2])
        yield from self._report_gone([row[0] for row in taken if row[1] is None])
        rows: list[tuple[_Row, int]] = [
            (row[:2], row[2] + 1) for row in taken if row[1] is not None
        ]
        yield from self._deal(rows)
        return len(rows)

    def _report_gone(self, ids: list[bytes]) -> Steps[None]:
        """Acknowledge entries that were deleted before they were handled, and say so."""
        if not ids:
            return
        gone = len(ids)
        try:
            # Another consumer may have said so already.
            gone = yield Ask(Line.READ, ("XACK", self.keys.stream, self.reading.group, *ids))
        finally:
            self._stats.count("consumed", "", self.reading.group, "lost", by=gone)
            for one in ids:
                self._drop(one)
            if gone:
                told = ", ".join(one.decode() for one in ids[:10])
                LOG.error("deleted before it was handled: %s", told, extra=self._about())

    def _deal(self, rows: list[tuple[_Row, int]]) -> Steps[None]:
        """Deal with entries in their order, and acknowledge what is done."""
        self.held.update({row[0]: attempt for row, attempt in rows})
        is_once = self.reading.is_once
        seen = (yield from self._seen(rows)) if is_once else set[str]()
        may_repeat = is_once or self._goes_back(rows)
        handled: list[str] = []
        ack_at = self._clock() + _ACK_S
        try:
            for (entry_id, fields), attempt in rows:
                if self.is_stopping or self._clock() >= self._sure_until:
                    self._is_doubtful = True
                    break
                is_ours = entry_id in self.held
                if not is_ours or (may_repeat and self._is_again(entry_id, fields, seen)):
                    continue
                event = self._opened(entry_id, fields, attempt)
                if isinstance(event, Fate):
                    yield from self._bury(entry_id, fields, event)
                elif event and (attempt == 1 or (yield from self._begin(entry_id, attempt))):
                    error = yield tuple.__new__(Handle, (event,))
                    # Nearly always.
                    if error is None:
                        handled.append(event.type)
                        self._done[entry_id] = event.id
                        seen.add(event.id)
                    else:
                        yield from self._failed(event, entry_id, fields, error)
                # What ended its consumer once may do so again, and must take nothing done along.
                is_due = is_once or attempt > 1 or self._clock() >= ack_at
                if is_due or len(self._done) >= self.reading.batch:
                    yield from self._acknowledge()
                    ack_at = self._clock() + _ACK_S
        finally:
            for event_type, number in Counter(handled).items():
                self._stats.count("consumed", event_type, self.reading.group, "ok", by=number)
        yield from self._acknowledge()

    def _opened(self, entry_id: bytes, fields: list[bytes], attempt: int) -> Event | Fate | None:
        """Return the event of an entry; what becomes of one that has none; None for others'."""
        reading = self.reading
        if len(fields) == _OURS and fields[2] == b"data":
            data: bytes | None = fields[3]
        else:
            said = parsed(fields)
            data = said.get(b"data")
            if said.get(ONLY) not in {None, reading.group.encode()}:
                self._done[entry_id] = ""
                return None
        if attempt > 1 and (fate := self._fate(entry_id, attempt)):
            return fate
        # As the class does it, without a call of Python in between.
        place = tuple.__new__(Place, (self.keys.stream, entry_id.decode(), reading.group, attempt))
        read = _NO_DATA if data is None else self._declarations.read(data, place)
        types = reading.types
        if isinstance(read, Event):
            if types is not None and read.type not in types:
                self._done[entry_id] = ""
                return None
            if attempt > 1:
                self._stats.count("redelivered", read.type, reading.group)
            return read
        if types is not None and read.event_type is not None and read.event_type not in types:
            self._done[entry_id] = ""
            return None
        return Fate("invalid", json.dumps([one._asdict() for one in read.faults]), attempt)

    def _fate(self, entry_id: bytes, attempt: int) -> Fate | None:
        """Return what becomes of an entry that comes again; None where it is tried again."""
        if entry_id in self._fates:
            return self._fates[entry_id]
        if attempt <= self.reading.attempts:
            return None
        told = self._errors.get(entry_id, ["handed out and never acknowledged"])
        return Fate("attempts", json.dumps(told), attempt - 1)

    def _begin(self, entry_id: bytes, attempt: int) -> Steps[bool]:
        """Count another attempt on the server, which knows of it should it be our end."""
        who = (self.reading.group, self.reading.consumer)
        is_ours = yield Ask(Line.READ, BEGIN.call((self.keys.stream,), *who, entry_id, attempt))
        if not is_ours:
            self._drop(entry_id)
        return bool(is_ours)

    def _failed(
        self, event: Event, entry_id: bytes, fields: list[bytes], error: BaseException
    ) -> Steps[None]:
        """Let an event come again that its handler failed on, or bury it."""
        attempt = event.place.attempt
        told = f"{type(error).__name__}: {error}"
        errors = self._errors.setdefault(entry_id, [])
        errors.append(told)
        if isinstance(error, PermanentError) or attempt >= self.reading.attempts:
            reason = "permanent" if isinstance(error, PermanentError) else "attempts"
            yield from self._bury(entry_id, fields, Fate(reason, json.dumps(errors), attempt))
            return
        wait = self._wait.after_s(attempt - 1)
        self._stats.count("consumed", event.type, self.reading.group, "retry")
        said = "attempt %d failed, the next one in %.1f s: %s"
        LOG.warning(said, attempt, wait, told, extra=self._about(event))
        heapq.heappush(self._due, (self._clock() + wait, entry_id))

    def _goes_back(self, rows: list[tuple[_Row, int]]) -> bool:
        """Say whether entries may have been here before."""
        if not rows:
            return False
        last, self._last = self._last, max(self._last, rows[-1][0][0].decode(), key=order)
        return order(rows[0][0][0].decode()) <= order(last)

    def _is_again(self, entry_id: bytes, fields: list[bytes], seen: set[str]) -> bool:
        """Pass over an event that the group has handled, whichever entry it had then."""
        if entry_id in self._done:
            return True
        if not self._recent.has(entry_id, fields) and _name(fields) not in seen:
            return False
        self._stats.count("consumed", "", self.reading.group, "duplicate")
        self._done[entry_id] = ""
        return True

    def _seen(self, rows: list[tuple[_Row, int]]) -> Steps[set[str]]:
        """Return the ids of those events that the group has handled before."""
        group = self.reading.group
        asked = [name for row, _ in rows if (name := _name(row[1]))]
        if not asked:
            return set()
        replies = yield Many(Line.READ, [("GET", self.keys.seen(group, one)) for one in asked])
        _raise_first(replies)
        return {one for one, reply in zip(asked, replies, strict=True) if reply is not None}

    def _acknowledge(self) -> Steps[None]:
        """Acknowledge what is done; what gets no answer is repeated with the next."""
        if not self._done:
            return
        stream, group = self.keys.stream, self.reading.group
        done = dict(self._done)
        if self.reading.is_once:
            marked = [(entry_id, event_id) for entry_id, event_id in done.items() if event_id]
            commands = [
                DONE.call(
                    (stream, self.keys.seen(group, event_id)),
                    group,
                    entry_id,
                    self.reading.remembered_ms,
                )
                for entry_id, event_id in marked
            ]
            plain = [entry_id for entry_id, event_id in done.items() if not event_id]
            if plain:
                commands.append(("XACK", stream, group, *plain))
            replies = yield Many(Line.READ, commands)
            _raise_first(replies)
        else:
            yield Ask(Line.READ, ("XACK", stream, group, *done))
        self._recent.add(done)
        for entry_id in done:
            self.held.pop(entry_id, None)
            del self._done[entry_id]
        if self._errors:
            for entry_id in done:
                self._errors.pop(entry_id, None)

    def _bury(self, entry_id: bytes, fields: list[bytes], fate: Fate) -> Steps[None]:
        """Move an entry to the dead letters; where that can't be done it stays pending."""
        words: list[Part] = [
            *("dead_entry", entry_id, "dead_stream", self.keys.stream),
            *("dead_group", self.reading.group, "dead_attempts", fate.attempts),
            *("dead_reason", fate.reason, "dead_error", fate.told),
            *("dead_at", datetime.now(UTC).isoformat(timespec="milliseconds")),
        ]
        if len(fields) <= MOST_FIELDS:
            words += fields
        else:
            packed = [base64.b64encode(one).decode() for one in fields]
            words += ["dead_fields", json.dumps(packed)]
        call = BURY.call((self.keys.stream, self.keys.dead), self.reading.group, entry_id, *words)
        try:
            yield Ask(Line.READ, call)
        except ReplyError as refusal:
            if is_lost(refusal) or is_closed(refusal) or is_forgotten(refusal):
                raise
            LOG.exception(
                "entry %s can't be moved to the dead letters",
                entry_id.decode(),
                extra=self._about(),
            )
            self._fates[entry_id] = fate
            heapq.heappush(self._due, (self._clock() + self._wait.after_s(2), entry_id))
            return
        self._drop(entry_id)
        self._recent.add({entry_id: _name(fields)})
        self._stats.count("consumed", "", self.reading.group, "dead")
        LOG.error(
            "entry %s went to the dead letters (%s): %s",
            entry_id.decode(),
            fate.reason,
            fate.told[:300],
            extra=self._about(),
        )

    def _drop(self, entry_id: bytes) -> None:
        """Forget an entry: it is no longer ours."""
        self.held.pop(entry_id, None)
        self._done.pop(entry_id, None)
        self._errors.pop(entry_id, None)
        self._fates.pop(entry_id, None)

    def _forget_unhandled(self) -> None:
        """Forget what was read and not handled: it is read again, as pending under our name."""
        waiting = {entry_id for _, entry_id in self._due}
        for entry_id in [one for one in self.held if one not in waiting and one not in self._done]:
            del self.held[entry_id]

    def _refused(self, error: ReplyError) -> Steps[None]:
        """Do what a refusal calls for."""
        if is_closed(error):
            raise BusError(f"{self.reading.consumer} can't go on: {error}") from error
        if is_lost(error):
            # Whether the group is really gone is seen on joining.
            self.held.clear()
            self._due.clear()
        elif not is_passing(error) and not is_forgotten(error):
            LOG.error("the server refused a command: %s", error, extra=self._about())
        self._forget_unhandled()
        self._stats.count("reconnects", self.reading.group, error.code)
        yield Pause(self._backoff.next_s())

    def _give_back(self) -> Steps[None]:
        """Let others take at once what is not done."""
        waiting = {entry_id for _, entry_id in self._due}
        # What was not handed to the handler was no attempt.
        rest = [(one, n if one in waiting else n - 1) for one, n in self.held.items()]
        words = ("XCLAIM", self.keys.stream, self.reading.group, self.reading.consumer, 0)
        back: list[tuple[Part, ...]] = [
            (*words, one, "IDLE", FAR_MS, "RETRYCOUNT", attempts, "JUSTID")
            for one, attempts in rest
        ]
        if back:
            yield Many(Line.READ, back)
            self.held.clear()

    def _about(self, event: Event | None = None) -> JsonObject:
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


_NO_DATA = Unreadable(None, (Fault("", "", "the entry has no field `data`", ""),))


def parsed(fields: list[bytes]) -> dict[bytes, bytes]:
    """Return the fields of an entry by name."""
    return dict(zip(fields[::2], fields[1::2], strict=False))


def _name(fields: list[bytes]) -> str:
    """Return the id of the event, as the entry says it beside the event."""
    return parsed(fields).get(b"_event_id", b"").decode(errors="replace")


def _raise_first(replies: list[Reply]) -> None:
    for reply in replies:
        if isinstance(reply, ReplyError):
            raise reply
