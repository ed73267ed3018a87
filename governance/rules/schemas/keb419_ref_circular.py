"""KEB419: a reference comes back to itself without going into the value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from governance.catalog.model import Catalog, SourceFile
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import SchemaTree, Target
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import Json, as_list, as_object
from governance.schema.pointer import escape, split

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_DEFINED = frozenset({"schemas", "$defs", "definitions", "events"})


class _Site(NamedTuple):
    """A schema that is or holds a reference about the same value.

    Attributes:
        path: The file.
        pointer: Where in the file.
        ref: The reference.
        tree: The schema that it is part of.
    """

    path: str
    pointer: str
    ref: Json
    tree: SchemaTree

    @property
    def place(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.path, self.pointer


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    onward = _Onward(context.catalog)
    for tree in file.trees:
        for node in tree.having("$ref"):
            pointer = tree.pointer + node.pointer
            site = _Site(tree.document.path, pointer, node.schema["$ref"], tree)
            if not onward.of(site):
                continue
            cycle = _cycle(site, onward)
            # Each of its references could be blamed: the first in the catalog is.
            if cycle and min(cycle, key=_order).place == site.place:
                names = " -> ".join(map(_name, (*cycle, site)))
                yield Complaint(
                    node.at("/$ref"),
                    f"the reference comes back to itself: {names}",
                    "Say what the value is in one of them, or lead the way back through "
                    "`properties` or `items`.",
                )


class _Onward:
    """Follows references, each once."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.known: dict[tuple[str, str, str], list[_Site]] = {}

    def of(self, site: _Site) -> list[_Site]:
        """Return the references that hold for the same value where a reference leads."""
        if not isinstance(site.ref, str):
            return []
        is_of_file = not site.ref.startswith("#") or site.ref.startswith("#/components/")
        key = (site.path, "" if is_of_file else site.tree.pointer, site.ref)
        if key not in self.known:
            try:
                self.known[key] = list(_sites(follow(self.catalog, site.tree, site.ref)))
            except RefError:
                self.known[key] = []
        return self.known[key]


def _sites(target: Target) -> Iterator[_Site]:
    """Yield the references in a schema that judge the very value that it judges."""
    todo: list[tuple[str, Json]] = [(target.pointer, target.schema)]
    while todo:
        pointer, schema = todo.pop()
        if not isinstance(schema, dict):
            continue
        if "$ref" in schema:
            yield _Site(target.document.path, pointer, schema["$ref"], target.tree)
            if target.tree.dialect.overrides_siblings:
                continue
        todo += [(f"{pointer}/{keyword}", schema.get(keyword)) for keyword in _SINGLE]
        for keyword in _LISTS:
            branches = enumerate(as_list(schema.get(keyword)))
            todo += [(f"{pointer}/{keyword}/{number}", branch) for number, branch in branches]
        for name, branch in as_object(schema.get("dependentSchemas")).items():
            todo.append((f"{pointer}/dependentSchemas/{escape(name)}", branch))


def _cycle(start: _Site, onward: _Onward) -> list[_Site]:
    """Return the shortest way from a reference back to itself; empty where there is none."""
    came: dict[tuple[str, str], _Site | None] = {start.place: None}
    todo = [start]
    for here in todo:
        for then in onward.of(here):
            if then.place == start.place:
                way = [here]
                while (before := came[way[-1].place]) is not None:
                    way.append(before)
                return way[::-1]
            if then.place not in came:
                came[then.place] = here
                todo.append(then)
    return []


def _order(site: _Site) -> tuple[str, int]:
    return site.path, site.tree.document.offsets(site.pointer)[0]


def _name(site: _Site) -> str:
    """Return what people call the schema that a reference stands in."""
    steps = split(site.pointer)
    found = [name for above, name in pairwise(steps) if above in _DEFINED]
    return found[-1] if found else steps[0] if steps else "the schema"


RULE = Rule(
    id="KEB419",
    name="ref-circular",
    severity=Severity.ERROR,
    section="4.2",
    rationale="To check a value against such a reference, a validator follows it for ever: one "
    "gives up with an error, another accepts everything.",
    bad="""\
components:
  schemas:
    Place: {$ref: "#/components/schemas/Site"}
    Site: {$ref: "#/components/schemas/Place"}
""",
    good="""\
components:
  schemas:
    Place: {$ref: "#/components/schemas/Site"}
    Site:
      type: object
      properties:
        within: {$ref: "#/components/schemas/Place"}
""",
    check=each_file(_check),
)
