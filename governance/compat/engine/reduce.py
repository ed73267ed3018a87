"""What a literal says about the values of one type: atoms, joined by and and or."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any, TypeAlias

from governance.compat.engine.form import (
    FALSE,
    SPEAKS_OF,
    TRUE,
    All,
    Broken,
    Cases,
    Contains,
    Forms,
    Item,
    Literal,
    Loop,
    MaxItems,
    MinItems,
    Note,
    One,
    Others,
    Property,
    Required,
    Type,
    UndecidedError,
    Values,
)
from governance.schema.json import Json


class _Joint:
    """Some parts, joined; hashed once, as they may be many.

    Attributes:
        parts: The parts.
        literals: Those of them that are literals.
    """

    __slots__ = ("_hash", "literals", "parts")

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts = parts
        self.literals = frozenset(part for part in parts if isinstance(part, int))
        self._hash = hash(parts)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.parts == other.parts

    def __hash__(self) -> int:
        return self._hash


class And(_Joint):
    """All of some parts."""

    __slots__ = ()


class Or(_Joint):
    """At least one of some parts."""

    __slots__ = ()


# A literal here is TRUE, FALSE or an atom that speaks of the type in question, or its negation.
Part: TypeAlias = Literal | And | Or


_TYPES = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}


def type_of(value: Json) -> str:
    """Return the type of a value; there is one for all numbers."""
    return _TYPES[type(value)]


def both(parts: Iterable[Part]) -> Part:
    """Return what says that all parts hold."""
    said: dict[Part, None] = {}
    for part in parts:
        if isinstance(part, And):
            said.update(dict.fromkeys(part.parts))
        elif part == FALSE:
            return FALSE
        elif part != TRUE:
            said[part] = None
    if any(isinstance(part, int) and -part in said for part in said):
        return FALSE
    if len(said) == 1:
        return next(iter(said))
    return And(tuple(said)) if said else TRUE


def either(parts: Iterable[Part]) -> Part:
    """Return what says that at least one part holds."""
    said: dict[Part, None] = {}
    for part in parts:
        if isinstance(part, Or):
            said.update(dict.fromkeys(part.parts))
        elif part == TRUE:
            return TRUE
        elif part != FALSE:
            said[part] = None
    if any(isinstance(part, int) and -part in said for part in said):
        return TRUE
    if len(said) == 1:
        return next(iter(said))
    return Or(tuple(said)) if said else FALSE


class Reducer:
    """Reduces literals to one type.

    Args:
        forms: The formulas of the question.
        are_disjoint: Says for sure that no value satisfies two literals, or that it is not known.
    """

    def __init__(self, forms: Forms, are_disjoint: Callable[[Literal, Literal], bool]) -> None:
        self.forms = forms
        self.are_disjoint = are_disjoint
        self._known: dict[tuple[Literal, str], Part] = {}
        self._open: set[tuple[Literal, str]] = set()

    def __call__(self, literal: Literal, kind: str) -> Part:
        """Return what a literal says about values of a type.

        Raises:
            UndecidedError: A reference leads back to itself before it reaches a value.
        """
        key = (literal, kind)
        known = self._known.get(key)
        if known is None:
            if key in self._open:
                raise UndecidedError("a reference leads back to itself")
            self._open.add(key)
            try:
                known = self._known[key] = self._reduced(literal, kind)
            finally:
                self._open.discard(key)
        return known

    @contextmanager
    def afresh(self) -> Iterator[None]:
        """Answer a question in between, as if nothing else were being reduced."""
        saved, self._open = self._open, set()
        try:
            yield
        finally:
            self._open = saved

    def _reduced(self, literal: Literal, kind: str) -> Part:
        formula = self.forms[literal]
        if type(formula) in SPEAKS_OF:
            return self._atom(literal, kind)
        return _REDUCED[type(formula)](self, formula, literal, kind)

    def type(self, formula: Type, literal: Literal, kind: str) -> Part:
        """Reduce a type."""
        return TRUE if (kind in formula.kinds) is (literal > 0) else FALSE

    def note(self, _: Note, literal: Literal, __: str) -> Part:
        """Reduce what asserts nothing."""
        return TRUE if literal > 0 else FALSE

    def all(self, formula: All, literal: Literal, kind: str) -> Part:
        """Reduce a conjunction."""
        if literal > 0:
            return both(self(one, kind) for one in sorted(formula.literals, key=abs))
        return either(self(-one, kind) for one in sorted(formula.literals, key=abs))

    def cases(self, formula: Cases, literal: Literal, kind: str) -> Part:
        """Reduce a distinction of cases, of which exactly one holds."""
        sign = 1 if literal > 0 else -1
        return either(
            both((self(condition, kind), self(sign * then, kind)))
            for condition, then in formula.cases
        )

    def loop(self, formula: Loop, literal: Literal, kind: str) -> Part:
        """Reduce a reference back."""
        if formula.target is None:
            raise UndecidedError("a reference leads back to itself")
        return self(formula.target if literal > 0 else -formula.target, kind)

    def broken(self, formula: Broken, _: Literal, __: str) -> Part:
        """Give up where there is nothing to reduce."""
        raise UndecidedError(formula.reason)

    def _atom(self, literal: Literal, kind: str) -> Part:
        formula = self.forms[literal]
        if SPEAKS_OF[type(formula)] != kind:
            return TRUE if literal > 0 else FALSE
        if literal < 0 and isinstance(formula, Contains):
            found, least, most = formula
            fewer = self._contains(found, 0, least - 1) if least else FALSE
            more = FALSE if most is None else self._contains(found, most + 1, None)
            return either((fewer, more))
        return literal

    def _contains(self, found: Literal, least: int, most: int | None) -> Literal:
        return self.forms.literal(Contains(found, least, most))

    def one(self, formula: One, literal: Literal, kind: str) -> Part:
        """Reduce "exactly one"; what can't hold together needs no telling apart."""
        able = [one for one in formula.literals if self(one, kind) != FALSE]
        overlaps = {
            (at, to): (able[at], able[to])
            for at, to in combinations(range(len(able)), 2)
            if able[at] == able[to] or not self.are_disjoint(able[at], able[to])
        }
        if literal < 0:
            two = [both((self(one, kind), self(other, kind))) for one, other in overlaps.values()]
            return either((both(self(-one, kind) for one in able), *two))
        ways = []
        for at, one in enumerate(able):
            rivals = (
                -other
                for to, other in enumerate(able)
                if (at, to) in overlaps or (to, at) in overlaps
            )
            ways.append(both((self(one, kind), *(self(rival, kind) for rival in rivals))))
        return either(ways)

    def values(self, _: Values, literal: Literal, kind: str) -> Part:
        """Reduce a list of values; of objects and arrays, to what tells others from them."""
        values = [one for one in self.forms.values[abs(literal)] if type_of(one) == kind]
        if literal > 0:
            return self.forms.values_of(values) if values else FALSE
        if kind == "object":
            return both(self._differs_from_object(value) for value in values)
        if kind == "array":
            return both(self._differs_from_array(value) for value in values)
        return -self.forms.values_of(values) if values else TRUE

    def _differs_from_object(self, value: dict[str, Json]) -> Part:
        atom = self.forms.literal
        parts: list[Part] = [-atom(Others(frozenset(value), frozenset(), FALSE))]
        for name, one in value.items():
            parts.append(-atom(Property(name, self.forms.values_of([one]))))
            parts.append(-atom(Required(name)))
        return either(parts)

    def _differs_from_array(self, value: list[Json]) -> Part:
        atom = self.forms.literal
        parts: list[Part] = [-atom(MinItems(len(value))), -atom(MaxItems(len(value)))]
        for index, one in enumerate(value):
            parts.append(-atom(Item(index, self.forms.values_of([one]))))
        return either(parts)


_REDUCED: dict[type, Callable[[Reducer, Any, Literal, str], Part]] = {
    All: Reducer.all,
    One: Reducer.one,
    Cases: Reducer.cases,
    Loop: Reducer.loop,
    Broken: Reducer.broken,
    Type: Reducer.type,
    Values: Reducer.values,
    Note: Reducer.note,
}
