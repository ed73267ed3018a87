"""Whom a change of an event hits: the participants that look at what has changed.

Source: design.md, section 2 (``reads`` of a subscription).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from governance.catalog.model import Catalog
from governance.compat.change.model import Change
from governance.schema.pointer import split

# What stands in a path of fields for any item of a list, or any field by a pattern.
ANY = "*"
_BY_NAME = frozenset({"properties"})
_BY_PATTERN = frozenset({"patternProperties"})
_OF_ITEMS = frozenset({"items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"})
_OF_REST = frozenset({"additionalProperties", "unevaluatedProperties"})
_NUMBERED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "dependencies"})

Path = tuple[str, ...]


class Reader(NamedTuple):
    """A participant that subscribes to an event.

    Attributes:
        participant: Its name.
        group: Its consumer group; None where none is named.
        reads: JSON Pointers into ``data``, sorted; None means that it may read everything.
    """

    participant: str
    group: str | None
    reads: tuple[str, ...] | None

    def looks_at(self, paths: Iterable[Path]) -> tuple[str, ...] | None:
        """Return which of its ``reads`` meet some paths of fields.

        Returns:
            The pointers, none where it looks elsewhere; None where it may read everything.
        """
        if self.reads is None:
            return None
        changed = list(paths)
        return tuple(
            read for read in self.reads if any(_meets(tuple(split(read)), one) for one in changed)
        )

    def is_hit(self, paths: Iterable[Path]) -> bool:
        """Say whether it looks at one of some paths, or may."""
        return self.looks_at(paths) != ()


def readers(names: Iterable[str], *catalogs: Catalog) -> tuple[Reader, ...]:
    """Return who subscribes to an event, by participant and group.

    Args:
        names: The names that the event goes by.
        catalogs: Before and after: readers of before are those that run today.
    """
    known = frozenset(names)
    found: dict[tuple[str, str | None], set[str] | None] = {}
    for catalog in catalogs:
        for person in catalog.participants:
            for one in person.subscribes:
                if one.event in known:
                    key = (person.name, one.group)
                    before = found.get(key, set())
                    whole = before is None or one.reads is None
                    found[key] = None if whole else {*(before or ()), *(one.reads or ())}
    return tuple(
        Reader(person, group, None if reads is None else tuple(sorted(reads)))
        for (person, group), reads in sorted(
            found.items(), key=lambda row: (row[0][0], row[0][1] or "")
        )
    )


def paths(change: Change, event: str) -> tuple[Path, ...]:
    """Return the fields that a change of an event is about, within ``data``.

    Args:
        change: The change.
        event: The event type, of which a change in a shared schema may reach several places.
    """
    starts: tuple[str, ...] = ("",)
    if change.origin is not None:
        starts = next((one.pointers for one in change.origin.events if one.event == event), ())
    ends = {end for end in (change.old_pointer, change.new_pointer) if end is not None}
    return tuple(sorted({fields(start + end) for start in starts for end in ends}))


def fields(pointer: str) -> Path:
    """Return the way of fields that a pointer into a schema describes, ``*`` for an item."""
    steps = split(pointer)
    if steps[:1] == ["data"]:
        steps = steps[1:]
    found, number = [], 0
    while number < len(steps):
        step = steps[number]
        below = steps[number + 1] if number + 1 < len(steps) else None
        if step in _BY_NAME and below is not None:
            found.append(below)
        elif step in _BY_PATTERN | _OF_ITEMS | _OF_REST:
            found.append(ANY)
        takes_name = step in _BY_NAME | _BY_PATTERN | _NUMBERED | _NAMED
        is_tuple = step == "items" and below is not None and below.isdecimal()
        number += 2 if takes_name or is_tuple else 1
    return tuple(found)


def shown(path: Path) -> str:
    """Return a way of fields as a person writes it, such as ``items[].price``."""
    return "".join("[]" if step == ANY else f".{step}" for step in path).removeprefix(".")


def _meets(read: Path, changed: Path) -> bool:
    """Say whether one way leads along the other: what is read holds what changed, or is in it."""
    return all(
        ANY in (one, other) or one == other for one, other in zip(read, changed, strict=False)
    )
