"""One entry of a mapping as it stands in the text: in lines of its own, or between brackets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.flow import written
from governance.schema.json import Json
from governance.schema.pointer import join, resolve
from governance.source import Edit, edited

# A key may be announced by a question mark, and its value by a colon on a line of its own.
_ANNOUNCED = re.compile(r"(?<![^\s{,])\?[ \t]+$")
_SIGNS = " \t?:-"
_TRAILING = re.compile(r"\s*,([ \t]*(?:#[^\r\n]*)?)(?=\r?\n)")
_ANCHOR = re.compile(r"(?<![^\s,\[{])&([^\s,\[\]{}]+)")
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")
# An anchor or a tag stands before the value that it belongs to.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


class Slot(NamedTuple):
    """What an entry has to fit in with, wherever it is written.

    Attributes:
        column: Columns before its key.
        newline: How the file ends its lines.
        is_in_brackets: Whether the mapping around it is written with brackets.
        is_json: Whether the file is JSON.
        has_own_lines: Whether the entries stand on lines of their own.
        quote: What stands around keys there; empty where nothing does.
        anchors: The anchors of the entry that comes behind; None where the file has no aliases,
            and any may be set.
    """

    column: int
    newline: str
    is_in_brackets: bool
    is_json: bool
    has_own_lines: bool
    quote: str
    anchors: frozenset[str] | None


class Member(NamedTuple):
    """One entry of a mapping.

    Attributes:
        document: The file.
        pointer: JSON Pointer of its value.
    """

    document: Document
    pointer: str

    @property
    def start(self) -> int:
        """Offset of its key, or of the question mark that announces it."""
        start = self.document.offsets(self.pointer, on_key=True)[0]
        found = _ANNOUNCED.search(
            self.document.text, self.document.text.rfind("\n", 0, start) + 1, start
        )
        return found.start() if found else start

    @property
    def end(self) -> int:
        """Offset behind its value, and behind a comment on the same line where it ends the line."""
        end = self.document.extent(self.pointer)[1]
        if self.is_in_brackets:
            return end
        line_end = self.document.text.find("\n", end)
        rest = self.document.text[end : line_end if line_end >= 0 else None]
        is_comment = not rest.strip() or rest.lstrip().startswith("#")
        return end + len(rest.rstrip()) if is_comment else end

    @property
    def is_in_brackets(self) -> bool:
        """Whether the mapping around it is written with brackets, as all JSON is."""
        around = self.pointer.rpartition("/")[0]
        start, end = self.document.extent(around)
        found = _PROPERTIES.match(self.document.text, start, end)
        return self.document.text.startswith("{", found.end() if found else start)

    @property
    def column(self) -> int:
        """Columns before its key."""
        return self.document.lines.position(self.start)[1] - 1

    @property
    def newline(self) -> str:
        """How the file ends its lines."""
        return "\r\n" if "\r\n" in self.document.text else "\n"

    @property
    def slot(self) -> Slot:
        """What a further entry beside it has to fit in with."""
        is_json = self.document.path.endswith(".json")
        quote = _quote(self.document.text[self.start : self.start + 1])
        lines = (self.column, self.newline, self.is_in_brackets)
        has_aliases = self.document.has_aliases
        set_anew = anchors(self.text()) if has_aliases else None
        return Slot(*lines, is_json, self.stands_alone, quote, set_anew)

    @property
    def stands_alone(self) -> bool:
        """Whether its key is the first on its line."""
        line, column = self.document.lines.position(self.start)
        return not self.document.lines.text(line)[: column - 1].strip(_SIGNS)

    @property
    def is_spaced(self) -> bool:
        """Whether a blank line stands between it and the entry behind it, or else before it."""
        around, _, token = self.pointer.rpartition("/")
        entries = [around + join(key) for key in resolve(self.document.root, around)]
        number = entries.index(f"{around}/{token}")
        if number + 1 < len(entries):
            gap = (self.end, self._beside(entries[number + 1]).start)
        elif number:
            gap = (self._beside(entries[number - 1]).end, self.start)
        else:
            return False
        return _BLANK_LINE.search(self.document.text, *gap) is not None

    @property
    def separator(self) -> str:
        """What stands between it and a further entry behind it."""
        comma = "," if self.is_in_brackets else ""
        if not self.stands_alone:
            return f"{comma} "
        return f"{comma}{self.newline * (2 if self.is_spaced else 1)}{' ' * self.column}"

    def text(self, edits: Iterable[Edit] = ()) -> str:
        """Return it as it stands there, with edits made that lie within."""
        start = self.start
        shifted = [Edit(one.start - start, one.end - start, one.text) for one in edits]
        return edited(self.document.text[start : self.end], shifted)

    def renamed(self, name: str) -> Edit:
        """Return the edit that gives it another key, quoted as the one it has."""
        start, end = self.document.offsets(self.pointer, on_key=True)
        return Edit(start, end, _like(self.document.text[start:end], name))

    def valued(self, text: str) -> Edit:
        """Return the edit that gives it another text as its value, quoted as the one it has."""
        start, end = self.document.extent(self.pointer)
        # What others refer to by an anchor, they still have to find.
        found = _PROPERTIES.match(self.document.text, start, end)
        start = found.end() if found else start
        return Edit(start, end, _like(self.document.text[start:end], text))

    def replaced(self, value: Json) -> Edit:
        """Return the edit that gives it another value, whatever it had."""
        return Edit(*self.document.extent(self.pointer), written(value, self.document.path))

    def followed(self, key: str, value: Json) -> Edit:
        """Return the edit that puts a further entry right behind it."""
        entry, text, end = self._entry(key, value), self.document.text, self.end
        line = f"{self.newline}{' ' * self.column}" if self.stands_alone else " "
        found = _TRAILING.match(text, end) if self.is_in_brackets and self.stands_alone else None
        if found:
            # What is said behind its comma is said of it.
            return Edit(found.end(), found.end(), f"{line}{entry},")
        return Edit(end, end, f"{',' if self.is_in_brackets else ''}{line}{entry}")

    def preceded(self, key: str, value: Json) -> Edit:
        """Return the edit that puts a further entry right before it."""
        comma = "," if self.is_in_brackets else ""
        line = f"{self.newline}{' ' * self.column}" if self.stands_alone else " "
        return Edit(self.start, self.start, f"{self._entry(key, value)}{comma}{line}")

    def _entry(self, key: str, value: Json) -> str:
        name = json.dumps(key) if self.document.path.endswith(".json") else key
        return f"{name}: {written(value, self.document.path)}"

    def _beside(self, pointer: str) -> Member:
        return self._replace(pointer=pointer)


def anchors(text: str) -> frozenset[str]:
    """Return the anchors that a text sets, perhaps with words that only look like one."""
    return frozenset(_ANCHOR.findall(text))


def _like(old: str, new: str) -> str:
    quote = _quote(old[:1])
    return f"{quote}{new}{quote}"


def _quote(character: str) -> str:
    return character if character in {'"', "'"} else ""
