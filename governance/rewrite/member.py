"""One entry of a mapping as it stands in the text: in lines of its own, or between brackets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from governance.catalog.document import Document
from governance.rewrite.head import flow
from governance.schema.json import Json
from governance.source import Edit, edited


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
        """Offset of its key."""
        return self.document.offsets(self.pointer, on_key=True)[0]

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
        start, _ = self.document.extent(around)
        return self.document.text[start : start + 1] == "{"

    @property
    def column(self) -> int:
        """Columns before its key."""
        return self.document.lines.position(self.start)[1] - 1

    @property
    def newline(self) -> str:
        """How the file ends its lines."""
        return "\r\n" if "\r\n" in self.document.text else "\n"

    @property
    def stands_alone(self) -> bool:
        """Whether its key is the first on its line."""
        line, column = self.document.lines.position(self.start)
        return not self.document.lines.text(line)[: column - 1].strip()

    @property
    def separator(self) -> str:
        """What stands between it and a further entry behind it."""
        comma = "," if self.is_in_brackets else ""
        line = f"{self.newline}{' ' * self.column}" if self.stands_alone else " "
        return comma + line

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
        return Edit(start, end, _like(self.document.text[start:end], text))

    def followed(self, key: str, value: Json) -> Edit:
        """Return the edit that puts a further entry behind it."""
        is_json = self.document.path.endswith(".json")
        written = json.dumps(value, ensure_ascii=False) if is_json else flow(value)
        name = json.dumps(key) if is_json else key
        return Edit(self.end, self.end, f"{self.separator}{name}: {written}")

    def removed(self) -> Edit:
        """Return the edit that takes it out, with its line or comma; it must not be the first."""
        text, start, end = self.document.text, self.start, self.end
        if not self.is_in_brackets:
            start = text.rfind("\n", 0, start) + 1
            return Edit(start, text.find("\n", end) + 1 or len(text), "")
        return Edit(len(text[:start].rstrip().removesuffix(",")), end, "")


def _like(old: str, new: str) -> str:
    quote = old[0] if old[:1] in {'"', "'"} else ""
    return f"{quote}{new}{quote}"
