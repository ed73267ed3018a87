"""Notices that entries are gone: trimmed or deleted before a group was handed them, or lost.

From 7.0 on the server counts what was ever added and what a group has read: their difference says
how many are missing. Before that only the entry that the group was handed last can bear witness:
trimming that is done well leaves it, and where it is gone, more may be.

Source: bus-features.md, section 4, rows 8 and 27.
"""

from __future__ import annotations

from typing import NamedTuple

from governance.bus.commands import Line, Many, Steps
from governance.bus.history import ASKED, history
from governance.bus.keys import Keys
from governance.bus.scripts import Script, run

NOTHING = "0"
# A script takes several thousand arguments.
_MOST = 1_000

# Keys: stream, what was told. Arguments: group, entries that were there. Gives how many are
# missing that nobody told of, -1 for a number that nobody knows: of XDEL in the middle it knows
# nothing more either. Further the last entry, how many wait for the group, and 1 where one of the
# entries that were there is gone and was not trimmed.
UNREAD = Script.of("""
local function named(reply)
  local found = {}
  for at = 1, #reply, 2 do found[reply[at]] = reply[at + 1] end
  return found
end
local function key(id)
  local ms, n = string.match(id, '^(%d+)-?(%d*)$')
  return string.rep('0', 20 - #ms) .. ms .. string.rep('0', 20 - #n) .. n
end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, '0', -1, 0} end
local stream, group = named(redis.call('XINFO', 'STREAM', KEYS[1]))
for _, one in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if named(one).name == ARGV[1] then group = named(one) end
end
local ends = stream['last-entry'] and stream['last-entry'][1] or '0'
if not group then return {0, ends, -1, 0} end
local waiting, back = group['lag'] or -1, 0
local last, missing = group['last-delivered-id'], 0
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local begins = first and key(first[1]) or key('18446744073709551615-18446744073709551615')
local deleted = stream['max-deleted-entry-id']
for at = 2, #ARGV do
  local seen = key(ARGV[at])
  -- Before 7.0 nobody knows what was deleted; what is trimmed is older than all that is left.
  local is_deleted = deleted and key(deleted) >= seen or not deleted and begins > seen
  if key(stream['last-generated-id']) < seen or not is_deleted then
    if not redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at])[1] then back = 1 end
  end
end
if deleted then
  local read = last == '0-0' and 0 or group['entries-read']
  if begins > key(last) and read then
    missing = math.max(0, stream['entries-added'] - read - stream.length)
  elseif key(deleted) > key(last) then
    missing = -1
  end
elseif last ~= '0-0' and begins > key(last) and key(stream['last-generated-id']) > key(last) then
  missing = -1
end
if missing == 0 then return {0, ends, waiting, back} end
local told = redis.call('GET', KEYS[2])
local at, number = string.match(told or '', '^(%S+) (%S+)$')
-- What went before a group read anything was not meant for it.
local is_new = last == '0-0' and at ~= last
if at == last then
  if missing == -1 or tonumber(number) >= missing then return {0, ends, waiting, back} end
else
  number = 0
end
redis.pcall('SET', KEYS[2], last .. ' ' .. missing)
if is_new then return {0, ends, waiting, back} end
return {missing == -1 and -1 or missing - math.max(tonumber(number), 0), ends, waiting, back}
""")


class Seen(NamedTuple):
    """What was seen of a stream at a look.

    Attributes:
        missing: How many entries are gone that the group was never handed, and nobody told of; -1
            where there are some, and nobody knows how many.
        end: The last entry of the stream; ``0`` for none.
        waiting: How many entries the group was still to be handed; -1 where nobody knows.
        went_back: Whether the server goes by another history, in which something that was there
            never was.
        history: The history that the server goes by.
    """

    missing: int = 0
    end: str = NOTHING
    waiting: int = -1
    went_back: bool = False
    history: str = ""


def look(keys: Keys, group: str, before: Seen, handed: list[str]) -> Steps[Seen]:
    """Return what is to be seen of a stream; what is missing is told once to all consumers.

    Args:
        keys: The keys of the stream.
        group: The consumer group.
        before: What was seen at the look before.
        handed: The last entry of each batch that somebody here was handed since.
    """
    told = (keys.stream, keys.missing(group))
    # On a cluster both go where the stream is.
    name = history((yield Many(Line.READ, [ASKED, ("EXISTS", keys.stream)]))[0])
    # Within one history somebody may have deleted them.
    seen = [before.end, *handed[-_MOST:]] if name != before.history else []
    there = [one for one in seen if one != NOTHING]
    missing, end, waiting, back = yield from run(Line.READ, UNREAD, told, group, *there)
    return Seen(missing, end.decode(), waiting, bool(back), name)
