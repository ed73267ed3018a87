"""What redis-py raises, as the core knows it."""

from __future__ import annotations

import re

from redis import exceptions

from governance.bus.access import closed
from governance.bus.commands import CommandError, ReplyError, UnansweredError, UnsentError

# The client cuts off the word that these replies start with.
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.BusyLoadingError, "LOADING"),
    (exceptions.NoScriptError, "NOSCRIPT"),
    (exceptions.ReadOnlyError, "READONLY"),
    (exceptions.OutOfMemoryError, "OOM"),
    (exceptions.MovedError, "MOVED"),
    (exceptions.AskError, "ASK"),
    (exceptions.TryAgainError, "TRYAGAIN"),
    (exceptions.ClusterDownError, "CLUSTERDOWN"),
    (exceptions.MasterDownError, "MASTERDOWN"),
    (exceptions.ClusterCrossSlotError, "CROSSSLOT"),
)
_IN_SCRIPT = re.compile(r"^Error (?:running|compiling) script .*?: -([A-Z]+ .*)", re.DOTALL)


def translated(error: Exception, *, is_sent: bool = True) -> CommandError:
    """Return an error of redis-py as the core knows it.

    Args:
        error: The error.
        is_sent: Whether the command had left when it was raised.
    """
    refusal = closed(error)
    if refusal is not None:
        return refusal
    text = str(error)
    for kind, code in _CODES:
        if isinstance(error, kind):
            return ReplyError(f"{code} {text}")
    if isinstance(error, exceptions.ResponseError):
        # Servers before 7.0 say in which line of a script they refused what.
        inner = _IN_SCRIPT.search(text)
        return ReplyError(inner[1] if inner else text)
    text = text or type(error).__name__
    return UnansweredError(text) if is_sent else UnsentError(text)
