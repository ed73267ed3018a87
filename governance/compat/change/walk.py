"""Walk two schemas side by side and name what differs, one cause once; nothing is judged here."""

from __future__ import annotations

from governance.compat.change.edit import (
    needing,
    placed,
    put_in,
    renamed_field,
    required,
    taken_out,
    with_default_of,
    with_field,
    without_field,
)
from governance.compat.change.match import branches, fields
from governance.compat.change.model import Operation
from governance.compat.change.pair import Absent, Difference, Lead, Pair, Side
from governance.compat.change.text import (
    brief,
    lead_text,
    need,
    step,
    switch,
    title,
    types_text,
    values_step,
)
from governance.schema.json import Json, JsonObject, as_list, as_object, identity, shown, types_of
from governance.schema.pointer import join, resolve

_ABSENT = Absent.ABSENT
_ALL = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
# Which types a keyword speaks of; where none of them stays, it goes with the type.
_SPEAKS_OF = {
    "string": "minLength maxLength pattern contentEncoding contentMediaType contentSchema",
    "number": "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf",
    "array": "items prefixItems additionalItems contains minContains maxContains minItems maxItems "
    "uniqueItems unevaluatedItems",
    "object": "properties patternProperties additionalProperties unevaluatedProperties required "
    "propertyNames minProperties maxProperties dependencies dependentRequired dependentSchemas",
}
_OF_ANY = frozenset("enum const x-extensible-enum default examples example format".split())
_VALUES = ("enum", "x-extensible-enum", "const")
_BOUNDS = (
    ("minimum", "exclusiveMinimum"),
    ("maximum", "exclusiveMaximum"),
    *(
        (keyword,)
        for keyword in "multipleOf minLength maxLength minItems maxItems uniqueItems".split()
    ),
    *((keyword,) for keyword in "minContains maxContains minProperties maxProperties".split()),
)
_REST = ("additionalProperties", "unevaluatedProperties")
_CHOICES = ("allOf", "anyOf", "oneOf")
_IF = ("if", "then", "else")
_ITEMS = ("items", "prefixItems", "additionalItems")
# One schema each, which another keyword beside it may overrule or count.
_SINGLE = {
    "propertyNames": Operation.CONDITION,
    "contains": Operation.ITEMS,
    "unevaluatedItems": Operation.ITEMS,
    "not": Operation.CONDITION,
}
_BY_NAME = ("dependentSchemas", "dependentRequired", "dependencies")
_SAID = {
    "description": Operation.DESCRIPTION,
    "title": Operation.DESCRIPTION,
    "$comment": Operation.DESCRIPTION,
    "default": Operation.DEFAULT,
    "format": Operation.FORMAT,
    "examples": Operation.EXAMPLES,
    "example": Operation.EXAMPLES,
    "$dynamicRef": Operation.REFERENCE,
    "$recursiveRef": Operation.REFERENCE,
}
# Reached by a reference, a name for the reader of the schema, or told of elsewhere.
_SILENT = frozenset("$defs definitions $schema $ref type nullable renamed_from".split())
# Where one of these stands, what stands beside it has a say about the fields and items too.
_COMPOSITE = frozenset(
    "allOf anyOf oneOf not if dependentSchemas dependencies patternProperties contains $ref "
    "propertyNames unevaluatedProperties unevaluatedItems $dynamicRef $recursiveRef".split()
)
_ELSEWHERE = frozenset(
    (
        *_VALUES,
        *(keyword for group in _BOUNDS for keyword in group),
        *_REST,
        *_CHOICES,
        *_IF,
        *_SINGLE,
        *_BY_NAME,
        *_SILENT,
        *"pattern properties required patternProperties items prefixItems additionalItems".split(),
    )
)


def differences(old: Side, new: Side, old_start: str, new_start: str) -> list[Difference]:
    """Return what differs between two schemas and all that they refer to in their documents.

    Args:
        old: The old document.
        new: The new document.
        old_start: JSON Pointer of the schema in the old document.
        new_start: The same in the new document.

    Returns:
        The differences in the order of the new document, definitions after the schema.

    Raises:
        PointerError: One of the schemas is not there.
    """
    walk = _Walk(old, new)
    walk.meet(old_start, new_start)
    # A queue and no recursion: a chain of references may be longer than Python's stack.
    for old_pointer, new_pointer in walk.met:
        walk.compare(
            Pair(
                resolve(old.root, old_pointer),
                resolve(new.root, new_pointer),
                old_pointer,
                new_pointer,
            )
        )
    if old.dialect is not new.dialect:
        walk.add(
            Operation.DIALECT,
            Pair(None, resolve(new.root, new_start), old_start, new_start),
            "$schema",
            resolve(old.root, old_start),
            detail=f"{old.dialect.name} -> {new.dialect.name}",
        )
    # A definition may lie in what was walked already.
    unique = {one[:5]: one for one in reversed(walk.found)}
    return list(reversed(unique.values()))


class _Walk:
    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new
        self.found: list[Difference] = []
        self.met: list[tuple[str, str]] = []
        self._known: set[tuple[str, str]] = set()

    def meet(self, old_pointer: str, new_pointer: str) -> None:
        if (old_pointer, new_pointer) not in self._known:
            self._known.add((old_pointer, new_pointer))
            self.met.append((old_pointer, new_pointer))

    def add(  # noqa: PLR0913 - one argument for each thing that a difference says
        self,
        operation: Operation,
        pair: Pair,
        keyword: str,
        edited: Json,
        *,
        detail: str = "",
        at: tuple[str | None, str | None] | None = None,
    ) -> None:
        """Note a difference: ``at`` a place on both sides, or else of the pair as a whole."""
        pointers = (pair.old_pointer, pair.new_pointer) if at is None else at
        judged_at = pair.old_pointer if pair.lifted is None else pair.lifted
        self.found.append(
            Difference(operation, *pointers, keyword, detail, pair.old_pointer, edited, judged_at)
        )

    def compare(self, pair: Pair) -> None:
        old, new = pair.old, pair.new
        if _is_same(old, new):
            return
        if not isinstance(old, dict) or not isinstance(new, dict):
            if identity(old) != identity(new):
                detail = f"{brief(old)} -> {brief(new)}"
                self.add(Operation.REPLACED, pair, "", new, detail=detail)
            return
        if self._reference(pair):
            return
        if not _COMPOSITE.isdisjoint(old) or not _COMPOSITE.isdisjoint(new):
            pair = pair.lift()
        before = len(self.found)
        pair = self._type(pair)
        self._values(pair)
        self._bounds(pair)
        self._pattern(pair)
        self._fields(pair)
        self._field_patterns(pair)
        self._rest(pair)
        self._items(pair)
        self._singles(pair)
        self._choices(pair)
        self._conditions(pair)
        self._by_name(pair)
        self._said(pair, is_changed=len(self.found) > before)

    def _reference(self, pair: Pair) -> bool:
        """Compare references; say whether there is nothing left to compare."""
        old = _lead(self.old, pair.old, pair.old_pointer)
        new = _lead(self.new, pair.new, pair.new_pointer)
        if old is None and new is None:
            return False
        if old != new:
            keywords = ["$ref"] if old is not None and new is not None else [*pair.old, *pair.new]
            detail = f"{lead_text(old)} -> {lead_text(new)}"
            self.add(Operation.REFERENCE, pair, "$ref", pair.taking(keywords), detail=detail)
        elif old is not None and not old.file:
            self.meet(old.pointer, old.pointer)
        return old is None or new is None or self.new.dialect.overrides_siblings

    def _type(self, pair: Pair) -> Pair:
        """Compare types; return the pair without the keywords that go with the type."""
        old, new = _allowed(pair.old), _allowed(pair.new)
        if old == new:
            return pair
        taken = _taken_along(old & new)
        if old ^ new == {"null"}:
            operation = Operation.NULLABLE
            taken = frozenset({"enum"}) if _is_only_null(pair) else frozenset()
        else:
            operation = Operation.TYPE
        edited = pair.taking(["type", "nullable", *sorted(taken)])
        detail = f"{types_text(pair.old)} -> {types_text(pair.new)}"
        self.add(operation, pair, "type", edited, detail=detail)
        return pair._replace(skipped=pair.skipped | taken)

    def _values(self, pair: Pair) -> None:
        changed = [keyword for keyword in _VALUES if pair.differs(keyword)]
        if not changed:
            return
        old, new = _listed(pair.old), _listed(pair.new)
        if changed == ["const"] and "const" in pair.old and "const" in pair.new:
            detail = f"{shown(pair.old['const'])} -> {shown(pair.new['const'])}"
            self.add(Operation.CONST, pair, "const", pair.taking(changed), detail=detail)
        elif all(_is_reordered(*pair.values(keyword)) for keyword in changed):
            self.add(Operation.REORDERED, pair, changed[0], pair.taking(changed))
        else:
            keyword = next((one for one in changed if one in pair.new), changed[0])
            detail = values_step(old, new)
            self.add(Operation.ENUM, pair, keyword, pair.taking(changed), detail=detail)

    def _bounds(self, pair: Pair) -> None:
        for group in _BOUNDS:
            changed = [keyword for keyword in group if pair.differs(keyword)]
            if changed:
                detail = ", ".join(step(pair, keyword) for keyword in changed)
                self.add(Operation.BOUND, pair, changed[0], pair.taking(group), detail=detail)

    def _pattern(self, pair: Pair) -> None:
        if pair.differs("pattern"):
            detail = step(pair, "pattern")
            self.add(Operation.PATTERN, pair, "pattern", pair.taking(["pattern"]), detail=detail)

    def _fields(self, pair: Pair) -> None:
        old, new = (as_object(value) for value in pair.values("properties"))
        match = fields(old, new)
        for one in match.gone:
            edited = without_field(pair.old, pair.new, one)
            place = (f"{pair.old_pointer}{join('properties', one)}", None)
            self.add(
                Operation.REMOVED, pair, "properties", edited, detail=need(pair.old, one), at=place
            )
        for one in match.come:
            edited = with_field(pair.old, pair.new, one)
            there = (None, f"{pair.new_pointer}{join('properties', one)}")
            self.add(
                Operation.ADDED, pair, "properties", edited, detail=need(pair.new, one), at=there
            )
        for was, one in match.kept:
            self._field(pair, was, one)
        self._undeclared(pair, {*old, *new})
        if match.is_reordered:
            self.add(Operation.REORDERED, pair, "properties", pair.old)

    def _field(self, pair: Pair, was: str, one: str) -> None:
        below = pair.at(("properties", was), ("properties", one))
        place = (below.old_pointer, below.new_pointer)
        if was != one:
            edited = renamed_field(pair.old, was, one)
            detail = f"{was} -> {one}"
            self.add(Operation.RENAMED, pair, "properties", edited, detail=detail, at=place)
        before, after = was in required(pair.old), one in required(pair.new)
        if before != after and "required" not in pair.skipped:
            operation = Operation.REQUIRED if after else Operation.OPTIONAL
            # What fills the gap when it is missing comes and goes with being required.
            edited = with_default_of(needing(pair.old, was, is_needed=after), was, below.new)
            self.add(operation, pair, "required", edited, at=place)
            below = below._replace(skipped=frozenset({"default"}))
        self.compare(below)

    def _undeclared(self, pair: Pair, declared: set[str]) -> None:
        """Compare the names that are required and not declared here."""
        if "required" in pair.skipped:
            return
        old, new = required(pair.old), required(pair.new)
        for name in [*old, *(name for name in new if name not in old)]:
            is_needed = name in new
            if name in declared or (name in old) == is_needed:
                continue
            operation = Operation.REQUIRED if is_needed else Operation.OPTIONAL
            edited = needing(pair.old, name, is_needed=is_needed)
            self.add(operation, pair, "required", edited, detail=name)

    def _field_patterns(self, pair: Pair) -> None:
        keyword = "patternProperties"
        old, new = (as_object(value) for value in pair.values(keyword))
        for name in _either(old, new):
            old_place = f"{pair.old_pointer}{join(keyword, name)}" if name in old else None
            new_place = f"{pair.new_pointer}{join(keyword, name)}" if name in new else None
            if name in old and name in new:
                self.compare(pair.at((keyword, name)))
                continue
            operation = Operation.ADDED if name in new else Operation.REMOVED
            edited = _entry(pair.old, keyword, name, new.get(name, _ABSENT))
            self.add(operation, pair, keyword, edited, at=(old_place, new_place))

    def _rest(self, pair: Pair) -> None:
        for keyword in _REST:
            old, new = pair.values(keyword)
            if isinstance(old, dict) and isinstance(new, dict):
                self.compare(pair.at((keyword,)))
            elif _openness(old) != _openness(new):
                operation = (
                    Operation.OPENED if _openness(new) > _openness(old) else Operation.CLOSED
                )
                detail = step(pair, keyword)
                self.add(operation, pair, keyword, pair.taking([keyword]), detail=detail)

    def _items(self, pair: Pair) -> None:
        """Compare the items of a list, by place and all further ones."""
        if not pair.skipped.isdisjoint({"items", "prefixItems"}):
            return
        old, new = _item_roles(pair.old), _item_roles(pair.new)
        shared = [role for role in old if role in new]
        for role in shared:
            self.compare(pair.at(old[role], new[role]))
        if len(shared) < len({**old, **new}):
            changed = next((keyword for keyword in _ITEMS if pair.differs(keyword)), "items")
            edited = pair.taking(_ITEMS)
            for role in shared:
                edited = placed(edited, new[role], resolve(pair.old, join(*old[role])))
            self.add(Operation.ITEMS, pair, changed, edited)

    def _singles(self, pair: Pair) -> None:
        for keyword, operation in _SINGLE.items():
            old, new = pair.values(keyword)
            if old is _ABSENT and new is _ABSENT:
                continue
            if old is not _ABSENT and new is not _ABSENT:
                self.compare(pair.at((keyword,)))
            else:
                self.add(
                    operation, pair, keyword, pair.taking([keyword]), detail=switch(pair, [keyword])
                )

    def _choices(self, pair: Pair) -> None:
        moved = [one for one in _CHOICES if (one in pair.old) != (one in pair.new)]
        if moved:
            detail = switch(pair, moved)
            keyword = next((one for one in moved if one in pair.new), moved[0])
            self.add(Operation.CONDITION, pair, keyword, pair.taking(moved), detail=detail)
        for keyword in _CHOICES:
            if keyword not in moved and keyword in pair.old:
                self._choice(pair, keyword)

    def _choice(self, pair: Pair, keyword: str) -> None:
        old, new = as_list(pair.old[keyword]), as_list(pair.new[keyword])
        match = branches(old, new, by_place=keyword == "allOf")
        if not match.kept:
            if old or new:
                self.add(Operation.CONDITION, pair, keyword, pair.taking([keyword]))
            return
        for number in match.gone:
            left = [one for at, one in enumerate(old) if at != number]
            edited = {**pair.old, keyword: left}
            detail = f"{keyword}/{number} {title(old[number])}".rstrip()
            self.add(Operation.BRANCH_REMOVED, pair, keyword, edited, detail=detail)
        for number in match.come:
            edited = {**pair.old, keyword: [*old, new[number]]}
            detail = f"{keyword}/{number} {title(new[number])}".rstrip()
            self.add(Operation.BRANCH_ADDED, pair, keyword, edited, detail=detail)
        for was, number in match.kept:
            self.compare(pair.at((keyword, was), (keyword, number)))
        if match.is_reordered:
            self.add(Operation.REORDERED, pair, keyword, pair.old)

    def _conditions(self, pair: Pair) -> None:
        if any((keyword in pair.old) != (keyword in pair.new) for keyword in _IF):
            changed = [keyword for keyword in _IF if pair.differs(keyword)]
            self.add(Operation.CONDITION, pair, changed[0], pair.taking(_IF))
            return
        for keyword in _IF:
            if keyword in pair.old:
                self.compare(pair.at((keyword,)))

    def _by_name(self, pair: Pair) -> None:
        for keyword in _BY_NAME:
            old, new = (as_object(value) for value in pair.values(keyword))
            for name in _either(old, new):
                was, one = old.get(name, _ABSENT), new.get(name, _ABSENT)
                if isinstance(was, dict) and isinstance(one, dict):
                    self.compare(pair.at((keyword, name)))
                elif _as_names(was) != _as_names(one):
                    edited = _entry(pair.old, keyword, name, one)
                    self.add(Operation.CONDITION, pair, keyword, edited, detail=name)

    def _said(self, pair: Pair, *, is_changed: bool) -> None:
        """Compare what allows and refuses nothing."""
        for keyword in _either(pair.old, pair.new):
            if keyword in _ELSEWHERE or not pair.differs(keyword):
                continue
            operation = _SAID.get(keyword, Operation.ANNOTATION)
            # Examples follow from what they are examples of.
            if not (is_changed and operation is Operation.EXAMPLES):
                detail = "" if operation is Operation.DESCRIPTION else step(pair, keyword)
                self.add(operation, pair, keyword, pair.taking([keyword]), detail=detail)


def _is_same(old: Json, new: Json) -> bool:
    """Say whether nothing differs, as can be seen at once; what is referred to may."""
    text = repr(old)
    return "'$ref'" not in text and (old is new or text == repr(new))


def _lead(side: Side, schema: JsonObject, pointer: str) -> Lead | None:
    return side.lead(pointer, schema["$ref"]) if "$ref" in schema else None


def _allowed(schema: JsonObject) -> frozenset[str]:
    types = types_of(schema) or _ALL
    return types | {"integer"} if "number" in types else types


def _taken_along(kept: frozenset[str]) -> frozenset[str]:
    """Return the keywords that lose their meaning where only some types stay."""
    numbers = {"number"} if kept & {"number", "integer"} else set[str]()
    lost = [keywords for kind, keywords in _SPEAKS_OF.items() if kind not in {*kept, *numbers}]
    taken = frozenset(" ".join(lost).split())
    return taken | _OF_ANY if kept <= {"null"} else taken


def _is_only_null(pair: Pair) -> bool:
    old, new = pair.values("enum")
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    return {identity(value) for value in old} ^ {identity(value) for value in new} == {None}


def _is_reordered(old: Json, new: Json) -> bool:
    """Say whether two lists of values differ in order alone."""
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    return {identity(value) for value in old} == {identity(value) for value in new}


def _listed(schema: JsonObject) -> dict[object, Json]:
    """Return the values that a schema lists, by what they are."""
    values = [*as_list(schema.get("enum")), *as_list(schema.get("x-extensible-enum"))]
    if "const" in schema:
        values.append(schema["const"])
    return {identity(value): value for value in values}


def _either(old: JsonObject, new: JsonObject) -> list[str]:
    return [*new, *(key for key in old if key not in new)]


def _entry(schema: JsonObject, keyword: str, name: str, value: Json) -> JsonObject:
    if value is _ABSENT:
        return taken_out(schema, keyword, name)
    return put_in(schema, keyword, name, value)


def _openness(value: Json) -> int:
    """Return how much an object allows beside what it declares: 0 nothing, 3 anything."""
    if isinstance(value, dict) and value:
        return 1
    return 0 if value is False else 2 if value is _ABSENT else 3


def _item_roles(schema: JsonObject) -> dict[str, tuple[str | int, ...]]:
    """Return which items are described, each by place or ``rest``, and where that stands."""
    keyword = "items" if isinstance(schema.get("items"), list) else "prefixItems"
    first = as_list(schema.get(keyword))
    roles: dict[str, tuple[str | int, ...]] = {
        str(number): (keyword, number) for number in range(len(first))
    }
    rest = "additionalItems" if keyword == "items" else "items"
    return {**roles, "rest": (rest,)} if rest in schema else roles


def _as_names(value: Json) -> object:
    return frozenset(map(str, value)) if isinstance(value, list) else identity(value)
