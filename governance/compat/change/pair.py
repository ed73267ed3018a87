"""Two subschemas side by side, and what may differ between them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple, Protocol

from governance.compat.change.model import Operation
from governance.schema.dialect import Dialect
from governance.schema.json import Json, JsonObject, identity
from governance.schema.pointer import join, resolve


class Lead(NamedTuple):
    """Where a reference leads.

    Attributes:
        file: Empty within the same document.
        pointer: JSON Pointer from the root of the document, or in the file.
        text: What else two leads must have in common to be the same.
    """

    file: str
    pointer: str
    text: str = ""


class Side(Protocol):
    """One of the two documents: the old or the new."""

    root: Json
    dialect: Dialect

    def lead(self, pointer: str, ref: Json) -> Lead:
        """Return where a ``$ref`` leads that stands in the schema at a pointer."""


class Difference(NamedTuple):
    """Something that differs.

    Attributes:
        operation: What was done.
        old_pointer: JSON Pointer of the subschema in the old document; None where it is new.
        new_pointer: The same in the new document; None where it is gone.
        keyword: The keyword that differs.
        detail: What differs, in short.
        owner: JSON Pointer, in the old document, of the schema that holds what differs.
        edited: That schema with this difference alone.
        judged_at: JSON Pointer, in the old document, of the smallest subschema that decides.
    """

    operation: Operation
    old_pointer: str | None
    new_pointer: str | None
    keyword: str
    detail: str
    owner: str
    edited: Json
    judged_at: str


class Pair(NamedTuple):
    """Two subschemas that stand for the same.

    Attributes:
        old: The old one.
        new: The new one.
        old_pointer: Where the old one stands.
        new_pointer: Where the new one stands.
        lifted: JSON Pointer of the old subschema that decides for all that stands in it; None
            where the pair decides for itself.
        skipped: Keywords that another difference has taken along.
    """

    old: Json
    new: Json
    old_pointer: str
    new_pointer: str
    lifted: str | None = None
    skipped: frozenset[str] = frozenset()

    def at(self, old: tuple[str | int, ...], new: tuple[str | int, ...] | None = None) -> Pair:
        """Return the pair below this one, for the same tokens on both sides unless told."""
        new = old if new is None else new
        old_step, new_step = join(*old), join(*new)
        return Pair(
            resolve(self.old, old_step),
            resolve(self.new, new_step),
            self.old_pointer + old_step,
            self.new_pointer + new_step,
            self.lifted,
        )

    def lift(self) -> Pair:
        """Return the pair as one that decides for all that stands in it."""
        return self if self.lifted is not None else self._replace(lifted=self.old_pointer)

    def values(self, keyword: str) -> tuple[Json, Json]:
        """Return what both sides say under a keyword; ``Absent.ABSENT`` where they say nothing."""
        if keyword in self.skipped:
            return Absent.ABSENT, Absent.ABSENT
        return self.old.get(keyword, Absent.ABSENT), self.new.get(keyword, Absent.ABSENT)

    def differs(self, keyword: str) -> bool:
        """Say whether the sides say something else under a keyword; order counts for nothing."""
        old, new = self.values(keyword)
        return old is not new and identity(old) != identity(new)

    def taking(self, keywords: Iterable[str]) -> JsonObject:
        """Return the old schema with what the new one says under some keywords."""
        made = dict(self.old)
        for keyword in keywords:
            made.pop(keyword, None)
            if keyword in self.new:
                made[keyword] = self.new[keyword]
        return made


class Absent(Enum):
    """What stands where nothing is said: None is a value."""

    ABSENT = ""
