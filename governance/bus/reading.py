"""How a group reads a stream, and what a handler may say of an event."""

from __future__ import annotations

import re
from typing import NamedTuple

from governance.errors import BusError

# On servers before 7.0 a lost stream is seen only when the block ends; stopping waits for it too.
LONGEST_BLOCK_MS = 2_000
_START = re.compile(r"\$|[0-9]+(-[0-9]+)?")
_AT_LEAST_ONE = ("attempts", "batch", "block_ms", "claim_ms")


class PermanentError(Exception):
    """A handler raises it for an event that it will never be able to handle."""


class Reading(NamedTuple):
    """How a group reads a stream.

    Attributes:
        group: The consumer group.
        consumer: The name of this consumer: the same after a restart, and nobody else's; by
            default the name of the client, and a number.
        types: The event types that have a handler here; others are passed over. None for all.
        start: Where a group that does not exist yet starts: ``0``, ``$``, or the id of an entry.
        attempts: How often an event is handed out before it goes to the dead letters.
        batch: How many entries are read at once.
        block_ms: How long a read waits for new entries, at most ``LONGEST_BLOCK_MS``.
        claim_ms: How long an entry may lie with a consumer that shows no sign of life.
        limit_s: How long a handler may take; then the event comes again as if it had failed. None
            for as long as it likes.
        first_retry_s: Bound of the wait before the second attempt; each further one is twice that.
        most_retry_s: Bound of any wait.
        is_once: Whether events that the group has handled are marked, and passed over later.
        remembered_ms: How long they are.
    """

    group: str
    consumer: str = ""
    types: frozenset[str] | None = None
    start: str = "0"
    attempts: int = 5
    batch: int = 100
    block_ms: int = LONGEST_BLOCK_MS
    claim_ms: int = 60_000
    limit_s: float | None = None
    first_retry_s: float = 1.0
    most_retry_s: float = 300.0
    is_once: bool = False
    remembered_ms: int = 86_400_000


def check(reading: Reading) -> None:
    """Refuse what the server would, again and again, or what would never handle anything.

    Raises:
        BusError: A setting means nothing.
    """
    if not isinstance(reading.group, str) or not reading.group:
        raise BusError(f"group={reading.group!r} names no consumer group")
    if not isinstance(reading.start, str) or not _START.fullmatch(reading.start):
        raise BusError(f"start={reading.start!r} is no start: '0', '$', or the id of an entry")
    for name in _AT_LEAST_ONE:
        if (number := getattr(reading, name)) < 1:
            raise BusError(f"{name}={number} makes no sense: 1 or more")
