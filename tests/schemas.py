"""Random JSON Schemas of every dialect.

All comes from a seed: one number says a pair of schemas again, on any machine. Values and names are
few and small, so that two schemas drawn apart from each other still meet.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from governance.compat.answer import Schema
from governance.schema.dialect import (
    DIALECTS,
    DRAFT_04,
    DRAFT_06,
    DRAFT_07,
    OPENAPI_30,
    Dialect,
)
from governance.schema.json import Json, JsonObject, identity
from tests.rewriting import at, placed, places, without

NAMES = ("a", "b", "c")
NUMBERS = (-1, 0, 0.5, 1, 2, 3)
TEXTS = ("", "a", "ab", "b")
SCALARS: tuple[Json, ...] = (None, True, False, *NUMBERS, *TEXTS)
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
# All engines read them alike.
PATTERNS = (
    "a",
    "^a",
    "b$",
    "^a*$",
    "^[ab]+$",
    "^$",
    "^(ab)+$",
    "^.{2}$",
    "^[^a]",
    "^a?b?$",
    "c|ab",
)
MULTIPLES = (1, 2, 3, 0.5, 1.5, 0.1, 0.3)
_COUNTS = frozenset(
    "minLength maxLength minItems maxItems minProperties maxProperties "
    "minContains maxContains".split()
)
# Here a bound says beside it whether it is itself allowed.
_BOOLEAN_BOUNDS = (DRAFT_04, OPENAPI_30)
_OLD = (DRAFT_04, DRAFT_06, DRAFT_07)

Clause: TypeAlias = Callable[["Maker", int], JsonObject]


class Maker:
    """Makes schemas of one dialect.

    Args:
        rng: Where chance comes from.
        dialect: The dialect; only its keywords are used.
        inner: References that may stand where an instance is descended into.
        outer: References that may stand anywhere: following them comes to an end.
    """

    def __init__(
        self,
        rng: Random,
        dialect: Dialect,
        inner: tuple[str, ...] = (),
        outer: tuple[str, ...] = (),
    ) -> None:
        self.rng, self.dialect, self.inner, self.outer = rng, dialect, inner, outer
        self._lean: str | None = None

    def schema(self, depth: int, *, below: bool = False) -> Json:
        """Return a schema; ``below`` says that an instance is descended into on the way to it."""
        targets = self.outer + (self.inner if below else ())
        if targets and self.rng.random() < (0.3 if below else 0.15):
            return {"$ref": self.rng.choice(targets)}
        if depth <= 0 or self.rng.random() < 0.08:
            return self.leaf()
        # What stands beside or above is about the same type, more often than not.
        lean = None if below else self._lean
        family = lean if lean and self.rng.random() < 0.7 else self.rng.choice(tuple(_FAMILIES))
        self._lean = family if family in _TYPE_OF else lean
        made: JsonObject = {}
        if family in _TYPE_OF and self.rng.random() < 0.5:
            made["type"] = _TYPE_OF[family]
        for _ in range(self.rng.choice((1, 1, 2, 2, 3))):
            made.update(self.clause(family if self.rng.random() < 0.75 else "logic", depth - 1))
        if self.dialect is OPENAPI_30 and self.rng.random() < 0.15:
            made["nullable"] = True
        return made

    def below(self, depth: int) -> Json:
        """Return a schema for a part of an instance."""
        lean = self._lean
        made = self.schema(depth, below=True)
        self._lean = lean
        return made

    def beside(self, depth: int) -> Json:
        """Return a schema for the same instance as the schema it stands in."""
        lean = self._lean
        if self.rng.random() < 0.2:
            self._lean = None
        made = self.schema(depth)
        self._lean = lean
        return made

    def leaf(self) -> Json:
        """Return a schema without schemas in it."""
        if self.rng.random() < 0.25:
            old = self.dialect in _BOOLEAN_BOUNDS
            return self.rng.choice(({}, {"not": {}}) if old else (True, False))
        return self.clause(self.rng.choice(("value", "value", "number", "text")), 0)

    def clause(self, family: str, depth: int) -> JsonObject:
        """Return keywords that go together and that the dialect has."""
        for _ in range(20):
            made = self.rng.choice(_FAMILIES[family])(self, depth)
            if made.keys() <= self.dialect.keywords.keys():
                return made
        return {"enum": [self.value()]}

    def value(self, depth: int = 1) -> Json:
        """Return a small value."""
        roll = self.rng.random()
        if depth <= 0 or roll < 0.7:
            return self.rng.choice(SCALARS)
        if roll < 0.85:
            return [self.value(depth - 1) for _ in range(self.rng.randrange(3))]
        return {name: self.value(depth - 1) for name in self.names(0)}

    def names(self, least: int = 1) -> list[str]:
        """Return up to two property names, each once."""
        return self.rng.sample(NAMES, max(least, self.rng.randrange(3)))


def _type(make: Maker, _depth: int) -> JsonObject:
    if make.dialect is OPENAPI_30:
        return {"type": make.rng.choice(TYPES[1:])}
    some = make.rng.sample(TYPES, make.rng.choice((1, 1, 2, 3)))
    return {"type": some[0] if len(some) == 1 else some}


def _enum(make: Maker, _depth: int) -> JsonObject:
    values = [make.value(2) for _ in range(make.rng.choice((1, 2, 3)))]
    return {"enum": list({identity(value): value for value in values}.values())}


def _const(make: Maker, _depth: int) -> JsonObject:
    return {"const": make.value(2)}


def _bound(make: Maker, _depth: int) -> JsonObject:
    side, number = make.rng.choice(("minimum", "maximum")), make.rng.choice(NUMBERS)
    exclusive = "exclusive" + side.capitalize()
    if make.rng.random() < 0.6:
        return {side: number}
    if make.dialect in _BOOLEAN_BOUNDS:
        return {side: number, exclusive: make.rng.random() < 0.8}
    return {exclusive: number}


def _multiple(make: Maker, _depth: int) -> JsonObject:
    return {"multipleOf": make.rng.choice(MULTIPLES)}


def _pattern(make: Maker, _depth: int) -> JsonObject:
    return {"pattern": make.rng.choice(PATTERNS)}


def _unique(make: Maker, _depth: int) -> JsonObject:
    return {"uniqueItems": make.rng.random() < 0.9}


def _required(make: Maker, _depth: int) -> JsonObject:
    return {"required": make.names()}


def _count(*keywords: str) -> Clause:
    return lambda make, _depth: {make.rng.choice(keywords): make.rng.choice((0, 1, 1, 2, 2, 3))}


def _one(keyword: str) -> Clause:
    return lambda make, depth: {keyword: make.below(depth)}


def _some(keyword: str) -> Clause:
    return lambda make, depth: {
        keyword: [make.beside(depth) for _ in range(make.rng.choice((1, 2, 2, 3)))]
    }


def _not(make: Maker, depth: int) -> JsonObject:
    return {"not": make.beside(depth)}


def _tuple(make: Maker, depth: int) -> JsonObject:
    if make.dialect is OPENAPI_30:
        return {"items": make.below(depth)}
    new = "prefixItems" in make.dialect.keywords
    first, rest = ("prefixItems", "items") if new else ("items", "additionalItems")
    made: JsonObject = {first: [make.below(depth) for _ in range(make.rng.choice((1, 2)))]}
    return made | ({rest: make.below(depth)} if make.rng.random() < 0.6 else {})


def _contains(make: Maker, depth: int) -> JsonObject:
    made: JsonObject = {"contains": make.below(depth)}
    for keyword in ("minContains", "maxContains"):
        if keyword in make.dialect.keywords and make.rng.random() < 0.5:
            made[keyword] = make.rng.choice((0, 1, 2))
    return made


def _properties(make: Maker, depth: int) -> JsonObject:
    return {"properties": {name: make.below(depth) for name in make.names()}}


def _closed(make: Maker, depth: int) -> JsonObject:
    return _properties(make, depth) | {"additionalProperties": False}


def _pattern_properties(make: Maker, depth: int) -> JsonObject:
    some = make.rng.sample(PATTERNS, make.rng.choice((1, 1, 2)))
    return {"patternProperties": {pattern: make.below(depth) for pattern in some}}


def _dependencies(make: Maker, depth: int) -> JsonObject:
    name, schema = make.rng.choice(NAMES), make.rng.random() < 0.5
    asked = make.beside(depth) if schema else make.names()
    if "dependencies" in make.dialect.keywords:
        return {"dependencies": {name: asked}}
    return {"dependentSchemas" if schema else "dependentRequired": {name: asked}}


def _conditional(make: Maker, depth: int) -> JsonObject:
    made = {"if": make.beside(depth)}
    for branch in ("then", "else"):
        if make.rng.random() < 0.7:
            made[branch] = make.beside(depth)
    return made


def _unevaluated(keyword: str, evaluates: Clause) -> Clause:
    def clause(make: Maker, depth: int) -> JsonObject:
        rest = make.below(depth) if make.rng.random() < 0.4 else False
        made, other, roll = evaluates(make, 0), evaluates(make, depth), make.rng.random()
        if roll < 0.5:
            branch = make.rng.choice(("allOf", "anyOf", "oneOf"))
            made = {branch: [made | make.clause("object", 0), other]}
        elif roll < 0.6:
            made = {"if": made, make.rng.choice(("then", "else")): other}
        elif roll < 0.75:
            made = {**made, "dependentSchemas": {make.rng.choice(NAMES): other}}
        return {**made, keyword: rest}

    return clause


_FAMILIES: Mapping[str, tuple[Clause, ...]] = {
    "value": (_type, _enum, _const),
    "number": (_bound, _bound, _multiple),
    "text": (_count("minLength", "maxLength"), _pattern),
    "array": (
        _one("items"),
        _tuple,
        _tuple,
        _contains,
        _count("minItems", "maxItems"),
        _unique,
        _unevaluated("unevaluatedItems", _tuple),
    ),
    "object": (
        _properties,
        _properties,
        _closed,
        _pattern_properties,
        _one("additionalProperties"),
        _one("propertyNames"),
        _required,
        _required,
        _count("minProperties", "maxProperties"),
        _dependencies,
        _unevaluated("unevaluatedProperties", _properties),
    ),
    "logic": (_some("anyOf"), _some("oneOf"), _some("allOf"), _not, _conditional),
}
_TYPE_OF = {"number": "number", "text": "string", "array": "array", "object": "object"}


class Source:
    """Draws schemas that share their definitions, all from one seed.

    Attributes:
        rng: Where chance comes from.
        dialect: The dialect of all schemas drawn.
    """

    def __init__(self, seed: int, dialect: Dialect | None = None) -> None:
        self.rng = Random(seed)  # noqa: S311  nothing here is secret
        self.dialect = dialect or self.rng.choice(DIALECTS)
        self._depth = self.rng.choice((1, 2, 2, 3))
        self._shared: JsonObject = self._definitions() if self.rng.random() < 0.35 else {}

    def body(self, *, whole: bool = False) -> Json:
        """Return a schema; one that is ``whole`` may refer to the root, which it must then be."""
        targets = _references(self._shared, self.dialect)
        inner = (*targets, "#") if whole and targets else targets
        return Maker(self.rng, self.dialect, inner, targets).schema(self._depth)

    def document(self, body: Json) -> Schema:
        """Return a schema with all that it may refer to."""
        root = copy.deepcopy(body)
        if self._shared:
            plain = isinstance(body, dict) and "$ref" not in body
            root = root if plain else {"allOf": [root]}
            root[self.dialect.definitions] = copy.deepcopy(self._shared)
        return Schema(root, self.dialect)

    def pair(self) -> tuple[Schema, Schema]:
        """Return two schemas, most often such as have much in common."""
        first, roll = self.body(whole=True), self.rng.random()
        if roll < 0.25:
            return self.document(first), self.document(self.body(whole=True))
        other = first
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            other = self.mutated(other)
        if roll < 0.85:
            return self.document(first), self.document(other)
        base = self.body()
        joined = {self.rng.choice(("allOf", "anyOf", "oneOf")): [base, self.mutated(base)]}
        return self.document(base), self.document(joined)

    def mutated(self, body: Json) -> Json:
        """Return a copy in which one thing is changed, somewhere."""
        made = copy.deepcopy(body)
        path = self.rng.choice(tuple(places(made, self.dialect)))
        old = at(made, path)
        make = Maker(self.rng, self.dialect)
        if not isinstance(old, dict) or not old or self.rng.random() < 0.1:
            return placed(made, path, make.schema(1))
        return placed(made, path, self._changed(old, make))

    def _changed(self, old: JsonObject, make: Maker) -> JsonObject:
        keyword, roll = self.rng.choice(tuple(old)), self.rng.random()
        if roll < 0.25:
            return without(old, keyword)
        if roll < 0.5 and not ("$ref" in old and self.dialect is OPENAPI_30):
            return {**old, **make.clause(self.rng.choice(tuple(_FAMILIES)), 1)}
        return {**old, keyword: self._tweaked(keyword, old[keyword], make)}

    def _tweaked(self, keyword: str, value: Json, make: Maker) -> Json:
        if keyword in ("const", "multipleOf", "pattern"):
            table: dict[str, Callable[[], Json]] = {
                "const": lambda: make.value(2),
                "multipleOf": lambda: self.rng.choice(MULTIPLES),
                "pattern": lambda: self.rng.choice(PATTERNS),
            }
            return table[keyword]()
        if isinstance(value, bool):
            return not value
        if isinstance(value, int | float):
            moved = value + self.rng.choice((-1, 1))
            return max(0, moved) if keyword in _COUNTS else moved
        if isinstance(value, list) and len(value) > 1:
            out = self.rng.randrange(len(value))
            return [item for index, item in enumerate(value) if index != out]
        if keyword == "enum":
            return [*value, "c"]
        return value

    def _definitions(self) -> JsonObject:
        """Return shared schemas: each may hold any of them, but be made of later ones only."""
        names = ("A", "B", "R")[: self.rng.choice((1, 2, 2 if self.dialect is OPENAPI_30 else 3))]
        everywhere = _references(names, self.dialect)
        made: JsonObject = {}
        for name in reversed(names):
            make = Maker(self.rng, self.dialect, everywhere, _references(made, self.dialect))
            made[name] = self._named(name, make)
        return made

    def _named(self, name: str, make: Maker) -> Json:
        identify = "id" if self.dialect is DRAFT_04 else "$id"
        if name == "R":
            # A document within the document: its `A` is another one.
            inner = {"$ref": f"#/{self.dialect.definitions}/A"}
            own = {"A": Maker(self.rng, self.dialect).schema(1)}
            within = {self.rng.choice(("allOf", "anyOf")): [inner, make.leaf()]}
            return {identify: "http://x.test/r", self.dialect.definitions: own, **within}
        body = make.schema(self.rng.choice((1, 2)))
        if name == "A" or self.dialect is OPENAPI_30:
            return body
        plain = body if isinstance(body, dict) and "$ref" not in body else {"allOf": [body]}
        anchor = {identify: "#b"} if self.dialect in _OLD else {"$anchor": "b"}
        return {**anchor, **plain}


def _references(names: Mapping[str, Json] | tuple[str, ...], dialect: Dialect) -> tuple[str, ...]:
    """Return every way to refer to the definitions with these names."""
    found = [f"#/{dialect.definitions}/{name}" for name in names]
    if dialect is not OPENAPI_30:
        found += [by for name, by in (("B", "#b"), ("R", "http://x.test/r")) if name in names]
    return tuple(found)
