"""Places in a text: spans of lines and columns, and edits at offsets."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass

# Editors break lines at these three only; the further breaks of YAML 1.1 would shift our line
# numbers.
_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text. Lines and columns count from 1, in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the code points from ``start`` up to ``end`` (exclusive) by ``text``."""

    start: int
    end: int
    text: str


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
        self._starts.extend(found.end() for found in _BREAK.finditer(text))

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a code point offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """Return the span of the code points from ``start`` up to ``end`` (exclusive)."""
        return Span(*self.position(start), *self.position(max(start, end)))

    def text(self, line: int) -> str:
        """Return one line, counted from 1, without its break; empty past the last one."""
        if line > len(self._starts):
            return ""
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return self._text[self._starts[line - 1] : end].rstrip("\r\n")
