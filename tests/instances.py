"""Instances that reach the corners of a schema, and two validators that judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from random import Random

import jsonschema
import jsonschema_rs
from jsonschema import validators
from referencing import Registry
from referencing.jsonschema import specification_with

from governance.compat.answer import Schema
from governance.compat.engine.modern import modern
from governance.compat.views import as_reader, as_writer, fill
from governance.schema.dialect import (
    DRAFT_04,
    DRAFT_06,
    DRAFT_07,
    DRAFT_2019_09,
    DRAFT_2020_12,
    OPENAPI_30,
    Dialect,
    without_nullable,
)
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import PointerError, resolve
from tests.schemas import NAMES, NUMBERS, SCALARS, TEXTS, TYPES

_QUICK = {
    DRAFT_04: jsonschema_rs.Draft4Validator,
    DRAFT_06: jsonschema_rs.Draft6Validator,
    DRAFT_07: jsonschema_rs.Draft7Validator,
    DRAFT_2019_09: jsonschema_rs.Draft201909Validator,
    DRAFT_2020_12: jsonschema_rs.Draft202012Validator,
}
_CAREFUL = {
    DRAFT_04: jsonschema.Draft4Validator,
    DRAFT_06: jsonschema.Draft6Validator,
    DRAFT_07: jsonschema.Draft7Validator,
    DRAFT_2019_09: jsonschema.Draft201909Validator,
    DRAFT_2020_12: jsonschema.Draft202012Validator,
}
_ROOT = "http://root.test/root"
# What is required of a required one, and so on, may have no end.
_MOST_PARTS = 60


def _exact_multiple(
    _validator: object, step: Json, instance: Json, _schema: Json
) -> Iterator[jsonschema.ValidationError]:
    """Judge ``multipleOf`` in decimals, where the library divides floats (0.3 by 0.1)."""
    number = isinstance(instance, int | float) and not isinstance(instance, bool)
    if number and (Fraction(str(instance)) / Fraction(str(step))).denominator != 1:
        yield jsonschema.ValidationError(f"{instance} is no multiple of {step}")


class Oracle:
    """What two validators, written apart from each other, say of instances.

    Args:
        schema: The schema that they read.
    """

    def __init__(self, schema: Schema) -> None:
        dialect, root = schema.dialect, schema.root
        if dialect is OPENAPI_30:
            dialect, root = DRAFT_2020_12, without_nullable(as_object(root))
        if schema.pointer:
            # The validators judge whole documents: one that refers into the one meant.
            root = {"$schema": dialect.uri, **root}
            whole: Json = {"$ref": f"{_ROOT}#{schema.pointer}"}
        else:
            whole = root
        self._quick = _QUICK[dialect](whole, retriever=lambda _uri: root)
        resource = specification_with(dialect.uri).create_resource(root)
        registry: Registry[Json] = Registry().with_resource(_ROOT, resource)
        self._careful = _careful(dialect)(whole, registry=registry)

    def quick(self, instance: Json) -> bool:
        """Say whether ``jsonschema-rs`` accepts an instance: it takes a microsecond."""
        return self._quick.is_valid(instance)

    def careful(self, instance: Json) -> bool:
        """Say whether ``jsonschema`` accepts an instance."""
        try:
            return bool(self._careful.is_valid(instance))
        except TypeError:
            # It falls over `additionalItems` beside a boolean `items`.
            return self.quick(instance)


def is_break(reader: Schema, writer: Schema, event: Json) -> bool:
    """Say whether a writer's client publishes an event that the reader refuses."""
    published = Oracle(modern(writer)).careful(event) and Oracle(as_writer(writer)).careful(event)
    return published and not Oracle(as_reader(reader, fills=False)).careful(fill(reader, event))


@cache
def _careful(dialect: Dialect) -> type[jsonschema.protocols.Validator]:
    made: type[jsonschema.protocols.Validator] = validators.extend(  # type: ignore[no-untyped-call]
        _CAREFUL[dialect], {"multipleOf": _exact_multiple}
    )
    return made


def _corpus() -> Iterator[Json]:
    yield from SCALARS
    yield from (1.5, 0.1, 0.3, 0.7, 4, 6, 100, -2, -1.5, -0.5, -0.3, 0.01, 1.1, 2.1, 3.01)
    yield from ("ca", "aa", "ba", "abab", "bb", "aab", "c", "abc", "aaaa")
    few: tuple[Json, ...] = (None, True, 0, 1, 0.5, "a", "ab", [], {})
    for length in range(3):
        yield from map(list, product(few, repeat=length))
    yield from map(list, product((0, 1, "a"), repeat=3))
    yield from ([[0]], [[0], [0]], [{"a": 0}], [{"a": 0}, {"a": 1}], [0, 1, 2, 3], [1, 2, 1, 2, 1])
    for values, size in ((few, 1), ((None, 0, 1, "a"), 2), ((0, "a"), 3)):
        for names in combinations(NAMES, size):
            yield from (
                dict(zip(names, some, strict=True)) for some in product(values, repeat=size)
            )
    for name in ("", "ab", "d", "aa"):
        yield from ({name: 0}, {name: "a"}, {name: 0, "a": 1})
    for name in NAMES:
        yield from ({name: {name: 0}}, {name: {"a": {}}}, {name: [0]}, {name: [{name: 1}]})
    yield {"a": 0, "b": 0, "c": 0, "d": 0}


CORPUS = tuple(_corpus())
"""Every value that is small enough, of every kind; read only."""


def invented(schemas: Iterable[Schema], rng: Random, count: int) -> Iterator[Json]:
    """Yield instances made after each schema in turn, and some of them with one thing changed."""
    for schema in schemas:
        make = _Inventor(schema, rng)
        for _ in range(count):
            instance = make.value()
            yield instance
            yield _changed(instance, rng)


class _Inventor:
    """Makes values that a conjunction of schemas might accept; a guess, to be judged by others."""

    def __init__(self, schema: Schema, rng: Random) -> None:
        self._schema, self._rng = schema, rng
        self._left = 0

    def value(self) -> Json:
        """Return a value for the schema."""
        self._left = _MOST_PARTS
        return self.of([resolve(self._schema.root, self._schema.pointer)], 4)

    def of(self, schemas: list[Json], depth: int) -> Json:
        """Return a value for all of the schemas at once."""
        self._left -= 1
        if self._left < 0:
            return None
        # Each once: what refers to itself in two ways says the same ever more often.
        once = {id(schema): schema for schema in schemas}.values()
        facets = [facet for schema in once for facet in self._facets(schema, 6)]
        rng = self._rng
        listed = [facet["enum"] for facet in facets if as_list(facet.get("enum"))]
        listed += [[facet["const"]] for facet in facets if "const" in facet]
        if listed and rng.random() < 0.9:
            return rng.choice(rng.choice(listed))
        kind = self._kind(facets)
        if kind == "array":
            return self._array(facets, depth)
        if kind == "object":
            return self._object(facets, depth)
        return self._scalar(kind, facets)

    def _facets(self, schema: Json, most: int) -> Iterator[JsonObject]:
        """Yield the schemas that speak of the same instance, with one branch of each choice."""
        if not isinstance(schema, dict) or not most:
            return
        yield schema
        if isinstance(schema.get("$ref"), str):
            yield from self._facets(self._target(schema["$ref"]), most - 1)
        branches = as_list(schema.get("allOf")).copy()
        for keyword in ("anyOf", "oneOf"):
            if as_list(schema.get(keyword)):
                branches.append(self._rng.choice(schema[keyword]))
        if "if" in schema:
            positive = [schema["if"], schema.get("then")]
            branches += positive if self._rng.random() < 0.5 else [schema.get("else")]
        for keyword in ("dependencies", "dependentSchemas"):
            branches += as_object(schema.get(keyword)).values()
        for branch in branches:
            yield from self._facets(branch, most - 1)

    def _target(self, reference: str) -> Json:
        root = self._schema.root
        shared = as_object(root).get(self._schema.dialect.definitions, {})
        if reference in ("#b", "http://x.test/r"):
            return as_object(shared).get({"#b": "B"}.get(reference, "R"))
        try:
            return resolve(root, reference.removeprefix("#"))
        except PointerError:
            return {}

    def _kind(self, facets: list[JsonObject]) -> str:
        possible = set(TYPES)
        for facet in facets:
            asked = facet.get("type", TYPES)
            asked = {asked} if isinstance(asked, str) else set(asked)
            asked |= {"integer"} if "number" in asked else set()
            possible = (possible & asked) or possible
        hinted = [
            kind
            for facet in facets
            for keyword in facet
            if (kind := _KIND_OF.get(keyword)) and kind in possible
        ]
        if hinted and self._rng.random() < 0.8:
            return self._rng.choice(hinted)
        return self._rng.choice(sorted(possible))

    def _scalar(self, kind: str, facets: list[JsonObject]) -> Json:
        rng = self._rng
        if kind in ("integer", "number"):
            near = [f[k] for f in facets for k in _BOUNDS if isinstance(f.get(k), int | float)]
            number = rng.choice([float(n) for n in near] or NUMBERS) + rng.choice(
                (-1, 0, 0, 1, 0.5)
            )
            number = number if rng.random() < 0.6 else rng.choice(NUMBERS)
            return int(number) if number == int(number) else number
        if kind == "string":
            return rng.choice((*TEXTS, "aa", "ba", "abab", "c", "bb", "aab", "aaa"))
        return rng.choice([True, False]) if kind == "boolean" else None

    def _array(self, facets: list[JsonObject], depth: int) -> list[Json]:
        rng = self._rng
        least = max((f["minItems"] for f in facets if "minItems" in f), default=0)
        length = 0 if depth <= 0 else least + rng.choice((0, 0, 1, 1, 2))
        return [self.of(list(self._for_item(facets, at)), depth - 1) for at in range(length)]

    def _for_item(self, facets: list[JsonObject], at: int) -> Iterator[Json]:
        for facet in facets:
            items = facet.get("items")
            first = items if isinstance(items, list) else as_list(facet.get("prefixItems"))
            if at < len(first):
                yield first[at]
            else:
                yield facet.get("additionalItems") if isinstance(items, list) else items
            if "contains" in facet and self._rng.random() < 0.5:
                yield facet["contains"]
            if at >= len(first) and self._rng.random() < 0.5:
                yield facet.get("unevaluatedItems")

    def _object(self, facets: list[JsonObject], depth: int) -> JsonObject:
        rng = self._rng
        needed = [name for facet in facets for name in as_list(facet.get("required"))]
        known = [name for facet in facets for name in as_object(facet.get("properties"))]
        chosen = {name for name in needed if rng.random() < 0.95}
        if depth > 0:
            chosen |= {name for name in known if rng.random() < 0.5}
            chosen |= {name for name in (*NAMES, "ab", "") if rng.random() < 0.15}
        return {
            name: self.of(list(self._for_property(facets, name)), depth - 1)
            for name in sorted(chosen)
        }

    def _for_property(self, facets: list[JsonObject], name: str) -> Iterator[Json]:
        for facet in facets:
            if name in as_object(facet.get("properties")):
                yield facet["properties"][name]
            else:
                yield facet.get("additionalProperties")
            yield from as_object(facet.get("patternProperties")).values()


_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_KIND_OF = {
    **dict.fromkeys(_BOUNDS, "number"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(
        "items prefixItems additionalItems contains uniqueItems minItems maxItems "
        "unevaluatedItems".split(),
        "array",
    ),
    **dict.fromkeys(
        "properties patternProperties additionalProperties propertyNames required minProperties "
        "maxProperties dependencies dependentSchemas dependentRequired "
        "unevaluatedProperties".split(),
        "object",
    ),
}


def _changed(value: Json, rng: Random) -> Json:
    """Return a value with one thing changed, somewhere."""
    if isinstance(value, list) and value and rng.random() < 0.7:
        at, made = rng.randrange(len(value)), list(value)
        made[at : at + 1] = rng.choice(
            ([_changed(value[at], rng)], [], [value[at], value[at]], [rng.choice(SCALARS)])
        )
        return made
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(sorted(value))
        rest = {other: item for other, item in value.items() if other != name}
        put = rng.choice((name, name, *NAMES))
        return rng.choice((rest, {**rest, put: _changed(value[name], rng)}, {**value, put: 0}))
    return rng.choice((*SCALARS, [], {}))
