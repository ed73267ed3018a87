"""The core of consuming: one consumer of one group reads one stream, and loses nothing.

What it has read and not acknowledged is pending on the server under its name. It takes up its own
pending entries first, claims those of consumers that died, keeps what it holds from being claimed,
and acknowledges what its handler has done. What can't be handled goes to the dead letters.

Source: bus.md, section 3; bus-features.md, section 4.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from governance.bus.commands import (
    Ask,
    CommandError,
    Line,
    Many,
    Part,
    Pause,
    Reply,
    ReplyError,
    Steps,
    UnansweredError,
    UnsentError,
    raise_first,
)
from governance.bus.dealing import Dealer
from governance.bus.declared import Declarations
from governance.bus.group import ensure, keep, order
from governance.bus.keys import Keys
from governance.bus.memory import check_eviction
from governance.bus.reading import Reading
from governance.bus.retry import Backoff, is_closed, is_lost, is_passing
from governance.bus.scripts import BEGIN, BURY, DONE, HOLD, KEEP, TAKE, is_forgotten, load
from governance.bus.stats import Stats
from governance.bus.sweep import sweep
from governance.bus.unread import Seen, look
from governance.errors import BusError

LOG = logging.getLogger("keb")
_SCRIPTS = (BEGIN, BURY, DONE, HOLD, KEEP, TAKE)
FAR_MS = 2**31 - 1
# So often it is looked after entries that were trimmed unread.
_LOOK_S = 1.0


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
        self._dealer = Dealer(keys, reading, declarations, stats, clock)
        self._pending = self._dealer.pending
        self._stats = stats
        self._clock = clock
        self._backoff = Backoff(0.05, 2.0)
        self._has_joined = False
        # Where the stream ended when that was asked last.
        self._end = "0"
        # The last entry of each batch since the last look.
        self._handed: list[str] = []
        self._at_look = Seen()
        self._is_leaving = False
        self._claim_at = 0.0
        self._look_at = 0.0
        self._keep_at = 0.0

    @property
    def reading(self) -> Reading:
        """How the stream is read."""
        return self._dealer.reading

    @reading.setter
    def reading(self, reading: Reading) -> None:
        self._dealer.reading = reading

    @property
    def is_stopping(self) -> bool:
        """Whether it is to come to an end."""
        return self._dealer.is_stopping

    @is_stopping.setter
    def is_stopping(self, is_stopping: bool) -> None:
        self._dealer.is_stopping = is_stopping

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
                self._pending.forget_unhandled()
                self._stats.count("reconnects", self.reading.group, type(error).__name__)
                LOG.warning("no answer from the server: %s", error, extra=self._dealer.about())
                yield Pause(self._backoff.next_s())
        yield from self.leave()

    def leave(self) -> Steps[None]:
        """Acknowledge what is done, and let others take the rest at once; ``run`` ends with it.

        After a ``run`` that was broken off, at whatever step, it does the same.
        """
        self.is_stopping = self._is_leaving = True
        try:
            yield from self._dealer.acknowledge()
            yield from self._give_back()
        except (ReplyError, UnsentError, UnansweredError) as error:
            LOG.warning("stopped without saying so: %s", error, extra=self._dealer.about())

    def hold(self) -> Steps[None]:
        """Keep what is held from being claimed; to be done now and then beside ``run``."""
        held = tuple(self._pending.held)
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
                self._pending.held.pop(one, None)
            self._dealer.is_sure_from(sent_at)

    def _join(self) -> Steps[None]:
        """Make sure that the group is there, and take up what is pending under our name."""
        yield from check_eviction(Line.READ)
        yield from load(Line.READ, *_SCRIPTS)
        yield from self._ensure_group()
        yield from sweep(self.keys, self.reading.group)
        self._has_joined = True
        self._claim_at = self._keep_at = self._look_at = self._clock()
        yield from self._take_up(0, self.reading.consumer)
        yield from self._dealer.acknowledge()

    def _ensure_group(self) -> Steps[None]:
        start, end = yield from ensure(self.keys, self.reading, was_there=self._has_joined)
        # Where not even a position is left, all is gone, though others may have sent more since.
        if order(end) < order(self._known) or start == "0":
            self._tell_of_loss(end)
            self._handed, self._at_look = [], Seen()
        self._know(end)
        if start is not None:
            self._stats.count("group_recreated", self.keys.stream, self.reading.group)
            said = "the group was gone: made anew at %s, so that nothing is passed over"
            LOG.error(said, start, extra=self._dealer.about())

    def _tell_of_loss(self, end: str) -> None:
        self._stats.count("went_back", self.keys.stream, self.reading.group)
        said = "the stream ends at %s, and was seen up to %s: the server has lost entries"
        if self._at_look.waiting > 0:
            said += f"; at the last look {self._at_look.waiting} waited for the group"
        seen = max(self._known, self._at_look.end, key=order)
        LOG.error(said, end, seen, extra=self._dealer.about())

    @property
    def _known(self) -> str:
        """Up to where the stream is known to have gone."""
        return max(self._end, self._dealer.reached, key=order)

    def _know(self, end: str) -> None:
        self._end = end
        self._dealer.reached = min(self._dealer.reached, end, key=order)

    def _look(self) -> Steps[None]:
        """Tell of entries that are gone before anybody here was handed them."""
        now = yield from look(self.keys, self.reading.group, self._at_look, self._handed)
        self._handed = []
        if now.went_back:
            self._tell_of_loss(now.end)
            self._know(now.end)
        self._at_look, gone = now, now.missing
        if gone:
            self._stats.count("consumed", "", self.reading.group, "lost", by=abs(gone))
            number = str(gone) if gone > 0 else "some"
            LOG.error("%s entries were trimmed unread", number, extra=self._dealer.about())

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
        if self.is_stopping:
            # What is held is given back, and must not be forgotten; nor is more to be read.
            return
        if self._dealer.is_doubtful:
            # Others may have claimed what a batch had left: go by what the server says.
            self._dealer.is_doubtful = False
            self._pending.forget_unhandled()
            yield from self._take_up(0, self.reading.consumer)
        asked_at = self._clock()
        reply = yield from self._read(self._block_ms(asked_at))
        self._dealer.is_sure_from(asked_at)
        if reply:
            rows = [(row[0], row[1], 1) for row in reply[0][1]]
            self._handed.append(rows[-1][0].decode())
            yield from self._dealer.deal(rows)
        self._backoff.reset()

    def _block_ms(self, now: float) -> int:
        """Return how long to wait for new entries: until something else is to be done."""
        due = self._pending.next_due()
        next_ = min(self._claim_at, self._keep_at, *(() if due is None else (due,)))
        return max(1, min(self.reading.block_ms, int((next_ - now) * 1000)))

    def _read(self, block_ms: int) -> Steps[Reply]:
        """Read what is new; what is done is acknowledged on the way."""
        reading, dealer = self.reading, self._dealer
        words = ("XREADGROUP", "GROUP", reading.group, reading.consumer, "COUNT", reading.batch)
        read: tuple[Part, ...] = (*words, "BLOCK", block_ms, "STREAMS", self.keys.stream, ">")
        if reading.is_once:
            yield from dealer.acknowledge()
        if not self._pending.done:
            return (yield Ask(Line.READ, read))
        replies = yield Many(Line.READ, [dealer.ack(), read])
        raise_first(replies)
        self._pending.acknowledged()
        return replies[1]

    def _retry(self, now: float) -> Steps[None]:
        """Hand out again what failed, where its wait is over."""
        due = self._pending.due(now, self.reading.batch)
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
                [one[0] for one in listed if one[0] not in self._pending.held], idle_ms, owner
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
        self._dealer.is_sure_from(asked_at)
        for one in set(ids).difference(row[0] for row in taken):
            self._pending.drop(one)
        # With no attempt to its name, a dead letter was replayed.
        self._pending.buried.forget(row[0] for row in taken if not row[2])
        yield from self._report_gone([row[0] for row in taken if row[1] is None])
        rows = [(row[0], row[1], row[2] + 1) for row in taken if row[1] is not None]
        yield from self._dealer.deal(rows)
        yield from self._dealer.acknowledge()
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
                self._pending.drop(one)
            if gone:
                told = ", ".join(one.decode() for one in ids[:10])
                LOG.error("deleted before it was handled: %s", told, extra=self._dealer.about())

    def _refused(self, error: ReplyError) -> Steps[None]:
        """Do what a refusal calls for."""
        if is_closed(error):
            raise BusError(f"{self.reading.consumer} can't go on: {error}") from error
        if is_lost(error):
            # Whether the group is really gone is seen on joining.
            self._pending.forget_group()
        elif not is_passing(error) and not is_forgotten(error):
            LOG.error("the server refused a command: %s", error, extra=self._dealer.about())
        self._pending.forget_unhandled()
        self._stats.count("reconnects", self.reading.group, error.code)
        yield Pause(self._backoff.next_s())

    def _give_back(self) -> Steps[None]:
        """Let others take at once what is not done."""
        words = ("XCLAIM", self.keys.stream, self.reading.group, self.reading.consumer, 0)
        back: list[tuple[Part, ...]] = [
            (*words, one, "IDLE", FAR_MS, "RETRYCOUNT", attempts, "JUSTID")
            for one, attempts in self._pending.unfinished()
        ]
        if back:
            yield Many(Line.READ, back)
            self._pending.held.clear()
