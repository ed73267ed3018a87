"""The event that is being handled: what is published meanwhile follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from governance.bus.event import Event


class Cause(NamedTuple):
    """What events inherit.

    Attributes:
        correlation_id: What they belong to.
        causation_id: The id of the event that they follow from.
        traceparent: Where they stand in a distributed trace.
    """

    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


_NOTHING = Cause()
_CAUSE: ContextVar[Cause] = ContextVar("keb_cause", default=_NOTHING)
# Where nobody has said what belongs together, the first event of it gives its id.


def cause() -> Cause:
    """Return what an event that is published now inherits."""
    return _CAUSE.get()


@contextmanager
def handling(event: Event) -> Iterator[None]:
    """Let what is published within follow from an event."""
    made = Cause(event.correlation_id or event.id, event.id, event.traceparent)
    token = _CAUSE.set(made)
    try:
        yield
    finally:
        _CAUSE.reset(token)
