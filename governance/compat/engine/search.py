"""What the builders of numbers, texts, arrays and objects ask of the search that calls them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from governance.compat.engine.form import Forms, Literal
from governance.compat.engine.holds import Evaluator
from governance.schema.json import Json

Goal = frozenset[Literal]

# What no value can be: the answer of a search that has proved that there is none.
NONE: Final[Json] = object()


class Search(Protocol):
    """Answers questions about what a part of a value must be."""

    @property
    def forms(self) -> Forms:
        """The formulas of the question."""

    @property
    def holds(self) -> Evaluator:
        """Says whether a value is such."""

    def step(self, cost: int = 1) -> None:
        """Count some work.

        Raises:
            BudgetError: It was one too many.
        """

    def solve(self, literals: Iterable[Literal]) -> Json:
        """Return a value that satisfies all literals, or NONE where there is none.

        Raises:
            UndecidedError: Neither could be established.
        """

    def several(self, literals: Iterable[Literal], count: int) -> list[Json]:
        """Return so many different values that satisfy all literals, or all that there are.

        Raises:
            UndecidedError: It is not known whether there are more.
        """
