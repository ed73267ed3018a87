"""The event that is being handled: what is published meanwhile follows from it."""

from __future__ import annotations

from collections.abc import Callable
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
Tracing = Callable[[], str | None]
# Says where in a trace we are, where somebody makes spans: see ``tracing``.
_TRACING: list[Tracing] = []
_HANDLED: ContextVar[Event | None] = ContextVar("keb_handled", default=None)


def cause() -> Cause:
    """Return what an event that is published now inherits."""
    event = _HANDLED.get()
    if _TRACING:
        return _traced(event, _TRACING[0]())
    return _NOTHING if event is None else _of(event)


def trace_by(tracing: Tracing) -> None:
    """Let what is published carry where in a trace it is, as this says."""
    _TRACING[:] = [tracing]


def _traced(event: Event | None, traceparent: str | None) -> Cause:
    made = _NOTHING if event is None else _of(event)
    return made if traceparent is None else made._replace(traceparent=traceparent)


def _of(event: Event) -> Cause:
    # Where nobody has said what belongs together, the first event of it gives its id.
    return Cause(event.correlation_id or event.id, event.id, event.traceparent)


# To let what is published from now on follow from an event, until ``end`` gets what ``begin`` gave.
# Not functions of ours: every event comes by here.
begin = _HANDLED.set
end = _HANDLED.reset
