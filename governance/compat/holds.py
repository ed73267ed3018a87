"""Say whether a value is such: the normal form, evaluated exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from governance.compat.form import (
    Contains,
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
from governance.compat.language import found
from governance.compat.read import exact
from governance.compat.reduce import And, Or, Part, Reducer, type_of
from governance.schema.json import Json, identity
from governance.schema.regex import NotRegularError


class Evaluator:
    """Evaluates literals on values.

    Args:
        forms: The formulas of the question.
        reduce: Says what they mean for one type.
    """

    def __init__(self, forms: Forms, reduce: Reducer) -> None:
        self.forms = forms
        self.reduce = reduce

    def __call__(self, literal: Literal, value: Json) -> bool:
        """Say whether a value is such.

        Raises:
            UndecidedError: That is not to be said, for want of a pattern that can be read.
        """
        return self.part(self.reduce(literal, type_of(value)), value)

    def part(self, part: Part, value: Json) -> bool:
        """Say whether a value is such; the part speaks of its type."""
        if isinstance(part, And):
            return all(self.part(one, value) for one in part.parts)
        if isinstance(part, Or):
            return any(self.part(one, value) for one in part.parts)
        if abs(part) == 1:
            return part > 0
        formula = self.forms[part]
        return _ATOMS[type(formula)](self, formula, value) is (part > 0)

    # One function an atom, in the order of the specification.

    def _values(self, formula: Values, value: Json) -> bool:
        return identity(value) in formula.identities

    def _multiple_of(self, formula: MultipleOf, value: Json) -> bool:
        return (exact(value) / formula.divisor).denominator == 1

    def _most(self, formula: Most, value: Json) -> bool:
        number = exact(value)
        return number < formula.bound or (number == formula.bound and not formula.is_open)

    def _least(self, formula: Least, value: Json) -> bool:
        number = exact(value)
        return number > formula.bound or (number == formula.bound and not formula.is_open)

    def _max_length(self, formula: MaxLength, value: str) -> bool:
        return len(value) <= formula.count

    def _min_length(self, formula: MinLength, value: str) -> bool:
        return len(value) >= formula.count

    def _pattern(self, formula: Pattern, value: str) -> bool:
        return is_found(formula.text, value)

    def _item(self, formula: Item, value: list[Json]) -> bool:
        return len(value) <= formula.index or self(formula.literal, value[formula.index])

    def _rest(self, formula: Rest, value: list[Json]) -> bool:
        return all(self(formula.literal, one) for one in value[formula.start :])

    def _contains(self, formula: Contains, value: list[Json]) -> bool:
        count = sum(self(formula.literal, one) for one in value)
        return formula.least <= count and (formula.most is None or count <= formula.most)

    def _max_items(self, formula: MaxItems, value: list[Json]) -> bool:
        return len(value) <= formula.count

    def _min_items(self, formula: MinItems, value: list[Json]) -> bool:
        return len(value) >= formula.count

    def _unique(self, _: Unique, value: list[Json]) -> bool:
        return len({identity(one) for one in value}) == len(value)

    def _property(self, formula: Property, value: dict[str, Json]) -> bool:
        return formula.name not in value or self(formula.literal, value[formula.name])

    def _matching(self, formula: Matching, value: dict[str, Json]) -> bool:
        return all(
            self(formula.literal, one)
            for name, one in value.items()
            if is_found(formula.pattern, name)
        )

    def _others(self, formula: Others, value: dict[str, Json]) -> bool:
        return all(
            self(formula.literal, one)
            for name, one in value.items()
            if name not in formula.names
            and not any(is_found(pattern, name) for pattern in formula.patterns)
        )

    def _names(self, formula: Names, value: dict[str, Json]) -> bool:
        return all(self(formula.literal, name) for name in value)

    def _max_properties(self, formula: MaxProperties, value: dict[str, Json]) -> bool:
        return len(value) <= formula.count

    def _min_properties(self, formula: MinProperties, value: dict[str, Json]) -> bool:
        return len(value) >= formula.count

    def _required(self, formula: Required, value: dict[str, Json]) -> bool:
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
    Values: Evaluator._values,
    MultipleOf: Evaluator._multiple_of,
    Most: Evaluator._most,
    Least: Evaluator._least,
    MaxLength: Evaluator._max_length,
    MinLength: Evaluator._min_length,
    Pattern: Evaluator._pattern,
    Item: Evaluator._item,
    Rest: Evaluator._rest,
    Contains: Evaluator._contains,
    MaxItems: Evaluator._max_items,
    MinItems: Evaluator._min_items,
    Unique: Evaluator._unique,
    Property: Evaluator._property,
    Matching: Evaluator._matching,
    Others: Evaluator._others,
    Names: Evaluator._names,
    MaxProperties: Evaluator._max_properties,
    MinProperties: Evaluator._min_properties,
    Required: Evaluator._required,
}
