"""Build a text from patterns, lengths and exclusions."""

from __future__ import annotations

from collections.abc import Iterable

from governance.compat.engine.form import (
    Format,
    Literal,
    MaxLength,
    MinLength,
    Pattern,
    UndecidedError,
    Values,
)
from governance.compat.engine.formats import sample, samples
from governance.compat.engine.search import NONE, Search
from governance.compat.patterns.language import BudgetError as StatesError
from governance.compat.patterns.language import Language, language, shortest
from governance.schema.json import Json
from governance.schema.regex import NotRegularError

# A text longer than this is never needed to make a point.
_LONGEST = 100_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class _Wanted:
    def __init__(self, search: Search, atoms: Iterable[Literal]) -> None:
        self.least = 0
        self.most: int | None = None
        self.inside: list[str] = []
        self.outside: list[str] = []
        self.excluded: set[str] = set()
        self.formats: list[str] = []
        for atom in atoms:
            formula = search.forms[atom]
            if isinstance(formula, Values):
                self.excluded |= set(search.forms.values[-atom])
            elif isinstance(formula, Format):
                self.formats.append(formula.name)
            elif isinstance(formula, Pattern):
                (self.inside if atom > 0 else self.outside).append(formula.text)
            elif isinstance(formula, MinLength):
                self._bound(atom, formula.size, is_least=True)
            elif isinstance(formula, MaxLength):
                self._bound(atom, formula.size, is_least=False)

    def _bound(self, atom: Literal, count: int, *, is_least: bool) -> None:
        if is_least and atom > 0:
            self.least = max(self.least, count)
        elif not is_least and atom < 0:
            self.least = max(self.least, count + 1)
        else:
            most = count if atom > 0 else count - 1
            self.most = most if self.most is None else min(self.most, most)


def string(search: Search, atoms: Iterable[Literal]) -> Json:
    """Return a short text that satisfies some atoms, or NONE where there is none.

    Raises:
        UndecidedError: A pattern is not regular, or the texts too many or too long.
    """
    atoms = list(atoms)
    wanted = _Wanted(search, atoms)
    search.step(5 * len(wanted.excluded))
    if wanted.formats:
        return _of_formats(search, atoms, wanted.formats)
    if wanted.most is not None and wanted.most < wanted.least:
        return NONE
    if wanted.least > _LONGEST:
        raise UndecidedError(f"a text of {wanted.least} characters would be needed")
    if not wanted.inside and not wanted.outside:
        text = _plain(wanted)
        return NONE if text is None else text
    inside, outside = _languages(wanted.inside), _languages(wanted.outside)
    # An empty text says little, so it is the last choice.
    spans = [(max(wanted.least, 1), wanted.most), *([(0, 0)] if not wanted.least else [])]
    for least, most in spans:
        try:
            text = shortest(inside, outside, least, most, frozenset(wanted.excluded))
        except StatesError as error:
            raise UndecidedError("the patterns take too many states together") from error
        if text is not None:
            return text
    return NONE


def _of_formats(search: Search, atoms: list[Literal], formats: list[str]) -> Json:
    """Return one of the texts that come to mind; no automaton knows all formats."""
    for text in (*(text for name in formats for text in sample(name)), *samples(), "a", ""):
        if all(search.holds.part(atom, text) for atom in atoms):
            return text
    raise UndecidedError(f"no text was found that settles the format {formats[0]!r}")


def _languages(patterns: list[str]) -> list[Language]:
    made = []
    for pattern in patterns:
        try:
            made.append(language(pattern))
        except NotRegularError as error:
            raise UndecidedError(f"the pattern {pattern!r} can't be decided: {error}") from error
    return made


def _plain(wanted: _Wanted) -> str | None:
    """Return a text where no pattern matters."""
    for length in dict.fromkeys((max(wanted.least, 1), wanted.least)):
        if wanted.most is not None and length > wanted.most:
            continue
        for letter in _LETTERS:
            if letter * length not in wanted.excluded:
                return letter * length
    # Whoever excludes 26 texts of one length has not excluded those of many.
    longest = wanted.most if wanted.most is not None else wanted.least + len(wanted.excluded) + 1
    try:
        return shortest([], [], wanted.least, longest, frozenset(wanted.excluded))
    except StatesError as error:
        raise UndecidedError("too many texts are excluded") from error
