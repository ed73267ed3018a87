"""Places in a text: spans of lines and columns, and edits at offsets.

Values are named tuples here and in every other room: importing `dataclasses` and letting it write
thirty classes costs 15 ms, a sixth of a whole check of a small catalog. Where most of them stand,
annotations are evaluated at once: as text, each field of a named tuple is compiled for itself.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

# How many code points of a line an excerpt shows, and how many of them before the span.
_WIDEST = 160
_BEFORE = 60

# Editors break lines at these three only; the further breaks of YAML 1.1 would shift our line
# numbers.
_BREAK = re.compile(r"\r\n|\n|\r")


class Span(NamedTuple):
    """A stretch of text. Lines and columns count from 1, in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Excerpt(NamedTuple):
    """A part of one line.

    Attributes:
        text: The part, without a line break.
        column: Column of its first code point, from 1.
        is_cut: Whether the line goes on behind it.
    """

    text: str
    column: int = 1
    is_cut: bool = False


class Edit(NamedTuple):
    """Replace the code points from ``start`` up to ``end`` (exclusive) by ``text``."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made; those at the same offset are made in the order given.

    Raises:
        ValueError: Two edits overlap.
    """
    parts, done = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < done:
            raise ValueError(f"two edits overlap at offset {edit.start}")
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]])


class Lines:
    """The lines of one text, to turn offsets into spans and back.

    Args:
        text: The whole text, decoded.
    """

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        # An array: a large catalog has a million lines, and a list of them is nine times as large.
        self._starts = array("I", [0])
        if "\r" in text:
            self._starts.extend(found.end() for found in _BREAK.finditer(text))
        else:
            # All in C: every file with a finding comes through here.
            lengths = map(len, text.split("\n")[:-1])
            self._starts.extend(accumulate(map((1).__add__, lengths)))

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a code point offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """Return the span of the code points from ``start`` up to ``end`` (exclusive)."""
        return Span(*self.position(start), *self.position(max(start, end)))

    def text(self, line: int) -> str:
        """Return one line, counted from 1, without its break; empty past the last one."""
        return self._text[slice(*self._extent(line))].rstrip("\r\n")

    def excerpt(self, span: Span) -> Excerpt:
        """Return what a reader needs to see of the line that a span starts on."""
        start, end = self._extent(span.line)
        # A line may be as long as the file: what stands far from the span helps nobody.
        before = max(0, span.column - 1 - _BEFORE) if end - start > _WIDEST else 0
        shown = self._text[start + before : min(end, start + before + _WIDEST)].rstrip("\r\n")
        return Excerpt(shown, before + 1, is_cut=start + before + _WIDEST < end)

    def _extent(self, line: int) -> tuple[int, int]:
        if line > len(self._starts):
            return len(self._text), len(self._text)
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return self._starts[line - 1], end
