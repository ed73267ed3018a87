"""Which schemas speak of a value, and of what is in it; and the places of a field in values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from governance.catalog.document import Place
from governance.catalog.model import Catalog
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import Node, SchemaTree, Target
from governance.schema.json import Json, as_list, as_object
from governance.schema.pointer import join

_BRANCHES = ("allOf", "anyOf", "oneOf")
_CONDITIONS = ("if", "then", "else", "not")
_ITEMS = ("items", "additionalItems", "unevaluatedItems", "contains")
_FURTHER = ("additionalProperties", "unevaluatedProperties")
_LISTS = ("examples", "enum")
_VALUES = ("example", "default", "const")

Key = tuple[str, str]


class Shown(NamedTuple):
    """A value that a catalog shows: an example, a default or the like.

    Attributes:
        value: The value.
        place: Where it stands.
        start: The schema that it is of.
    """

    value: Json
    place: Place
    start: Target


class Reach:
    """What speaks of the values that a catalog describes.

    Args:
        catalog: The catalog.
        fields: Declarations of fields that are looked for: path and pointer.
    """

    def __init__(self, catalog: Catalog, fields: Collection[Key]) -> None:
        self._catalog = catalog
        self._fields = fields

    def pointers(self, value: Json, start: Target, pointer: str = "") -> Iterator[str]:
        """Yield where a value has one of the fields: its pointer, from that of the value."""
        todo = [(value, pointer, [start])]
        while todo:
            value, pointer, starts = todo.pop()
            speak = self._together(starts)
            items = {str(number): one for number, one in enumerate(as_list(value))}
            for key, inner in (as_object(value) or items).items():
                if isinstance(value, dict) and self._declares(speak, key):
                    yield pointer + join(key)
                todo.append((inner, pointer + join(key), list(_below(speak, key))))

    def steps(self, steps: Iterable[str], start: Target) -> Iterator[bool]:
        """Say of each step of a pointer into a value whether it is one of the fields."""
        starts = [start]
        for step in steps:
            speak = self._together(starts)
            yield self._declares(speak, step)
            starts = list(_below(speak, step))

    def along(self, steps: Iterable[str], start: Target) -> Iterator[list[Target]]:
        """Yield for each step of a pointer into a value which schemas speak of what it leads to."""
        starts = [start]
        for step in steps:
            starts = list(_below(self._together(starts), step))
            yield self._together(starts)

    def _declares(self, speak: Iterable[Target], name: str) -> bool:
        below = f"/properties{join(name)}"
        return any((one.document.path, one.pointer + below) in self._fields for one in speak)

    def _together(self, starts: Iterable[Target]) -> list[Target]:
        """Return some schemas, with all that speak of the same value, surely or perhaps."""
        made: dict[Key, Target] = {}
        todo = list(starts)
        while todo:
            here = todo.pop()
            key = (here.document.path, here.pointer)
            if key not in made and isinstance(here.schema, dict):
                made[key] = here
                todo += self._beside(here)
        return list(made.values())

    def _beside(self, here: Target) -> Iterator[Target]:
        schema = here.schema
        if "$ref" in schema:
            with suppress(RefError):
                yield follow(self._catalog, here.tree, schema["$ref"])
        for keyword in _BRANCHES:
            for number, one in enumerate(as_list(schema.get(keyword))):
                yield _at(here, f"/{keyword}/{number}", one)
        for keyword in _CONDITIONS:
            if keyword in schema:
                yield _at(here, f"/{keyword}", schema[keyword])
        for name, one in as_object(schema.get("dependentSchemas")).items():
            yield _at(here, f"/dependentSchemas{join(name)}", one)


@lru_cache(maxsize=1)
def values_by_key(catalog: Catalog) -> dict[str, list[Shown]]:
    """Return the values that a catalog shows, by the keys that stand anywhere in them."""
    found: dict[str, list[Shown]] = {}
    for shown in _values(catalog):
        for key in set(_keys(shown.value)):
            found.setdefault(key, []).append(shown)
    return found


def _values(catalog: Catalog) -> Iterator[Shown]:
    for event in catalog.events:
        if event.payload is not None:
            for pointer, value in event.examples:
                yield Shown(value, event.at(pointer), whole(event.payload))
    for tree in catalog.trees.values():
        for node in tree.having(*_LISTS, *_VALUES):
            yield from _of_node(node)


def _keys(value: Json) -> Iterator[str]:
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            yield from here
            todo += here.values()
        elif isinstance(here, list):
            todo += here


def _of_node(node: Node) -> Iterator[Shown]:
    tree = node.tree
    start = Target(tree.document, tree.pointer + node.pointer, node.schema, tree)
    for keyword in _LISTS:
        for number, value in enumerate(as_list(node.schema.get(keyword))):
            yield Shown(value, node.at(f"/{keyword}/{number}"), start)
    for keyword in _VALUES:
        if keyword in node.schema:
            yield Shown(node.schema[keyword], node.at(f"/{keyword}"), start)


def whole(tree: SchemaTree) -> Target:
    """Return a schema as what a reference to it leads to."""
    return Target(tree.document, tree.pointer, tree.schema, tree)


def _below(speak: Iterable[Target], step: str) -> Iterator[Target]:
    """Yield the schemas of a member or item of a value."""
    for here in speak:
        schema = here.schema
        properties = as_object(schema.get("properties"))
        if step in properties:
            yield _at(here, f"/properties{join(step)}", properties[step])
            continue
        for keyword in (*_FURTHER, *_ITEMS):
            if isinstance(schema.get(keyword), dict):
                yield _at(here, f"/{keyword}", schema[keyword])
        for keyword in ("items", "prefixItems"):
            for number, one in enumerate(as_list(schema.get(keyword))):
                yield _at(here, f"/{keyword}/{number}", one)
        for pattern, one in as_object(schema.get("patternProperties")).items():
            yield _at(here, f"/patternProperties{join(pattern)}", one)


def _at(here: Target, step: str, schema: Json) -> Target:
    return Target(here.document, here.pointer + step, schema, here.tree)
