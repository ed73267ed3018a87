"""The envelope: the base fields that every event carries around its payload.

Source: rule 101, section 6.1; W3C Trace Context for ``traceparent``.
"""

from __future__ import annotations

REQUIRED = ("event_id", "event_type", "event_version", "timestamp_iso", "source_system_id", "data")
OPTIONAL = ("correlation_id", "causation_id", "traceparent")
BASE_FIELDS = (*REQUIRED, *OPTIONAL)

# What the events of today call a base field; both stand for where the event comes from.
LEGACY_NAMES = {"source_component_id": "source_system_id", "source_agent_id": "source_system_id"}

# The file and the component by which a catalog adds optional base fields of its own.
FILE = "base_event"
COMPONENT = "BaseEvent"
