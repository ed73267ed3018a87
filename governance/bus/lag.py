"""How far groups are behind: what they have not read, and what they have not acknowledged.

What servers say of lag is missing before 7.0, null after a deletion and wrong after a trim, so it
is counted as far as that is cheap, and said how well it is known.

Source: bus-features.md, section 4, number 27; Redis commands XINFO GROUPS, XPENDING.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from governance.bus.commands import Ask, Line, Many, Part, Reply, ReplyError, Steps
from governance.bus.group import fields
from governance.bus.keys import Keys

# Beyond either, counting would keep others waiting.
_MOST_ENTRIES = 10_000
_MOST_BYTES = 8_000_000
# Keys: stream. Counts the entries behind one, up to a bound; -1 where there are more.
_COUNT = """
local at, count, bytes = ARGV[1], 0, 0
while true do
  local page = redis.call('XRANGE', KEYS[1], '(' .. at, '+', 'COUNT', 100)
  count = count + #page
  for _, entry in ipairs(page) do
    for _, part in ipairs(entry[2]) do bytes = bytes + #part end
  end
  if #page < 100 then return count end
  if count >= tonumber(ARGV[2]) or bytes >= tonumber(ARGV[3]) then return -1 end
  at = page[#page][1]
end
"""


class Known(Enum):
    """How well a number is known."""

    EXACT = "exact"
    ABOUT = "about"
    UNKNOWN = "unknown"


class Lag(NamedTuple):
    """How far one group is behind.

    Attributes:
        stream: The stream.
        group: The group; None where the stream has none.
        consumers: How many names have read for it.
        pending: How many entries it was handed and has not acknowledged.
        oldest_pending_s: Age of the first of those, by the server's clock; None where there is
            none.
        lag: How many entries it was not handed; None where nobody knows.
        lag_is: How well that is known.
        oldest_unread_s: Age of the first of those; None where there is none.
        length: How many entries the stream has.
        dead: How many dead letters lie beside the stream, of all groups.
        lost: How many entries were trimmed or deleted before the group was handed them, as far as
            the server still knows; None where it does not.
    """

    stream: str
    group: str | None
    consumers: int
    pending: int
    oldest_pending_s: float | None
    lag: int | None
    lag_is: Known
    oldest_unread_s: float | None
    length: int
    dead: int
    lost: int | None = None

    @property
    def oldest_s(self) -> float | None:
        """Age of the first entry that the group is not done with; None where it is with all."""
        ages = [age for age in (self.oldest_pending_s, self.oldest_unread_s) if age is not None]
        return max(ages, default=None)


def lags(streams: Iterable[Keys]) -> Steps[list[Lag]]:
    """Return how far each group of some streams is behind, by stream and group."""
    rows = list[Lag]()
    for keys in sorted(streams):
        rows += yield from _of_stream(keys)
    return rows


def _of_stream(keys: Keys) -> Steps[list[Lag]]:
    stream = keys.stream
    asked: list[tuple[Part, ...]] = [
        ("XINFO", "STREAM", stream),
        ("XINFO", "GROUPS", stream),
        ("XLEN", keys.dead),
        ("TIME",),
    ]
    info, groups, dead, time = yield Many(Line.ADMIN, asked)
    if isinstance(dead, ReplyError) or isinstance(time, ReplyError):
        raise dead if isinstance(dead, ReplyError) else time
    if isinstance(info, ReplyError) or isinstance(groups, ReplyError):
        refusal: ReplyError = info if isinstance(info, ReplyError) else groups
        if "no such key" not in str(refusal).lower():
            raise refusal
        return [Lag(stream, None, 0, 0, None, 0, Known.EXACT, None, 0, dead)]
    said = fields(info)
    now_ms = int(time[0]) * 1000 + int(time[1]) // 1000
    rows = list[Lag]()
    for group in sorted(map(fields, groups), key=lambda one: bytes(one[b"name"])):
        rows.append((yield from _of_group(keys, group, said, dead, now_ms)))
    none = Lag(stream, None, 0, 0, None, 0, Known.EXACT, None, said[b"length"], dead)
    return rows or [none]


def _of_group(
    keys: Keys, group: dict[bytes, Reply], info: dict[bytes, Reply], dead: int, now_ms: int
) -> Steps[Lag]:
    name, last = group[b"name"], group[b"last-delivered-id"]
    pending, unread = yield Many(
        Line.ADMIN,
        [
            ("XPENDING", keys.stream, name),
            ("XRANGE", keys.stream, b"(" + last, "+", "COUNT", 1),
        ],
    )
    for reply in (pending, unread):
        if isinstance(reply, ReplyError):
            raise reply
    lag, known = yield from _lag(keys, group, info, has_unread=bool(unread))
    return Lag(
        keys.stream,
        name.decode(errors="replace"),
        group[b"consumers"],
        pending[0],
        _age_s(pending[1], now_ms) if pending[1] else None,
        lag,
        known,
        _age_s(unread[0][0], now_ms) if unread else None,
        info[b"length"],
        dead,
        _lost(group, info, lag) if known is Known.EXACT else None,
    )


def _lost(group: dict[bytes, Reply], info: dict[bytes, Reply], lag: int | None) -> int | None:
    """Return how many entries a group will never be handed; servers before 7.0 do not count."""
    added, handed = info.get(b"entries-added"), group.get(b"entries-read")
    if added is None or handed is None or lag is None:
        return None
    lost: int = added - handed - lag
    return max(0, lost)


def _lag(
    keys: Keys, group: dict[bytes, Reply], info: dict[bytes, Reply], *, has_unread: bool
) -> Steps[tuple[int | None, Known]]:
    """Return how many entries a group was not handed, and how well that is known."""
    if not has_unread:
        return 0, Known.EXACT
    first, last = info[b"first-entry"], group[b"last-delivered-id"]
    if first and order(first[0]) > order(last):
        return info[b"length"], Known.EXACT
    said = group.get(b"lag")
    try:
        counted = yield Ask(
            Line.ADMIN, ("EVAL", _COUNT, 1, keys.stream, last, _MOST_ENTRIES, _MOST_BYTES)
        )
    except ReplyError:
        # Who may look may not always run scripts.
        counted = -1
    if counted >= 0:
        return counted, Known.EXACT
    return (None, Known.UNKNOWN) if said is None else (said, Known.ABOUT)


def order(entry_id: bytes) -> tuple[int, int]:
    """Return what sorts the ids of entries."""
    ms, _, number = entry_id.partition(b"-")
    return int(ms), int(number or 0)


def _age_s(entry_id: bytes, now_ms: int) -> float:
    """Return the age of an entry in seconds; 0 where it claims to be from the future."""
    return max(0, now_ms - order(entry_id)[0]) / 1000
