"""Spans for what is sent and handled, by both clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from governance.bus import context
from governance.bus.outcome import Rejected
from governance.bus.tracing import instrument
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CREATED, ENDED, GROUP, QUICK, STREAM, Inbox, task
from tests.bus.drivers import DRIVERS, connected

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(params=DRIVERS)
def client(server: Server, request: pytest.FixtureRequest) -> Iterator[Any]:
    with connected(request.param, server.url) as made:
        yield made


@pytest.fixture
def spans(client: Any) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrument(vars(client).get("_client", client), provider)
    yield exporter
    context._TRACING.clear()


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


def test_what_is_handled_is_linked_to_what_sent_it(
    client: Any, raw: Any, spans: InMemorySpanExporter
) -> None:
    handled = Inbox()
    client.subscribe(CREATED, handled, group=GROUP, **QUICK)
    client.start()
    sent = client.publish(CREATED, task(1))
    handled.wait(1)
    until(lambda: bool(named(spans, f"process {STREAM}")))
    (producer,), (consumer,) = named(spans, f"send {STREAM}"), named(spans, f"process {STREAM}")
    assert (producer.kind, consumer.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert [link.context.span_id for link in consumer.links] == [producer.context.span_id]
    assert consumer.context.trace_id != producer.context.trace_id
    said = dict(consumer.attributes or {})
    assert said["messaging.message.id"] == sent.entry_id
    assert (said["messaging.consumer.group.name"], said["keb.attempt"]) == (GROUP, 1)
    ((_, fields),) = raw.xrange(STREAM)
    assert f"{producer.context.span_id:016x}" in json.loads(fields[b"data"])["traceparent"]


def test_what_goes_wrong_is_told(client: Any, spans: InMemorySpanExporter) -> None:
    def fail(_: object) -> None:
        raise ValueError("not today")

    with pytest.raises(Rejected):
        client.publish(CREATED, {})
    (producer,) = named(spans, f"send {STREAM}")
    assert producer.status.status_code is StatusCode.ERROR
    client.subscribe(CREATED, fail, group=GROUP, attempts=1, **QUICK)
    client.start()
    client.publish_all([(CREATED, task(1)), (CREATED, task(2))])
    until(lambda: len(named(spans, f"process {STREAM}")) == 2)
    (batch,) = named(spans, "send")
    assert dict(batch.attributes or {})["messaging.batch.message_count"] == 2
    for one in named(spans, f"process {STREAM}"):
        assert one.status.status_code is StatusCode.ERROR
        assert [link.context.span_id for link in one.links] == [batch.context.span_id]


def test_without_spans_a_trace_goes_on_all_the_same(client: Any, raw: Any) -> None:
    whole = {
        "event_id": "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
        "event_type": CREATED,
        "event_version": "1.2.0",
        "timestamp_iso": "2026-07-15T09:00:00.000Z",
        "source_system_id": "tests",
        "traceparent": PARENT,
        "data": task(1),
    }
    raw.xadd(STREAM, {"data": json.dumps(whole)})
    ended = Inbox()
    client.subscribe(CREATED, lambda _: client.publish(ENDED, task(1)), group="a", **QUICK)
    client.subscribe(ENDED, ended, group="b", **QUICK)
    client.start()
    (event,) = ended.wait(1)
    assert event.traceparent == PARENT
