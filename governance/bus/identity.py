"""Ids of events, in the order of time: UUID version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import time
import uuid


def _uuid7() -> str:
    at = time.time_ns() // 1_000_000
    value = (at & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10))
    # Version 7, and the variant of RFC 9562.
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# Python has it from 3.14 on.
_made = getattr(uuid, "uuid7", None)


def new_id() -> str:
    """Return an id that nobody has had."""
    return _uuid7() if _made is None else str(_made())
