"""KEB422: a declared field can never be there."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.tree import Node, SchemaTree
from governance.compat.suspects import is_condition, may_lack_fields
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, listed

_IN_PLACE = ("/allOf/", "/anyOf/", "/oneOf/", "/then", "/else", "/dependentSchemas/")


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    for tree in file.trees:
        objects: dict[str, list[Node]] = {}
        tops: dict[str, Node] = {}
        for node in tree.properties():
            top = _top(node)
            if top is not None:
                tops.setdefault(top.pointer, top)
                objects.setdefault(top.pointer, []).append(node)
        for pointer, fields in objects.items():
            if may_lack_fields(context.catalog, tops[pointer]) and not is_condition(tops[pointer]):
                yield from _absent(tree, fields, context)


def _top(field: Node) -> Node | None:
    """Return the outermost schema that speaks of the object that a field is part of."""
    node = field.parent
    while node is not None and node.parent is not None and node.step.startswith(_IN_PLACE):
        node = node.parent
    return node


def _around(field: Node) -> list[str]:
    """Return the pointers of the schemas that hold for the object when the field's own does."""
    pointers = []
    node = field.parent
    while node is not None:
        pointers.append(node.pointer)
        if node.parent is None or not node.step.startswith(_IN_PLACE):
            break
        if node.step == "/then":
            pointers.append(f"{node.parent.pointer}/if")
        node = node.parent
    return pointers


def _absent(tree: SchemaTree, fields: list[Node], context: Context) -> Iterator[Complaint]:
    # It takes as long to load as a small check takes, and few catalogs need it.
    from governance.compat.empty import emptiness  # noqa: PLC0415

    engine = emptiness(context.catalog)
    absent = []
    for field in fields:
        around = _around(field)
        # What allows nothing is KEB420 or KEB421, or `false`, which says that it is not to be.
        if engine.is_empty(tree, *around) or engine.is_empty(tree, field.pointer):
            continue
        if engine.is_empty(tree, *around, beside={"type": "object", "required": [field.name]}):
            absent.append(field)
    if absent:
        names = listed([repr(field.name) for field in absent])
        message = f"{names} can never be there: what else is said of the object refuses it"
        help_ = "Look for `additionalProperties: false` in a part of `allOf`: it refuses what the "
        help_ += "other parts declare. Say `unevaluatedProperties: false` around them instead."
        if not _is_closed(tree):
            help_ = "Delete the field, or correct what refuses it."
        yield Complaint(absent[0].at(on_key=True), message, help_)


def _is_closed(tree: SchemaTree) -> bool:
    return "additionalProperties" in tree.keywords() and "allOf" in tree.keywords()


RULE = Rule(
    id="KEB422",
    name="field-never-present",
    severity=Severity.WARNING,
    section="4.2",
    rationale="A field that is declared and can't be sent misleads everybody who reads the schema; "
    "most often a closed part of `allOf` refuses what the other parts declare.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      allOf:
        - {type: object, properties: {task_id: {type: string}}, additionalProperties: false}
        - {type: object, properties: {priority: {type: integer}}}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      allOf:
        - {type: object, properties: {task_id: {type: string}}}
        - {type: object, properties: {priority: {type: integer}}}
      unevaluatedProperties: false
""",
    check=each_file(_check),
    silenced_by=("KEB401", "KEB420", "KEB421"),
)
