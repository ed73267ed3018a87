"""Dead letters: what they say, and the way back to the one group that gave up on them.

The entry of a dead letter is made pending again for its group, as one that nobody works on: the
next consumer that looks for such entries takes it over, and no other group sees anything of it.
Where the entry was trimmed meanwhile it is appended anew with a field ``_group``, and consumers of
all other groups pass it over.

Source: bus.md, section 3 ("Retry"); Redis command XCLAIM, option FORCE.
"""

from __future__ import annotations

import base64
from enum import Enum
from typing import NamedTuple

from governance.bus.commands import Ask, Line, Part, Reply, ReplyError, Steps
from governance.bus.consumer import FAR_MS
from governance.bus.dealing import ONLY
from governance.bus.encoding import decode
from governance.bus.fate import MOST_FIELDS
from governance.bus.keys import Keys
from governance.bus.scripts import Script, is_forgotten, load
from governance.schema.json import Json, as_list

_SAID = (
    "dead_entry",
    "dead_stream",
    "dead_group",
    "dead_attempts",
    "dead_reason",
    "dead_error",
    "dead_at",
)
_PACKED = b"dead_fields"
_PAGE = 100
# Nobody reads by this name: what lies under it waits to be claimed.
_CONSUMER = "keb-replay"

# Keys: stream, dead letters. Makes an entry pending for its group again; says what became of it.
_AGAIN = Script.of("""
if #redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2]) == 0 then return 'gone' end
if #redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3]) == 0 then return 'trimmed' end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[4], 0, ARGV[3],
  'IDLE', ARGV[5], 'RETRYCOUNT', 0, 'FORCE', 'JUSTID')
redis.call('XDEL', KEYS[2], ARGV[2])
return 'pending'
""")
# Keys: stream, dead letters. Appends an entry that was trimmed; says what became of it.
_ANEW = Script.of("""
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return 'gone' end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('XDEL', KEYS[2], ARGV[1])
return 'appended'
""")


class Letter(NamedTuple):
    """One dead letter.

    Attributes:
        keys: The keys of the stream that its entry was in.
        id: Its own place among the dead letters.
        entry: The place that the entry had in the stream; empty where it was not written by us.
        group: The group that gave up on it.
        attempts: How often it was handed out.
        reason: ``invalid``, ``attempts`` or ``permanent``.
        error: What went wrong, as JSON: the faults of the event, or what each attempt raised.
        at: When it was given up.
        fields: The fields of the entry, names and values one after the other.
    """

    keys: Keys
    id: str
    entry: str
    group: str
    attempts: str
    reason: str
    error: str
    at: str
    fields: tuple[bytes, ...]

    @property
    def event(self) -> dict[bytes, bytes]:
        """The fields of the entry by name."""
        return dict(zip(self.fields[::2], self.fields[1::2], strict=False))

    @property
    def errors(self) -> list[str]:
        """What went wrong, for people."""
        try:
            said = as_list(decode(self.error.encode()))
        except ValueError:
            return [self.error]
        return [_told(one) for one in said]


class Way(Enum):
    """What becomes, or would become, of a dead letter that is to be handled again."""

    PENDING = "pending"
    APPENDED = "appended"
    GONE = "gone"
    NO_GROUP = "no group"
    TOO_LARGE = "too large"
    FOREIGN = "foreign"

    @property
    def is_good(self) -> bool:
        """Whether its group gets it."""
        return self in {Way.PENDING, Way.APPENDED}


def page(keys: Keys, start: str) -> Steps[list[Letter]]:
    """Return some dead letters of a stream, in their order.

    Args:
        keys: The keys of the stream.
        start: Where to start, as XRANGE takes it.
    """
    rows = yield Ask(Line.ADMIN, ("XRANGE", keys.dead, start, "+", "COUNT", _PAGE))
    return [_letter(keys, row) for row in rows]


def drop(letter: Letter) -> Steps[bool]:
    """Delete a dead letter; say whether it was there."""
    deleted = yield Ask(Line.ADMIN, ("XDEL", letter.keys.dead, letter.id))
    return bool(deleted)


def way(letter: Letter) -> Steps[Way]:
    """Return what would become of a dead letter, and change nothing."""
    if not letter.entry or not letter.group:
        return Way.FOREIGN
    try:
        yield Ask(Line.ADMIN, ("XPENDING", letter.keys.stream, letter.group))
    except ReplyError as error:
        if error.code != "NOGROUP":
            raise
        return Way.NO_GROUP
    there = yield Ask(Line.ADMIN, ("XRANGE", letter.keys.stream, letter.entry, letter.entry))
    if there:
        return Way.PENDING
    return Way.APPENDED if len(letter.fields) <= MOST_FIELDS else Way.TOO_LARGE


def replay(letter: Letter) -> Steps[Way]:
    """Give a dead letter back to its group; return what became of it."""
    found = yield from way(letter)
    if not found.is_good:
        return found
    stream, dead = letter.keys.stream, letter.keys.dead
    said = yield from _run(
        _AGAIN, (stream, dead), letter.group, letter.id, letter.entry, _CONSUMER, FAR_MS
    )
    if said == b"trimmed":
        only = (ONLY, letter.group.encode())
        fields = [
            part
            for name, value in zip(letter.fields[::2], letter.fields[1::2], strict=False)
            if name != ONLY
            for part in (name, value)
        ]
        said = yield from _run(_ANEW, (stream, dead), letter.id, *only, *fields)
    return Way(said.decode())


def _run(script: Script, keys: tuple[str, ...], *arguments: Part) -> Steps[Reply]:
    call = Ask(Line.ADMIN, script.call(keys, *arguments))
    try:
        return (yield call)
    except ReplyError as error:
        if not is_forgotten(error):
            raise
    yield from load(Line.ADMIN, script)
    return (yield call)


def _letter(keys: Keys, row: Reply) -> Letter:
    parts: list[bytes] = row[1]
    head, fields = parts[: 2 * len(_SAID)], parts[2 * len(_SAID) :]
    if [name.decode(errors="replace") for name in head[::2]] != list(_SAID):
        return Letter(keys, row[0].decode(), "", "", "", "", "", "", tuple(parts))
    entry, _, group, attempts, reason, error, at = (
        value.decode(errors="replace") for value in head[1::2]
    )
    own = tuple(_unpacked(fields))
    return Letter(keys, row[0].decode(), entry, group, attempts, reason, error, at, own)


def _unpacked(fields: list[bytes]) -> list[bytes]:
    if fields[:1] != [_PACKED]:
        return fields
    try:
        return [base64.b64decode(one) for one in as_list(decode(fields[1]))]
    except (ValueError, TypeError):
        return fields


def _told(one: Json) -> str:
    if not isinstance(one, dict):
        return str(one)
    return f"{one.get('pointer') or 'the event'}: {one.get('message')}"
