"""Follow a ``$ref`` within the catalog, and bundle a schema with all that it refers to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from enum import Enum
from urllib.parse import quote, unquote

from governance.catalog.document import Document
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.tree import SchemaTree, Target
from governance.schema.dialect import Holds
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import PointerError, ancestors, join, resolve, split, within

# So many schemas may hold together for one value; a chain any longer is made to wear readers out.
MOST_PARTS = 200
# Where none of these stands, a schema is its own bundle.
_LED = frozenset({"$ref", "$id"})
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


def follow(catalog: Catalog, tree: SchemaTree, ref: Json) -> Target:
    """Return what a ``$ref`` in a schema leads to.

    A pointer starts at the root of its file, or, where that leads nowhere, at the root of the
    schema it stands in (``#/$defs/X``). Nothing is fetched, and nothing outside the catalog folder
    is looked at.

    Raises:
        RefError: It leads nowhere, out of the catalog, or to the network.
    """
    if not isinstance(ref, str):
        raise RefError(Fault.MISSING, f"a reference is a text, not {ref!r}")
    known = catalog.followed.get((id(tree), ref))
    if known is None:
        known = catalog.followed[id(tree), ref] = _follow(catalog, tree, ref)
    return known


def _follow(catalog: Catalog, tree: SchemaTree, ref: str) -> Target:
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


def leading_to(catalog: Catalog, files: Collection[str]) -> set[str]:
    """Return some files, and those whose references lead to them, directly or through others.

    Args:
        catalog: Where references are followed.
        files: Paths from the catalog folder; they need not be there.
    """
    found = set(files)
    if not found:
        return found
    leads = {
        file.relative: {file_of(file.relative, unquote(n)) for n in file.document.refers}
        for file in catalog.files
        if file.document.refers
    }
    while more := {name for name, to in leads.items() if name not in found and to & found}:
        found |= more
    return found


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


def parts(catalog: Catalog, start: SchemaTree | Target) -> Iterator[Target | RefError]:
    """Yield a schema and all that holds with it: what its ``$ref`` and ``allOf`` bring, and theirs.

    Args:
        catalog: Where references are followed.
        start: The schema.

    Yields:
        Each schema once, in document order; an error where a reference can't be followed, or
        where they are more than anybody means.
    """
    if isinstance(start, SchemaTree):
        start = Target(start.document, start.pointer, start.schema, start)
    todo = [start]
    seen = set[tuple[str, str]]()
    while todo:
        here = todo.pop()
        if (here.document.path, here.pointer) in seen:
            continue
        if len(seen) == MOST_PARTS:
            yield RefError(Fault.MISSING, f"it leads on to more than {MOST_PARTS} schemas")
            return
        seen.add((here.document.path, here.pointer))
        schema, brought = here.schema, list[Target]()
        error = None
        if isinstance(schema, dict) and "$ref" in schema:
            if here.tree.dialect.overrides_siblings:
                schema = {"$ref": schema["$ref"]}
            try:
                brought.append(follow(catalog, here.tree, schema["$ref"]))
            except RefError as unknown:
                error = unknown
        yield here._replace(schema=schema)
        if error is not None:
            yield error
        if isinstance(schema, dict) and "allOf" in schema:
            brought += [
                Target(here.document, f"{here.pointer}/allOf/{number}", branch, here.tree)
                for number, branch in enumerate(as_list(schema["allOf"]))
            ]
        todo += reversed(brought)


class _Bundle:
    def __init__(self, catalog: Catalog, tree: SchemaTree, pointer: str) -> None:
        self.catalog = catalog
        self.tree = tree
        self.root = tree.pointer + pointer
        self.start = resolve(tree.schema, pointer)
        self.names: dict[tuple[str, str], str] = {}
        self.definitions: JsonObject = {}
        self.pending: list[tuple[str, Target]] = []
        # What the schema defines itself keeps its name.
        self.taken = set(as_object(as_object(self.start).get(tree.dialect.definitions)))

    def schema(self) -> JsonObject:
        made = self._lead_all(self.start, self.tree)
        if not isinstance(made, dict):
            return {} if made else {"not": {}}
        # A queue and no recursion: a chain of references may be longer than Python's stack.
        for name, target in self.pending:
            self.definitions[name] = self._lead_all(target.schema, target.tree)
        if not self.definitions:
            return made
        key = self.tree.dialect.definitions
        return {**made, key: {**as_object(made.get(key)), **self.definitions}}

    def _lead_all(self, schema: Json, tree: SchemaTree) -> Json:
        """Return a schema with its references led into the bundle; itself where there are none."""
        if tree.is_whole and tree.keywords().isdisjoint(_LED):
            return schema
        return self._rewrite(schema, tree)

    def _rewrite(self, schema: Json, tree: SchemaTree) -> Json:
        if not isinstance(schema, dict):
            return schema
        changed: JsonObject = {}
        keywords = tree.dialect.keywords
        for keyword, value in schema.items():
            holds = keywords.get(keyword, Holds.VALUE)
            if keyword == "$ref":
                changed[keyword] = self._lead(value, tree)
            elif holds is not Holds.VALUE:
                made = self._rewrite_below(value, holds, tree)
                if made is not value:
                    changed[keyword] = made
        # An `$id` would move the base that the rewritten references start from.
        if changed or "$id" in schema:
            return {key: value for key, value in {**schema, **changed}.items() if key != "$id"}
        return schema

    def _rewrite_below(self, value: Json, holds: Holds, tree: SchemaTree) -> Json:
        if isinstance(value, list):
            items = [self._rewrite(child, tree) for child in value]
            is_same = all(new is old for new, old in zip(items, value, strict=True))
            return value if is_same else items
        if holds is Holds.SCHEMA or holds is Holds.ITEMS or not isinstance(value, dict):
            return self._rewrite(value, tree)
        rewritten = {}
        for name, child in value.items():
            made = self._rewrite(child, tree)
            if made is not child:
                rewritten[name] = made
        return {**value, **rewritten} if rewritten else value

    def _lead(self, ref: Json, tree: SchemaTree) -> str:
        target = follow(self.catalog, tree, ref)
        if target.document is self.tree.document and within(target.pointer, self.root):
            return _fragment(target.pointer[len(self.root) :])
        place = (target.document.path, target.pointer)
        name = self.names.get(place)
        if name is None:
            name = last = (split(target.pointer) or ["root"])[-1]
            number = len(self.taken)
            while name in self.taken:
                name, number = f"{last}_{number}", number + 1
            self.taken.add(name)
            self.names[place] = name
            self.pending.append((name, target))
        return _fragment(join(self.tree.dialect.definitions, name))


def _fragment(pointer: str) -> str:
    return "#" + quote(pointer, safe="/~$!&'()*+,;=:@", errors="replace")


def file_of(here: str, name: str) -> str:
    """Return the file that a reference names, from the catalog folder; maybe out of it.

    Args:
        here: The file that the reference stands in, from the catalog folder.
        name: What stands before the number sign, without escapes.
    """
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), name.replace("\\", "/")))


def _file(catalog: Catalog, tree: SchemaTree, name: str) -> SourceFile:
    if _SCHEME.match(name):
        raise RefError(
            Fault.NETWORK,
            f"{name} leads out of the catalog, to a place that would have to be fetched",
        )
    path = file_of(catalog.by_path[tree.document.path].relative, name)
    if path.startswith(("../", "/")):
        raise RefError(Fault.OUTSIDE, f"{name} leads out of the catalog folder")
    if path not in catalog.by_relative:
        raise RefError(Fault.MISSING, f"there is no file {path} in the catalog")
    return catalog.by_relative[path]


def _tree_at(catalog: Catalog, document: Document, pointer: str) -> SchemaTree | None:
    for around in ancestors(pointer):
        tree = catalog.trees.get((document.path, around))
        if tree is not None:
            return tree
    return None


def _by_id(tree: SchemaTree, ref: str) -> Target | None:
    for node in tree.having("$id", "id"):
        if node.schema.get("$id", node.schema.get("id")) == ref.rstrip("#"):
            return Target(tree.document, tree.pointer + node.pointer, node.schema, tree)
    return None


def _by_anchor(tree: SchemaTree, name: str) -> Target:
    for node in tree.having("$anchor", "$dynamicAnchor", "$id", "id"):
        said = node.schema
        anchors = (said.get("$anchor"), said.get("$dynamicAnchor"))
        if name in anchors or f"#{name}" in (said.get("$id"), said.get("id")):
            return Target(tree.document, tree.pointer + node.pointer, said, tree)
    raise RefError(Fault.MISSING, f"there is no anchor {name!r} in this schema")
