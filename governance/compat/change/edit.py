"""A schema with one thing in it changed; what it was is never touched."""

from __future__ import annotations

from collections.abc import Sequence

from governance.schema.json import Json, JsonObject, as_list, as_object


def required(schema: JsonObject) -> list[str]:
    """Return the names that a schema requires."""
    return [name for name in as_list(schema.get("required")) if isinstance(name, str)]


def needing(schema: JsonObject, name: str, *, is_needed: bool) -> JsonObject:
    """Return a schema that requires a name, or does not."""
    names = [one for one in required(schema) if one != name]
    if is_needed:
        names.append(name)
    made = {**schema, "required": names}
    if not names:
        del made["required"]  # draft-04 has no empty list
    return made


def put_in(schema: JsonObject, keyword: str, name: str, value: Json) -> JsonObject:
    """Return a schema with an entry under a keyword."""
    return {**schema, keyword: {**as_object(schema.get(keyword)), name: value}}


def taken_out(schema: JsonObject, keyword: str, name: str) -> JsonObject:
    """Return a schema without an entry under a keyword."""
    left = {key: value for key, value in as_object(schema.get(keyword)).items() if key != name}
    made = {**schema, keyword: left}
    if not left:
        del made[keyword]
    return made


def with_field(schema: JsonObject, other: JsonObject, name: str) -> JsonObject:
    """Return a schema with a field that another declares, required if it is there."""
    made = put_in(schema, "properties", name, other["properties"][name])
    return needing(made, name, is_needed=name in required(other))


def without_field(schema: JsonObject, other: JsonObject, name: str) -> JsonObject:
    """Return a schema without a field, required only if another schema still asks for it."""
    kept = {key: value for key, value in schema["properties"].items() if key != name}
    if not kept:
        # An object that declares no field at all is another thing to a writer: it is open.
        kept = as_object(other.get("properties"))
    is_needed = name in required(schema) and name in required(other)
    return needing({**schema, "properties": kept}, name, is_needed=is_needed)


def renamed_field(schema: JsonObject, was: str, name: str) -> JsonObject:
    """Return a schema whose field goes by another name."""
    declared = {name if key == was else key: value for key, value in schema["properties"].items()}
    made = {**schema, "properties": declared}
    if was in required(schema):
        made = needing(needing(made, was, is_needed=False), name, is_needed=True)
    return made


def with_default_of(schema: JsonObject, name: str, other: Json) -> JsonObject:
    """Return a schema whose field has the default that another schema has, or none."""
    field = schema["properties"][name]
    if not isinstance(field, dict):
        return schema
    made = {key: value for key, value in field.items() if key != "default"}
    if "default" in as_object(other):
        made["default"] = other["default"]
    return put_in(schema, "properties", name, made)


def placed(value: Json, tokens: Sequence[str | int], new: Json) -> Json:
    """Return a value with another one at a place in it.

    Raises:
        LookupError: There is no such place.
    """
    if not tokens:
        return new
    first, rest = tokens[0], tokens[1:]
    if isinstance(value, list):
        number = int(first)
        return [*value[:number], placed(value[number], rest, new), *value[number + 1 :]]
    return {**value, first: placed(value[first], rest, new)}
