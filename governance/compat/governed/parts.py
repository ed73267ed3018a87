"""Which schemas speak of one and the same value, and under which condition each of them does.

The schemas here are such as `modern` makes: every reference is a pointer from the root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

from governance.compat.engine.form import UndecidedError
from governance.compat.engine.modern import pointer_of
from governance.schema.dialect import Dialect
from governance.schema.json import Json, JsonObject, as_list, as_object, identity, types_of
from governance.schema.pointer import PointerError, escape, resolve

MOST_PARTS = 1000
IN_PLACE = ("$ref", "allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas")
# What stands under these says which value is meant, and not what it looks like.
CONDITIONS = ("not", "if", "contains", "propertyNames")
_STRUCTURED = frozenset({"object", "array"})
# With none of these, nothing is said of fields or items.
LEADING = frozenset(
    "$ref allOf anyOf oneOf if dependentSchemas properties patternProperties additionalProperties "
    "unevaluatedProperties items prefixItems additionalItems unevaluatedItems".split()
)


class Part(NamedTuple):
    """One of the schemas that speak of a value.

    Attributes:
        pointer: Where it stands, from the root of the document.
        schema: The schema.
        chain: The choices on the way to it: what chooses, and the branch's number or name.
    """

    pointer: str
    schema: JsonObject
    chain: tuple[tuple[str, str], ...]

    def excludes(self, other: Part) -> bool:
        """Say whether it stands in another branch of a choice than some other part does."""
        if not self.chain or not other.chain:
            return False
        theirs = dict(other.chain)
        return any(theirs.get(choice, branch) != branch for choice, branch in self.chain)


class Child(NamedTuple):
    """A schema for a part of the value.

    Attributes:
        keyword: Under which keyword it stands.
        name: Name of the property, number of the item, or pattern; empty for all that are left.
        pointer: Where it stands.
        schema: The schema.
    """

    keyword: str
    name: str
    pointer: str
    schema: Json


# Keyword and name, as `Child` has them.
Place: TypeAlias = tuple[str, str]


class Shared(NamedTuple):
    """What several schemas say of the same part of a value.

    Attributes:
        joint: For properties and items that are told in the same way, who tells what.
        crossed: Those where one schema names what another means by a pattern, or by what is left.
    """

    joint: dict[Place, list[tuple[Part, Child]]]
    crossed: frozenset[Place]


class Document:
    """A document, and what speaks of a value of a schema in it.

    Args:
        root: The document, as `modern` makes it.
        dialect: How to read it.
    """

    def __init__(self, root: Json, dialect: Dialect) -> None:
        self.root = root
        self.dialect = dialect
        self._parts: dict[str, tuple[Part, ...]] = {}
        self._known: dict[str, Json] = {}

    def at(self, pointer: str) -> Json:
        """Return the schema at a pointer; None where there is none."""
        if pointer not in self._known:
            try:
                self._known[pointer] = resolve(self.root, pointer)
            except PointerError:
                return None
        return self._known[pointer]

    def add(self, schema: JsonObject) -> str:
        """Add a schema to the document, and return its pointer; refer to the others in it."""
        definitions = as_object(self.root.get("$defs"))
        name = f"together-{len(definitions)}"
        while name in definitions:
            name += "'"
        self.root = {**self.root, "$defs": {**definitions, name: schema}}
        return f"/$defs/{name}"

    def target(self, schema: JsonObject) -> str | None:
        """Return where the ``$ref`` of a schema leads; None without one, or out of the document."""
        pointer = pointer_of(schema.get("$ref"))
        return pointer if pointer is not None and self.at(pointer) is not None else None

    def parts(self, pointer: str) -> tuple[Part, ...]:
        """Return a schema and all that speak of the same value because of it, the schema first.

        Raises:
            UndecidedError: They are more than anybody means.
        """
        known = self._parts.get(pointer)
        if known is None:
            known = self._parts[pointer] = tuple(self._walk(pointer, (), frozenset(), [0]))
        return known

    def certain(self, *pointers: str) -> list[Part]:
        """Return those parts of some schemas that hold whatever the value is."""
        return [part for one in pointers for part in self.parts(one) if not part.chain]

    def _walk(
        self,
        pointer: str,
        chain: tuple[tuple[str, str], ...],
        above: frozenset[str],
        count: list[int],
    ) -> Iterator[Part]:
        schema = self.at(pointer)
        count[0] += 1
        if count[0] > MOST_PARTS:
            raise UndecidedError(f"more than {MOST_PARTS} schemas speak of one value")
        if not isinstance(schema, dict) or pointer in above:
            return
        yield Part(pointer, schema, chain)
        above |= {pointer}
        for where, choice in self.below(pointer, schema):
            longer = chain if choice is None else (*chain, choice)
            yield from self._walk(where, longer, above, count)

    def below(
        self, pointer: str, schema: JsonObject
    ) -> Iterator[tuple[str, tuple[str, str] | None]]:
        """Yield the schemas that one applies to the same value, each with the choice it is in."""
        target = self.target(schema)
        if target is not None:
            yield target, None
        for number in range(len(as_list(schema.get("allOf")))):
            yield f"{pointer}/allOf/{number}", None
        for keyword in ("anyOf", "oneOf"):
            for number in range(len(as_list(schema.get(keyword)))):
                yield f"{pointer}/{keyword}/{number}", (f"{pointer}/{keyword}", str(number))
        if "if" in schema:
            for keyword in ("then", "else"):
                if keyword in schema:
                    yield f"{pointer}/{keyword}", (f"{pointer}/if", keyword)
        for name in as_object(schema.get("dependentSchemas")):
            where = f"{pointer}/dependentSchemas/{escape(name)}"
            yield where, (where, "")

    def children(self, part: Part) -> Iterator[Child]:
        """Yield the schemas that a part has for the properties and items of the value."""
        for keyword in ("properties", "patternProperties"):
            for name, one in as_object(part.schema.get(keyword)).items():
                yield Child(keyword, name, f"{part.pointer}/{keyword}/{escape(name)}", one)
        for keyword in ("prefixItems", "items"):
            for number, one in enumerate(as_list(part.schema.get(keyword))):
                yield Child("prefixItems", str(number), f"{part.pointer}/{keyword}/{number}", one)
        for keyword in _REST:
            if isinstance(part.schema.get(keyword), dict):
                yield Child(keyword, "", f"{part.pointer}/{keyword}", part.schema[keyword])

    def shared(self, parts: Sequence[Part]) -> Shared:
        """Return what several of some parts say of the same properties and items.

        Only schemas count that have something below them, and only parts that can hold together.
        """
        told: dict[Place, list[tuple[Part, Child]]] = {}
        for part in parts:
            for child in self.children(part):
                if isinstance(child.schema, dict) and not LEADING.isdisjoint(child.schema):
                    told.setdefault((child.keyword, child.name), []).append((part, child))
        crossed = _crossed(told)
        shared = {
            place: several
            for place, several in told.items()
            if place not in crossed
            and any(not a.excludes(b) for (a, _), (b, _) in combinations(several, 2))
        }
        joint = {place: several for place, several in shared.items() if _is_plain(place, several)}
        return Shared(joint, crossed | (shared.keys() - joint.keys()))

    def are_told_apart(self, pointers: Sequence[str], *, by_default: bool = True) -> bool:
        """Say whether an object or array fits at most one of some schemas, as can be seen at once.

        Args:
            pointers: The schemas.
            by_default: Whether a field that has a default can tell them apart as well.
        """
        told = [self._telling(pointer, by_default=by_default) for pointer in pointers]
        return all(_are_apart(a, b) for a, b in combinations(told, 2))

    def _telling(self, pointer: str, *, by_default: bool) -> _Telling:
        if self.at(pointer) is False:
            return _Telling(frozenset(), {}, frozenset())
        kinds = _STRUCTURED
        tags: dict[str, frozenset[object]] = {}
        required: set[str] = set()
        for part in self.certain(pointer):
            types = types_of(part.schema)
            kinds = kinds & types if "type" in part.schema else kinds
            required.update(one for one in as_list(part.schema.get("required")) if one.__hash__)
            for name, one in as_object(part.schema.get("properties")).items():
                values = _values(one)
                if values is not None and (by_default or "default" not in one):
                    tags[name] = tags.get(name, values) & values
        return _Telling(kinds, tags, frozenset(required))


class _Telling(NamedTuple):
    kinds: frozenset[str]
    tags: dict[str, frozenset[object]]
    required: frozenset[str]


_NAMED = ("properties", "prefixItems")
_REST = (
    "additionalProperties",
    "unevaluatedProperties",
    "items",
    "additionalItems",
    "unevaluatedItems",
)


def _are_apart(one: _Telling, other: _Telling) -> bool:
    kinds = one.kinds & other.kinds
    if kinds != {"object"}:
        return not kinds
    return any(
        name in one.required | other.required and one.tags[name].isdisjoint(other.tags[name])
        for name in one.tags.keys() & other.tags.keys()
    )


def _values(schema: Json) -> frozenset[object] | None:
    if not isinstance(schema, dict):
        return None
    if "const" in schema:
        return frozenset({identity(schema["const"])})
    listed = schema.get("enum")
    return frozenset(map(identity, listed)) if isinstance(listed, list) else None


def _crossed(told: dict[Place, list[tuple[Part, Child]]]) -> frozenset[Place]:
    found = set[Place]()
    for wild in (place for place in told if place[0] not in _NAMED):
        for other, theirs in told.items():
            is_alike = wild[0].endswith("roperties") is other[0].endswith("roperties")
            pairs = product(told[wild], theirs) if is_alike and wild != other else ()
            if any(_meet(a, b) for a, b in pairs):
                found |= {wild, other}
    return frozenset(found)


def _is_plain(place: Place, several: list[tuple[Part, Child]]) -> bool:
    """Say whether a schema that says the same in one can be written under the same keyword."""
    if place[0] == "items":
        return not any("prefixItems" in part.schema for part, _ in several)
    return place[0] == "properties"


def _meet(one: tuple[Part, Child], other: tuple[Part, Child]) -> bool:
    """Say whether a schema for whatever is matched or left may meet one under another keyword."""
    (part, wild), (against, child) = one, other
    if part.excludes(against):
        return False
    if wild.keyword == "patternProperties":
        return child.keyword != "properties" or _may_match(wild.name, child.name)
    if part.pointer == against.pointer:
        # Beside each other in one schema, they share out what there is.
        return False
    if child.keyword == "properties":
        return child.name not in as_object(part.schema.get("properties"))
    if child.keyword == "prefixItems":
        return int(child.name) >= len(as_list(part.schema.get("prefixItems")))
    return True


def _may_match(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True
