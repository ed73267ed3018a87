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


def options(line: Line, patience_s: float = PATIENCE_S) -> dict[str, Any]:
    """Return the arguments of a client for one kind of connection.

    Args:
        line: The kind.
        patience_s: How long whoever publishes goes on trying: no answer is waited for longer.
    """
    silence_s = {
        Line.PUBLISH: min(PATIENCE_S, patience_s),
        Line.READ: LONGEST_BLOCK_MS / 1000 + _MARGIN_S,
        Line.ADMIN: PATIENCE_S,
        Line.SENTINEL: PATIENCE_S,
    }
    return {
        "protocol": 2,
        "decode_responses": False,
        "socket_timeout": silence_s[line],
        "socket_connect_timeout": min(PATIENCE_S, silence_s[line]),
        "max_connections": _NO_BOUND,
        "client_name": f"keb-{line.value}",
    }
