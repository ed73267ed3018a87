"""How the bus is at this moment: how far groups are behind, and how much room there is.

Source: Redis commands MEMORY USAGE, XINFO CONSUMERS.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from governance.bus.commands import Line, Many, ReplyError, Steps
from governance.bus.group import fields
from governance.bus.keys import Keys
from governance.bus.lag import Lag, lags
from governance.bus.memory import Memory, memory


class Idle(NamedTuple):
    """How long a consumer has shown no sign of life.

    Attributes:
        stream: The stream.
        group: The consumer group.
        consumer: Its name.
        idle_s: For how many seconds.
    """

    stream: str
    group: str
    consumer: str
    idle_s: float


class State(NamedTuple):
    """How some streams and their server are.

    Attributes:
        lags: How far each group is behind, by stream and group.
        stream_bytes: About how much memory each stream takes, as far as the server says.
        idle: The consumers of all groups, by stream, group and name.
        memory: How the server goes about its memory.
    """

    lags: list[Lag]
    stream_bytes: dict[str, int]
    idle: list[Idle]
    memory: Memory


def state(streams: Iterable[Keys]) -> Steps[State]:
    """Return how some streams and their server are."""
    wanted = sorted(streams)
    rows = yield from lags(wanted)
    return State(
        rows,
        (yield from _bytes([keys.stream for keys in wanted])),
        (yield from _idle([(row.stream, row.group) for row in rows if row.group is not None])),
        (yield from memory(Line.ADMIN)),
    )


def _bytes(streams: list[str]) -> Steps[dict[str, int]]:
    replies = yield Many(Line.ADMIN, [("MEMORY", "USAGE", stream) for stream in streams])
    # Who may look may not always ask for that; and a stream need not be there yet.
    return {
        stream: reply
        for stream, reply in zip(streams, replies, strict=True)
        if isinstance(reply, int)
    }


def _idle(groups: list[tuple[str, str]]) -> Steps[list[Idle]]:
    replies = yield Many(Line.ADMIN, [("XINFO", "CONSUMERS", *group) for group in groups])
    return [
        Idle(*group, one[b"name"].decode(errors="replace"), one[b"idle"] / 1000)
        for group, reply in zip(groups, replies, strict=True)
        # A group may be gone again.
        if not isinstance(reply, ReplyError)
        for one in sorted(map(fields, reply), key=lambda one: bytes(one[b"name"]))
    ]
