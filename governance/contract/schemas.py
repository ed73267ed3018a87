"""Schemas made of a schema: with more required, or with one keyword less."""

from __future__ import annotations

from collections.abc import Iterator

from governance.schema.json import Json, JsonObject

_MAPS = frozenset("properties patternProperties $defs definitions dependentSchemas".split())
_VALUES = frozenset("enum const default examples example x-extensible-enum".split())
# What refuses an instance by itself.
_ASSERTIONS = frozenset(
    "type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength "
    "minLength pattern format maxItems minItems uniqueItems maxContains minContains contains "
    "maxProperties minProperties required dependentRequired propertyNames additionalProperties "
    "unevaluatedProperties anyOf oneOf not if dependencies".split()
)


def complete(schema: Json, *, is_map: bool = False) -> Json:
    """Return a schema in which every declared field is required, and every list has an item.

    Args:
        schema: The schema, or schemas by name, or in a list.
        is_map: Whether it is schemas by name.
    """
    if isinstance(schema, list):
        return [complete(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if is_map:
        return {name: complete(one) for name, one in schema.items()}
    made = {
        key: one if key in _VALUES else complete(one, is_map=key in _MAPS)
        for key, one in schema.items()
    }
    if isinstance(schema.get("properties"), dict):
        made["required"] = list(schema["properties"])
    if "items" in schema and schema.get("maxItems") != 0:
        made["minItems"] = max(1, schema.get("minItems", 1))
    return made


def weakened(schema: Json, *, is_map: bool = False) -> Iterator[tuple[str, Json]]:
    """Yield each keyword that refuses something, with the schema without it, the outer ones first.

    Args:
        schema: The schema, or schemas by name, or in a list.
        is_map: Whether it is schemas by name.
    """
    if isinstance(schema, list):
        for number, one in enumerate(schema):
            for keyword, less in weakened(one):
                yield keyword, [*schema[:number], less, *schema[number + 1 :]]
    if not isinstance(schema, dict):
        return
    for key in schema if not is_map else ():
        if key in _ASSERTIONS:
            yield key, _without(schema, key)
    for key, one in schema.items():
        if is_map or key not in _VALUES:
            for keyword, less in weakened(one, is_map=not is_map and key in _MAPS):
                yield keyword, {**schema, key: less}


def _without(schema: JsonObject, key: str) -> JsonObject:
    return {name: one for name, one in schema.items() if name != key}
