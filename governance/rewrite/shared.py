"""Shared schemas that a break has changed: which have to be put back, and where all of it stands.

An event that is put back refers to schemas by name, and means them as they were. So those that
break it are put back as well, with all that lead to them, and what they have become goes on under a
new name. Whoever is not put back follows the new one: its promise is not broken, and it means what
the work tree says.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, file_of, follow
from governance.catalog.tree import SchemaTree
from governance.schema.json import Json, identity
from governance.schema.pointer import split, within

# The file of a schema, from the catalog folder, and its pointer in there.
Key: TypeAlias = tuple[str, str]
COMPONENTS = "/components/schemas"
_NUMBERED = re.compile(r"(.+)V([1-9][0-9]*)")


class Lead(NamedTuple):
    """A reference out of a schema tree.

    Attributes:
        pointer: Where it stands, from the root of the tree.
        ref: What it says.
        key: The schema tree that it leads to.
        below: Where it leads within that.
    """

    pointer: str
    ref: str
    key: Key
    below: str


class Former:
    """The schemas of a catalog of before, seen from the one of now.

    Args:
        old: The catalog of before.
        new: The catalog of now.
    """

    def __init__(self, old: Catalog, new: Catalog) -> None:
        self.old = old
        self.new = new
        self._leads: dict[int, tuple[Lead, ...]] = {}

    def leads(self, tree: SchemaTree) -> tuple[Lead, ...]:
        """Return the references out of a schema tree of before."""
        if id(tree) not in self._leads:
            self._leads[id(tree)] = tuple(_leads(self.old, tree))
        return self._leads[id(tree)]

    def closure(self, event: EventSchema) -> dict[Key, SchemaTree]:
        """Return the schemas that an event of before refers to, directly or through others."""
        found: dict[Key, SchemaTree] = {}
        todo = [event.payload] if event.payload is not None else []
        for here in todo:
            for lead in self.leads(here):
                tree = tree_at(self.old, lead.key)
                if tree is not None and lead.key not in found:
                    found[lead.key] = tree
                    todo.append(tree)
        return found

    def home(self, key: Key) -> Key | None:
        """Return where a schema of before stands now; None where it is gone."""
        if tree_at(self.new, key) is not None:
            return key
        moved = [
            file.relative
            for file in self.new.files
            if (file.document.path, key[1]) in self.new.trees
        ]
        return (moved[0], key[1]) if len(moved) == 1 else None

    def is_changed(self, key: Key) -> bool:
        """Say whether a schema of before says something else now, or is gone."""
        home = self.home(key)
        old, new = tree_at(self.old, key), tree_at(self.new, home) if home else None
        if old is None or new is None:
            return old is not new
        return identity(old.schema) != identity(new.schema)

    def put_back(
        self, events: Iterable[EventSchema], wanted: Collection[Key]
    ) -> dict[Key, SchemaTree]:
        """Return the shared schemas that have to be put back for some events to be as they were.

        Args:
            events: The events of before.
            wanted: The schemas that break them now.

        Returns:
            Those, what leads from the events to them, and what the events refer to that is gone.
        """
        near = {key: tree for event in events for key, tree in self.closure(event).items()}
        near = {key: tree for key, tree in near.items() if within(key[1], COMPONENTS)}
        found = {key for key in near if key in wanted or self.home(key) is None}
        changed = set(found)
        while found:
            found = {
                key
                for key, tree in near.items()
                if key not in changed and any(lead.key in found for lead in self.leads(tree))
            }
            # What leads to a schema that is only put back where it was leads there still.
            found = {key for key in found if self._leads_to_new(near[key], changed)}
            changed |= found
        return {key: near[key] for key in sorted(changed)}

    def refs(self, tree: SchemaTree, here: str) -> dict[str, str]:
        """Return the references of a schema of before that have to say something else.

        Args:
            tree: The schema.
            here: The file that it is put in, from the catalog folder.

        Returns:
            What they have to say, by pointer from the root of the schema.
        """
        found = {}
        for lead in self.leads(tree):
            home = self.home(lead.key) or lead.key
            file = lead.ref.partition("#")[0]
            led = (file_of(here, unquote(file)) if file else here, lead.key[1])
            if led != home:
                found[lead.pointer] = ref_to(here, home, lead.below)
        return found

    def _leads_to_new(self, tree: SchemaTree, changed: Collection[Key]) -> bool:
        return any(
            lead.key in changed and self.home(lead.key) is not None for lead in self.leads(tree)
        )


def tree_at(catalog: Catalog, key: Key) -> SchemaTree | None:
    """Return the schema that a catalog has at a place; None where there is none."""
    file = catalog.by_relative.get(key[0])
    return catalog.trees.get((file.document.path, key[1])) if file is not None else None


def free_name(key: Key, taken: Collection[str]) -> str:
    """Return the name for what a shared schema has become: ``Money`` goes on as ``MoneyV2``.

    Args:
        key: The schema.
        taken: The names that its file has.
    """
    name = split(key[1])[-1]
    found = _NUMBERED.fullmatch(name)
    stem, number = (found[1], int(found[2])) if found else (name, 1)
    return next(
        made
        for n in range(number + 1, number + len(taken) + 2)
        if (made := f"{stem}V{n}") not in taken
    )


def _leads(catalog: Catalog, tree: SchemaTree) -> Iterator[Lead]:
    for node in tree.having("$ref"):
        ref: Json = node.schema["$ref"]
        try:
            target = follow(catalog, tree, ref)
        except RefError:
            continue
        # What is no schema of its own can't be told apart from what is around it.
        if target.tree is not tree:
            relative = catalog.by_path[target.document.path].relative
            base = target.tree.pointer
            key = (relative, base)
            yield Lead(f"{node.pointer}/$ref", ref, key, target.pointer.removeprefix(base))


def ref_to(here: str, home: Key, below: str = "") -> str:
    """Return the reference by which a file refers to a shared schema, or to what is below it.

    Args:
        here: The file, from the catalog folder.
        home: The schema.
        below: JSON Pointer from there.
    """
    path = "" if home[0] == here else posixpath.relpath(home[0], posixpath.dirname(here) or ".")
    return f"{quote(path)}#{quote(home[1] + below, safe='/~$!&()*+,;=:@')}"
