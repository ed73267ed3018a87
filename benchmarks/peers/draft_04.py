"""Write a draft-07 schema as the draft-04 schema that means the same, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Json: TypeAlias = Any


class NotInDraft04Error(ValueError):
    """The schema asserts what draft-04 has no keyword for."""


def as_draft_04(schema: Json) -> Json:
    """Return the schema in the spelling of draft-04.

    Raises:
        NotInDraft04Error: It uses ``contains``, ``propertyNames`` or ``if``.

    Source: the change logs in the appendices of draft-wright-json-schema-validation-01 (draft-06)
    and draft-handrews-json-schema-validation-01 (draft-07).
    """
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if not isinstance(schema, dict):
        return schema
    if foreign := schema.keys() & {"contains", "propertyNames"}:
        raise NotInDraft04Error(f"draft-04 has no {min(foreign)}")
    if "if" in schema and schema.keys() & {"then", "else"}:
        raise NotInDraft04Error("draft-04 has no if")
    made = {
        keyword: _VALUES.get(keyword, lambda same: same)(value)
        for keyword, value in schema.items()
        if keyword not in _LEFT_OUT
    }
    for keyword in ("required", "dependencies"):
        if not made.get(keyword, True):
            del made[keyword]  # draft-04 wants at least one name; none asserts nothing
    _spell_bounds(made)
    if "$id" in made:
        made["id"] = made.pop("$id")
    if "const" in schema and "enum" in schema:
        return {"allOf": [{"enum": [schema["const"]]}, made]}
    return made | {"enum": [schema["const"]]} if "const" in schema else made


def _spell_bounds(schema: dict[str, Json]) -> None:
    """Make of the numbers that are exclusive bounds the booleans that they were; in place."""
    lower, upper = schema.pop("exclusiveMinimum", None), schema.pop("exclusiveMaximum", None)
    if lower is not None and lower >= schema.get("minimum", lower):
        schema |= {"minimum": lower, "exclusiveMinimum": True}
    if upper is not None and upper <= schema.get("maximum", upper):
        schema |= {"maximum": upper, "exclusiveMaximum": True}


def _array(members: list[Json]) -> Json:
    return [as_draft_04(member) for member in members]


def _map(members: dict[str, Json]) -> Json:
    return {name: as_draft_04(member) for name, member in members.items()}


def _items(value: Json) -> Json:
    return _array(value) if isinstance(value, list) else as_draft_04(value)


def _additional(value: Json) -> Json:
    return value if isinstance(value, bool) else as_draft_04(value)


def _dependencies(members: dict[str, Json]) -> Json:
    """Return dependencies as draft-04 has them: never an empty array, never a boolean."""
    return {
        name: member if isinstance(member, list) else as_draft_04(member)
        for name, member in members.items()
        if member != []
    }


_VALUES: dict[str, Callable[[Json], Json]] = {
    **dict.fromkeys(["allOf", "anyOf", "oneOf"], _array),
    # `$defs` is no keyword of either draft, but references lead there.
    **dict.fromkeys(["$defs", "definitions", "patternProperties", "properties"], _map),
    **dict.fromkeys(["additionalItems", "additionalProperties"], _additional),
    "items": _items,
    "not": as_draft_04,
    "dependencies": _dependencies,
}
# Those that say nothing, and those that stand in `made` in another spelling.
_LEFT_OUT = frozenset(
    "$comment $schema contentEncoding contentMediaType examples readOnly writeOnly const if then "
    "else".split()
)
