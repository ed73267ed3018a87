"""What redis-py raises, as the core knows it."""

from __future__ import annotations

from redis import exceptions

from governance.bus.commands import CommandError, Reply, ReplyError, UnansweredError, UnsentError

# The client cuts off the word that these replies start with.
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.BusyLoadingError, "LOADING"),
    (exceptions.NoScriptError, "NOSCRIPT"),
    (exceptions.ReadOnlyError, "READONLY"),
    (exceptions.OutOfMemoryError, "OOM"),
    (exceptions.NoPermissionError, "NOPERM"),
    (exceptions.AuthenticationError, "NOAUTH"),
    (exceptions.AuthorizationError, "NOAUTH"),
    (exceptions.MovedError, "MOVED"),
    (exceptions.AskError, "ASK"),
    (exceptions.TryAgainError, "TRYAGAIN"),
    (exceptions.ClusterDownError, "CLUSTERDOWN"),
    (exceptions.MasterDownError, "MASTERDOWN"),
    (exceptions.ClusterCrossSlotError, "CROSSSLOT"),
)
# What is raised before anything is sent says so.
_CONNECTING = ("connecting to", "No master found", "No sentinel", "SSL", "certificate")


def translated(error: Exception) -> CommandError:
    """Return an error of redis-py as the core knows it."""
    text = str(error)
    for kind, code in _CODES:
        if isinstance(error, kind):
            return ReplyError(f"{code} {text}")
    if isinstance(error, exceptions.ResponseError):
        return ReplyError(text)
    if any(sign in text for sign in _CONNECTING):
        return UnsentError(text)
    return UnansweredError(text or type(error).__name__)


def whole(replies: list[Reply]) -> list[Reply]:
    """Return replies with errors as the core knows them."""
    return [translated(one) if isinstance(one, Exception) else one for one in replies]
