"""Which schemas might allow nothing, as far as can be seen at a glance.

To ask the engine takes a thousand times as long as to look, and loading it as long as a small
check. Nearly all schemas say nothing that could contradict itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import combinations

# It knows the widths of what a pattern matches.
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TypeAlias

from governance.catalog.model import Catalog
from governance.catalog.refs import RefError, follow, parts
from governance.catalog.tree import Node, SchemaTree, Target
from governance.schema.json import Json, JsonObject, as_list, as_object, identity, types_of
from governance.schema.pointer import within

_SILENT = frozenset(
    "$schema $id $anchor $comment $defs definitions title description default examples example "
    "deprecated readOnly writeOnly format discriminator externalDocs xml nullable contentMediaType "
    "contentEncoding contentSchema".split()
)
# A schema of an object that says no more than this lets some object through.
_PLAIN = _SILENT | {"type", "properties", "required"}
# Pairs of which both must stand in a schema before it can contradict itself.
_PAIRS = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("pattern", "enum const"),
        ("multipleOf", "maximum exclusiveMaximum"),
        ("contains", "items prefixItems additionalItems maxItems uniqueItems unevaluatedItems"),
        ("minItems", "uniqueItems additionalItems unevaluatedItems prefixItems"),
        ("propertyNames patternProperties", "required minProperties dependentRequired enum const"),
        ("minProperties", "additionalProperties unevaluatedProperties"),
        ("dependentRequired dependentSchemas dependencies", "required minProperties"),
        ("unevaluatedProperties unevaluatedItems", "required minProperties minItems contains"),
        ("if", "then else"),
    )
)
_ENDLESS = 2**32
_CHOICES = ("anyOf", "oneOf")
_CONDITIONS = ("/not", "/if")
# What chooses, and the number of the branch.
_Choice: TypeAlias = tuple[tuple[int, int], int]
_Way: TypeAlias = tuple[_Choice, ...]
_MOST = 2000
# More take too long to be compared with each other.
_MOST_BRANCHES = 20
_MOST_WAYS = 4
_NOTHING: JsonObject = {"not": {}}
_CLOSING = ("additionalProperties", "unevaluatedProperties")
# Without any of these, there is nothing to look at.
_TELLING = frozenset({"$ref", "pattern", "not", "allOf", "anyOf", "oneOf"}).union(
    *(one for one, _ in _PAIRS)
)
_LED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"})
_NAMING = frozenset({"propertyNames", "maxProperties", "patternProperties", "not"})


def asserting(schema: JsonObject) -> set[str]:
    """Return the keywords of a schema that may refuse something, those unknown included."""
    return {one for one in schema if one not in _SILENT and not one.startswith("x-")}


def is_condition(node: Node) -> bool:
    """Say whether a schema stands in a condition, which need not ever hold."""
    here: Node | None = node
    while here is not None:
        if here.step in _CONDITIONS:
            return True
        here = here.parent
    return False


def suspects(catalog: Catalog, tree: SchemaTree) -> Iterator[Node]:
    """Yield the schemas that might allow nothing, and are meant to allow something."""
    telling = _TELLING & tree.keywords()
    if not telling:
        return
    is_recursive = "$ref" in telling and recurses(catalog, tree)
    if is_recursive:
        telling |= {"required", "minItems"}
    for node in tree.having(*sorted(telling)):
        # What says no more than that is meant: no such field, no such branch.
        if node.schema == _NOTHING or is_condition(node):
            continue
        if _is_suspect(catalog, node, is_recursive=is_recursive):
            yield node


def _is_suspect(catalog: Catalog, node: Node, *, is_recursive: bool) -> bool:
    schema = node.schema
    said = schema.keys()
    if "not" in said or (is_recursive and ("required" in said or "minItems" in said)):
        return True
    if "pattern" in said and not _has_room(schema):
        return True
    if any(not one.isdisjoint(said) and not other.isdisjoint(said) for one, other in _PAIRS):
        return True
    if "$ref" in said and not node.tree.dialect.overrides_siblings:
        beside = asserting(schema) - {"$ref"}
        if beside and not is_mixture(catalog, node):
            return True
    if "allOf" in said and not is_mixture(catalog, node):
        return True
    return any(choice in said and may_be_dead(catalog, node, choice) for choice in _CHOICES)


def _has_room(schema: JsonObject) -> bool:
    """Say whether what a pattern matches seems to fit between the bounds of a length."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", _ENDLESS)
    if not isinstance(least, int) or not isinstance(most, int):
        return False
    if not isinstance(schema["pattern"], str):
        return True
    shortest, longest = _widths(schema["pattern"])
    return shortest <= most and longest >= least


@cache
def _widths(pattern: str) -> tuple[int, int]:
    """Return how short and how long a text may be in which a pattern is found."""
    try:
        parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError, TypeError):
        return 0, _ENDLESS
    shortest, longest = parsed.getwidth()
    is_whole = pattern.startswith("^") and pattern.endswith("$")
    return shortest, longest if is_whole else _ENDLESS


def is_mixture(catalog: Catalog, node: Node) -> bool:
    """Say whether a schema is made of plain objects that share no field, all of them open."""
    names = set[str]()
    start = Target(node.tree.document, node.tree.pointer + node.pointer, node.schema, node.tree)
    for part in parts(catalog, start):
        if isinstance(part, RefError) or not isinstance(part.schema, dict):
            return False
        declared = as_object(part.schema.get("properties"))
        types = types_of(part.schema)
        is_plain = part.schema.keys() - {"$ref", "allOf"} <= _PLAIN | set(_CLOSING)
        is_open = all(part.schema.get(one, True) is True for one in _CLOSING)
        if not is_plain or not is_open or (types and "object" not in types):
            return False
        if not names.isdisjoint(declared):
            return False
        names.update(declared)
    return True


def may_be_dead(catalog: Catalog, node: Node, choice: str) -> bool:
    """Say whether a branch of a choice might never be the one that holds."""
    branches = as_list(node.schema[choice])
    if len(branches) > _MOST_BRANCHES:
        return False
    beside = asserting(node.schema) - {choice}
    told = [_telling(catalog, node, branch) for branch in branches]
    if choice == "oneOf" and not all(_are_apart(a, b) for a, b in combinations(told, 2)):
        return True
    if not beside:
        return False
    around = types_of(node.schema)
    # A branch that only asks for fields, or only declares some, fits what stands around it.
    declared = set(as_object(node.schema.get("properties")))
    return not beside <= {"type", "properties", "required"} or not all(
        isinstance(branch, dict)
        and branch.keys() <= _PLAIN
        and declared.isdisjoint(as_object(branch.get("properties")))
        and (not around or not types_of(branch) or around & types_of(branch))
        for branch in branches
    )


class _Telling:
    """What a schema says that may tell it apart from others."""

    def __init__(self) -> None:
        self.types: frozenset[str] | None = None
        self.values: frozenset[object] | None = None
        self.tags: dict[str, frozenset[object]] = {}
        self.required = set[str]()

    def take(self, schema: JsonObject) -> None:
        types = types_of(schema)
        if types:
            types |= {"integer"} if "number" in types else frozenset()
            self.types = types if self.types is None else self.types & types
        self.values = _values(schema) or self.values
        self.required.update(one for one in as_list(schema.get("required")) if isinstance(one, str))
        for name, one in as_object(schema.get("properties")).items():
            values = _values(as_object(one))
            if values is not None:
                self.tags.setdefault(name, values)


def _values(schema: JsonObject) -> frozenset[object] | None:
    listed = [schema["const"]] if "const" in schema else as_list(schema.get("enum"))
    return frozenset(map(identity, listed)) if listed else None


def _telling(catalog: Catalog, node: Node, branch: Json) -> _Telling:
    told = _Telling()
    if not isinstance(branch, dict):
        return told
    start = Target(node.tree.document, node.tree.pointer + node.pointer, branch, node.tree)
    for part in parts(catalog, start):
        if not isinstance(part, RefError) and isinstance(part.schema, dict):
            told.take(part.schema)
    return told


def _are_apart(one: _Telling, other: _Telling) -> bool:
    if one.values is not None and other.values is not None:
        return one.values.isdisjoint(other.values)
    if one.types is None or other.types is None:
        return False
    if not one.types & other.types:
        return True
    return one.types & other.types == {"object"} and any(
        name in one.required | other.required and one.tags[name].isdisjoint(other.tags[name])
        for name in one.tags.keys() & other.tags.keys()
    )


def may_lack_fields(catalog: Catalog, top: Node) -> bool:
    """Say whether some declared field of an object might never be there.

    Args:
        catalog: Where references are followed.
        top: The outermost schema that speaks of the object.
    """
    # Of one schema alone, closed or not, the fields are its own.
    if top.tree.keywords().isdisjoint(_NAMING | _LED):
        return False
    found = list(_in_place(catalog, top))
    if any(not _NAMING.isdisjoint(schema) for schema, _ in found):
        return True
    return any(
        _refuses(schema, other)
        for number, (schema, chain) in enumerate(found)
        # The outermost knows what all the others declare.
        if _is_closed(schema) and (number or schema.get("unevaluatedProperties") is not False)
        for other, way in found
        if other is not schema and _may_both_hold(chain, way)
    )


def _is_closed(schema: JsonObject) -> bool:
    return any(schema.get(word) is False for word in _CLOSING)


def _refuses(closed: JsonObject, other: JsonObject) -> bool:
    """Say whether another schema of an object declares fields that a closed one does not."""
    declared = as_object(closed.get("properties"))
    return any(name not in declared for name in as_object(other.get("properties")))


def _may_both_hold(one: _Way, other: _Way) -> bool:
    theirs = dict(other)
    return all(theirs.get(choice, branch) == branch for choice, branch in one)


def _in_place(catalog: Catalog, top: Node) -> Iterator[tuple[JsonObject, _Way]]:
    """Yield the schemas that speak of the same value as one, in its tree and by reference.

    Each comes with the choices on the way to it: by which schema, and which branch.
    """
    start = Target(top.tree.document, top.tree.pointer + top.pointer, top.schema, top.tree)
    todo: list[tuple[Target, _Way]] = [(start, ())]
    seen = set[tuple[int, _Way]]()
    while todo:
        target, way = todo.pop()
        for part in parts(catalog, target):
            if isinstance(part, RefError) or not isinstance(part.schema, dict):
                continue
            # One that comes back to itself is a circle: any way is as good as another.
            if (id(part.schema), way[:_MOST_WAYS]) in seen or len(seen) > _MOST:
                continue
            seen.add((id(part.schema), way[:_MOST_WAYS]))
            yield part.schema, way
            for branch, choice in _branches(part.schema):
                todo.append((part._replace(schema=branch), (*way, choice)))


def _branches(schema: JsonObject) -> Iterator[tuple[JsonObject, _Choice]]:
    """Yield the schemas that a choice may bring, each with the choice and the branch's number."""
    choices = [as_list(schema.get(word)) for word in _CHOICES]
    choices += [[schema.get("then"), schema.get("else")]]
    choices += [[one] for one in as_object(schema.get("dependentSchemas")).values()]
    for which, branches in enumerate(choices):
        for number, branch in enumerate(branches):
            if isinstance(branch, dict):
                yield branch, ((id(schema), which), number)


def recurses(catalog: Catalog, tree: SchemaTree) -> bool:
    """Say whether references from a schema come round in a circle."""
    done = set[tuple[int, str]]()
    open_ = dict.fromkeys([(id(tree), "")])
    # Each with the references below it that are still to be followed.
    stack = [_led(catalog, tree, "")]
    while stack:
        target = next(stack[-1], None)
        if target is None:
            stack.pop()
            done.add(open_.popitem()[0])
            continue
        pointer = target.pointer.removeprefix(target.tree.pointer)
        key = (id(target.tree), pointer)
        if any(one == key[0] and within(pointer, around) for one, around in open_):
            return True
        if key not in done:
            open_[key] = None
            stack.append(_led(catalog, target.tree, pointer))
    return False


def _led(catalog: Catalog, tree: SchemaTree, pointer: str) -> Iterator[Target]:
    for node in tree.having("$ref"):
        if not pointer or within(node.pointer, pointer):
            with suppress(RefError):
                yield follow(catalog, tree, node.schema["$ref"])
