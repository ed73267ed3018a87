"""What has to happen in one step on the server, as scripts that every server from 6.2 on runs."""

from __future__ import annotations

import re
from hashlib import sha1
from typing import NamedTuple

from governance.bus.commands import Ask, Line, Many, Part, Reply, ReplyError, Steps

_CALL = re.compile(r"redis\.call\('(\w+)'")
# By the names that servers know them by.
_KNOWN: dict[str, str] = {}


class Script(NamedTuple):
    """A script and the name that a server knows it by."""

    text: str
    digest: str

    @classmethod
    def of(cls, text: str) -> Script:
        """Return a script with its name."""
        script = cls(text, sha1(text.encode(), usedforsecurity=False).hexdigest())
        _KNOWN[script.digest] = text
        return script

    def call(self, keys: tuple[str, ...], *arguments: Part) -> tuple[Part, ...]:
        """Return the command that runs it."""
        return ("EVALSHA", self.digest, len(keys), *keys, *arguments)


# Keys: stream, mark. Appends an event unless it is there: gives its place and the mark of its body.
SEND = Script.of("""
local was = redis.call('GET', KEYS[2])
if was then return was end
local at = redis.call('XADD', KEYS[1], '*', '_event_id', ARGV[1], 'data', ARGV[2])
redis.call('SET', KEYS[2], at .. ' ' .. ARGV[3], 'PX', ARGV[4])
return at
""")

# Keys: stream, dead letters. Moves an entry there, once, and acknowledges it.
BURY = Script.of("""
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then return false end
local at = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return at
""")

# Keys: stream, mark. Acknowledges an entry, and marks its event as handled, in one step.
DONE = Script.of("""
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
""")

# Keys: stream. Keeps entries that a consumer still has from being claimed by others; gives those
# that it no longer has.
HOLD = Script.of("""
local gone = {}
for at = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[at], ARGV[at], 1, ARGV[2]) == 1 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[at], 'JUSTID')
  else
    gone[#gone + 1] = ARGV[at]
  end
end
return gone
""")

# Keys: stream. Takes pending entries over, of anybody or of one owner, where they lie long enough:
# gives of each its fields, none where it was deleted, and how often it was handed out. Unlike
# XREADGROUP and XCLAIM it does not count that as another time: what lies behind an entry that ends
# its consumer would be used up with it.
TAKE = Script.of("""
local taken = {}
for at = 5, #ARGV do
  local asked = {KEYS[1], ARGV[1], 'IDLE', ARGV[3], ARGV[at], ARGV[at], 1}
  if ARGV[4] ~= '' then asked[8] = ARGV[4] end
  local found = redis.call('XPENDING', unpack(asked))[1]
  if found then
    local entry = redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at])[1]
    if entry then redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[at], 'JUSTID') end
    taken[#taken + 1] = {ARGV[at], entry and entry[2] or false, found[4]}
  end
end
return taken
""")

# Keys: stream. Counts an attempt at an entry that a consumer still has; gives 0 where it has not.
BEGIN = Script.of("""
local mine = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
if #mine == 0 then return 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'RETRYCOUNT', ARGV[4], 'JUSTID')
return 1
""")

# Keys: stream, position. Writes down the last entry that has everything before it acknowledged.
KEEP = Script.of("""
local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
local at, before = pending[2], 1
if not at then
  before = 0
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local name, last
    for field = 1, #group, 2 do
      if group[field] == 'name' then name = group[field + 1] end
      if group[field] == 'last-delivered-id' then last = group[field + 1] end
    end
    if name == ARGV[1] then at = last end
  end
end
if at then redis.call('SET', KEYS[2], at .. ' ' .. before) end
return at
""")


def command_at(digest: str, line: int) -> str:
    """Return the command that a line of a script runs, the first of it; lines count from 1."""
    lines = _KNOWN.get(digest, "").splitlines()
    found = _CALL.search(lines[line - 1]) if line <= len(lines) else None
    return found[1].lower() if found is not None else "one"


def load(line: Line, *scripts: Script) -> Steps[None]:
    """Make scripts known to the server: it forgets them when it starts anew."""
    replies = yield Many(line, [("SCRIPT", "LOAD", script.text) for script in scripts])
    for reply in replies:
        if isinstance(reply, ReplyError):
            raise reply


def run(line: Line, script: Script, keys: tuple[str, ...], *arguments: Part) -> Steps[Reply]:
    """Run a script, whether the server knows it already or not."""
    call = script.call(keys, *arguments)
    try:
        return (yield Ask(line, call))
    except ReplyError as error:
        if not is_forgotten(error):
            raise
    yield from load(line, script)
    return (yield Ask(line, call))


def is_forgotten(reply: object) -> bool:
    """Say whether a reply means that the server does not know the script."""
    return isinstance(reply, ReplyError) and reply.code == "NOSCRIPT"
