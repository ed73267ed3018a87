"""Say whether a value is such: the normal form, evaluated exactly."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from governance.compat.engine.form import (
    Contains,
    Format,
    Forms,
    Item,
    Least,
    Literal,
    Matching,
    MaxItems,
    MaxLength,
    MaxProperties,
    MinItems,
    MinLength,
    MinProperties,
    Most,
    MultipleOf,
    Names,
    Others,
    Pattern,
    Property,
    Required,
    Rest,
    UndecidedError,
    Unique,
    Values,
)
from governance.compat.engine.read import exact
from governance.compat.engine.reduce import And, Or, Part, Reducer, type_of
from governance.compat.patterns.language import found
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import Validator
from governance.schema.json import Json, identity
from governance.schema.regex import NotRegularError


class Evaluator:
    """Evaluates literals on values.

    Args:
        forms: The formulas of the question.
        reduce: Says what they mean for one type.
        step: Counts the work.
    """

    def __init__(self, forms: Forms, reduce: Reducer, step: Callable[[int], None]) -> None:
        self.forms = forms
        self._step = step
        self.reduce = reduce
        # A value is often built of one part many times over. Kept with the part, so that no other
        # takes its place in memory.
        self._known: dict[tuple[Literal, int], tuple[Json, bool]] = {}

    def __call__(self, literal: Literal, value: Json) -> bool:
        """Say whether a value is such.

        Raises:
            UndecidedError: That is not to be said, for want of a pattern that can be read.
        """
        part = self.reduce(literal, type_of(value))
        if not isinstance(value, list | dict):
            return self.part(part, value)
        key = (literal, id(value))
        known = self._known.get(key)
        if known is None:
            self._step(3 + 3 * len(value))
            known = self._known[key] = (value, self.part(part, value))
        return known[1]

    def part(self, part: Part, value: Json) -> bool:
        """Say whether a value is such; the part speaks of its type."""
        if isinstance(part, And):
            return all(self.part(one, value) for one in part.parts)
        if isinstance(part, Or):
            return any(self.part(one, value) for one in part.parts)
        if abs(part) == 1:
            return part > 0
        formula = self.forms[part]
        holds: bool = _ATOMS[type(formula)](self, formula, value)
        return holds is (part > 0)


# One function an atom, in the order of the specification.


def _values(_: Evaluator, formula: Values, value: Json) -> bool:
    return identity(value) in formula.identities


def _multiple_of(_: Evaluator, formula: MultipleOf, value: Json) -> bool:
    return (exact(value) / formula.divisor).denominator == 1


def _most(_: Evaluator, formula: Most, value: Json) -> bool:
    number = exact(value)
    return number < formula.bound or (number == formula.bound and not formula.is_open)


def _least(_: Evaluator, formula: Least, value: Json) -> bool:
    number = exact(value)
    return number > formula.bound or (number == formula.bound and not formula.is_open)


def _max_length(_: Evaluator, formula: MaxLength, value: str) -> bool:
    return len(value) <= formula.size


def _min_length(_: Evaluator, formula: MinLength, value: str) -> bool:
    return len(value) >= formula.size


def _pattern(_: Evaluator, formula: Pattern, value: str) -> bool:
    return is_found(formula.text, value)


def _format(_: Evaluator, formula: Format, value: str) -> bool:
    return next(_of_format(formula.name).violations(value), None) is None


@cache
def _of_format(name: str) -> Validator:
    return Validator({"format": name}, DRAFT_2020_12)


def _item(holds: Evaluator, formula: Item, value: list[Json]) -> bool:
    return len(value) <= formula.at or holds(formula.literal, value[formula.at])


def _rest(holds: Evaluator, formula: Rest, value: list[Json]) -> bool:
    return all(holds(formula.literal, one) for one in value[formula.start :])


def _contains(holds: Evaluator, formula: Contains, value: list[Json]) -> bool:
    count = sum(holds(formula.literal, one) for one in value)
    return formula.least <= count and (formula.most is None or count <= formula.most)


def _max_items(_: Evaluator, formula: MaxItems, value: list[Json]) -> bool:
    return len(value) <= formula.size


def _min_items(_: Evaluator, formula: MinItems, value: list[Json]) -> bool:
    return len(value) >= formula.size


def _unique(_: Evaluator, __: Unique, value: list[Json]) -> bool:
    return len({identity(one) for one in value}) == len(value)


def _property(holds: Evaluator, formula: Property, value: dict[str, Json]) -> bool:
    return formula.name not in value or holds(formula.literal, value[formula.name])


def _matching(holds: Evaluator, formula: Matching, value: dict[str, Json]) -> bool:
    return all(
        holds(formula.literal, one)
        for name, one in value.items()
        if is_found(formula.pattern, name)
    )


def _others(holds: Evaluator, formula: Others, value: dict[str, Json]) -> bool:
    return all(
        holds(formula.literal, one)
        for name, one in value.items()
        if name not in formula.names
        and not any(is_found(pattern, name) for pattern in formula.patterns)
    )


def _names(holds: Evaluator, formula: Names, value: dict[str, Json]) -> bool:
    return all(holds(formula.literal, name) for name in value)


def _max_properties(_: Evaluator, formula: MaxProperties, value: dict[str, Json]) -> bool:
    return len(value) <= formula.size


def _min_properties(_: Evaluator, formula: MinProperties, value: dict[str, Json]) -> bool:
    return len(value) >= formula.size


def _required(_: Evaluator, formula: Required, value: dict[str, Json]) -> bool:
    return formula.name in value


def is_found(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text.

    Raises:
        UndecidedError: It is no pattern that can be read.
    """
    try:
        return found(pattern, text)
    except NotRegularError as error:
        raise UndecidedError(f"the pattern {pattern!r} can't be read: {error}") from error


_ATOMS: dict[type, Callable[[Evaluator, Any, Any], bool]] = {
    Values: _values,
    MultipleOf: _multiple_of,
    Most: _most,
    Least: _least,
    MaxLength: _max_length,
    MinLength: _min_length,
    Pattern: _pattern,
    Format: _format,
    Item: _item,
    Rest: _rest,
    Contains: _contains,
    MaxItems: _max_items,
    MinItems: _min_items,
    Unique: _unique,
    Property: _property,
    Matching: _matching,
    Others: _others,
    Names: _names,
    MaxProperties: _max_properties,
    MinProperties: _min_properties,
    Required: _required,
}
