"""Follow a ``$ref`` within the catalog, and bundle a schema with all that it refers to."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

from governance.catalog.document import Document
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.tree import SchemaTree
from governance.schema.dialect import Holds
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import PointerError, join, resolve, split, within

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")


class Fault(Enum):
    """Why a reference can't be followed."""

    NETWORK = "it leads to the network"
    OUTSIDE = "it leads out of the catalog folder"
    MISSING = "it leads nowhere"


class RefError(Exception):
    """A reference can't be followed; the text says why.

    Args:
        fault: The reason in one word.
        message: The reason in full.
    """

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference leads to.

    Attributes:
        document: The file.
        pointer: Where in the file.
        schema: What stands there.
        tree: The schema that it is part of, by which references within it are followed.
    """

    document: Document
    pointer: str
    schema: Json
    tree: SchemaTree


def follow(catalog: Catalog, tree: SchemaTree, ref: Json) -> Target:
    """Return what a ``$ref`` in a schema leads to.

    A pointer starts at the root of its file, or, where that leads nowhere, at the root of the
    schema it stands in
    (``#/$defs/X``). Nothing is fetched, and nothing outside the catalog folder is looked at.

    Raises:
        RefError: It leads nowhere, out of the catalog, or to the network.
    """
    if not isinstance(ref, str):
        raise RefError(Fault.MISSING, f"a reference is a text, not {ref!r}")
    name, _, fragment = ref.partition("#")
    named = _by_id(tree, ref) if name else None
    if named is not None:
        return named
    fragment = unquote(fragment)
    if name:
        document = _file(catalog, tree, unquote(name)).document
    else:
        document = tree.document
        if not fragment:
            return Target(document, tree.pointer, tree.schema, tree)
        if not fragment.startswith("/"):
            return _by_anchor(tree, fragment)
    starts = (
        ((document.root, ""), (tree.schema, tree.pointer))
        if document is tree.document
        else ((document.root, ""),)
    )
    for root, base in starts:
        try:
            found = resolve(root, fragment)
        except PointerError:
            continue
        pointer = base + fragment
        return Target(document, pointer, found, _tree_at(catalog, document, pointer) or tree)
    raise RefError(Fault.MISSING, f"there is no {fragment} in {document.path}")


def bundle(catalog: Catalog, tree: SchemaTree, pointer: str = "") -> JsonObject:
    """Return a schema with all that it refers to, so that every ``$ref`` stays within it.

    Args:
        catalog: Where references are followed.
        tree: The schema that it is part of.
        pointer: JSON Pointer of the wanted subschema from the root of ``tree``.

    Returns:
        A schema of the tree's dialect; parts without a reference are shared with the catalog, not
        copied.

    Raises:
        RefError: A reference can't be followed.
    """
    return _Bundle(catalog, tree, pointer).schema()


class _Bundle:
    def __init__(self, catalog: Catalog, tree: SchemaTree, pointer: str) -> None:
        self.catalog = catalog
        self.tree = tree
        self.root = tree.pointer + pointer
        self.start = resolve(tree.schema, pointer)
        self.names: dict[tuple[str, str], str] = {}
        self.definitions: JsonObject = {}

    def schema(self) -> JsonObject:
        made = self._rewrite(self.start, self.tree)
        if not isinstance(made, dict):
            return {} if made else {"not": {}}
        if not self.definitions:
            return made
        key = self.tree.dialect.definitions
        return {**made, key: {**made.get(key, {}), **self.definitions}}

    def _rewrite(self, schema: Json, tree: SchemaTree) -> Json:
        """Return a schema with its references led into the bundle; itself where there are none."""
        if not isinstance(schema, dict):
            return schema
        changed: JsonObject = {}
        for keyword, value in schema.items():
            holds = tree.dialect.keywords.get(keyword, Holds.VALUE)
            made = value
            if keyword == "$ref":
                made = self._lead(value, tree)
            elif holds is not Holds.VALUE and isinstance(value, dict):
                if holds is Holds.SCHEMA or holds is Holds.ITEMS:
                    made = self._rewrite(value, tree)
                else:
                    rewritten = {key: self._rewrite(child, tree) for key, child in value.items()}
                    made = (
                        rewritten
                        if any(rewritten[key] is not value[key] for key in value)
                        else value
                    )
            elif holds is not Holds.VALUE and isinstance(value, list):
                items = [self._rewrite(child, tree) for child in value]
                made = (
                    items
                    if any(new is not old for new, old in zip(items, value, strict=True))
                    else value
                )
            if made is not value:
                changed[keyword] = made
        # An `$id` would move the base that the rewritten references start from.
        if changed or "$id" in schema:
            return {key: value for key, value in {**schema, **changed}.items() if key != "$id"}
        return schema

    def _lead(self, ref: Json, tree: SchemaTree) -> str:
        target = follow(self.catalog, tree, ref)
        if target.document is self.tree.document and within(target.pointer, self.root):
            return "#" + target.pointer[len(self.root) :]
        place = (target.document.path, target.pointer)
        name = self.names.get(place)
        if name is None:
            last = (split(target.pointer) or ["root"])[-1]
            name = last if last not in self.names.values() else f"{last}_{len(self.names)}"
            self.names[place] = name
            self.definitions[name] = self._rewrite(target.schema, target.tree)
        return "#" + join(self.tree.dialect.definitions, name)


def _file(catalog: Catalog, tree: SchemaTree, name: str) -> SourceFile:
    if _SCHEME.match(name):
        raise RefError(
            Fault.NETWORK,
            f"{name} leads out of the catalog, to a place that would have to be fetched",
        )
    here = catalog.by_path[tree.document.path].relative
    path = posixpath.normpath(posixpath.join(posixpath.dirname(here), name.replace("\\", "/")))
    if path.startswith(("../", "/")):
        raise RefError(Fault.OUTSIDE, f"{name} leads out of the catalog folder")
    if path not in catalog.by_relative:
        raise RefError(Fault.MISSING, f"there is no file {path} in the catalog")
    return catalog.by_relative[path]


def _tree_at(catalog: Catalog, document: Document, pointer: str) -> SchemaTree | None:
    trees = catalog.by_path[document.path].trees if document.path in catalog.by_path else []
    return next((tree for tree in trees if within(pointer, tree.pointer)), None)


def _by_id(tree: SchemaTree, ref: str) -> Target | None:
    for node in tree.having("$id", "id"):
        if node.schema.get("$id", node.schema.get("id")) == ref.rstrip("#"):
            return Target(tree.document, tree.pointer + node.pointer, node.schema, tree)
    return None


def _by_anchor(tree: SchemaTree, name: str) -> Target:
    for node in tree.having("$anchor", "$dynamicAnchor", "$id", "id"):
        said = node.schema
        if name in {said.get("$anchor"), said.get("$dynamicAnchor")} or f"#{name}" in {
            said.get("$id"),
            said.get("id"),
        }:
            return Target(tree.document, tree.pointer + node.pointer, said, tree)
    raise RefError(Fault.MISSING, f"there is no anchor {name!r} in this schema")
