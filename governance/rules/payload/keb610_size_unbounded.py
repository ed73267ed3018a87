"""KEB610: nothing bounds the size of texts, lists or maps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.catalog.document import Place
from governance.catalog.envelope import NAMES
from governance.catalog.model import SourceFile
from governance.catalog.tree import Node, SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, listed
from governance.schema.json import JsonObject, types_of

# What each kind of value is bounded by, in the order in which the help names them.
_BOUNDS = {
    "string": "texts a `maxLength`",
    "array": "lists a `maxItems`",
    "object": "maps a `maxProperties`",
}
_FIXED = ("integer", "number", "boolean", "null")
_MAPS = frozenset({"additionalProperties", "patternProperties"})
_LISTED = frozenset({"enum", "const", "x-extensible-enum"})
# What these bring may hold the bound.
_LEADS_ON = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "allOf"})
_BOUNDED_FORMATS = ("uuid", "date-time", "date", "time", "duration", "ipv4", "ipv6", "hostname")
_MOST_NAMES = 3
_LONGEST = 1000

_ESCAPE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")
_ENDLESS = re.compile(r"[*+]|\{[0-9]+,\}")
_GROUP = re.compile(r"\([^()]*\)")


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    for event in file.events:
        if event.payload is not None:
            yield from _in_tree(event.payload, event.at(on_key=True), event.type)
    for component in file.components:
        yield from _in_tree(component.tree, component.at(on_key=True), component.name)


def _in_tree(tree: SchemaTree, place: Place, name: str) -> Iterator[Complaint]:
    # Nearly all schemas say one of these, and need no second look.
    suspects = [
        node
        for node in tree.having("type")
        if (said := (schema := node.schema)["type"]) not in _FIXED
        and (
            said.__class__ is list
            or not ("maxLength" in schema or "enum" in schema or "maxItems" in schema)
        )
        and not (said == "object" and _MAPS.isdisjoint(schema))
    ]
    found = [(node, kind) for node in suspects for kind in _unbounded(node)]
    if not found:
        return
    # A list and its items are one field to a reader.
    paths = list(dict.fromkeys(node.path.removesuffix("[]") or name for node, _ in found))
    what = f"{len(paths)} fields: " if len(paths) > 1 else ""
    message = f"nothing bounds the size of {what}{listed(paths, _MOST_NAMES)}"
    kinds = {kind for _, kind in found}
    help_ = f"Give {listed([said for kind, said in _BOUNDS.items() if kind in kinds])}."
    yield Complaint(place, message, help_)


def _unbounded(node: Node) -> list[str]:
    schema = node.schema
    said = schema["type"]
    if isinstance(said, str):
        if said == "object" and _is_no_map(schema):
            return []
        kinds = [said]
    else:
        kinds = sorted(types_of(schema).difference(_FIXED))
    if not _LISTED.isdisjoint(schema) or not _LEADS_ON.isdisjoint(schema):
        return []
    kinds = [kind for kind in kinds if not _is_bounded(schema, kind)]
    # Base fields are to be dropped, not bounded: the envelope brings them.
    if not kinds or node.name in NAMES or node.is_partial:
        return []
    if node.step.startswith(("/anyOf/", "/oneOf/")) and node.parent is not None:
        around = node.parent.schema
        if not (_LISTED | _LEADS_ON).isdisjoint(around):
            return []
        kinds = [kind for kind in kinds if not _is_bounded(around, kind) or kind == "object"]
    return kinds


def _is_bounded(schema: JsonObject, kind: str) -> bool:
    if kind == "string":
        if "maxLength" in schema or schema.get("format") in _BOUNDED_FORMATS:
            return True
        return isinstance(schema.get("pattern"), str) and _is_finite(schema["pattern"])
    if kind == "array":
        # A tuple that is closed, and a set of listed values, are bounded as well.
        items = schema.get("items")
        is_set = isinstance(items, dict) and "enum" in items and schema.get("uniqueItems") is True
        return "maxItems" in schema or items is False or is_set
    return kind != "object" or _is_no_map(schema)


def _is_no_map(schema: JsonObject) -> bool:
    """Say whether an object has no keys of the sender's choice, or not without number.

    An object that says nothing of its fields at all is the matter of another rule.
    """
    names = schema.get("propertyNames")
    is_listed = isinstance(names, dict) and "enum" in names
    is_map = any(isinstance(schema.get(keyword), dict) and schema[keyword] for keyword in _MAPS)
    return not is_map or is_listed or "maxProperties" in schema


def _is_finite(pattern: str) -> bool:
    """Say whether a pattern bounds the length: anchored at both ends, nothing endless in it."""
    # Of one that nobody can read, nothing is said.
    if len(pattern) > _LONGEST:
        return True
    bare = _ESCAPE.sub("x", pattern)
    if _ENDLESS.search(bare):
        return False
    while _GROUP.search(bare):
        bare = _GROUP.sub("x", bare)
    return bare.startswith("^") and bare.endswith("$") and "|" not in bare


RULE = Rule(
    id="KEB610",
    name="size-unbounded",
    severity=Severity.INFO,
    section="6.2",
    rationale="A payload without bounds grows until the stream, a reader's memory or a column at "
    "its end gives in; a bound makes the sender think first.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_type: {type: string}
        tags: {type: array, items: {type: string, maxLength: 64}}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_type: {type: string, maxLength: 64}
        tags: {type: array, items: {type: string, maxLength: 64}, maxItems: 20}
""",
    check=each_file(_check),
)
