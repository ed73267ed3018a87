"""Makes room in a stream behind the slowest group, and never takes what somebody still needs.

What every group has acknowledged goes; the last entry that each was handed stays, so that it can be
seen whether anybody else took more. Where a stream must not grow at any price, entries that nobody
has handled go as well, and are counted as lost.

Source: bus.md, section 3 ("Trimming"); bus-features.md, section 4, rows 8, 9 and 25.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from governance.bus.commands import Line, Steps
from governance.bus.keys import Keys
from governance.bus.memory import memory
from governance.bus.scripts import Script, run
from governance.bus.stats import Stats

LOG = logging.getLogger("keb")
# Entries of one step: the server does nothing else meanwhile.
_STEP = 500
# What is used of the server's memory when somebody has to hear of it.
_ALARM = 0.8

# A script of which groups need what. An id sorts as two numbers; Lua has none of 64 bits, and texts
# of the same length sort alike.
_NEEDED = """
local function key(id)
  local ms, n = string.match(id, '^(%d+)-?(%d*)$')
  return string.rep('0', 20 - #ms) .. ms .. string.rep('0', 20 - #n) .. n
end
local function groups(stream)
  local found = {}
  for _, one in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = {}
    for at = 1, #one, 2 do group[one[at]] = one[at + 1] end
    group.last = group['last-delivered-id']
    group.needed = redis.call('XPENDING', stream, group.name)[2] or group.last
    found[#found + 1] = group
  end
  return found
end
"""

# Keys: stream. Arguments: milliseconds that entries stay, entries of a step. Gives how many went,
# how many are left, and the group that is furthest behind.
SAFELY = Script.of(
    _NEEDED
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0, ''} end
local now = redis.call('TIME')
local oldest = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[1])
local slowest, needed
for _, group in ipairs(groups(KEYS[1])) do
  if not needed or key(group.needed) < key(needed) then
    slowest, needed = group.name, group.needed
  end
end
if not needed then return {0, redis.call('XLEN', KEYS[1]), ''} end
if key(oldest) < key(needed) then needed = oldest end
if key(needed) == key('0') then return {0, redis.call('XLEN', KEYS[1]), slowest} end
local step = redis.call('XRANGE', KEYS[1], '-', '(' .. needed, 'COUNT', ARGV[2])
local gone = 0
if #step > 0 then
  local after = redis.call('XRANGE', KEYS[1], '(' .. step[#step][1], '+', 'COUNT', 1)[1]
  gone = after and redis.call('XTRIM', KEYS[1], 'MINID', '=', after[1])
    or redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', 0)
end
return {gone, redis.call('XLEN', KEYS[1]), slowest}
"""
)

# Keys: stream. Arguments: entries that may stay, entries of a step. Gives how many went, and of
# each group its name and how many of these it had not been handed.
FORCED = Script.of(
    _NEEDED
    + """
local over = redis.call('XLEN', KEYS[1]) - ARGV[1]
if over <= 0 then return {0} end
local step = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', math.min(over, ARGV[2]))
local told = {#step}
for _, group in ipairs(groups(KEYS[1])) do
  local unread = 0
  for _, entry in ipairs(step) do
    if key(entry[1]) > key(group.last) then unread = unread + 1 end
  end
  told[#told + 1] = group.name
  told[#told + 1] = unread
end
redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', redis.call('XLEN', KEYS[1]) - #step)
return told
"""
)


class Trimmed(NamedTuple):
    """What trimming did.

    Attributes:
        gone: Entries that went.
        left: Entries that are still there.
        slowest: The group that is furthest behind; empty where there is none.
        lost: How many entries went that some group had not been handed, by group.
    """

    gone: int
    left: int
    slowest: str
    lost: dict[str, int]


def trim(keys: Keys, stats: Stats, *, keep_ms: int, most: int | None = None) -> Steps[Trimmed]:
    """Make room in a stream.

    Args:
        keys: The keys of the stream.
        stats: Where it is counted.
        keep_ms: For how long an entry stays, though everybody has handled it.
        most: How many entries the stream may have, whoever needs them; None for any number.
    """
    gone = unread = 0
    while True:
        step, left, slowest = yield from run(Line.ADMIN, SAFELY, (keys.stream,), keep_ms, _STEP)
        gone += step
        if step < _STEP:
            break
    lost: dict[str, int] = {}
    while most is not None and left > most:
        step, *told = yield from run(Line.ADMIN, FORCED, (keys.stream,), most, _STEP)
        left -= step
        gone += step
        for group, number in zip(told[::2], told[1::2], strict=True):
            lost[group.decode()] = lost.get(group.decode(), 0) + number
        # Whoever lacks most of a step lacks what any other does.
        unread += max(told[1::2], default=0)
        if not step:
            break
    stats.count("trimmed", keys.stream, "0", by=gone - unread)
    stats.count("trimmed", keys.stream, "1", by=unread)
    _tell_lost(keys, stats, lost)
    share = (yield from memory(Line.ADMIN)).used or 0.0
    if share > _ALARM and left:
        said = "the server has used %d %% of its memory, and %d entries of %s wait for group %s"
        LOG.error(said, share * 100, left, keys.stream, slowest.decode() or "(none)")
    return Trimmed(gone, left, slowest.decode(), {one: n for one, n in lost.items() if n})


def _tell_lost(keys: Keys, stats: Stats, lost: dict[str, int]) -> None:
    for group, number in lost.items():
        if number:
            stats.count("consumed", "", group, "lost", by=number)
            said = "%d entries of %s are gone that group %s was never handed: it has too many"
            LOG.error(said, number, keys.stream, group)
