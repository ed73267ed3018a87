"""Whether a server still has what it acknowledged: a publisher asks now and then, and tells.

An event and its mark are written in one step, and the mark stays for a known time. Where it is gone
before its time, and the entry with it, the server has lost what it had said to be there: it came
back without its file or with a part of it, another took its place that had lagged behind, or
somebody deleted the stream. Trimming takes entries away and leaves marks.

Source: bus.md, section 6, rows 4, 5, 15 and 16.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from governance.bus.commands import CommandError, Line, Many, Part, ReplyError, Steps
from governance.bus.history import ASKED, history
from governance.bus.keys import Keys
from governance.bus.retry import is_closed
from governance.bus.stats import Stats

LOG = logging.getLogger("keb")
# At least so many of the last events of a stream are known, and no more than twice that.
MOST = 10_000
_LOOK_S = 1.0
_AT_ONCE = 100


class Kept:
    """The events of one stream that were acknowledged lately.

    Args:
        keys: The keys of the stream.
        remembered_ms: How long the server keeps their marks.
        stats: Where it is counted.
        clock: Seconds that only go on.
    """

    def __init__(
        self, keys: Keys, remembered_ms: int, stats: Stats, clock: Callable[[], float]
    ) -> None:
        self._keys = keys
        self._stats = stats
        self._clock = clock
        # By the id of the event, its place; as old as three such turns, and so younger than marks.
        self._turn_s = remembered_ms / 4000
        self._turned_at = clock()
        self._now: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self._history: str | None = None
        self._witness = ""
        self._may_ask = True
        self.look_at = self._turned_at

    def note(self, event_id: str, entry_id: str) -> None:
        """Note an event that the server says it has."""
        self._now[event_id] = entry_id
        if len(self._now) >= MOST:
            self._turn()

    def look(self) -> Steps[None]:
        """Tell of events that the server no longer has; whatever it answers, that is all right."""
        self.look_at = self._clock() + _LOOK_S
        self._forget_old()
        newest = next(reversed(self._now), "")
        try:
            name, is_witness_gone = yield from self._ask()
            if is_witness_gone or self._history not in {None, name}:
                yield from self._tell()
        except CommandError as error:
            LOG.debug("nobody knows what the server still has: %s", error)
        else:
            self._history, self._witness = name, newest

    def _turn(self) -> None:
        self._now, self._before = {}, self._now
        self._turned_at = self._clock()

    def _forget_old(self) -> None:
        age_s = self._clock() - self._turned_at
        if age_s >= self._turn_s:
            self._turn()
        if age_s >= 2 * self._turn_s:
            self._before = {}

    def _ask(self) -> Steps[tuple[str, bool]]:
        """Return the history of the server, and whether the last event of before is gone."""
        # On a cluster both go where the mark is, or was.
        mark: tuple[Part, ...] = ("GET", self._keys.sent(self._witness))
        found, *told = yield Many(Line.PUBLISH, [mark, ASKED] if self._may_ask else [mark])
        if any(isinstance(one, ReplyError) and is_closed(one) for one in told):
            # The server writes down whom it refuses: once is enough.
            self._may_ask = False
        is_known = self._witness in self._now or self._witness in self._before
        return "".join(map(history, told)), is_known and found is None

    def _tell(self) -> Steps[None]:
        events = [*self._before.items(), *self._now.items()]
        told = list[str]()
        for start in range(0, len(events), _AT_ONCE):
            told += yield from self._gone(dict(events[start : start + _AT_ONCE]))
        if told:
            stream = self._keys.stream
            self._stats.count("publish_lost", stream, by=len(told))
            said = "the server has lost %d events of %s that it had acknowledged, the first was %s"
            about = {"keb_stream": stream, "keb_event_ids": told}
            LOG.error(said, len(told), stream, told[0], extra=about)

    def _gone(self, events: dict[str, str]) -> Steps[list[str]]:
        """Return those events that have neither mark nor entry, and watch them no longer."""
        marks = yield Many(Line.PUBLISH, [("GET", self._keys.sent(one)) for one in events])
        unmarked = [one for one, mark in zip(events, marks, strict=True) if mark is None]
        if not unmarked:
            return []
        stream = self._keys.stream
        places = [("XRANGE", stream, events[one], events[one]) for one in unmarked]
        entries = yield Many(Line.PUBLISH, [*places])
        gone = list[str]()
        for one, entry in zip(unmarked, entries, strict=True):
            # Without its mark it can't be watched any more; another thread may have seen that too.
            if self._now.pop(one, self._before.pop(one, None)) is None:
                continue
            # Who may not look goes by the mark alone.
            if not entry or isinstance(entry, ReplyError) or one.encode() not in entry[0][1]:
                gone.append(one)
        return gone
