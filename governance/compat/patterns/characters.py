"""Sets of characters as ranges of code points, and which character of a set reads best.

What stands for all letters, digits or spaces holds what it holds for Python, and so for the
validator that confirms every witness; engines that keep to ECMA-262 know fewer letters and digits.
"""

import re
import string
import sys
from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice

# As in ``governance.schema.regex``: the names of what Python's parser gives.
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any, TypeAlias

# Sorted, apart from each other, each with its first code point and the one behind its last.
Ranges: TypeAlias = tuple[tuple[int, int], ...]

BEHIND_ALL = 0x110000
_ASCII = 0x80
_SURROGATES = (0xD800, 0xE000)
# How far to look for a letter among the characters that are not ASCII.
_FAR = 4096

LINE_END: Ranges = ((0x0A, 0x0B),)

# From what reads best to what reads worst, with what one of them costs. A text that ends in a
# line break comes last: for some engines `$` matches before it.
_TIERS = (
    (string.ascii_lowercase, 0),
    (string.digits, 1),
    (string.ascii_uppercase, 2),
    ("_-. ", 3),
    (string.punctuation, 5),
    ("\t" + "".join(map(chr, (*range(11), *range(11, 32), 127))) + "\n", 1000),
)
_LAST_COST = 2000
_LETTER_COST, _OTHER_COST = 20, 200
_COSTS = {char: cost for tier, cost in reversed(_TIERS) for char in tier} | {"\n": _LAST_COST}
_ORDER = "".join(dict.fromkeys("".join(tier for tier, _ in _TIERS).replace("\n", ""))) + "\n"
_RANKS = bytes(_ORDER.index(chr(code)) for code in range(_ASCII))


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return any ranges as a set: sorted, and merged where they touch."""
    made: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if made and low <= made[-1][1]:
            made[-1] = (made[-1][0], max(high, made[-1][1]))
        else:
            made.append((low, high))
    return tuple(made)


def complement(ranges: Ranges) -> Ranges:
    """Return all other characters."""
    edges = [0, *chain.from_iterable(ranges), BEHIND_ALL]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((low, high) for low, high in pairs if low < high)


_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d+",
    op.CATEGORY_SPACE: r"\s+",
    op.CATEGORY_WORD: r"\w+",
}
_OTHERS = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}


@cache
def _category(code: object) -> Ranges:
    """Return a class of characters, read off a text of all of them: some 50 ms, once."""
    if code in _OTHERS:
        return complement(_category(_OTHERS[code]))
    encoding = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    everything = array("I", range(BEHIND_ALL)).tobytes().decode(encoding, "surrogatepass")
    return tuple(found.span() for found in re.finditer(_CATEGORIES[code], everything))


def in_set(items: Iterable[tuple[Any, Any]]) -> Ranges:
    """Return the characters between square brackets.

    Args:
        items: As Python's parser gives them.
    """
    held: list[tuple[int, int]] = []
    is_negated = False
    for code, said in items:
        if code is op.LITERAL:
            held.append((said, said + 1))
        elif code is op.RANGE:
            held.append((said[0], said[1] + 1))
        elif code is op.NEGATE:
            is_negated = True
        else:
            held += _category(said)
    ranges = joined(held)
    return complement(ranges) if is_negated else ranges


def members(ranges: Ranges) -> Iterator[str]:
    """Yield the characters of a set, those that read best first, and never a surrogate."""
    ranks = chain.from_iterable(_RANKS[low:high] for low, high in ranges if low < _ASCII)
    yield from (_ORDER[rank] for rank in sorted(ranks))
    beyond = _beyond(ranges)
    near = chain.from_iterable(range(low, min(high, low + _FAR)) for low, high in beyond)
    yield from filter(str.isalpha, map(chr, near))
    for low, high in beyond:
        first = map(chr, range(low, min(high, low + _FAR)))
        yield from (char for char in first if not char.isalpha())
        yield from map(chr, range(low + _FAR, high))


def best(ranges: Ranges) -> str | None:
    """Return the character of a set that reads best; none where it has none but surrogates."""
    ranks = [min(_RANKS[low:high]) for low, high in ranges if low < _ASCII]
    good = _ORDER[min(ranks)] if ranks else None
    if good is not None and _COSTS[good] < _LETTER_COST:
        return good
    # A letter of any script reads better than a control character.
    other = next(islice(members(_beyond(ranges)), 1), None)
    if good is None or (other is not None and cost(other) < _COSTS[good]):
        return other
    return good


def cost(character: str) -> int:
    """Return how badly a character reads: 0 for a small letter, far more for what has no shape."""
    known = _COSTS.get(character)
    if known is not None:
        return known
    if character.isalpha():
        return _LETTER_COST
    return _OTHER_COST if character.isprintable() else _LAST_COST


def _beyond(ranges: Ranges) -> Ranges:
    """Return what is neither ASCII nor a surrogate."""
    first, behind = _SURROGATES
    cut = (
        piece
        for low, high in ranges
        for piece in ((max(low, _ASCII), min(high, first)), (max(low, behind), high))
    )
    return tuple((low, high) for low, high in cut if low < high)
