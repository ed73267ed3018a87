"""Bounds of one schema that contradict each other, so that no value is left.

Source: JSON Schema 2020-12 validation, sections 6.2 to 6.5; draft-04 for bounds that are flags.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from governance.schema.json import Json, JsonObject, as_list, shown, types_of

# Lower keyword, upper keyword, what they count, the type that they speak of.
_SIZES = (
    ("minLength", "maxLength", "characters", "string"),
    ("minItems", "maxItems", "items", "array"),
    ("minProperties", "maxProperties", "fields", "object"),
    ("minContains", "maxContains", "items that fit `contains`", "array"),
)
_LOWER = ("minimum", "exclusiveMinimum")
_UPPER = ("maximum", "exclusiveMaximum")
# A schema without one of these has no bounds that could contradict each other.
UPPER_KEYWORDS = (*_UPPER, *(upper for _, upper, _, _ in _SIZES))


class Contradiction(NamedTuple):
    """Two bounds that leave no value.

    Attributes:
        keyword: The upper one of the two.
        message: What is wrong, as one sentence without a full stop.
        help: What to do about it, as a sentence.
        swapped: The lower one, where both would make sense the other way round; else empty.
    """

    keyword: str
    message: str
    help: str
    swapped: str = ""


class _Bound(NamedTuple):
    value: float
    is_exclusive: bool
    keyword: str

    def __str__(self) -> str:
        return f"`{self.keyword}: {shown(self.value)}`"


def contradictions(schema: JsonObject) -> Iterator[Contradiction]:
    """Yield the pairs of bounds of a schema, its subschemas left out, that leave no value."""
    for row in _SIZES:
        if row[1] in schema and row[0] in schema:
            yield from _sizes(schema, *row)
    if "maximum" in schema or "exclusiveMaximum" in schema:
        yield from _numbers(schema)
    if "maxProperties" in schema and "required" in schema:
        yield from _required(schema)


def _sizes(
    schema: JsonObject, lower: str, upper: str, noun: str, kind: str
) -> Iterator[Contradiction]:
    least, most = schema.get(lower), schema.get(upper)
    if not (_is_number(least) and _is_number(most) and least > most and _allows(schema, kind)):
        return
    if lower == "minContains" and "contains" not in schema:
        return
    message = (
        f"nothing has at least {shown(least)} and at most {shown(most)} {noun}: "
        f"`{lower}` is above `{upper}`"
    )
    yield Contradiction(upper, message, f"Swap them, or raise `{upper}`.", lower)


def _numbers(schema: JsonObject) -> Iterator[Contradiction]:
    low, high = _bound(schema, _LOWER), _bound(schema, _UPPER)
    if low is None or high is None or not _allows(schema, "number", "integer"):
        return
    if low.value > high.value:
        message = f"no number can meet both {low} and {high}"
        help_ = f"Swap them, or raise `{high.keyword}`."
        yield Contradiction(high.keyword, message, help_, low.keyword)
    elif low.value == high.value and (low.is_exclusive or high.is_exclusive):
        message = f"no number can meet both {low} and {high}, since one of them excludes it"
        help_ = "Write `minimum` and `maximum` if that very number is allowed."
        yield Contradiction(high.keyword, message, help_)
    elif types_of(schema) - {"null"} == {"integer"} and not _has_integer(schema, low, high):
        unit = _unit(schema)
        what = "whole number" if unit == 1 else f"multiple of {unit}"
        message = f"no {what} lies between {low} and {high}"
        help_ = f"Raise `{high.keyword}`, or lower `{low.keyword}`."
        yield Contradiction(high.keyword, message, help_)


def _bound(schema: JsonObject, keywords: tuple[str, str]) -> _Bound | None:
    """Return the stricter of an inclusive and an exclusive bound; the latter has two spellings."""
    plain, exclusive = (schema.get(keyword) for keyword in keywords)
    bounds: list[_Bound] = []
    if _is_number(plain):
        bounds.append(_Bound(plain, exclusive is True, keywords[0]))
    if _is_number(exclusive):
        bounds.append(_Bound(exclusive, True, keywords[1]))  # noqa: FBT003  one row
    pick = max if keywords is _LOWER else min
    # Of two equal bounds the exclusive one is the stricter.
    sign = 1 if keywords is _LOWER else -1
    return pick(bounds, key=lambda one: (one.value, sign * one.is_exclusive), default=None)


def _has_integer(schema: JsonObject, low: _Bound, high: _Bound) -> bool:
    unit, first = _unit(schema), math.ceil(low.value)
    if low.is_exclusive and first == low.value:
        first += 1
    first = -(-first // unit) * unit
    return first < high.value or (first == high.value and not high.is_exclusive)


def _unit(schema: JsonObject) -> int:
    step = schema.get("multipleOf")
    return step if isinstance(step, int) and not isinstance(step, bool) and step > 0 else 1


def _required(schema: JsonObject) -> Iterator[Contradiction]:
    most = schema.get("maxProperties")
    names = {name for name in as_list(schema.get("required")) if isinstance(name, str)}
    if _is_number(most) and len(names) > most and _allows(schema, "object"):
        message = f"{len(names)} fields are required, but `maxProperties` is {shown(most)}"
        yield Contradiction("maxProperties", message, f"Write {len(names)} or more.")


def _allows(schema: JsonObject, *kinds: str) -> bool:
    types = types_of(schema)
    return not types or not types.isdisjoint(kinds)


def _is_number(value: Json) -> TypeGuard[float]:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)
