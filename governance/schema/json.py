"""The one name for values that enter as JSON or YAML."""

from __future__ import annotations

from typing import Any, TypeAlias

# The only place where `Any` is let in: what a file holds is unknown until someone has looked.
Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Json]


def as_object(value: Json) -> JsonObject:
    """Return ``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return ``value`` if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str | None:
    """Return ``value`` if it is a string with something in it, else None."""
    return value if isinstance(value, str) and value.strip() else None


def kind_of(value: Json) -> str:
    """Return the JSON Schema type of a value; a number without fraction is an integer.

    Source: JSON Schema 2020-12, section 4.2.1 (instance data model) and validation section 6.1.1.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    return {float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def types_of(schema: JsonObject) -> frozenset[str]:
    """Return the types that ``type`` and ``nullable`` of a schema list; empty without ``type``."""
    listed = schema.get("type")
    types = [listed] if isinstance(listed, str) else as_list(listed)
    named = {name for name in types if isinstance(name, str)}
    if named and schema.get("nullable") is True:
        named.add("null")
    return frozenset(named)
