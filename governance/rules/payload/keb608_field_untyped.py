"""KEB608: nothing says which type a field, or an item of a list, has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import add
from governance.catalog.model import SourceFile
from governance.catalog.tree import Node
from governance.finding import SAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import types_of

# Each of these says by itself, or by what it leads to, which values are allowed.
_DECIDES = frozenset(
    {
        *("type", "$ref", "$dynamicRef", "$recursiveRef", "enum", "const", "not", "if"),
        *("allOf", "anyOf", "oneOf", "properties", "patternProperties", "additionalProperties"),
        *("items", "prefixItems", "contains"),
    }
)
# Each of these narrows values of one type, and lets all others through.
_NARROWS = {
    **dict.fromkeys(
        ("maxLength", "minLength", "pattern", "format", "contentEncoding", "x-extensible-enum"),
        "string",
    ),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"
    ),
    **dict.fromkeys(("maxItems", "minItems", "uniqueItems"), "array"),
    **dict.fromkeys(("required", "maxProperties", "minProperties"), "object"),
}
_LISTS = frozenset(
    {
        *("items", "prefixItems", "contains", "enum", "const"),
        *("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if"),
    }
)


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    for tree in file.trees:
        for node in tree.nodes:
            schema = node.schema
            said = schema.get("type")
            if said is None:
                is_value = node.name is not None or node.step == "/items"
                if is_value and _DECIDES.isdisjoint(schema):
                    yield from _untyped(node)
            elif "items" not in schema and (said == "array" or said.__class__ is list):
                yield from _list(node)


def _list(node: Node) -> Iterator[Complaint]:
    schema = node.schema
    if "array" not in types_of(schema) or not _LISTS.isdisjoint(schema):
        return
    if schema.get("maxItems") == 0 or node.is_partial:
        return
    subject = f"the list {node.path!r}" if node.path else "the list"
    message = f"{subject} says nothing of its items: anything may be in it"
    yield Complaint(node.at(on_key=True), message, "Add `items` with the schema of one item.")


def _untyped(node: Node) -> Iterator[Complaint]:
    if node.is_partial:
        return
    subject = f"an item of {node.path.removesuffix('[]')!r}"
    if node.name is not None:
        subject = f"{node.path!r}"
    narrowing = next((keyword for keyword in node.schema if keyword in _NARROWS), None)
    fix = None
    if narrowing is None:
        message = f"nothing says which type {subject} has: anything fits"
        help_ = "Add its `type`, such as `type: string`, or a `$ref` to a component."
    else:
        type_ = _NARROWS[narrowing]
        message = f"nothing says which type {subject} has: `{narrowing}` alone lets everything "
        message += f"through that is no {type_}"
        help_ = f"Add `type: {type_}`."
        fix = Fix(f"add `type: {type_}`", partial(add, node.at(), "type", type_))
    yield Complaint(node.at(on_key=node.name is not None), message, help_, fix=fix)


RULE = Rule(
    id="KEB608",
    name="field-untyped",
    severity=Severity.ERROR,
    section="6.2",
    rationale="Where a schema does not say what a field is, one sender writes a number, the next "
    "a text, and every reader has to be ready for anything.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {description: The task.}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string, description: The task.}
""",
    check=each_file(_check),
    silenced_by=("KEB401",),
    fixes=(SAFE,),
)
