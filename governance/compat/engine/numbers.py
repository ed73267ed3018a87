"""Build a number from what it must be and must not be, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count, islice
from math import ceil, floor, gcd, lcm

from governance.compat.engine.form import Least, Literal, Most, MultipleOf, UndecidedError, Values
from governance.compat.engine.search import NONE, Search
from governance.schema.json import Json

# More candidates than anybody's bounds need, and still a fraction of a second.
_MOST_TRIED = 50_000


class _Wanted:
    """What a number must be: between bounds, a multiple of some, not of others, not excluded."""

    def __init__(self, search: Search, atoms: Iterable[Literal]) -> None:
        self.low: tuple[Fraction, bool] | None = None
        self.high: tuple[Fraction, bool] | None = None
        self.step: Fraction | None = None
        self.multiples: list[Fraction] = []
        self.others: list[Fraction] = []
        self.excluded: set[Fraction] = set()
        for atom in atoms:
            self._take(search, atom)

    def _take(self, search: Search, atom: Literal) -> None:
        formula = search.forms[atom]
        if isinstance(formula, Values):
            self.excluded |= {_exact(value) for value in search.forms.values[-atom]}
        elif isinstance(formula, MultipleOf):
            if atom < 0:
                self.others.append(formula.divisor)
            else:
                self.multiples.append(formula.divisor)
                self.step = _lcm(self.step or formula.divisor, formula.divisor)
        elif isinstance(formula, Least | Most):
            # What is not at least 3 is less than 3.
            bound = (formula.bound, formula.is_open if atom > 0 else not formula.is_open)
            if isinstance(formula, Least) is (atom > 0):
                self.low = bound if self.low is None else max(self.low, bound)
            else:
                closed = (bound[0], not bound[1])
                known = self.high and (self.high[0], not self.high[1])
                least = closed if known is None else min(known, closed)
                self.high = (least[0], not least[1])

    def is_wide(self) -> bool:
        """Say whether more than one number lies between the bounds."""
        return self.low is None or self.high is None or self.low[0] < self.high[0]

    def fits(self, number: Fraction) -> bool:
        if self.low and (number < self.low[0] or (number == self.low[0] and self.low[1])):
            return False
        if self.high and (number > self.high[0] or (number == self.high[0] and self.high[1])):
            return False
        return (
            number not in self.excluded
            and all((number / divisor).denominator == 1 for divisor in self.multiples)
            and not any((number / divisor).denominator == 1 for divisor in self.others)
        )


def number(search: Search, atoms: Iterable[Literal]) -> Json:
    """Return a number that satisfies some atoms, the plainest first, or NONE where there is none.

    Raises:
        UndecidedError: There are too many candidates, or none that a float can hold.
    """
    wanted = _Wanted(search, atoms)
    awkward = False
    candidates = _stepped(wanted) if wanted.step is not None else _dense(wanted)
    second: Json = NONE
    for candidate in candidates:
        if candidate is None:
            raise UndecidedError("too many numbers would have to be tried")
        if not wanted.fits(candidate):
            continue
        told = as_json(candidate)
        if told is None:
            awkward = True
        elif _is_plain(told, [*wanted.multiples, *wanted.others]):
            return told
        elif second is NONE:
            second = told
    if second is NONE and awkward:
        raise UndecidedError("only numbers with more digits than JSON readers keep would do")
    if second is NONE and wanted.step is None and wanted.is_wide():
        raise UndecidedError("too many numbers are excluded")
    return second


def as_json(number: Fraction) -> int | float | None:
    """Return a number as JSON writes it, or None if reading it back would give another one."""
    if number.denominator == 1:
        return number.numerator
    try:
        told = float(number)
    except OverflowError:
        return None
    return told if _exact(told) == number else None


def _exact(value: Json) -> Fraction:
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _is_plain(told: float, divisors: list[Fraction]) -> bool:
    """Say whether readers that divide floats agree on what it is a multiple of."""
    for divisor in divisors:
        if divisor.denominator != 1:
            quotient = told / float(divisor)
            exactly = (_exact(told) / divisor).denominator == 1
            if quotient.is_integer() is not exactly:
                return False
    return True


def _lcm(one: Fraction, other: Fraction) -> Fraction:
    return Fraction(lcm(one.numerator, other.numerator), gcd(one.denominator, other.denominator))


def _stepped(wanted: _Wanted) -> Iterator[Fraction | None]:
    """Yield the multiples of the step, the nearest to zero first; None where too many are left."""
    step = wanted.step or Fraction(1)
    # Whether a multiple is also one of the others repeats with this period.
    period = 1
    for other in wanted.others:
        period = lcm(period, (_lcm(step, other) / step).numerator)
    low = ceil(wanted.low[0] / step) if wanted.low else None
    high = floor(wanted.high[0] / step) if wanted.high else None
    enough = 2 * period * (len(wanted.excluded) + 1) + 4
    if low is not None and high is not None:
        enough = min(enough, max(0, high - low + 1))
    factors: Iterator[int]
    if low is not None and low > 0:
        factors = count(low)
    elif high is not None and high < 0:
        factors = count(high, -1)
    else:
        factors = _around_zero()
    told = 0
    for factor in factors:
        if (low is not None and factor < low) or (high is not None and factor > high):
            if low is not None and high is not None and abs(factor) > max(abs(low), abs(high)):
                return
            continue
        if told == enough:
            return
        if told > _MOST_TRIED:
            yield None
            return
        told += 1
        yield factor * step


def _around_zero() -> Iterator[int]:
    yield 0
    for factor in count(1):
        yield factor
        yield -factor


def _dense(wanted: _Wanted) -> Iterator[Fraction]:
    """Yield numbers between the bounds, of which any few exclusions leave one."""
    low = wanted.low[0] if wanted.low else None
    high = wanted.high[0] if wanted.high else None
    if low is not None and low == high:
        yield low
        return
    if low is not None and high is not None and low > high:
        return
    near = [Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-1, 2)]
    for bound in (low, high):
        if bound is not None:
            whole = [Fraction(floor(bound)), Fraction(ceil(bound))]
            near += [bound, *whole, whole[0] - 1, whole[1] + 1]
            near += [bound + Fraction(1, 2), bound - Fraction(1, 2)]
    yield from near
    # Somewhere in the open interval, more and more digits: no finite set of points and no set of
    # multiples fills it.
    start = low if low is not None else (high - 2 if high is not None else Fraction(0))
    width = (high - start) if high is not None else Fraction(2)
    for digits in range(1, 16):
        scale = 10**digits
        first = floor(start * scale) + 1
        last = ceil((start + width) * scale) - 1
        yield from (Fraction(n, scale) for n in islice(range(first, last + 1), 60))
