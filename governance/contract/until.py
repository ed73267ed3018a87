"""Wait for what servers agree on in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import RedisError

from governance.errors import ServerError

LONGEST_SECONDS = 30.0
_PROBE_SECONDS = 0.005


def until(what: str, is_true: Callable[[], bool], within_seconds: float = LONGEST_SECONDS) -> None:
    """Return as soon as something is true; a server that refuses to answer counts as not yet.

    Args:
        what: What is waited for, as in "the replica is connected".
        is_true: Asks for it.
        within_seconds: How long to wait.

    Raises:
        ServerError: It does not come true.
    """
    deadline = time.monotonic() + within_seconds
    refusal = ""
    while time.monotonic() < deadline:
        try:
            if is_true():
                return
        except RedisError as error:
            refusal = f": {error}"
        time.sleep(_PROBE_SECONDS)
    raise ServerError(f"waited {within_seconds:g} s, but not so: {what}{refusal}")
