"""Rewrite a schema for each way in which it is used, and keep the copies apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from governance.compat.answer import Schema
from governance.compat.engine.modern import fragment, put
from governance.compat.governed.parts import Document
from governance.schema.json import Json, as_object
from governance.schema.pointer import join, split

Mode = TypeVar("Mode")

_DEFINITIONS = ("$defs", "definitions")


class Copies(Generic[Mode]):
    """The rewritten schemas of one document, each found by where it stood and how it is used.

    A definition used in the first way stays where it is; what is used in another way as well is
    copied into ``$defs``.

    Args:
        document: The document.
        pointer: The schema that is judged.
        first: How it is used.
    """

    def __init__(self, document: Document, pointer: str, first: Mode) -> None:
        self._document = document
        self._start = document.root
        self._pointer = pointer
        self._first = first
        self._where: dict[tuple[str, Mode], str] = {(pointer, first): pointer}
        self._todo = [(pointer, first)]
        self._taken = set(as_object(as_object(document.root).get("$defs")))

    def lead(self, ref: Json, mode: Mode) -> str:
        """Return the reference to what another one leads to, as it is when used in some way."""
        target = self._document.target({"$ref": ref})
        if target is None:
            return str(ref)
        if (target, mode) not in self._where:
            self._where[target, mode] = self._home(target, mode)
            self._todo.append((target, mode))
        return fragment(self._where[target, mode])

    def _home(self, pointer: str, mode: Mode) -> str:
        tokens = split(pointer)
        is_definition = len(tokens) == len(_DEFINITIONS) and tokens[0] in _DEFINITIONS
        if is_definition and mode == self._first and not self._pointer:
            return pointer
        name = last = tokens[-1] if tokens else "root"
        number = len(self._taken)
        while name in self._taken:
            name, number = f"{last}.{number}", number + 1
        self._taken.add(name)
        return join("$defs", name)

    def assemble(self, rewrite: Callable[[str, Mode], Json]) -> Schema:
        """Return the document with the judged schema rewritten, and all that it leads to.

        Args:
            rewrite: Gives the schema at a pointer, rewritten; leads to others by `lead`.
        """
        rewritten: dict[str, Json] = {}
        # A queue: a chain of references may be longer than Python's stack.
        for pointer, mode in self._todo:
            rewritten[self._where[pointer, mode]] = rewrite(pointer, mode)
        root = put(self._start, self._pointer, rewritten.pop(self._pointer))
        if rewritten:
            root = {**root, "$defs": as_object(root.get("$defs"))}
        for pointer, made in rewritten.items():
            root = put(root, pointer, made)
        return Schema(root, self._document.dialect, self._pointer)
