"""Which schemas of a catalog allow nothing, and what in them leaves nothing over.

It does not confirm by a validator what the engine finds: there is no instance to confirm.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from governance.catalog.model import Catalog
from governance.catalog.refs import RefError, bundle, follow
from governance.catalog.tree import Node, SchemaTree
from governance.compat.answer import Schema
from governance.compat.engine.form import FALSE, Forms, UndecidedError
from governance.compat.engine.modern import put
from governance.compat.engine.read import read
from governance.compat.engine.search import NONE
from governance.compat.engine.solve import BudgetError, Solver
from governance.compat.suspects import asserting, is_condition, suspects
from governance.schema.bounds import contradictions
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import within

# A fraction of a second: a check must not wait for one schema.
_MOST_STEPS = 50_000
_SIMPLE = frozenset(
    "type nullable enum const minLength maxLength pattern minimum maximum exclusiveMinimum "
    "exclusiveMaximum multipleOf minItems maxItems minProperties maxProperties".split()
)
_SHAPE = frozenset(
    "$ref allOf properties patternProperties additionalProperties unevaluatedProperties required "
    "type".split()
)


class Emptiness:
    """Tells which schemas of a catalog allow nothing.

    Args:
        catalog: The catalog.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._roots: dict[int, Json] = {}
        self._empty: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._causes: dict[int, dict[str, tuple[str, ...]]] = {}

    def causes(self, tree: SchemaTree) -> dict[str, tuple[str, ...]]:
        """Return the schemas of a tree that allow nothing, by pointer: those that are to blame.

        Each comes with the keywords that contradict each other. A schema is not to blame for what
        stands in it, or is referred to, and allows nothing itself; nor is one whose bounds or
        listed values are found fault with already.
        """
        if id(tree) not in self._causes:
            found: dict[str, tuple[str, ...]] = {}
            self._causes[id(tree)] = found
            asked = list(suspects(self._catalog, tree))
            for node in sorted(asked, key=lambda one: -one.pointer.count("/")):
                pointer = node.pointer
                if any(within(one, pointer) for one in found) or not self.is_empty(tree, pointer):
                    continue
                if not self._is_led_to(node) and not self._is_plain_fault(node):
                    found[pointer] = self._culprits(node)
        return self._causes[id(tree)]

    def is_empty(self, tree: SchemaTree, *pointers: str, beside: JsonObject | None = None) -> bool:
        """Say whether no value fits some schemas together, for sure.

        Args:
            tree: The tree that they are part of.
            pointers: Where they stand in it.
            beside: A further schema, of dialect 2020-12.
        """
        key = (id(tree), (*pointers, repr(beside)))
        if key not in self._empty:
            root = self._root(tree)
            asked = [Schema(root, tree.dialect, pointer) for pointer in pointers]
            asked += [Schema(beside, DRAFT_2020_12)] if beside is not None else []
            self._empty[key] = root is not None and _allow_nothing(asked)
        return self._empty[key]

    def is_covered(self, tree: SchemaTree, pointer: str, by: str) -> bool:
        """Say whether all that fits one schema fits another as well, for sure."""
        root = self._root(tree)
        one, other = (Schema(root, tree.dialect, where) for where in (pointer, by))
        return root is not None and _allow_nothing([one], [other])

    def _root(self, tree: SchemaTree) -> Json:
        if id(tree) not in self._roots:
            try:
                self._roots[id(tree)] = bundle(self._catalog, tree)
            except (RefError, RecursionError):
                self._roots[id(tree)] = None
        return self._roots[id(tree)]

    def _is_led_to(self, node: Node) -> bool:
        """Say whether what a schema refers to allows nothing itself."""
        for one in node.tree.having("$ref"):
            if within(one.pointer, node.pointer) and not is_condition(one):
                try:
                    target = follow(self._catalog, node.tree, one.schema["$ref"])
                except RefError:
                    return True
                pointer = target.pointer.removeprefix(target.tree.pointer)
                is_same = target.tree is node.tree and within(node.pointer, pointer)
                if not is_same and self.is_empty(target.tree, pointer):
                    return True
        return False

    def _is_plain_fault(self, node: Node) -> bool:
        """Say whether another rule sees the fault: of bounds, of values, or a field undeclared."""
        for one in node.tree.nodes:
            if not within(one.pointer, node.pointer):
                continue
            if any(contradictions(one.schema)):
                return True
            simple = {key: said for key, said in one.schema.items() if key in _SIMPLE}
            lists = simple.keys() & {"enum", "const"}
            if lists and _allow_nothing([Schema(simple, one.tree.dialect)]):
                return True
        required = as_list(node.schema.get("required"))
        declared = as_object(node.schema.get("properties"))
        is_shape = asserting(node.schema) <= _SHAPE - {"$ref", "allOf", "patternProperties"}
        return is_shape and any(one not in declared for one in required if isinstance(one, str))

    def _culprits(self, node: Node) -> tuple[str, ...]:
        """Return the keywords of a schema that leave nothing over, if only these are there."""
        schema = dict(node.schema)
        root = self._root(node.tree)
        for keyword in sorted(asserting(schema)):
            fewer = {key: said for key, said in schema.items() if key != keyword}
            changed = put(root, node.pointer, fewer)
            if _allow_nothing([Schema(changed, node.tree.dialect, node.pointer)]):
                schema = fewer
        return tuple(keyword for keyword in node.schema if keyword in asserting(schema))


@lru_cache(maxsize=1)
def emptiness(catalog: Catalog) -> Emptiness:
    """Return what tells which schemas of a catalog allow nothing: the same to each who asks."""
    return Emptiness(catalog)


def _allow_nothing(schemas: Iterable[Schema], without: Iterable[Schema] = ()) -> bool:
    """Say whether no value fits some schemas, and none of some others; False where unsure."""
    forms = Forms()
    try:
        wanted = [read(forms, one) for one in schemas] + [-read(forms, one) for one in without]
        return FALSE in wanted or Solver(forms, _MOST_STEPS).solve(wanted) is NONE
    except (UndecidedError, BudgetError, RecursionError):
        return False
