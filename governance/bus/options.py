"""How each kind of connection behaves."""

from __future__ import annotations

from typing import Any

from governance.bus.commands import Line
from governance.bus.reading import LONGEST_BLOCK_MS

# Every reader has a connection of its own, and the library's bound is 100.
_NO_BOUND = 2**31
# What takes longer has no answer; to try again is the core's business.
PATIENCE_S = 5.0
_MARGIN_S = 2.0


def options(line: Line) -> dict[str, Any]:
    """Return the arguments of a client for one kind of connection."""
    return {
        "protocol": 2,
        "decode_responses": False,
        "socket_timeout": LONGEST_BLOCK_MS / 1000 + _MARGIN_S if line is Line.READ else PATIENCE_S,
        "socket_connect_timeout": PATIENCE_S,
        "max_connections": _NO_BOUND,
        "client_name": f"keb-{line.value}",
    }
