"""KEB407: ``required`` names a field that the object does not declare."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import take_out, write
from governance.catalog.envelope import BASE_FIELDS
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import Node, SchemaTree
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_file
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import SchemaNotUsableError, Validator
from governance.schema.json import Json, as_list, as_object, types_of

# What stands under these speaks of the same object as what stands beside them.
_BRANCHES = ("allOf", "anyOf", "oneOf")
_CONDITIONS = ("if", "then", "else")
_DEPENDENT = ("dependentSchemas", "dependencies")
_IN_PLACE = tuple(f"/{one}/" for one in (*_BRANCHES, *_DEPENDENT)) + tuple(
    f"/{one}" for one in (*_CONDITIONS, "not")
)
_OPEN = ("additionalProperties", "unevaluatedProperties")
# Of one file; chains of shared schemas that refer to each other must not take minutes.
_MOST_PARTS = 100_000
_MOST_NAMES = 4
_SHARED = ("/$defs/", "/definitions/")


class _Fields:
    """The fields that a schema may declare, together with all that speaks of the same object.

    Attributes:
        names: The fields.
        is_known: Whether that can be all of them.
        parts: How many schemas had to be looked into.
    """

    def __init__(self, catalog: Catalog, tree: SchemaTree, schema: Json, most: int) -> None:
        self.names = set[str]()
        self.is_known = True
        self._patterns: dict[str, Json] = {}
        self._matching: Validator | None = None
        self.parts = 0
        seen, waiting = set[int](), [(tree, schema)]
        while waiting and self.parts < most:
            tree, schema = waiting.pop()
            if isinstance(schema, dict) and id(schema) not in seen:
                seen.add(id(schema))
                self.parts += 1
                waiting += self._take(catalog, tree, schema)
        self.is_known = self.is_known and not waiting

    def has(self, name: str) -> bool:
        """Say whether a field is declared, or may be."""
        if name in self.names or not self.is_known:
            return True
        if not self._patterns:
            return False
        if self._matching is None:
            try:
                self._matching = Validator({"patternProperties": self._patterns}, DRAFT_2020_12)
            except SchemaNotUsableError:
                self.is_known = False
                return True
        return any(self._matching.violations({name: None}))

    def _take(
        self, catalog: Catalog, tree: SchemaTree, schema: dict[str, Json]
    ) -> Iterator[tuple[SchemaTree, Json]]:
        self.names.update(as_object(schema.get("properties")))
        self._patterns.update(dict.fromkeys(as_object(schema.get("patternProperties")), False))
        if any(schema.get(keyword, False) is not False for keyword in _OPEN):
            self.is_known = False
        if "$dynamicRef" in schema or "$recursiveRef" in schema:
            self.is_known = False
        if "$ref" in schema:
            try:
                target = follow(catalog, tree, schema["$ref"])
                yield target.tree, target.schema
            except RefError:
                self.is_known = False
        for keyword in _BRANCHES:
            yield from ((tree, branch) for branch in as_list(schema.get(keyword)))
        for keyword in _DEPENDENT:
            yield from ((tree, branch) for branch in as_object(schema.get(keyword)).values())
        for keyword in _CONDITIONS:
            yield tree, schema.get(keyword)


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    known: dict[int, _Fields] = {}
    left = _MOST_PARTS
    for tree in file.trees:
        for node in tree.having("required"):
            properties = as_object(node.schema.get("properties"))
            absent = {
                name: number
                for number, name in reversed(list(enumerate(as_list(node.schema["required"]))))
                if isinstance(name, str) and name not in properties
            }
            top = _outermost(node) if absent else None
            if top is None:
                continue
            if id(top.schema) not in known:
                known[id(top.schema)] = _Fields(context.catalog, tree, top.schema, left)
                left -= known[id(top.schema)].parts
            yield from _complaints(node, top, absent, known[id(top.schema)])


def _outermost(node: Node) -> Node | None:
    """Return the outermost schema that speaks of the same object; None below a ``not``."""
    while node.parent is not None and node.step.startswith(_IN_PLACE):
        if node.step == "/not":
            return None
        node = node.parent
    return node


def _complaints(
    node: Node, top: Node, absent: dict[str, int], fields: _Fields
) -> Iterator[Complaint]:
    types = types_of(node.schema)
    if types and "object" not in types:
        yield _no_object(node, sorted(types))
        return
    if _is_mixin(top, fields) or _has_stray_fields(node):
        return
    in_order = sorted(absent.items(), key=lambda one: one[1])
    undeclared = {name: number for name, number in in_order if not fields.has(name)}
    if undeclared and not fields.names and len(undeclared) > 1:
        message = f"{_listed(list(undeclared))} are required, but the object declares no field"
        yield Complaint(node.at("/required"), message, "Declare them under `properties`.")
        return
    for name, number in undeclared.items():
        message = f"{name!r} is required, but the object does not declare it"
        place, near, fix = node.at(f"/required/{number}"), closest(name, fields.names), None
        if near in as_list(node.schema["required"]):
            fix = Fix(f"delete {name!r}", partial(take_out, place), is_safe=False)
        elif near is not None:
            fix = Fix(f"write {near!r}", partial(write, place, near), is_safe=False)
        yield Complaint(place, message, _help(node, name, near), fix=fix)


def _no_object(node: Node, types: list[str]) -> Complaint:
    has_items = "array" in types and isinstance(node.schema.get("items"), dict)
    message = f"`required` names fields, but a value of type {' or '.join(types)} has none"
    help_ = "Delete it; whether this field itself must be there is said by the object around it."
    if has_items:
        help_ = "Move it into `items`, beside the `properties` of one item."
    return Complaint(node.at("/required", on_key=True), message, help_)


def _is_mixin(top: Node, fields: _Fields) -> bool:
    """Say whether a shared schema has no fields at all: those who refer to it declare them."""
    is_shared = top.step.startswith(_SHARED) if top.parent else _is_component(top.tree)
    return is_shared and not fields.names


def _is_component(tree: SchemaTree) -> bool:
    return tree.pointer.startswith("/components/schemas/")


def _has_stray_fields(node: Node) -> bool:
    """Say whether fields stand under a misspelt ``properties``, which is KEB402."""
    known = node.tree.dialect.keywords
    return any(
        isinstance(value, dict) and keyword not in known and not keyword.startswith("x-")
        for keyword, value in node.schema.items()
    )


def _help(node: Node, name: str, near: str | None) -> str:
    if near is not None:
        return f"Did you mean {near!r}?"
    is_data = node.parent is None and node.tree.pointer.endswith("/data")
    if name in BASE_FIELDS and is_data:
        return "Delete it here: it is a base field, which stands beside `data` and not in it."
    return f"Declare {name!r} under `properties`, or delete it from `required`."


def _listed(names: list[str]) -> str:
    first, rest = names[:_MOST_NAMES], names[_MOST_NAMES:]
    last = f"{len(rest)} more" if rest else repr(first.pop())
    return f"{', '.join(map(repr, first))} and {last}"


RULE = Rule(
    id="KEB407",
    name="required-not-declared",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A field that is required but declared nowhere can't be sent, because the client "
    "refuses undeclared fields, and can't be left out either: no event gets through.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
      required: [taskid]
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
      required: [task_id]
""",
    check=each_file(_check),
    silenced_by=("KEB401", "KEB403", "KEB404"),
    fixes=(UNSAFE,),
)
