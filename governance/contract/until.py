"""Wait for what servers agree on in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import RedisError

from governance.errors import ServerError

_LONGEST_SECONDS = 30
_PROBE_SECONDS = 0.005


def until(what: str, is_true: Callable[[], bool]) -> None:
    """Return as soon as something is true; a server that refuses to answer counts as not yet.

    Args:
        what: What is waited for, as in "the replica is connected".
        is_true: Asks for it.

    Raises:
        ServerError: It does not come true.
    """
    deadline = time.monotonic() + _LONGEST_SECONDS
    refusal = ""
    while time.monotonic() < deadline:
        try:
            if is_true():
                return
        except RedisError as error:
            refusal = f": {error}"
        time.sleep(_PROBE_SECONDS)
    raise ServerError(f"waited {_LONGEST_SECONDS} s, but not so: {what}{refusal}")
