"""One event, as publishers send it and handlers get it."""

from __future__ import annotations

from typing import NamedTuple

from governance.schema.json import JsonObject, as_text


class Place(NamedTuple):
    """Where an event was read.

    Attributes:
        stream: The stream.
        entry_id: Its place in the stream.
        group: The consumer group that it was read for.
        attempt: 1, and more where it was handed out before.
    """

    stream: str
    entry_id: str
    group: str
    attempt: int


class Event(NamedTuple):
    """One event that was read from a stream.

    Attributes:
        type: Its event type, as the catalog has it, whatever name it came by.
        id: What tells it from all others.
        version: The SemVer that it was written by; empty where an older writer says none.
        data: Its payload, with the defaults of fields that are not there.
        timestamp_iso: When it happened, by its writer's clock.
        source_system_id: Who sent it.
        correlation_id: What it belongs to, if anybody said so.
        causation_id: The id of the event that it follows from, if any.
        traceparent: Where it stands in a distributed trace (W3C Trace Context), if anywhere.
        place: Where it was read.
    """

    type: str
    id: str
    version: str
    data: JsonObject
    timestamp_iso: str
    source_system_id: str
    correlation_id: str | None
    causation_id: str | None
    traceparent: str | None
    place: Place


def made(event_type: str, whole: JsonObject, data: JsonObject, place: Place) -> Event:
    """Return the event that an entry holds.

    Args:
        event_type: Its event type, as the catalog has it.
        whole: All that the entry says; writers of today call some base fields otherwise.
        data: Its payload.
        place: Where it was read.
    """

    def text(name: str) -> str | None:
        # A catalog may ask for less than the envelope that comes with the package.
        return as_text(whole.get(name))

    source = text("source_system_id")
    return Event(
        event_type,
        text("event_id") or "",
        text("event_version") or "",
        data,
        text("timestamp_iso") or "",
        source or text("source_component_id") or text("source_agent_id") or "",
        text("correlation_id"),
        text("causation_id"),
        text("traceparent"),
        place,
    )
