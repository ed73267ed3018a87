"""Values to try at a place of a payload: whether one is allowed there, the validator says.

Nothing here knows what a keyword means. The bounds that a schema names, and their neighbours, reach
its edges from both sides, whatever leads to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import cycle, islice
from typing import NamedTuple

from governance.contract.places import GONE, Spot
from governance.schema.json import Json, JsonObject, identity, shown

UNDECLARED = "keb_undeclared"
"""A field that no schema declares."""

_KINDS: tuple[Json, ...] = (True, 0, 1.5, "", "?", [], {})
_LISTS = ("enum", "x-extensible-enum")
# What is longer is no test of a schema, but of a server.
_LONGEST = 20_000
_MOST_FIELDS = 200


class Use(Enum):
    """What a value tells where it is allowed."""

    BREAK = "nothing: it is there to be refused"
    FORM = "the place may have another form: it may be null, or not be there"
    EDGE = "the least and the greatest of these are the edges of what is allowed"
    LISTED = "something where a list of values holds"


class Candidate(NamedTuple):
    """A value to try.

    Attributes:
        label: How a person calls it.
        value: The value.
        use: What it tells where it is allowed.
    """

    label: str
    value: Json
    use: Use = Use.BREAK


class Constants:
    """What a schema names anywhere: numbers, and listed values.

    Args:
        schema: The schema.
    """

    def __init__(self, schema: Json) -> None:
        self.numbers: set[int | float] = set()
        self.listed: dict[object, Json] = {}
        self._collect(schema)
        self.numbers = {near for one in self.numbers for near in (one - 1, one, one + 1)}

    def _collect(self, value: Json) -> None:
        if isinstance(value, list):
            for one in value:
                self._collect(one)
        if not isinstance(value, dict):
            return
        for key, said in value.items():
            if isinstance(said, int | float) and not isinstance(said, bool) and key != "default":
                self.numbers.add(said)
            for one in said if key in _LISTS and isinstance(said, list) else ():
                self.listed[identity(one)] = one
            if key == "const":
                self.listed[identity(said)] = said
            self._collect(said)

    def candidates(self, spot: Spot) -> Iterator[Candidate]:
        """Yield what to try at a place."""
        value = spot.value
        if spot.tokens and isinstance(spot.tokens[-1], str):
            yield Candidate("nothing", GONE, Use.FORM)
        yield Candidate("null", None, Use.FORM)
        yield from (Candidate(shown(one), one) for one in _KINDS)
        yield from (Candidate(shown(one), one, Use.LISTED) for one in self.listed.values())
        if isinstance(value, bool):
            yield Candidate(shown(not value), not value, Use.FORM)
        elif isinstance(value, int | float):
            yield from self._numbers(value)
        elif isinstance(value, str):
            yield from self._texts(value)
        elif isinstance(value, list):
            yield from self._arrays(value)
        elif isinstance(value, dict):
            yield from self._objects(value)

    def _numbers(self, value: float) -> Iterator[Candidate]:
        yield from (Candidate(shown(one), one, Use.EDGE) for one in sorted(self.numbers))
        yield from (Candidate(shown(one), one) for one in (value + 0.5, -value, value / 3, 10**9))

    def _texts(self, value: str) -> Iterator[Candidate]:
        for length in self._lengths():
            text = "".join(islice(cycle(value or "a"), length))
            yield Candidate(_count(length, "character"), text, Use.EDGE)
        for one in (value[:-1], f"{value}?", f"?{value}", value.upper(), f"{value}\n"):
            yield Candidate(shown(one), one)

    def _arrays(self, value: list[Json]) -> Iterator[Candidate]:
        if not value:
            return
        for length in self._lengths():
            items = list(islice(cycle(value), length))
            yield Candidate(_count(length, "item"), items, Use.EDGE)
        yield Candidate("the first item twice", [value[0], *value])

    def _objects(self, value: JsonObject) -> Iterator[Candidate]:
        yield Candidate("an undeclared field", {**value, UNDECLARED: 0})
        like = next(iter(value.values()), 0)
        for length in self._lengths():
            if len(value) < length <= _MOST_FIELDS:
                more = {f"{UNDECLARED}_{number}": like for number in range(length - len(value))}
                yield Candidate(_count(length, "field"), {**value, **more}, Use.EDGE)

    def _lengths(self) -> list[int]:
        return sorted({int(one) for one in self.numbers if 0 <= one <= _LONGEST and one % 1 == 0})


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
