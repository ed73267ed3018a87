"""What lies in streams, read in the order of time and without a group: no reader notices it.

Source: Redis commands XRANGE, XREVRANGE.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from governance.bus.commands import Ask, Line, Many, Reply, ReplyError, Steps
from governance.bus.declared import Declarations, Unreadable
from governance.bus.encoding import decode
from governance.bus.event import Place
from governance.catalog.envelope import NAMES
from governance.schema.json import JsonObject, as_object
from governance.wire import Fault

START = "-"
_BATCH = 500


class Entry(NamedTuple):
    """One entry of a stream.

    Attributes:
        stream: The stream.
        id: Its place in the stream.
        fields: What it holds.
    """

    stream: str
    id: str
    fields: dict[bytes, bytes]

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: by time, over streams."""
        ms, _, number = self.id.partition("-")
        return int(ms), int(number), self.stream

    @property
    def ms(self) -> int:
        """When it was appended, by the server's clock, in milliseconds since 1970."""
        return self.order[0]


class Reader:
    """Reads streams from some point on.

    Args:
        starts: Where to start in each stream: the id of an entry, or ``START``.
        batch: How many entries of a stream are read at once.
    """

    def __init__(self, starts: dict[str, str], batch: int = _BATCH) -> None:
        self._starts = dict(starts)
        self._ends = dict.fromkeys(starts, "+")
        self._batch = batch
        # Read, and not given out: another stream may still have something older.
        self._held: dict[str, list[Entry]] = {stream: [] for stream in starts}
        # Streams whose last page was a full one.
        self._has_more = set[str]()

    def end_here(self) -> Steps[None]:
        """Read nothing that is appended from now on."""
        streams = list(self._starts)
        lasts = yield Many(
            Line.ADMIN, [("XREVRANGE", one, "+", "-", "COUNT", 1) for one in streams]
        )
        for stream, reply in zip(streams, _good(lasts), strict=True):
            self._ends[stream] = reply[0][0].decode() if reply else "0-0"

    def read(self) -> Steps[list[Entry]]:
        """Return the next entries in their order; none where there are no more for now."""
        asked = [stream for stream, held in self._held.items() if not held]
        replies = yield Many(
            Line.ADMIN,
            [
                ("XRANGE", one, self._starts[one], self._ends[one], "COUNT", self._batch)
                for one in asked
            ],
        )
        for stream, reply in zip(asked, _good(replies), strict=True):
            self._held[stream] = _entries(stream, reply)
            if reply:
                self._starts[stream] = f"({reply[-1][0].decode()}"
            (self._has_more.add if len(reply) >= self._batch else self._has_more.discard)(stream)
        known = min((self._held[stream][-1].order for stream in self._has_more), default=None)
        given = list[Entry]()
        for stream, held in self._held.items():
            ready = [one for one in held if known is None or one.order <= known]
            self._held[stream] = held[len(ready) :]
            given += ready
        return sorted(given, key=lambda one: one.order)


def last(streams: Iterable[str], count: int) -> Steps[tuple[list[Entry], dict[str, str]]]:
    """Return the last entries of some streams together, in their order, and where to go on."""
    asked = list(streams)
    replies = yield Many(
        Line.ADMIN, [("XREVRANGE", one, "+", "-", "COUNT", count) for one in asked]
    )
    found, starts = list[Entry](), dict.fromkeys(asked, START)
    for stream, reply in zip(asked, _good(replies), strict=True):
        found += _entries(stream, reply)
        if reply:
            starts[stream] = f"({reply[0][0].decode()}"
    return sorted(found, key=lambda one: one.order)[max(0, len(found) - count) :], starts


def now_ms() -> Steps[int]:
    """Return the server's time, in milliseconds since 1970."""
    seconds, micros = yield Ask(Line.ADMIN, ("TIME",))
    return int(seconds) * 1000 + int(micros) // 1000


class Seen(NamedTuple):
    """An entry, judged by the catalog as a reader does.

    Attributes:
        entry: The entry.
        type: Its event type, as the catalog has it, or else as it says; None where it says none.
        whole: All of the event; empty where it is none.
        data: Its payload; empty where there is none.
        faults: What is wrong with it.
    """

    entry: Entry
    type: str | None
    whole: JsonObject
    data: JsonObject
    faults: tuple[Fault, ...]

    def text(self, name: str) -> str:
        """Return what a base field says; empty where it says no text."""
        said = self.whole.get(name)
        return said if isinstance(said, str) else ""

    @property
    def source(self) -> str:
        """Who sent it, by whichever name the writer has for that."""
        names = ("source_system_id", "source_component_id", "source_agent_id")
        return next(filter(None, map(self.text, names)), "")


def look(declarations: Declarations, entry: Entry) -> Seen:
    """Return what an entry holds, and what is wrong with it."""
    said = entry.fields.get(b"data")
    if said is None:
        fault = Fault("", "", "the entry has no field `data`", "")
        return Seen(entry, None, {}, {}, (fault,))
    read = declarations.read(said, Place(entry.stream, entry.id, "", 1))
    whole = _decoded(said)
    data = whole.get("data")
    if isinstance(read, Unreadable):
        return Seen(entry, read.event_type, whole, as_object(data), read.faults)
    if not isinstance(data, dict):
        # Writers of today have the payload beside the base fields.
        data = {key: value for key, value in whole.items() if key not in NAMES}
    return Seen(entry, read.type, whole, data, ())


def _decoded(data: bytes) -> JsonObject:
    try:
        return as_object(decode(data))
    except ValueError:
        return {}


def _good(replies: list[Reply]) -> list[Reply]:
    for reply in replies:
        if isinstance(reply, ReplyError):
            raise reply
    return replies


def _entries(stream: str, rows: list[Reply]) -> list[Entry]:
    return [
        Entry(stream, row[0].decode(), dict(zip(row[1][::2], row[1][1::2], strict=False)))
        for row in rows
    ]
