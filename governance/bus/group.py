"""The consumer group of a stream: made where it is not there, and its position kept.

Whatever takes a group away (FLUSHALL, DEL, XGROUP DESTROY, a failover) it is made anew where
everything before it had been acknowledged, so that nothing is passed over.
"""

from __future__ import annotations

import logging

from governance.bus.commands import Ask, Line, Many, Reply, ReplyError, Steps
from governance.bus.keys import Keys
from governance.bus.reading import Reading
from governance.bus.scripts import KEEP

LOG = logging.getLogger("keb")


def ensure(keys: Keys, reading: Reading, *, was_there: bool) -> Steps[tuple[str | None, str]]:
    """Make a group where it is not there.

    Args:
        keys: The keys of the stream.
        reading: How it is read.
        was_there: Whether it is known to have been there.

    Returns:
        Where a group that was lost starts again, None where none was; and where the stream ends.
    """
    group = reading.group
    kept, groups, info = yield Many(
        Line.READ,
        [
            ("GET", keys.position(group)),
            ("XINFO", "GROUPS", keys.stream),
            ("XINFO", "STREAM", keys.stream),
        ],
    )
    for reply in (kept, groups, info):
        # Without a stream there is nothing to tell of, and that is all right.
        if isinstance(reply, ReplyError) and "no such key" not in str(reply).lower():
            raise reply
    listed = [] if isinstance(groups, ReplyError) else groups
    stream = None if isinstance(info, ReplyError) else fields(info)
    end = stream[b"last-generated-id"].decode() if stream else "0"
    if any(fields(one)[b"name"] == group.encode() for one in listed):
        return None, end
    lost = kept is not None or was_there
    start = restart(kept, stream) if lost else reading.start
    try:
        yield Ask(Line.READ, ("XGROUP", "CREATE", keys.stream, group, start, "MKSTREAM"))
    except ReplyError as error:
        if error.code != "BUSYGROUP":
            raise
        return None, end
    return (start if lost else None), end


def keep(keys: Keys, reading: Reading) -> Steps[None]:
    """Write down up to where everything is acknowledged, for the day that the group is gone."""
    try:
        yield Ask(Line.READ, KEEP.call((keys.stream, keys.position(reading.group)), reading.group))
    except ReplyError as error:
        # A server without memory takes nothing in, and still has to be read empty.
        if error.code != "OOM":
            raise


def restart(kept: bytes | None, stream: dict[bytes, Reply] | None) -> str:
    """Return where a group that was lost starts again.

    Args:
        kept: What was written down of its position, if that is left.
        stream: What the server says of the stream; None where that is gone too.
    """
    if stream is None or kept is None:
        return "0"
    at, _, is_pending = kept.decode().partition(" ")
    if order(at) > order(stream[b"last-generated-id"].decode()):
        # The stream was lost as well, and started anew.
        return "0"
    return _before(at) if is_pending == "1" else at


def fields(reply: list[Reply]) -> dict[bytes, Reply]:
    """Return a reply of names and values, one after the other, by name."""
    return dict(zip(reply[::2], reply[1::2], strict=False))


def order(entry_id: str) -> tuple[int, int]:
    """Return what sorts the ids of entries."""
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number or 0)


def _before(entry_id: str) -> str:
    ms, number = order(entry_id)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{2**64 - 1}"
