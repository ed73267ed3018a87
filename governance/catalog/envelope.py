"""The envelope: the base fields that every event carries around its payload.

Source: rule 101, section 6.1; W3C Trace Context for ``traceparent``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from governance.catalog.build import build
from governance.schema.json import Json, JsonObject, as_object

REQUIRED = ("event_id", "event_type", "event_version", "timestamp_iso", "source_system_id", "data")
OPTIONAL = ("correlation_id", "causation_id", "traceparent")
BASE_FIELDS = (*REQUIRED, *OPTIONAL)

# What the events of today call a base field; both stand for where the event comes from.
LEGACY_NAMES = {"source_component_id": "source_system_id", "source_agent_id": "source_system_id"}

# The file and the component by which a catalog adds optional base fields of its own.
FILE = "base_event"
COMPONENT = "BaseEvent"

# Every name of a base field that a payload has no business with; `data` is where the payload is.
NAMES = frozenset({*BASE_FIELDS, *LEGACY_NAMES} - {"data"})


@cache
def shipped() -> JsonObject:
    """Return the schema of the envelope that comes with the package."""
    text = Path(__file__).with_name(f"{FILE}.yaml").read_text(encoding="utf-8")
    schema: JsonObject = build(text, is_json=False).root["components"]["schemas"][COMPONENT]
    return schema


def base_fields(schema: Json) -> list[str]:
    """Return the base fields, save ``data``, that a schema declares itself, by old name or new."""
    declared = as_object(as_object(schema).get("properties"))
    return [] if NAMES.isdisjoint(declared) else [name for name in declared if name in NAMES]


def is_envelope(schema: Json, pointer: str) -> bool:
    """Say whether what stands at a pointer is meant as the envelope: it declares base fields.

    A component by the name of the envelope is one whatever it declares.
    """
    return pointer.endswith(f"/{COMPONENT}") or len(base_fields(schema)) > 1
