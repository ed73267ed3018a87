"""Clears away the names of consumers that are gone: each start under a new name leaves one.

A name goes only when its consumer has shown no sign of life for long, and has nothing pending:
with it, what is pending under it would be gone for the whole group.

Source: bus-features.md, section 4, rows 12 and 13.
"""

from __future__ import annotations

from governance.bus.commands import Line, Steps
from governance.bus.keys import Keys
from governance.bus.scripts import Script, run

# Keys: stream. Arguments: group, milliseconds without a sign of life.
SWEEP = Script.of("""
local gone = 0
for _, one in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for at = 1, #one, 2 do consumer[one[at]] = one[at + 1] end
  if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    gone = gone + 1
  end
end
return gone
""")
DAY_MS = 86_400_000


def sweep(keys: Keys, group: str, idle_ms: int = DAY_MS) -> Steps[int]:
    """Delete consumers that have been idle for so long and have nothing pending.

    Args:
        keys: The keys of the stream.
        group: The consumer group.
        idle_ms: Milliseconds without a sign of life.

    Returns:
        How many names went.
    """
    gone: int = yield from run(Line.ADMIN, SWEEP, (keys.stream,), group, idle_ms)
    return gone
