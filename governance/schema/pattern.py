"""What a pattern is written with, piece by piece; works for patterns that no engine would take.

Source: ECMA-262, section 22.2.1 (patterns), and what Python, PCRE and Rust add to it.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

_PIECE = re.compile(
    r"""
    (?P<ESCAPE>\\(?:u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pPN]\{[^{}]*\}
        |k<[^<>]*>|[0-9]+|.|\Z))
    |(?P<GROUP>\((?:\?(?:P?<[^\W\d][\w$]*>|P=[^()]*|<[=!]|[=!:>|\#&R(]|[A-Za-z]*-?[A-Za-z]+[:)]))?)
    |(?P<REPEAT>(?:[*+?]|\{[0-9]*,[0-9]+\}|\{[0-9]+,?\})[+?]?)
    |(?P<SET>\[\^?)
    |(?P<CHARACTER>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_SET = re.compile(
    rf"{_PIECE.pattern.split('|(?P<GROUP>')[0]}|(?P<POSIX>\[:\^?[a-z]+:\])|(?P<CHARACTER>.)",
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """What a piece of a pattern is."""

    ESCAPE = "a backslash and what it takes with it"
    GROUP = "the opening of a group"
    REPEAT = "how often the piece before it may come"
    SET = "the opening of a set of characters"
    POSIX = "the name of a set of characters, as grep knows it"
    CHARACTER = "any other character"


class Piece(NamedTuple):
    """One piece of a pattern.

    Attributes:
        kind: What it is.
        text: How it is written.
        start: Where it starts, counted from 0.
        in_set: Whether it stands between square brackets.
    """

    kind: Kind
    text: str
    start: int
    in_set: bool


def pieces(pattern: str) -> Iterator[Piece]:
    """Yield the pieces of a pattern from left to right; a set ends at its first bare ``]``."""
    at, in_set = 0, False
    while at < len(pattern):
        found = (_IN_SET if in_set else _PIECE).match(pattern, at)
        if found is None or found.lastgroup is None:
            return
        kind = Kind[found.lastgroup]
        closes = in_set and kind is Kind.CHARACTER and found[0] == "]"
        yield Piece(kind, found[0], at, in_set and not closes)
        in_set = kind is Kind.SET or (in_set and not closes)
        at = found.end()


def quoted(pattern: str, most: int = 60) -> str:
    """Return a pattern as a message quotes it: with its backslashes as they are, and cut short."""
    text = pattern if pattern.isprintable() else repr(pattern)[1:-1]
    return f"`{text}`" if len(text) <= most else f"`{text[: most - 1]}…`"
