"""One file as read: its values, and the place of every JSON Pointer into them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from hashlib import sha1
from typing import NamedTuple, TypeVar

from governance.catalog.build import Places, build
from governance.catalog.problem import Problem
from governance.schema.json import Json
from governance.schema.pointer import PointerError, join, split
from governance.source import Lines, Span

T = TypeVar("T")
# An anchor or a tag stands before the value that it belongs to.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


class Document:
    """One file as read, not changed after it is made; what is costly is made on demand.

    Args:
        path: Path as the catalog was named, with forward slashes.
        data: What the file holds, without a byte order mark.
        root: The values: objects, arrays, texts, numbers, booleans, null.
        places: Where each node stands; None to find out when somebody asks.
        problems: What went wrong in reading; the root is None where nothing could be read.
    """

    __slots__ = (
        "_blob",
        "_children",
        "_data",
        "_found",
        "_lines",
        "_refers",
        "_text",
        "_tokens",
        "path",
        "problems",
        "root",
    )

    def __init__(
        self,
        path: str,
        data: bytes,
        root: Json,
        places: Places | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        self.path = path
        self._data = data
        self._text: str | None = None
        self.root = root
        self.problems = problems
        self._found = places
        self._refers: frozenset[str] | None = None
        self._blob = ""
        self._lines: Lines | None = None
        self._children: dict[int, dict[str, int]] = {}
        self._tokens: dict[int, tuple[str, ...]] = {}

    @classmethod
    def clean(
        cls, path: str, data: bytes, root: Json, refers: frozenset[str], blob: str
    ) -> Document:
        """Return a file that was read before without a problem.

        Args:
            path: Its path.
            data: What it holds.
            root: The values.
            refers: What ``refers`` gave then.
            blob: What ``blob`` gave then.
        """
        made = cls(path, data, root)
        made._refers, made._blob = refers, blob
        return made

    @property
    def text(self) -> str:
        """The whole text; what is no UTF-8 is replaced.

        Made on demand: nobody asks for that of a clean file again.
        """
        if self._text is None:
            self._text = self._data.decode(errors="replace")
        return self._text

    @property
    def _places(self) -> Places:
        if self._found is None:
            self._found = build(self.text, is_json=self.path.endswith(".json")).places
        return self._found

    @property
    def has_aliases(self) -> bool:
        """Whether some value stands for one that is written elsewhere in the file."""
        return bool(self._places.aliases)

    @property
    def refers(self) -> frozenset[str]:
        """Names of other files that its references name, as written, before the number sign."""
        if self._refers is None:
            refs = (str(ref).partition("#")[0] for ref in _refs(self.root))
            self._refers = frozenset(name for name in refs if name)
        return self._refers

    def is_shared(self, pointer: str, *, in_part: bool = False) -> bool:
        """Say whether a value stands in several places, by YAML aliases.

        Args:
            pointer: The value.
            in_part: Whether it is enough that a part of it does.
        """
        if not self._places.aliases:
            return False
        node, _, _ = self._find(pointer)
        node = self._places.aliases.get(node, node)
        last = self._places.after(node) - 1 if in_part else node
        targets = set(self._places.aliases.values())
        return any(one <= last and node < self._places.after(one) for one in targets)

    @property
    def blob(self) -> str:
        """The id that git gives to what a file without a byte order mark holds, by SHA-1."""
        if not self._blob:
            digest = sha1(b"blob %d\0" % len(self._data), usedforsecurity=False)
            digest.update(self._data)
            self._blob = digest.hexdigest()
        return self._blob

    def mentions(self, marker: bytes) -> bool:
        """Say whether the file holds some bytes anywhere."""
        return marker in self._data

    def scan(self, look: Callable[[str], T]) -> T:
        """Return what ``look`` makes of the text, which is not kept in memory as ``text`` is."""
        return look(self._data.decode(errors="replace") if self._text is None else self._text)

    @property
    def lines(self) -> Lines:
        """The lines of the text."""
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines

    def at(self, pointer: str = "", *, on_key: bool = False) -> Place:
        """Return the place that a pointer names; ``on_key`` means its key, not its value."""
        return Place(self, pointer, on_key)

    def offsets(self, pointer: str, *, on_key: bool = False) -> tuple[int, int]:
        """Return where a pointer's value stands: start and end (exclusive) in code points.

        A value that is absent gives its nearest existing parent. A collection in block style, or
        ``on_key``, gives the key, since a caret under forty lines helps nobody.
        """
        if not self._places.starts:
            return 0, 0
        node, key, absent = self._find(pointer)
        start, end = self._extent(node)
        is_block = self._places.nexts[node] and not self._is_in_brackets(node)
        is_long = "\n" in self.text[start:end]
        if key is not None and (on_key or absent or is_block or is_long or start == end):
            start, end = self._extent(key)
        elif is_long:
            line, column = self.lines.position(start)
            end = start + len(self.lines.text(line)) - (column - 1)
        return start, end

    def whole(self, pointer: str) -> tuple[int, int]:
        """Return the extent of a pointer's key and value: start and end in code points.

        An absent one gives its nearest existing parent.
        """
        node, key, _ = self._find(pointer)
        start, _ = self._extent(node if key is None else key)
        return start, max(start, self._extent(self._last(node))[1])

    def extent(self, pointer: str) -> tuple[int, int]:
        """Return the extent of a pointer's value, its last bracket included, without its key."""
        if not self._places.starts:
            return 0, 0
        node, _, _ = self._find(pointer)
        return self._places.starts[node], self._end(node)

    def span(self, pointer: str, *, on_key: bool = False) -> Span:
        """Return where a pointer stands, as ``offsets`` does, in lines and columns."""
        return self.lines.span(*self.offsets(pointer, on_key=on_key))

    def pointer_at(self, offset: int) -> str:
        """Return the pointer of the innermost value whose key or value covers an offset."""
        return self._pointer_at(offset, 0, self.root, "") if self._places.starts else ""

    def place_of(self, problem: Problem) -> Place:
        """Return the place of a reading problem."""
        return Place(self, self.pointer_at(problem.start), offsets=(problem.start, problem.end))

    def is_in_scalar(self, offset: int) -> bool:
        """Say whether an offset lies within a scalar, where a number sign starts no comment."""
        node = bisect_right(self._places.starts, offset) - 1
        return node >= 0 and not self._places.nexts[node] and offset < self._places.ends[node]

    def next_value(self, offset: int) -> int:
        """Return where the first key or value behind an offset starts, at the latest the end."""
        node = bisect_right(self._places.starts, offset)
        return self._places.starts[node] if node < len(self._places.starts) else len(self.text)

    def _extent(self, node: int) -> tuple[int, int]:
        start, end = self._places.starts[node], self._places.ends[node]
        if self._places.nexts[node] and not self._is_in_brackets(node):
            # The parser ends a block collection at the next token, past blank lines and comments.
            end = self._extent(self._last(node))[1] if self._last(node) != node else start
        return start, start + len(self.text[start:end].rstrip())

    def _end(self, node: int) -> int:
        places = self._places
        start, behind = places.starts[node], places.after(node)
        # What stands last in a block decides, and that may end in a bracket.
        while places.nexts[node] and not self._is_in_brackets(node):
            node += 1
            while places.after(node) < behind:
                node = places.after(node)
        return start + len(self.text[start : places.ends[node]].rstrip())

    def _is_in_brackets(self, node: int) -> bool:
        found = _PROPERTIES.match(self.text, self._places.starts[node])
        return found is not None and self.text.startswith(("{", "["), found.end())

    def _last(self, node: int) -> int:
        return self._places.after(node) - 1

    def _find(self, pointer: str) -> tuple[int, int | None, bool]:
        """Return the numbers of a pointer's node and key, and whether a parent had to stand in."""
        node, key, value = 0, None, self.root
        try:
            tokens = split(pointer)
        except PointerError:
            return 0, None, True
        for token in tokens:
            node = self._places.aliases.get(node, node)
            if isinstance(value, dict) and token in value:
                key = self._children_of(node, value)[token]
                node, value = key + 1, value[token]
            elif isinstance(value, list) and token in self._children_of(node, value):
                key, node = None, self._children_of(node, value)[token]
                value = value[int(token)]
            else:
                return node, key, True
        return node, key, False

    def _children_of(self, node: int, value: Json) -> dict[str, int]:
        """Return the numbers of a mapping's keys, or of a list's items, by reference token."""
        children = self._children.get(node)
        if children is None:
            places = self._places
            if isinstance(value, dict):
                children = dict(zip(value, places.keys(node, places.after(node)), strict=False))
            else:
                children, item = {}, node + 1
                for number in range(len(value)):
                    children[str(number)] = item
                    item = places.after(item)
            self._children[node] = children
        return children

    def _pointer_at(self, offset: int, node: int, value: Json, pointer: str) -> str:
        places = self._places
        if node in places.aliases:
            return pointer
        if isinstance(value, (dict, list)):
            children = self._children_of(node, value)
            if node not in self._tokens:
                self._tokens[node] = tuple(children)
            tokens = self._tokens[node]
            # The last child that starts at the offset or before it.
            number = bisect_right(tokens, offset, key=lambda one: places.starts[children[one]])
            if number:
                token = tokens[number - 1]
                below = children[token] + 1 if isinstance(value, dict) else children[token]
                if offset <= self._extent(self._last(below))[1]:
                    inner = value[token] if isinstance(value, dict) else value[int(token)]
                    return self._pointer_at(offset, below, inner, pointer + join(token))
        return pointer


def _refs(value: Json) -> Iterator[Json]:
    """Yield what stands under each ``$ref`` in a value."""
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            if "$ref" in here:
                yield here["$ref"]
            todo += here.values()
        elif isinstance(here, list):
            todo += here


class Place(NamedTuple):
    """A place in one document.

    Attributes:
        document: The file.
        pointer: JSON Pointer of the value that is spoken of.
        on_key: Whether its key is meant, not its value.
        offsets: Start and end (exclusive) in code points, where they are known better than by the
            pointer.
    """

    document: Document
    pointer: str
    on_key: bool = False
    offsets: tuple[int, int] | None = None

    @property
    def span(self) -> Span:
        """Where it stands; an absent part gives its nearest existing parent."""
        if self.offsets is not None:
            return self.document.lines.span(*self.offsets)
        return self.document.span(self.pointer, on_key=self.on_key)

    def __str__(self) -> str:
        """Return path and line, as a message about another place names it."""
        return f"{self.document.path}:{self.span.line}"
