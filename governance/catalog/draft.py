"""The edits of one file, gathered place by place; comments of what is taken out stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from governance.catalog.document import Document
from governance.schema.json import Json
from governance.schema.pointer import ancestors, join, resolve, split
from governance.source import Edit, edited

_COMMENT = re.compile(r"(?:(?<=[ \t\r\n])|^)#[^\r\n]*")
_COMMA = re.compile(r"\s*,")
_REST = re.compile(r"\s*,?[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)")
# An anchor or a tag may stand before the bracket.
_IN_BRACKETS = re.compile(r"(?:[&!]\S*\s+)*[{\[]")


def comments(document: Document) -> Iterator[tuple[int, int]]:
    """Yield where each comment of a file stands: start and end in code points; JSON has none."""
    if document.path.endswith(".json"):
        return
    at = 0
    while found := _COMMENT.search(document.text, at):
        at = found.start() + 1
        # A number sign in a text may have a comment behind it, on the same line.
        if not document.is_in_scalar(found.start()):
            at = found.end()
            yield found.start(), found.start() + len(found[0].rstrip())


class Draft:
    """One file on its way to another text.

    Args:
        document: The file as it is.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.is_json = document.path.endswith(".json")
        self._text = document.text
        self._edits: list[Edit] = []
        # Kept until the end: what leaves a mapping at once leaves it in one go.
        self._cuts: dict[str, dict[str, None]] = {}
        self._words: dict[str, list[str]] = {}
        self._elsewhere: frozenset[str] = frozenset()

    def made(self) -> str:
        """Return the text with every edit made."""
        return edited(self._text, self.edits())

    def edits(self) -> tuple[Edit, ...]:
        """Return every edit."""
        for pointer in self._cuts:
            if not self.is_cut(pointer):
                self._cut(pointer)
        self._cuts = {}
        return tuple(dict.fromkeys(self._edits))

    @cached_property
    def newline(self) -> str:
        """How the file ends its lines."""
        return "\r\n" if "\r\n" in self._text else "\n"

    @cached_property
    def _comments(self) -> tuple[tuple[int, int], ...]:
        return tuple(comments(self.document))

    def source(self, pointer: str) -> str:
        """Return the text of a value as it stands in the file."""
        return self._text[slice(*self.document.extent(pointer))]

    def is_flow(self, pointer: str) -> bool:
        """Say whether a value is a collection in brackets."""
        return _IN_BRACKETS.match(self.source(pointer)) is not None

    def is_cut(self, pointer: str) -> bool:
        """Say whether a value is taken out, or something around it."""
        return any(
            split(one)[-1] in self._cuts.get(one.rpartition("/")[0], ())
            for one in ancestors(pointer)
            if one
        )

    def put(self, start: int, end: int, text: str) -> None:
        """Put a text in the place of another."""
        self._edits.append(Edit(start, end, text))

    def write(self, pointer: str, text: str) -> None:
        """Put a text in the place of a value."""
        self.put(*self.document.extent(pointer), text)

    def rename(self, pointer: str, name: str) -> None:
        """Give a key another name, in the quotes that it has."""
        start, end = self.document.offsets(pointer, on_key=True)
        quote = self._text[start] if self._text[start] in "\"'" else ""
        self.put(start, end, f"{quote}{name}{quote}")

    def cut(self, pointer: str, gone: Iterable[str], words: Iterable[str] = ()) -> None:
        """Take members out of a mapping, or items out of a list.

        Args:
            pointer: The mapping or list.
            gone: Their names or numbers.
            words: What is left in their place as comments. JSON has no place for it.
        """
        self._cuts.setdefault(pointer, {}).update(dict.fromkeys(gone))
        self._words.setdefault(pointer, []).extend(words)

    def leave(self, said: Iterable[str]) -> None:
        """Let comments go with what is taken out: they stand elsewhere from now on.

        Args:
            said: Their texts.
        """
        self._elsewhere = self._elsewhere.union(said)

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset starts."""
        return self._text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line of an offset ends, behind its break."""
        found = self._text.find("\n", offset)
        return len(self._text) if found < 0 else found + 1

    def indent(self, offset: int) -> str:
        """Return what the line of an offset starts with, as far as it is blank."""
        line = self._text[self.line_start(offset) : self.line_end(offset)]
        return line[: len(line) - len(line.lstrip(" "))]

    def is_comment(self, offset: int) -> bool:
        """Say whether a comment is all that stands on the line of an offset."""
        line = self._text[self.line_start(offset) : self.line_end(offset)]
        return line.lstrip().startswith("#")

    def _cut(self, pointer: str) -> None:
        value = resolve(self.document.root, pointer)
        tokens = list(value) if isinstance(value, dict) else [str(n) for n in range(len(value))]
        spans = [self._span(pointer, token, value) for token in tokens]
        flags = [token in self._cuts[pointer] for token in tokens]
        gone = [span for span, is_gone in zip(spans, flags, strict=True) if is_gone]
        if self._elsewhere and not self.is_json and all(map(self._has_own_lines, gone)):
            for start, end in gone:
                self._cut_lines(start, end)
        elif self.is_flow(pointer):
            self._cut_flow(pointer, spans, flags, self._words[pointer])
        else:
            self._cut_block(spans, flags, self._words[pointer])

    def _span(self, pointer: str, token: str, value: Json) -> tuple[int, int]:
        below = pointer + join(token)
        start, end = self.document.extent(below)
        if isinstance(value, dict):
            return self.document.offsets(below, on_key=True)[0], end
        # The dash belongs to the item.
        return (start if self.is_flow(pointer) else self._text.rfind("-", 0, start + 1)), end

    def _cut_block(
        self, spans: list[tuple[int, int]], flags: list[bool], words: Sequence[str]
    ) -> None:
        first = spans[0][0]
        number = 0
        if flags[0] and self._text[self.line_start(first) : first].strip():
            # A mapping that starts behind the dash of an item: what follows takes its place there.
            number = flags.index(False)
            start, left = self.line_start(first), spans[number][0]
            self.put(start, start, self._kept(first, left, self.indent(first), words))
            self.put(first, left, "")
            words = ()
        for (start, end), is_gone in zip(spans[number:], flags[number:], strict=True):
            if is_gone:
                begin, behind = self.line_start(start), self.line_end(end)
                kept = self._kept(start, behind, self.indent(start), words)
                # A last line without a break stays one.
                has_break = self._text[begin:behind].endswith("\n")
                self.put(begin, behind, kept if has_break else kept.removesuffix(self.newline))
                words = ()

    def _has_own_lines(self, span: tuple[int, int]) -> bool:
        start, end = span
        before, behind = self._text[self.line_start(start) : start], self._text[end:]
        return not before.strip() and _REST.match(behind) is not None

    def _cut_lines(self, start: int, end: int) -> None:
        """Take out whole lines, with the comments right above that stand elsewhere too."""
        begin, behind = self.line_start(start), self.line_end(end)
        while begin:
            above = self.line_start(begin - 1)
            if self._text[above:begin].strip() not in self._elsewhere:
                break
            begin = above
        self.put(begin, behind, self._kept(start, behind, self.indent(start), ()))

    def _cut_flow(
        self, pointer: str, spans: list[tuple[int, int]], flags: list[bool], words: Sequence[str]
    ) -> None:
        if words and not self.is_json:
            above = self._outermost(pointer)
            indent = self._text[self.line_start(above) : above]
            if indent.strip():
                # Behind a dash; a comment goes above it.
                above, indent = self.line_start(above), self.indent(above)
                self.put(above, above, self._kept(above, above, indent, words))
            else:
                self.put(above, above, self._kept(above, above, indent, words).lstrip(" ") + indent)
        last = max((number for number, is_gone in enumerate(flags) if not is_gone), default=-1)
        for number, (start, _) in enumerate(spans[: last + 1]):
            if flags[number]:
                behind = spans[number + 1][0]
                self.put(start, behind, self._kept(start, behind, self.indent(behind), ()).lstrip())
                if self._inside(start, behind):
                    self.put(behind, behind, self.indent(behind))
        if last + 1 < len(spans):
            start, end = spans[last][1] if last >= 0 else spans[0][0], spans[-1][1]
            comma = _COMMA.match(self._text, end)
            end = comma.end() if comma and last < 0 else end
            kept = self._kept(start, end, self.indent(end), ())
            if kept:
                end += len(self._text[end:]) - len(self._text[end:].lstrip(" "))
            self.put(start, end, f" {kept.lstrip()}{self.indent(end)}" if kept else "")

    def _outermost(self, pointer: str) -> int:
        """Return where the key of the outermost collection in brackets around a place starts."""
        flow = [one for one in ancestors(pointer) if self.is_flow(one)]
        return self.document.offsets(flow[-1], on_key=True)[0] if flow[-1] else 0

    def _inside(self, start: int, end: int) -> list[str]:
        found = [self._text[a:b] for a, b in self._comments if start <= a < end]
        return [one for one in found if one not in self._elsewhere]

    def _kept(self, start: int, end: int, indent: str, words: Sequence[str]) -> str:
        """Return what stays of a stretch of text: some words and its comments, a line each."""
        said = [f"# {word}" for word in words] + self._inside(start, end)
        return "".join(f"{indent}{one}{self.newline}" for one in said)
