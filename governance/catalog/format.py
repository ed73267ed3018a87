"""The format of catalog files, and where a file departs from it.

``catalog.schema.json`` beside this module is the one description of the format: editors complete
and check by it, and so do the rules.
"""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from governance.catalog.document import Document
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import Validator, Violation
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import resolve

SHIPPED = Path(__file__).with_name("catalog.schema.json")


class Departure(NamedTuple):
    """One way in which a file departs from the format.

    Attributes:
        pointer: JSON Pointer into the file.
        value: What stands there.
        part: The part of the format that should hold there, as JSON Schema.
        part_name: The name of that part; empty for the file as a whole.
        keyword: The keyword of ``part`` that refuses.
    """

    pointer: str
    value: Json
    part: JsonObject
    part_name: str
    keyword: str


@cache
def shipped() -> JsonObject:
    """Return the JSON Schema of catalog files."""
    schema: JsonObject = json.loads(SHIPPED.read_bytes())
    return schema


@lru_cache(maxsize=1)  # several rules ask about one file, one after the other
def departures(document: Document) -> tuple[Departure, ...]:
    """Return every way in which a file departs from the format.

    Nothing is said of an event's version, data and days, of what it lacks, and of what is within
    a schema: rules of their own speak of that.
    """
    # A number that the validator can't carry has no keyword, and is no matter of the format.
    return tuple(
        _departure(document.root, found)
        for found in _validator().violations(_outline(document.root))
        if found.keyword
    )


def _departure(root: Json, found: Violation) -> Departure:
    place = found.schema_pointer.rpartition("/")[0]
    value, part = resolve(root, found.pointer), resolve(shipped(), place)
    return Departure(found.pointer, value, part, place.rpartition("/")[2], found.keyword)


@cache
def _validator() -> Validator:
    schema: JsonObject = json.loads(SHIPPED.read_bytes())
    schema["$defs"]["schema"] = {"type": ["object", "boolean"]}
    event = schema["$defs"]["event"]
    del event["required"]
    event["properties"] |= {"event_version": True, "data": True}
    for day in ("since", "sunset"):
        del event["properties"]["deprecated"]["properties"][day]["format"]
    return Validator(schema, DRAFT_2020_12)


def _outline(root: Json) -> Json:
    """Return a file without its bulk: nearly all of it is schemas and examples."""
    if not isinstance(root, dict):
        return root
    known = shipped()["properties"]
    made = {key: value if key in known else None for key, value in root.items()}
    events, components = made.get("events"), made.get("components")
    if isinstance(events, dict):
        made["events"] = {name: _outline_of_event(said) for name, said in events.items()}
    if isinstance(components, dict) and isinstance(components.get("schemas"), dict):
        schemas = {name: _hollow(said) for name, said in components["schemas"].items()}
        made["components"] = {**components, "schemas": schemas}
    return made


def _outline_of_event(said: Json) -> Json:
    if not isinstance(said, dict):
        return said
    known = shipped()["$defs"]["event"]["properties"]
    made = {key: value if key in known else None for key, value in said.items()}
    for key in ("data", "examples"):
        if key in made:
            made[key] = _hollow(made[key])
    return made


def _hollow(value: Json) -> Json:
    if isinstance(value, dict):
        return {}
    return [] if isinstance(value, list) else value
