"""Build an object from what it must hold and must not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from governance.compat.engine.form import (
    FALSE,
    TRUE,
    Literal,
    Matching,
    MaxProperties,
    MinProperties,
    Names,
    Others,
    Pattern,
    Property,
    Required,
    Type,
    UndecidedError,
)
from governance.compat.engine.search import NONE, Goal, Search
from governance.schema.json import Json

# What one property holds, by its name: the literals of its value.
Chosen = dict[str, Goal]

_NOTHING: Goal = frozenset()
# Patterns and the like that may tell names of properties apart; the budget sees to the rest.
_MOST_TESTS = 40


class _Some(NamedTuple):
    """There is a property whose name passes some tests, and whose value is such.

    Attributes:
        tests: What its name is, as literals about texts.
        literal: What its value is.
        name: Its name, where only one comes into question.
    """

    tests: Goal
    literal: Literal
    name: str | None = None


class _Every(NamedTuple):
    """Every property whose name passes some tests has such a value.

    Attributes:
        tests: What such a name is, as literals about texts.
        literal: What its value is.
        name: Such a name, where there is only one.
        but: Names that are no such names.
    """

    tests: Goal
    literal: Literal
    name: str | None = None
    but: frozenset[str] = frozenset()


class _Wanted:
    """What an object must be, sorted by what it means for the properties."""

    def __init__(self, search: Search, atoms: Iterable[Literal]) -> None:
        self.search = search
        self.least = 0
        self.most: int | None = None
        self.every: list[_Every] = []
        self.some: list[_Some] = []
        self.named: list[_Some] = []
        self.names: set[Literal] = {search.forms.literal(Type(frozenset({"string"})))}
        self.known: dict[str, None] = {}
        for atom in atoms:
            self._take(atom)

    def _take(self, atom: Literal) -> None:
        formula = self.search.forms[atom]
        holds = atom > 0
        if isinstance(formula, MinProperties | MaxProperties):
            self._count(formula.size, is_least=isinstance(formula, MinProperties), holds=holds)
        elif isinstance(formula, Required):
            self.known[formula.name] = None
            if holds:
                self.named.append(_Some(_NOTHING, TRUE, formula.name))
            else:
                self.every.append(_Every(_NOTHING, FALSE, formula.name))
        elif isinstance(formula, Property):
            self.known[formula.name] = None
            if holds:
                self.every.append(_Every(_NOTHING, formula.literal, formula.name))
            else:
                self.named.append(_Some(_NOTHING, -formula.literal, formula.name))
        elif isinstance(formula, Names):
            if holds:
                self.names.add(formula.literal)
            else:
                # With all listed names known, new ones are alike to every list.
                self.known.update(dict.fromkeys(self._listed(formula.literal)))
                self.some.append(_Some(frozenset({-formula.literal}), TRUE))
        elif isinstance(formula, Matching):
            tests = frozenset({self._test(formula.pattern)})
            self._many(tests, frozenset(), formula.literal, holds=holds)
        elif isinstance(formula, Others):
            tests = frozenset(-self._test(pattern) for pattern in sorted(formula.patterns))
            self._many(tests, formula.names, formula.literal, holds=holds)

    def _count(self, count: int, *, is_least: bool, holds: bool) -> None:
        if is_least is holds:
            self.least = max(self.least, count if holds else count + 1)
        else:
            most = count if holds else count - 1
            self.most = most if self.most is None else min(self.most, most)

    def _many(self, tests: Goal, but: frozenset[str], literal: Literal, *, holds: bool) -> None:
        self.known.update(dict.fromkeys(sorted(but)))
        if holds:
            self.every.append(_Every(tests, literal, but=but))
            return
        excluded = {-self.search.forms.values_of(sorted(but))} if but else set()
        self.some.append(_Some(tests | excluded, -literal))

    def _listed(self, literal: Literal) -> list[str]:
        values = self.search.forms.values.get(abs(literal), ())
        return [value for value in values if isinstance(value, str)]

    def _test(self, pattern: str) -> Literal:
        return self.search.forms.literal(Pattern(pattern))


def object_(search: Search, atoms: Iterable[Literal]) -> Json:
    """Return a small object that satisfies some atoms, or NONE where there is none.

    Raises:
        UndecidedError: That can't be said of some property.
    """
    wanted = _Wanted(search, atoms)
    if wanted.most is not None and wanted.most < wanted.least:
        return NONE
    return _Builder(wanted).build()


class _Builder:
    """Chooses names and values."""

    def __init__(self, wanted: _Wanted) -> None:
        self.wanted = wanted
        self.search = wanted.search
        self.undecided: UndecidedError | None = None
        self._goals: dict[str, Goal] = {}
        self._allowed: dict[str, bool] = {}
        tests = [every.tests for every in wanted.every] + [some.tests for some in wanted.some]
        # What tells names apart that nobody has named.
        self.tests = sorted({abs(test) for one in tests for test in one if not self._is_list(test)})

    def _is_list(self, test: Literal) -> bool:
        return abs(test) in self.search.forms.values

    def build(self) -> Json:
        chosen: Chosen = {}
        for one in self.wanted.named:
            if one.name is not None:
                chosen[one.name] = chosen.get(one.name, _NOTHING) | {one.literal}
        if self.wanted.most is not None and len(chosen) > self.wanted.most:
            return NONE
        for name, literals in chosen.items():
            if not self._is_possible(name, literals):
                return self._nothing()
        made = self._assigned(0, chosen)
        return self._nothing() if made is NONE else made

    def _nothing(self) -> Json:
        if self.undecided is not None:
            raise self.undecided
        return NONE

    # Who is it that some property must be?

    def _assigned(self, number: int, chosen: Chosen) -> Json:
        """Find a property for each demand from a number on, then build."""
        self.search.step()
        if number == len(self.wanted.some):
            return self._filled(chosen)
        some = self.wanted.some[number]
        for name in self._candidates(some, chosen):
            literals = chosen.get(name, _NOTHING) | {some.literal}
            if name not in chosen and self._is_full(len(chosen)):
                continue
            if self._is_possible(name, literals):
                made = self._assigned(number + 1, {**chosen, name: literals})
                if made is not NONE:
                    return made
        return NONE

    def _is_full(self, count: int) -> bool:
        return self.wanted.most is not None and count >= self.wanted.most

    def _candidates(self, some: _Some, chosen: Chosen) -> Iterator[str]:
        passing = [name for name in chosen if self._passes(some.tests, name)]
        yield from passing
        for name in self.wanted.known:
            if name not in chosen and self._passes(some.tests, name):
                yield name
        yield from self._fresh(some.tests, frozenset(chosen))

    def _passes(self, tests: Goal, name: str) -> bool:
        return all(self.search.holds(test, name) for test in tests)

    # Names that nobody has named.

    def _fresh(self, tests: Goal, taken: frozenset[str]) -> Iterator[str]:
        """Yield a new name of each sort that passes some tests."""
        for sort in self._sorts(tests):
            name = self._new(sort, taken)
            if name is not None:
                yield name

    def _sorts(self, tests: Goal) -> Iterator[Goal]:
        """Yield the sorts of new names that pass some tests: each says how every test turns out."""
        free = [test for test in self.tests if test not in tests and -test not in tests]
        if len(free) > _MOST_TESTS:
            raise UndecidedError("too many patterns tell the names of properties apart")
        todo = [(tests, 0)]
        while todo:
            sort, number = todo.pop()
            if self._new(sort, frozenset()) is None:
                continue
            if number == len(free):
                yield sort
            else:
                todo += [(sort | {free[number]}, number + 1), (sort | {-free[number]}, number + 1)]

    def _new(self, sort: Goal, taken: frozenset[str]) -> str | None:
        listed = taken | self.wanted.known.keys()
        self.search.step(3 * len(listed))
        excluded = {-self.search.forms.values_of(sorted(listed))} if listed else set()
        name = self.search.solve(sort | self.wanted.names | excluded)
        return None if name is NONE else str(name)

    # What must a value be?

    def _goal(self, name: str) -> Goal:
        """Return what the value of a property must be, if there is one."""
        known = self._goals.get(name)
        if known is None:
            known = self._goals[name] = frozenset(
                every.literal for every in self.wanted.every if self._concerns(every, name)
            )
        return known

    def _concerns(self, every: _Every, name: str) -> bool:
        if every.name is not None:
            return every.name == name
        return name not in every.but and self._passes(every.tests, name)

    def _is_possible(self, name: str, literals: Goal) -> bool:
        """Say whether there can be such a property; what can't be said is remembered."""
        try:
            if not self._is_allowed(name):
                return False
            return self.search.solve(self._goal(name) | literals) is not NONE
        except UndecidedError as error:
            self.undecided = error
            return False

    def _is_allowed(self, name: str) -> bool:
        if name not in self._allowed:
            self._allowed[name] = self._passes(frozenset(self.wanted.names), name)
        return self._allowed[name]

    # Enough of them.

    def _filled(self, chosen: Chosen) -> Json:
        if len(chosen) < self.wanted.least:
            chosen = dict(chosen)
            for name in self._more(chosen):
                chosen[name] = _NOTHING
                if len(chosen) == self.wanted.least:
                    break
            else:
                return NONE
        order = [*(name for name in self.wanted.known if name in chosen), *chosen]
        return {
            name: self.search.solve(self._goal(name) | chosen[name])
            for name in dict.fromkeys(order)
        }

    def _more(self, chosen: Chosen) -> Iterator[str]:
        """Yield further names, each with a possible value."""
        for name in self.wanted.known:
            if name not in chosen and self._is_possible(name, _NOTHING):
                yield name
        taken = set(chosen)
        for sort in self._sorts(_NOTHING):
            while (new := self._new(sort, frozenset(taken))) is not None:
                if not self._is_possible(new, _NOTHING):
                    break
                self.search.step()
                taken.add(new)
                yield new
