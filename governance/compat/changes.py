"""Name what changed between two schemas, or two catalogs, and judge each change at its place."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.answer import Schema, View
from governance.compat.change.catalog import catalog_changes
from governance.compat.change.judge import judged
from governance.compat.change.model import (
    Change,
    Effect,
    EventChange,
    Kind,
    Operation,
    Origin,
    Reach,
)
from governance.compat.change.pair import Lead
from governance.compat.change.walk import differences
from governance.compat.engine.form import UndecidedError
from governance.compat.engine.resources import Resources
from governance.schema.dialect import Dialect
from governance.schema.json import Json
from governance.schema.pointer import escape

__all__ = [
    "Change",
    "Effect",
    "EventChange",
    "Kind",
    "Operation",
    "Origin",
    "Reach",
    "catalog_changes",
    "changes",
]


def changes(old: Schema, new: Schema, view: View) -> tuple[Change, ...]:
    """Return what changed between two schemas, one cause once.

    Definitions are compared where both sides refer to them, each once, and named where they stand;
    what nothing refers to is not compared. A change is judged at the smallest subschema that
    decides what it does.

    Args:
        old: The old schema.
        new: The new schema.
        view: The content model.

    Returns:
        The changes, in the order of the new schema; pointers start at the roots of the documents.

    Raises:
        PointerError: One of the schemas is not in its document.
    """
    sides = _Bare(old.root, old.dialect), _Bare(new.root, new.dialect)
    found = differences(*sides, old.pointer, new.pointer)
    return judged(old, new, found, view).changes


class _Bare:
    """A document by itself: references are followed within it."""

    def __init__(self, root: Json, dialect: Dialect) -> None:
        self.root = root
        self.dialect = dialect
        self._resources = Resources(root, dialect)
        self._pointers: dict[int, str] = {}

    def lead(self, pointer: str, ref: Json) -> Lead:
        """Return where a reference leads; one that leads nowhere is known by its text."""
        try:
            site = self._resources.follow(self._resources.at(pointer), ref)
        except UndecidedError:
            return Lead("?", "", str(ref))
        if not self._pointers:
            for place, value in _objects(self.root):
                self._pointers.setdefault(id(value), place)
        where = self._pointers.get(id(site.schema))
        return Lead("?", "", f"{ref} {site.schema}") if where is None else Lead("", where)


def _objects(root: Json) -> Iterator[tuple[str, Json]]:
    todo: list[tuple[str, Json]] = [("", root)]
    while todo:
        pointer, value = todo.pop()
        if isinstance(value, dict):
            yield pointer, value
            todo += [(f"{pointer}/{escape(str(key))}", below) for key, below in value.items()]
        elif isinstance(value, list):
            todo += [(f"{pointer}/{number}", below) for number, below in enumerate(value)]
