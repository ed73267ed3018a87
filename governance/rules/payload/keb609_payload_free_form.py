"""KEB609: an object, or a whole payload, declares no fields."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.tree import Node, SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, listed
from governance.schema.json import Json, as_object, types_of

# What these hold, or lead to, says which fields there may be.
_DECLARES = ("properties", "patternProperties", "propertyNames", "additionalProperties",
             "unevaluatedProperties", "dependentSchemas", "enum", "const")  # fmt: skip
_LEADS_ON = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if"})


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    for event in file.events:
        if event.payload is not None:
            yield from _in_tree(event.payload, f"the payload of {event.type}", is_payload=True)
    for component in file.components:
        yield from _in_tree(component.tree, component.name, is_payload=False)


def _in_tree(tree: SchemaTree, subject: str, *, is_payload: bool) -> Iterator[Complaint]:
    free = [
        node
        for node in tree.having("type")
        if not node.schema.get("properties") and _is_free_form(node.schema) and _counts(node)
    ]
    if not free:
        return
    root = tree.nodes[0]
    if free[0] is root:
        message = f"{subject} declares no fields: anything may be in it"
        help_ = "Declare its fields under `properties`"
        if is_payload:
            help_ += "; if it has none, say so by `additionalProperties: false`"
        yield Complaint(tree.at(), message, help_ + ".")
        return
    own = [node for node in tree.nodes if node.parent is root and node.name is not None]
    if is_payload and own and _LEADS_ON.isdisjoint(root.schema) and own == free[: len(own)]:
        names = [node.name or "" for node in own]
        message = f"{subject} consists of {listed(names)} alone, in which anything may be"
        help_ = "Name the fields that readers need, each with its type; one event for each shape."
        yield Complaint(tree.at("/properties", on_key=True), message, help_)
        free = free[len(own) :]
    for node in free:
        message = f"{node.path or subject!r} declares no fields: anything may be in it"
        help_ = "Declare its fields under `properties`; for a map with free keys, give "
        help_ += "`additionalProperties` the schema of a value."
        yield Complaint(node.at(on_key=True), message, help_)


def _is_free_form(schema: dict[str, Json]) -> bool:
    kind = schema["type"]
    if kind != "object" and (isinstance(kind, str) or "object" not in types_of(schema)):
        return False
    if not _LEADS_ON.isdisjoint(schema) or schema.get("maxProperties") == 0:
        return False
    # `true` and `{}` let everything through; `false` is an answer.
    return all(
        schema.get(keyword) is True or schema.get(keyword, {}) == {} for keyword in _DECLARES
    )


def _counts(node: Node) -> bool:
    """Say whether the schema is the one that has to declare the fields."""
    if node.is_partial:
        return False
    is_branch = node.step.startswith(("/anyOf/", "/oneOf/"))
    # Fields that are declared around a union hold for each branch of it.
    return not (is_branch and node.parent and as_object(node.parent.schema.get("properties")))


RULE = Rule(
    id="KEB609",
    name="payload-free-form",
    severity=Severity.WARNING,
    section="6.2",
    rationale="A catch-all object keeps its contract in the heads of those who write it: no "
    "reader, check or generated model can know what is inside, or notice when it changes.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
        parameters: {type: object}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
        parameters: {type: object, additionalProperties: {type: string, maxLength: 200}}
""",
    check=each_file(_check),
    silenced_by=("KEB604",),
)
