"""Notices that entries were trimmed or deleted before a group was handed them.

From 7.0 on the server counts what was ever added and what a group has read: their difference says
how many are missing. Before that only the entry that the group was handed last can bear witness:
trimming that is done well leaves it, and where it is gone, more may be.

Source: bus-features.md, section 4, rows 8 and 27.
"""

from __future__ import annotations

from governance.bus.commands import Line, Steps
from governance.bus.keys import Keys
from governance.bus.scripts import Script, run

# Keys: stream, what was told. Arguments: group. Gives how many are missing that nobody told of; -1
# for a number that nobody knows. Of XDEL in the middle it knows nothing more either.
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
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local stream, group = named(redis.call('XINFO', 'STREAM', KEYS[1]))
for _, one in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if named(one).name == ARGV[1] then group = named(one) end
end
if not group then return 0 end
local last, missing = group['last-delivered-id'], 0
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local begins = first and key(first[1]) or key('18446744073709551615-18446744073709551615')
if stream['max-deleted-entry-id'] then
  local read = last == '0-0' and 0 or group['entries-read']
  if begins > key(last) and read then
    missing = math.max(0, stream['entries-added'] - read - stream.length)
  elseif key(stream['max-deleted-entry-id']) > key(last) then
    missing = -1
  end
elseif last ~= '0-0' and begins > key(last) and key(stream['last-generated-id']) > key(last) then
  missing = -1
end
if missing == 0 then return 0 end
local told = redis.call('GET', KEYS[2])
local at, number = string.match(told or '', '^(%S+) (%S+)$')
-- What went before a group read anything was not meant for it.
local is_new = last == '0-0' and at ~= last
if at == last then
  if missing == -1 or tonumber(number) >= missing then return 0 end
else
  number = 0
end
redis.pcall('SET', KEYS[2], last .. ' ' .. missing)
if is_new then return 0 end
return missing == -1 and -1 or missing - math.max(tonumber(number), 0)
""")


def missing(keys: Keys, group: str) -> Steps[int]:
    """Return how many entries are gone that the group was never handed; each is told once.

    Returns:
        -1 where there are some, and nobody knows how many.
    """
    told = (keys.stream, keys.missing(group))
    gone: int = yield from run(Line.READ, UNREAD, told, group)
    return gone
