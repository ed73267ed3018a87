"""Schemas made from a schema: with a place in it changed, in another spelling, with less in it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TypeAlias

from governance.compat.answer import Schema
from governance.schema.dialect import Dialect, Holds
from governance.schema.json import Json, JsonObject

Path: TypeAlias = tuple[str | int, ...]
Respelled: TypeAlias = Callable[[Json, JsonObject, Dialect], JsonObject]


def places(schema: Json, dialect: Dialect, path: Path = ()) -> Iterator[Path]:
    """Yield the path of a schema and of every schema in it, outermost first."""
    yield path
    for keyword, value in schema.items() if isinstance(schema, dict) else ():
        holds = dialect.keywords.get(keyword, Holds.VALUE)
        if holds is Holds.VALUE:
            continue
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from places(item, dialect, (*path, keyword, index))
        elif holds in (Holds.MAP, Holds.DEPENDENCIES):
            for name, item in value.items():
                if isinstance(item, dict | bool):
                    yield from places(item, dialect, (*path, keyword, name))
        else:
            yield from places(value, dialect, (*path, keyword))


def at(schema: Json, path: Path) -> Json:
    """Return what stands at a path."""
    for step in path:
        schema = schema[step]
    return schema


def placed(schema: Json, path: Path, value: Json) -> Json:
    """Return a schema with ``value`` at a path; all else is shared with the one given."""
    if not path:
        return value
    made = copy.copy(schema)
    made[path[0]] = placed(made[path[0]], path[1:], value)
    return made


def without(schema: JsonObject, keyword: str) -> JsonObject:
    """Return a schema without a keyword, and without the boolean that means nothing alone."""
    made = {other: value for other, value in schema.items() if other != keyword}
    if isinstance(made.get("exclusive" + keyword.capitalize()), bool):
        del made["exclusive" + keyword.capitalize()]
    return made


def modern(schema: Json, dialect: Dialect) -> Json:
    """Return a schema of draft-04, -06 or -07 in the spelling of 2020-12."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("definitions", "$defs")}
    made: JsonObject = {}
    for keyword, value in schema.items():
        respelled = _RESPELLED.get(keyword)
        if respelled:
            made |= respelled(value, schema, dialect)
        else:
            new = "$defs" if keyword == "definitions" else keyword
            made[new] = _within(keyword, value, dialect)
    return made


def _within(keyword: str, value: Json, dialect: Dialect) -> Json:
    """Return the value of a keyword with the schemas that it holds in the new spelling."""
    holds = dialect.keywords.get(keyword, Holds.VALUE)
    if holds is Holds.VALUE:
        return value
    if isinstance(value, list):
        return [modern(item, dialect) for item in value]
    if holds is Holds.MAP:
        return {name: modern(item, dialect) for name, item in value.items()}
    return modern(value, dialect)


def _dependencies(value: Json, _schema: JsonObject, dialect: Dialect) -> JsonObject:
    names = {name: asked for name, asked in value.items() if isinstance(asked, list)}
    others = {name: modern(asked, dialect) for name, asked in value.items() if name not in names}
    return {"dependentRequired": names, "dependentSchemas": others}


def _items(value: Json, _schema: JsonObject, dialect: Dialect) -> JsonObject:
    return {"prefixItems" if isinstance(value, list) else "items": _within("items", value, dialect)}


def _additional_items(value: Json, schema: JsonObject, dialect: Dialect) -> JsonObject:
    return {"items": modern(value, dialect)} if isinstance(schema.get("items"), list) else {}


def _identifier(value: Json, _schema: JsonObject, _dialect: Dialect) -> JsonObject:
    return {"$anchor": value[1:]} if value.startswith("#") else {"$id": value}


def _bound(keyword: str, exclusive: str) -> Respelled:
    return lambda value, schema, _dialect: {
        exclusive if schema.get(exclusive) is True else keyword: value
    }


def _exclusive(keyword: str) -> Respelled:
    return lambda value, _schema, _dialect: {} if isinstance(value, bool) else {keyword: value}


_RESPELLED: dict[str, Respelled] = {
    "dependencies": _dependencies,
    "items": _items,
    "additionalItems": _additional_items,
    "id": _identifier,
    "$id": _identifier,
    "minimum": _bound("minimum", "exclusiveMinimum"),
    "maximum": _bound("maximum", "exclusiveMaximum"),
    "exclusiveMinimum": _exclusive("exclusiveMinimum"),
    "exclusiveMaximum": _exclusive("exclusiveMaximum"),
}


def smaller(schema: Json, dialect: Dialect) -> Iterator[Json]:
    """Yield schemas with a little less in them, those that lost most first."""
    for path in places(schema, dialect):
        here = at(schema, path)
        if not isinstance(here, dict):
            continue
        if here and path:
            yield placed(schema, path, {})
        for inner in places(here, dialect):
            if inner:
                yield placed(schema, path, at(here, inner))
        for keyword, value in here.items():
            yield placed(schema, path, without(here, keyword))
            for less in _less(value):
                yield placed(schema, path, {**here, keyword: less})


def _less(value: Json) -> Iterator[Json]:
    if isinstance(value, list) and len(value) > 1:
        for out in range(len(value)):
            yield value[:out] + value[out + 1 :]
    elif isinstance(value, dict):
        for out in value:
            yield {name: item for name, item in value.items() if name != out}


def smallest(
    schemas: tuple[Schema, ...], fails: Callable[[tuple[Schema, ...]], bool]
) -> tuple[Schema, ...]:
    """Return schemas from which nothing can be taken without ``fails`` turning false."""
    while less := next(filter(fails, _with_less(schemas)), None):
        schemas = less
    return schemas


def _with_less(schemas: tuple[Schema, ...]) -> Iterator[tuple[Schema, ...]]:
    for index, schema in enumerate(schemas):
        for root in smaller(schema.root, schema.dialect):
            yield (*schemas[:index], schema._replace(root=root), *schemas[index + 1 :])
