"""See at a glance that a value fits a schema.

Nearly every example and default is right, and to compile a schema in order to judge one value costs
ten times as much as to look. So this looks first, with the plain keywords that nearly all schemas
are made of. It speaks only where it is sure; the validator judges the rest, and says why.

Source: JSON Schema validation vocabulary, drafts 06 to 2020-12; formats are asserted.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import cache

from governance.catalog.model import Catalog
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import SchemaTree
from governance.schema.dialect import DRAFT_04, DRAFT_2020_12, OPENAPI_30
from governance.schema.instance import SchemaNotUsableError, Validator
from governance.schema.json import Json, JsonObject, kind_of

_DEEPEST = 40
# Beyond it, integers and floats are no longer compared alike everywhere.
_EXACT = 2**53
_SILENT = frozenset(
    "$comment $schema $defs definitions title description default examples deprecated readOnly "
    "writeOnly".split()
)
_DECLARE = frozenset({"properties", "$ref", "oneOf", "anyOf", "allOf"})
# Narrower than the formats themselves: what matches is certainly one.
_FORMATS = {
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "date": r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])",
    "date-time": r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?Z",
    "uri": r"https?://[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*(?:/[A-Za-z0-9._-]*)*",
}

# Whether a value fits: certainly, certainly not, or that is not to be seen at a glance.
Verdict = bool | None


def fits(catalog: Catalog, tree: SchemaTree, schema: Json, value: Json) -> Verdict:
    """Say whether a value fits a schema, and holds no field that the schema does not declare.

    Args:
        catalog: Where references are followed.
        tree: The schema that ``schema`` is part of.
        schema: The schema.
        value: The value.

    Returns:
        True and False only for sure; None where the validator has to be asked.
    """
    # In the one 1.0 is no integer, in the other null may be allowed beside the type.
    if tree.dialect is DRAFT_04 or tree.dialect is OPENAPI_30:
        return None
    return _Glance(catalog).fits(tree, schema, value, 0)


class _Glance:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def fits(self, tree: SchemaTree, schema: Json, value: Json, depth: int) -> Verdict:
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return None
        if "$ref" in schema and tree.dialect.overrides_siblings:
            return self._ref(tree, schema["$ref"], value, depth)
        for keyword, said in schema.items():
            plain = _PLAIN.get(keyword)
            if plain is not None:
                verdict = plain(said, value)
            elif keyword in _SILENT or keyword.startswith("x-"):
                continue
            else:
                verdict = self._below(tree, schema, keyword, value, depth + 1)
            if verdict is not True:
                return verdict
        # Nobody can see at a glance what an object may hold that declares nothing.
        return None if isinstance(value, dict) and schema.keys().isdisjoint(_DECLARE) else True

    def _below(
        self, tree: SchemaTree, schema: JsonObject, keyword: str, value: Json, depth: int
    ) -> Verdict:
        said = schema[keyword]
        if keyword == "properties":
            return self._properties(tree, said, value, depth)
        if keyword == "items":
            return self._items(tree, said, value, depth)
        if keyword == "additionalProperties":
            # An undeclared field is never let pass, so there is nothing left to judge.
            return True if isinstance(said, bool) else None
        if keyword == "$ref":
            return self._ref(tree, said, value, depth)
        if keyword in {"oneOf", "anyOf", "allOf"} and isinstance(said, list):
            verdicts = [self.fits(tree, branch, value, depth) for branch in said]
            return _COMPOSE[keyword](verdicts)
        return None

    def _properties(self, tree: SchemaTree, said: Json, value: Json, depth: int) -> Verdict:
        if not isinstance(said, dict):
            return None
        if not isinstance(value, dict):
            return True
        unsure = False
        for name, item in value.items():
            # An undeclared field has no schema here, and is nothing to be sure about.
            verdict = self.fits(tree, said.get(name), item, depth)
            if verdict is False:
                return False
            unsure = unsure or verdict is None
        return None if unsure else True

    def _items(self, tree: SchemaTree, said: Json, value: Json, depth: int) -> Verdict:
        if not isinstance(value, list):
            return True
        for item in value:
            verdict = self.fits(tree, said, item, depth)
            if verdict is not True:
                return verdict
        return True

    def _ref(self, tree: SchemaTree, ref: Json, value: Json, depth: int) -> Verdict:
        try:
            target = follow(self.catalog, tree, ref)
        except RefError:
            return None
        return self.fits(target.tree, target.schema, value, depth + 1)


def _type(said: Json, value: Json) -> Verdict:
    names = [said] if isinstance(said, str) else said
    if not isinstance(names, list):
        return None
    kind = kind_of(value)
    return kind in names or (kind == "integer" and "number" in names)


def _enum(said: Json, value: Json) -> Verdict:
    # Numbers are equal across types, and collections in depth: texts are what enums hold.
    return value in said if isinstance(said, list) and isinstance(value, str) else None


def _const(said: Json, value: Json) -> Verdict:
    return value == said if isinstance(value, str) else None


def _required(said: Json, value: Json) -> Verdict:
    if not isinstance(said, list):
        return None
    return not isinstance(value, dict) or all(name in value for name in said if _is_text(name))


def _format(said: Json, value: Json) -> Verdict:
    if not isinstance(value, str):
        return True
    pattern = _FORMATS.get(said) if isinstance(said, str) else None
    return True if pattern is not None and re.fullmatch(pattern, value) else None


def _pattern(said: Json, value: Json) -> Verdict:
    if not isinstance(value, str):
        return True
    compiled = _compiled(said) if isinstance(said, str) else None
    return None if compiled is None else not any(compiled.violations(value))


@cache
def _compiled(pattern: str) -> Validator | None:
    try:
        return Validator({"pattern": pattern}, DRAFT_2020_12)
    except SchemaNotUsableError:
        return None


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _number(value: Json) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _length(value: Json) -> int | None:
    return len(value) if isinstance(value, str) else None


def _count(value: Json) -> int | None:
    return len(value) if isinstance(value, list) else None


def _bound(
    measure: Callable[[Json], float | None], holds: Callable[[float, float], bool]
) -> Callable[[Json, Json], Verdict]:
    def judge(said: Json, value: Json) -> Verdict:
        bound, measured = _number(said), measure(value)
        if bound is None or (measured is not None and abs(measured) > _EXACT):
            return None
        return measured is None or holds(measured, bound)

    return judge


_PLAIN: dict[str, Callable[[Json, Json], Verdict]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "format": _format,
    "pattern": _pattern,
    "minimum": _bound(_number, operator.ge),
    "maximum": _bound(_number, operator.le),
    "exclusiveMinimum": _bound(_number, operator.gt),
    "exclusiveMaximum": _bound(_number, operator.lt),
    "minLength": _bound(_length, operator.ge),
    "maxLength": _bound(_length, operator.le),
    "minItems": _bound(_count, operator.ge),
    "maxItems": _bound(_count, operator.le),
}


def _one(verdicts: list[Verdict]) -> Verdict:
    return None if None in verdicts else verdicts.count(True) == 1


def _any(verdicts: list[Verdict]) -> Verdict:
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _all(verdicts: list[Verdict]) -> Verdict:
    if False in verdicts:
        return False
    return None if None in verdicts else True


_COMPOSE = {"oneOf": _one, "anyOf": _any, "allOf": _all}
