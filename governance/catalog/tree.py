"""One schema as written, with each subschema found once, for every rule to share."""

from __future__ import annotations

from collections.abc import Iterator, KeysView
from typing import NamedTuple

from governance.catalog.document import Document, Place
from governance.schema.dialect import Dialect, Holds
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import escape

_NONE: frozenset[str] = frozenset()
_NOTHING: JsonObject = {"not": {}}
# How a pointer goes on from a schema to one that judges the same value.
_ADDS = ("/allOf/", "/if", "/then", "/else", "/not", "/dependentSchemas/")
_IN_PLACE = (*_ADDS, "/anyOf/", "/oneOf/")
_CONDITIONS = ("/if", "/not")


# A tuple, since a catalog makes some thirty of them an event and a frozen dataclass takes five
# times as long.
class Node(NamedTuple):
    """One subschema.

    Attributes:
        tree: The schema that it is part of.
        parent: The subschema around it; None for the root.
        step: JSON Pointer from the parent's schema to this one.
        schema: The subschema; ``true`` and ``false`` stand as ``{}`` and ``{"not": {}}``.
        name: Its name, where it is a declared property, else None.
    """

    tree: SchemaTree
    parent: Node | None
    step: str
    schema: JsonObject
    name: str | None

    @property
    def pointer(self) -> str:
        """JSON Pointer from the root of the schema."""
        return "" if self.parent is None else self.parent.pointer + self.step

    def at(self, pointer: str = "", *, on_key: bool = False) -> Place:
        """Return the place of a pointer that starts at this subschema."""
        return self.tree.at(self.pointer + pointer, on_key=on_key)

    @property
    def path(self) -> str:
        """The fields on the way to it, such as ``items[].price``; empty at the root."""
        above = "" if self.parent is None else self.parent.path
        if self.name is not None:
            return f"{above}.{self.name}" if above else self.name
        return above + (
            "[]" if self.step.startswith(("/items", "/prefixItems", "/contains")) else ""
        )

    @property
    def is_partial(self) -> bool:
        """Whether another schema says, or may say, the rest about the same value.

        Such are a branch of ``allOf``, a condition and what follows from it, and a property that a
        schema around it, for the same object, declares too; and all that stands in such a property.
        """
        if self.step.startswith(_ADDS):
            return True
        here: Node | None = self
        while here is not None:
            if here.name is not None and _refines(here):
                return True
            here = here.parent
        return False


def _refines(node: Node) -> bool:
    """Say whether a schema around a property, for the same object, declares it too, or may."""
    here = node.parent
    while here is not None and here.parent is not None and here.step.startswith(_IN_PLACE):
        around = here.parent.schema
        declared = around.get("properties")
        if here.step in _CONDITIONS or "$ref" in around:
            return True
        if isinstance(declared, dict) and node.name in declared:
            return True
        here = here.parent
    return False


class SchemaTree:
    """One schema as written: the payload of an event, or a shared component.

    Args:
        document: The file that it stands in.
        pointer: Where in the file.
        schema: The schema.
        dialect: How to read it.
        without: Names of properties of the root that are not looked at.
    """

    __slots__ = (
        "_by_keyword",
        "_nodes",
        "_without",
        "dialect",
        "document",
        "is_whole",
        "pointer",
        "schema",
    )

    def __init__(
        self,
        document: Document,
        pointer: str,
        schema: JsonObject,
        dialect: Dialect,
        without: frozenset[str] = _NONE,
    ) -> None:
        self.document = document
        self.pointer = pointer
        self.schema = schema
        self.dialect = dialect
        self.is_whole = not without
        self._without = without
        # Found when somebody asks: a run about one file asks for few of a catalog's schemas.
        self._nodes: list[Node] = []
        self._by_keyword: dict[str, list[Node]] = {}

    @property
    def nodes(self) -> list[Node]:
        """Every subschema, in document order."""
        if not self._nodes:
            self._walk(None, "", self.schema, None, self._without)
        return self._nodes

    def having(self, *keywords: str) -> list[Node]:
        """Return the subschemas that carry one of some keywords, in document order by keyword."""
        index = self._index()
        if len(keywords) == 1:
            return index.get(keywords[0], [])
        found = {id(node): node for keyword in keywords for node in index.get(keyword, ())}
        return list(found.values())

    def keywords(self) -> KeysView[str]:
        """Return every keyword that some subschema carries, known to the dialect or not."""
        return self._index().keys()

    def properties(self) -> Iterator[Node]:
        """Yield the subschemas that declare a property, in document order."""
        return (node for node in self.nodes if node.name is not None)

    def at(self, pointer: str = "", *, on_key: bool = False) -> Place:
        """Return the place of a pointer that starts at the root of the schema."""
        return Place(self.document, self.pointer + pointer, on_key)

    def _index(self) -> dict[str, list[Node]]:
        if not self._nodes:
            self._walk(None, "", self.schema, None, self._without)
        return self._by_keyword

    def _walk(
        self,
        parent: Node | None,
        step: str,
        schema: Json,
        name: str | None,
        without: frozenset[str] = _NONE,
    ) -> None:
        if isinstance(schema, bool):
            schema = {} if schema else _NOTHING
        if not isinstance(schema, dict):
            return
        node = Node(self, parent, step, schema, name)
        self._nodes.append(node)
        index, keywords = self._by_keyword, self.dialect.keywords
        for keyword, value in schema.items():
            index.setdefault(keyword, []).append(node)
            holds = keywords.get(keyword, Holds.VALUE)
            if holds is not Holds.VALUE:
                self._walk_below(node, keyword, holds, value, without)

    def _walk_below(
        self, node: Node, keyword: str, holds: Holds, value: Json, without: frozenset[str]
    ) -> None:
        if isinstance(value, list):
            for number, child in enumerate(value):
                self._walk(node, f"/{keyword}/{number}", child, None)
        elif holds is Holds.SCHEMA or holds is Holds.ITEMS:
            self._walk(node, f"/{keyword}", value, None)
        elif isinstance(value, dict):
            is_properties = keyword == "properties"
            for key, child in value.items():
                if not (is_properties and key in without):
                    name = key if is_properties else None
                    self._walk(node, f"/{keyword}/{escape(key)}", child, name)


class Target(NamedTuple):
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
