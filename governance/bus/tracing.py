"""Spans of OpenTelemetry for what a client sends and handles, once somebody asks for them.

``send <stream>`` is a producer's span, and what is sent carries its context in ``traceparent``;
``process <stream>`` is a consumer's, linked to the one that sent. Without all this a
``traceparent`` that an event came with goes on to the events that follow from it.

Source: bus.md, section 4; OpenTelemetry, Semantic conventions for messaging; W3C Trace Context.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from governance.bus import context
from governance.bus.aio import AsyncKEBClient
from governance.bus.event import Event
from governance.bus.outcome import Published
from governance.bus.threads import KEBClient
from governance.errors import CatalogError

_W3C = TraceContextTextMapPropagator()
_HEADER = "traceparent"
_SYSTEM = {"messaging.system": "redis"}
Opens = Callable[..., AbstractContextManager[Span]]


def instrument(client: KEBClient | AsyncKEBClient, provider: TracerProvider | None = None) -> None:
    """Let a client make spans; to be called before it subscribes.

    From then on whatever this program publishes within a span carries that span's context.

    Args:
        client: The client.
        provider: Where spans go; by default where all those of the program go.
    """
    spans = _Spans(trace.get_tracer("keb-govern", tracer_provider=provider), client)
    session = client.session
    subscribe = session.subscribe

    def subscribing(what: str, handler: Callable[[Event], Any], *more: Any) -> None:
        subscribe(what, _within(spans.process, handler), *more)

    # In place of the methods, so that nobody pays for spans who makes none.
    vars(session)["subscribe"] = subscribing
    vars(client)["publish"] = _within(spans.send, client.publish)
    vars(client)["publish_all"] = _within(spans.send_all, client.publish_all)
    context.trace_by(_current)


class _Spans:
    """Opens spans for one client."""

    def __init__(self, tracer: Tracer, client: KEBClient | AsyncKEBClient) -> None:
        self._tracer = tracer
        self._declarations = client.session.declarations

    def send(self, event_type: str, *_: Any, **__: Any) -> AbstractContextManager[Span]:
        try:
            stream = self._declarations.of(event_type).stream
        except CatalogError:
            stream = "nowhere"
        said = {**_SYSTEM, "messaging.destination.name": stream, "keb.event_type": event_type}
        return self._tracer.start_as_current_span(
            f"send {stream}", kind=SpanKind.PRODUCER, attributes=said
        )

    def send_all(self, *_: Any) -> AbstractContextManager[Span]:
        return self._tracer.start_as_current_span(
            "send", kind=SpanKind.PRODUCER, attributes=_SYSTEM
        )

    def process(self, event: Event) -> AbstractContextManager[Span]:
        place = event.place
        said: dict[str, str | int] = {
            **_SYSTEM,
            "messaging.destination.name": place.stream,
            "messaging.consumer.group.name": place.group,
            "messaging.message.id": place.entry_id,
            "keb.event_type": event.type,
            "keb.event_version": event.version,
            "keb.correlation_id": event.correlation_id or "",
            "keb.attempt": place.attempt,
        }
        return self._tracer.start_as_current_span(
            f"process {place.stream}",
            # A trace of its own: whoever sent does not wait for us.
            context=Context(),
            kind=SpanKind.CONSUMER,
            links=_links(event.traceparent),
            attributes=said,
        )


def _links(traceparent: str | None) -> list[Link]:
    found = _W3C.extract({_HEADER: traceparent}) if traceparent else Context()
    sender = trace.get_current_span(found).get_span_context()
    return [Link(sender)] if sender.is_valid else []


def _current() -> str | None:
    """Return where in a trace we are, as an event carries it."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(_HEADER)


def _within(opens: Opens, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return what does the same within a span."""
    asked = call if inspect.isroutine(call) else getattr(call, "__call__", call)  # noqa: B004
    if inspect.iscoroutinefunction(asked):

        @wraps(call, updated=())
        async def awaited(*given: Any, **named: Any) -> Any:
            with opens(*given, **named) as span:
                return _told(span, await call(*given, **named))

        return awaited

    @wraps(call, updated=())
    def called(*given: Any, **named: Any) -> Any:
        with opens(*given, **named) as span:
            return _told(span, call(*given, **named))

    return called


def _told(span: Span, outcome: Any) -> Any:
    if isinstance(outcome, Published):
        span.set_attribute("messaging.message.id", outcome.entry_id)
    elif isinstance(outcome, list):
        span.set_attribute("messaging.batch.message_count", len(outcome))
    return outcome
