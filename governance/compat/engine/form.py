"""The normal form that all dialects are brought to: literals, each a formula or its negation.

A literal is an integer: a formula's number, or minus that number for its negation. Formulas that
say the same are the same number, so that what both sides say alike cancels out at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from governance.schema.json import Json, identity

Literal: TypeAlias = int
TRUE: Literal = 1
FALSE: Literal = -1

KINDS = ("string", "number", "boolean", "null", "array", "object")


class UndecidedError(Exception):
    """A question can't be decided; the text is the reason, in one line."""


class All(NamedTuple):
    """All of some literals hold. Its negation says that one of their negations does."""

    literals: frozenset[Literal]


class One(NamedTuple):
    """Exactly one of some literals holds (``oneOf``)."""

    literals: tuple[Literal, ...]


class Cases(NamedTuple):
    """Of some conditions, of which exactly one holds, the one that does brings a consequence."""

    cases: tuple[tuple[Literal, Literal], ...]


class Loop:
    """A schema that refers back to itself; what it stands for is known when it has been read."""

    __slots__ = ("target",)

    def __init__(self) -> None:
        self.target: Literal | None = None


class Broken(NamedTuple):
    """What stands here can't be read: a reference that leads nowhere."""

    reason: str


class Type(NamedTuple):
    """The value is of one of these types; a number without fraction is a number."""

    kinds: frozenset[str]


class Values(NamedTuple):
    """The value is one of these (``enum``, ``const``)."""

    identities: frozenset[Hashable]


class Note(NamedTuple):
    """Nothing is asserted, but a value is more plausible if it looks like this."""

    format: str
    identities: tuple[Hashable, ...]


class Least(NamedTuple):
    """A number is at least this, or more than this."""

    bound: Fraction
    is_open: bool


class Most(NamedTuple):
    """A number is at most this, or less than this."""

    bound: Fraction
    is_open: bool


class MultipleOf(NamedTuple):
    """A number is a multiple of this one."""

    divisor: Fraction


class MinLength(NamedTuple):
    """A text has at least so many code points."""

    size: int


class MaxLength(NamedTuple):
    """A text has at most so many code points."""

    size: int


class Pattern(NamedTuple):
    """A regular expression is found in a text."""

    text: str


class Format(NamedTuple):
    """A text is of a format; only where formats are asserted."""

    name: str


class Item(NamedTuple):
    """The item at an index, if there is one, is such."""

    at: int
    literal: Literal


class Rest(NamedTuple):
    """Every item from an index on is such."""

    start: int
    literal: Literal


class Contains(NamedTuple):
    """So many items are such; ``most`` is None where there may be any number."""

    literal: Literal
    least: int
    most: int | None


class MinItems(NamedTuple):
    """An array has at least so many items."""

    size: int


class MaxItems(NamedTuple):
    """An array has at most so many items."""

    size: int


class Unique(NamedTuple):
    """No two items of an array are equal."""


class Required(NamedTuple):
    """An object has a property."""

    name: str


class Property(NamedTuple):
    """The property of this name, if there is one, is such."""

    name: str
    literal: Literal


class Matching(NamedTuple):
    """Every property in whose name a pattern is found is such."""

    pattern: str
    literal: Literal


class Others(NamedTuple):
    """Every property that has none of these names, nor one in which a pattern is found, is such."""

    names: frozenset[str]
    patterns: frozenset[str]
    literal: Literal


class Names(NamedTuple):
    """The name of every property is such."""

    literal: Literal


class MinProperties(NamedTuple):
    """An object has at least so many properties."""

    size: int


class MaxProperties(NamedTuple):
    """An object has at most so many properties."""

    size: int


# The one type that an atom speaks of; about all others it says nothing.
SPEAKS_OF: dict[type, str] = {
    **dict.fromkeys((Least, Most, MultipleOf), "number"),
    **dict.fromkeys((MinLength, MaxLength, Pattern, Format), "string"),
    **dict.fromkeys((Item, Rest, Contains, MinItems, MaxItems, Unique), "array"),
    **dict.fromkeys(
        (Required, Property, Matching, Others, Names, MinProperties, MaxProperties), "object"
    ),
}

Formula: TypeAlias = (
    All
    | One
    | Cases
    | Loop
    | Broken
    | Type
    | Values
    | Note
    | Least
    | Most
    | MultipleOf
    | MinLength
    | MaxLength
    | Pattern
    | Format
    | Item
    | Rest
    | Contains
    | MinItems
    | MaxItems
    | Unique
    | Required
    | Property
    | Matching
    | Others
    | Names
    | MinProperties
    | MaxProperties
)


class Forms:
    """All formulas of one question, each with its number.

    Attributes:
        formulas: The formulas by number.
        values: For each that lists values, or notes some, these values.
    """

    def __init__(self) -> None:
        self.formulas: list[Formula] = [All(frozenset()), All(frozenset())]
        self.values: dict[Literal, tuple[Json, ...]] = {}
        self._numbers: dict[tuple[type, Formula], Literal] = {(All, All(frozenset())): TRUE}

    def __getitem__(self, literal: Literal) -> Formula:
        """Return the formula of a literal, whatever its sign."""
        return self.formulas[abs(literal)]

    def literal(self, formula: Formula) -> Literal:
        """Return the number of a formula."""
        # Two sorts of atoms with the same content are equal as tuples.
        key = (type(formula), formula)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.formulas)
            self.formulas.append(formula)
        return number

    def all(self, literals: Iterable[Literal]) -> Literal:
        """Return the literal that says that all of some hold."""
        said: set[Literal] = set()
        for literal in literals:
            formula = self.formulas[abs(literal)]
            if literal > 0 and isinstance(formula, All):
                said |= formula.literals
            else:
                said.add(literal)
        if FALSE in said or any(-literal in said for literal in said):
            return FALSE
        return next(iter(said)) if len(said) == 1 else self.literal(All(frozenset(said)))

    def any(self, literals: Iterable[Literal]) -> Literal:
        """Return the literal that says that at least one of some holds."""
        return -self.all(-literal for literal in literals)

    def values_of(self, values: Iterable[Json]) -> Literal:
        """Return the literal that says that a value is one of these."""
        listed = {identity(value): value for value in values}
        if not listed:
            return FALSE
        literal = self.literal(Values(frozenset(listed)))
        self.values.setdefault(literal, tuple(listed.values()))
        return literal

    def note(self, format_: str, values: Iterable[Json]) -> Literal:
        """Return a literal that is always true and tells which values are plausible."""
        listed = tuple(values)
        literal = self.literal(Note(format_, tuple(identity(value) for value in listed)))
        self.values.setdefault(literal, listed)
        return literal
