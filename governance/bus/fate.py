"""Why an entry goes to the dead letters, and what stands there of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from governance.bus.commands import Part

# A script takes no more apart.
MOST_FIELDS = 2_000


class Fate(NamedTuple):
    """Why an entry goes to the dead letters.

    Attributes:
        reason: ``invalid``, ``attempts`` or ``permanent``.
        told: What was wrong, as a list in JSON.
        attempts: How often it was handed out.
    """

    reason: str
    told: str
    attempts: int


def letter(
    fate: Fate, stream: str, group: str, entry_id: bytes, fields: Sequence[bytes]
) -> list[Part]:
    """Return the fields of a dead letter: why it is one, then those of the entry unchanged."""
    words: list[Part] = [
        *("dead_entry", entry_id, "dead_stream", stream),
        *("dead_group", group, "dead_attempts", fate.attempts),
        *("dead_reason", fate.reason, "dead_error", fate.told),
        *("dead_at", datetime.now(UTC).isoformat(timespec="milliseconds")),
    ]
    if len(fields) <= MOST_FIELDS:
        return [*words, *fields]
    packed = [base64.b64encode(one).decode() for one in fields]
    return [*words, "dead_fields", json.dumps(packed)]
