"""The lines of a legacy file in block style, put in order as those of a governed one.

Each event moves below ``events:`` with the comments before it, and its schema below ``data:``; the
lines are indented by so much and otherwise stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from governance.catalog.document import Document
from governance.catalog.flow import flow
from governance.catalog.legacy import is_of_event
from governance.rewrite.head import OF_FILE, Head
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import join, resolve

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def governed(document: Document, top: JsonObject, heads: Mapping[str, Head]) -> str:
    """Return the text of a file in the governed layout.

    Args:
        document: The file, in the legacy layout, its schemas as they will be.
        top: What the file does not say at its top yet, by key.
        heads: What is said of each event, by the name that it has in the file.
    """
    return _Block(document, heads).governed(top)


class _Block:
    def __init__(self, document: Document, heads: Mapping[str, Head]) -> None:
        self._document = document
        self._heads = heads
        self._newline = "\r\n" if "\r\n" in document.text else "\n"
        self._lines = _LINE.findall(document.text)
        if self._lines and not self._lines[-1].endswith("\n"):
            self._lines[-1] += self._newline

    def governed(self, top: JsonObject) -> str:
        names = list(self._document.root)
        ends = [-1, *(self._last(join(name)) for name in names)]
        begins = [self._with_comments(join(n), end) for n, end in zip(names, ends, strict=False)]
        before, within, after = list[str](), list[str](), list[str]()
        for name, begin, behind in zip(names, begins, [*begins[1:], None], strict=True):
            lines = self._lines[begin:behind]
            if name in self._heads:
                within += self._event(name, lines, begin)
            elif name in OF_FILE or not within:
                before += lines
            else:
                after += lines
        said = [self._line(0, key, value) for key, value in top.items()]
        head = self._lines[: begins[0]]
        return "".join([*head, *before, *said, f"events:{self._newline}", *within, *after])

    def _event(self, name: str, lines: list[str], begin: int) -> list[str]:
        pointer, head = join(name), self._heads[name]
        at, end = self._key_line(pointer) - begin, self._last(pointer) - begin
        key_end = self._column(self._document.offsets(pointer, on_key=True)[1])
        quote = lines[at][0] if lines[at][0] in "\"'" else ""
        key, rest = f"  {quote}{head.name}{quote}", lines[at][key_end:]
        body = lines[at + 1 : end + 1]
        start = self._document.extent(pointer)[0]
        if self._document.text[start] == "{":
            if self._document.lines.position(start)[0] - 1 - begin == at:
                column = self._column(start) - key_end
                key, rest = f"{key}{rest[:column].rstrip()}{self._newline}", rest[column:]
            else:
                key, rest = key + rest, ""
            made = [key, *self._in_brackets(head, rest), *(_moved(line, 4) for line in body)]
        else:
            made = [key + rest, *self._in_lines(pointer, head, body)]
        # Behind an event, what stands at the margin is about what follows, or about the file.
        behind = [_moved(line, 2 if line.startswith("#") else 4) for line in lines[end + 1 :]]
        return [*(_moved(line, 2) for line in lines[:at]), *made, *behind]

    def _in_brackets(self, head: Head, rest: str) -> list[str]:
        said = dict(head.said)
        made = []
        if "event_version" in said:
            made.append(self._line(4, "event_version", said.pop("event_version")))
        # A text or list of several lines must stand further in than its key.
        sources = ((key, source.replace("\n", f"\n{' ' * 8}")) for key, source in head.lifted)
        made += [f"    {key}: {source}{self._newline}" for key, source in sources]
        made += [self._line(4, key, value) for key, value in said.items()]
        return [*made, f"    data: {rest}" if rest else f"    data:{self._newline}"]

    def _in_lines(self, pointer: str, head: Head, body: list[str]) -> list[str]:
        zero = self._key_line(pointer) + 1
        column = self._column(self._document.extent(pointer)[0]) + 2
        of_event, schema, done = dict[str, list[str]](), list[str](), 0
        for key, value in resolve(self._document.root, pointer).items():
            end = self._last(pointer + join(key)) + 1 - zero
            # The comments above an entry go with it.
            lines, done = body[done:end], end
            if is_of_event(key, value):
                of_event[key] = [_moved(line, 2) for line in lines]
            else:
                schema += [_moved(line, 4) for line in lines]
        said = dict(head.said)
        made = of_event.pop("event_version", [])
        if "event_version" in said:
            made = [self._line(column, "event_version", said.pop("event_version"))]
        made += [line for lines in of_event.values() for line in lines]
        made += [self._line(column, key, value) for key, value in said.items()]
        return [*made, f"{' ' * column}data:{self._newline}", *schema]

    def _line(self, column: int, key: str, value: Json) -> str:
        return f"{' ' * column}{key}: {flow(value)}{self._newline}"

    def _with_comments(self, pointer: str, above: int) -> int:
        """Return the first of the lines that belong to a key: comments may stand right above."""
        start = self._key_line(pointer)
        while start - 1 > above and self._lines[start - 1].startswith("#"):
            start -= 1
        return start

    def _key_line(self, pointer: str) -> int:
        offset = self._document.offsets(pointer, on_key=True)[0]
        return self._document.lines.position(offset)[0] - 1

    def _last(self, pointer: str) -> int:
        """Return the number, from 0, of the line on which a value ends."""
        start, end = self._document.extent(pointer)
        return self._document.lines.position(max(start, end - 1))[0] - 1

    def _column(self, offset: int) -> int:
        return self._document.lines.position(offset)[1] - 1


def _moved(line: str, columns: int) -> str:
    # A line of nothing but spaces may be text of a block scalar.
    return " " * columns + line if line.strip("\r\n") else line
