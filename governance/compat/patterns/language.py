"""The texts in which some patterns are found and others are not: one of them, or that none is."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache

from governance.compat.patterns.machine import Machine
from governance.compat.patterns.positions import respelled
from governance.compat.patterns.product import ApartProduct, BudgetError, Product
from governance.schema.pattern import Kind, pieces
from governance.schema.regex import NotRegularError

__all__ = ["BudgetError", "Language", "found", "language", "shortest"]

MOST_STATES = 10_000
# Positions followed one by one are more states, but each is soon done with.
_MORE = 2
# What is written with these, everybody can read.
_PLAIN = "^[ -~]+$"


class Language(Machine):
    """The texts in which a pattern is found.

    Attributes:
        pattern: The pattern.
    """

    __slots__ = ("pattern",)

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


def language(pattern: str) -> Language:
    """Return the texts in which a pattern is found, the same object for the same pattern.

    Raises:
        NotRegularError: It is no regular expression, or says more than a machine can be made for.
    """
    made = _language(pattern)
    if isinstance(made, str):
        raise NotRegularError(made)
    return made


@lru_cache(maxsize=4096)
def _language(pattern: str) -> Language | str:
    try:
        return Language(pattern)
    except NotRegularError as error:
        return str(error)


def found(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text.

    Where no machine can be made for it, Python's engine is asked, with ``$`` for the end of the
    text and nothing else.

    Raises:
        NotRegularError: Python can't read the pattern either.
    """
    made = _language(pattern)
    if isinstance(made, Language):
        return made.finds(text)
    return bool(_in_python(pattern).search(text))


@lru_cache(maxsize=256)
def _in_python(pattern: str) -> re.Pattern[str]:
    said = "".join(
        r"\Z" if piece.text == "$" and piece.kind is Kind.CHARACTER and not piece.in_set
        else piece.text
        for piece in pieces(respelled(pattern))
    )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(said)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise NotRegularError(str(error)) from error


def shortest(  # noqa: PLR0913, PLR0917  each of them bounds the answer
    inside: Sequence[Language],
    outside: Sequence[Language],
    least: int = 0,
    most: int | None = None,
    excluded: frozenset[str] = frozenset(),
    most_states: int = MOST_STATES,
) -> str | None:
    """Return a shortest text in which some patterns are found and others are not.

    Among the shortest it is one that reads well. One that can't be printed gives way to a longer
    one where there is such; besides, engines disagree about a line break at the end.

    Args:
        inside: Those that are found.
        outside: Those that are not.
        least: How many code points it has at least.
        most: How many it has at most, if that is bounded.
        excluded: Texts that do not count.
        most_states: How many states may be made.

    Returns:
        The text, or None if there is provably none.

    Raises:
        BudgetError: It takes more states.
    """
    try:
        text = Product(inside, outside, most_states).but(least, most, excluded)
    except BudgetError:
        text = ApartProduct(inside, outside, most_states * _MORE).first(least, most)
        if text in excluded:
            raise
    if text is None or text.isprintable():
        return text
    try:
        plain = Product([*inside, language(_PLAIN)], outside, most_states)
        return plain.but(least, most, excluded) or text
    except BudgetError:
        return text
