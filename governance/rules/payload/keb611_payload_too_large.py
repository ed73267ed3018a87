"""KEB611: a payload may grow beyond the size that is allowed."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Catalog, EventSchema, SourceFile
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import Node, SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import Json, JsonObject, as_list, as_object, types_of
from governance.schema.pointer import escape

# Bytes as JSON of what has no bound of its own.
_SIZES = {"string": 2, "integer": 16, "number": 16, "boolean": 5, "null": 4}
_FORMATS = {"uuid": 38, "date-time": 22, "date": 12, "time": 11, "ipv4": 17, "ipv6": 41}
# More than a value without a bound takes together with its name.
_ROUGHLY = 80
# Quotes, colon and comma around the name of a field, and what a key of a map is at least.
_AROUND_NAME, _KEY = 4, 5
_LONGEST_CHAIN = 20
_ENDLESS = ("*", "+", ",}")
# Beside these nobody can say in short which values fit.
_TOO_CLEVER = frozenset({"not", "if", "dependentSchemas", "dependentRequired", "dependencies"})
_NARROWING = frozenset(
    {"maxLength", "maxItems", "maxProperties", "enum", "const", "pattern", "type", "properties"}
)


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    sizes, limit = _Sizes(context.catalog), context.config.max_payload_bytes
    for event in file.events:
        tree = event.payload
        if tree is not None and _at_most(tree, sizes) > limit:
            size = sizes.of(tree.schema, tree, 0)
            if size > limit:
                yield _complaint(event, tree, size, limit, sizes)


def _at_most(tree: SchemaTree, sizes: _Sizes) -> int:
    """Return a rough size that the exact one does not exceed; most payloads need no other."""
    lists = [_bound(node.schema, "maxItems") for node in tree.having("maxItems")]
    maps = [_bound(node.schema, "maxProperties") for node in tree.having("maxProperties")]
    widest = max((1, *lists, *maps))
    total = _ROUGHLY * len(tree.nodes) * widest
    for node in tree.having("maxLength"):
        total += _bound(node.schema, "maxLength") * (widest if _recurs(node) else 1)
    for node in tree.having("$ref"):
        total += sizes.of(node.schema, tree, 0) * (widest if _recurs(node) else 1)
    return total


def _recurs(node: Node) -> bool:
    here: Node | None = node
    while here is not None:
        if here.step in ("/items", "/additionalProperties"):
            return True
        here = here.parent
    return False


def _bound(schema: JsonObject, keyword: str) -> int:
    most = schema.get(keyword)
    return most if isinstance(most, int) else 0


def _complaint(
    event: EventSchema, tree: SchemaTree, size: int, limit: int, sizes: _Sizes
) -> Complaint:
    fields = as_object(tree.schema.get("properties"))
    shares = {name: sizes.of(schema, tree, 0) for name, schema in fields.items()}
    largest = max(shares, key=lambda name: shares[name], default=None)
    message = f"the payload of {event.type} may take {size:,} bytes as JSON, more than {limit:,}"
    place = event.at(on_key=True)
    if largest is not None:
        message += f"; {shares[largest]:,} of them are in {largest!r}"
        place = tree.at(f"/properties/{escape(largest)}", on_key=True)
    help_ = "Lower `maxItems` or `maxLength` there, or send an identifier in place of the data; "
    help_ += "a character counts as one byte, and a list within a list as one item."
    return Complaint(place, message, help_)


class _Sizes:
    """What values may take as JSON, in bytes.

    It is the least that can be said: what has no bound counts next to nothing, a character one
    byte, and a list within a list one item, for all lists full at once is a case that never comes.
    """

    __slots__ = ("_catalog", "_depth", "_memo")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._depth = 0
        self._memo: dict[tuple[str, str, str, int], int] = {}

    def of(self, schema: Json, tree: SchemaTree, within: int) -> int:
        """Return the size of a value of a schema; ``within`` is 1 where it is part of a list."""
        if not isinstance(schema, dict):
            return 0
        kind = schema.get("type")
        if kind == "string":
            return _of_text(schema)
        if kind == "object" and _TOO_CLEVER.isdisjoint(schema):
            return self._of_object(schema, tree, within)
        if kind == "array":
            return self._of_list(schema, tree, within)
        if kind is None or kind == "object":
            return self._of_any(schema, tree, within)
        kinds = types_of(schema)
        return max((self._of_kind(one, schema, tree, within) for one in kinds), default=0)

    def _of_kind(self, kind: str, schema: JsonObject, tree: SchemaTree, within: int) -> int:
        if kind in {"string", "object", "array"}:
            return self.of({**schema, "type": kind}, tree, within)
        return _SIZES.get(kind, 0)

    def _of_any(self, schema: JsonObject, tree: SchemaTree, within: int) -> int:
        if not _TOO_CLEVER.isdisjoint(schema):
            return 0
        if "$ref" in schema:
            return self._of_ref(schema, tree, within)
        branches = [
            branch
            for keyword in ("allOf", "anyOf", "oneOf")
            for branch in as_list(schema.get(keyword))
        ]
        own = self._of_object(schema, tree, within) if "properties" in schema else 0
        return max((self.of(branch, tree, within) for branch in branches), default=0) or own

    def _of_ref(self, schema: JsonObject, tree: SchemaTree, within: int) -> int:
        ref = schema["$ref"]
        if not isinstance(ref, str) or not _NARROWING.isdisjoint(schema):
            return 0
        # A reference to a component leads to the same place from the whole file.
        base = "" if "/components/" in ref else tree.pointer
        key = (tree.document.path, base, ref, within)
        if key not in self._memo:
            # What refers to itself has no bound, and a chain may be longer than Python's stack.
            self._memo[key] = 0
            if self._depth < _LONGEST_CHAIN:
                self._depth += 1
                self._memo[key] = self._of_target(ref, tree, within)
                self._depth -= 1
        return self._memo[key]

    def _of_target(self, ref: str, tree: SchemaTree, within: int) -> int:
        try:
            target = follow(self._catalog, tree, ref)
        except RefError:
            return 0
        return self.of(target.schema, target.tree, within)

    def _of_object(self, schema: JsonObject, tree: SchemaTree, within: int) -> int:
        fields = schema.get("properties")
        sizes = [
            len(name) + _AROUND_NAME + self.of(value, tree, within)
            for name, value in (fields.items() if isinstance(fields, dict) else ())
        ]
        most = schema.get("maxProperties")
        if isinstance(most, int):
            sizes = sorted(sizes)[-most:] if most > 0 else []
            value = schema.get("additionalProperties")
            if isinstance(value, dict) and not sizes:
                count = 1 if within else most
                sizes = [count * (_KEY + self.of(value, tree, 1))]
        return 2 + sum(sizes)

    def _of_list(self, schema: JsonObject, tree: SchemaTree, within: int) -> int:
        most, items = schema.get("maxItems"), schema.get("items")
        if not isinstance(most, int) or not isinstance(items, dict):
            return 2
        if schema.get("uniqueItems") is True:
            most = min(most, len(as_list(items.get("enum"))) or most)
        return 2 + (1 if within else most) * (1 + self.of(items, tree, 1))


def _of_text(schema: JsonObject) -> int:
    format_, pattern = schema.get("format"), schema.get("pattern")
    if "enum" in schema or "const" in schema or (isinstance(format_, str) and format_ in _FORMATS):
        return _FORMATS.get(str(format_), 2)
    # A pattern without endless repetition bounds the length more than `maxLength` does.
    if isinstance(pattern, str) and not any(mark in pattern for mark in _ENDLESS):
        return 2
    most = schema.get("maxLength")
    return most + 2 if isinstance(most, int) else 2


RULE = Rule(
    id="KEB611",
    name="payload-too-large",
    severity=Severity.WARNING,
    section="6.2",
    rationale="Redis keeps every event in memory and every reader parses it whole; large data "
    "belongs in a store, and its identifier in the event.",
    bad="""\
# settings: max-payload-bytes = 10000
events:
  Report.Export.Completed.v1:
    data:
      type: object
      properties:
        lines: {type: array, maxItems: 1000, items: {type: string, maxLength: 200}}
""",
    good="""\
# settings: max-payload-bytes = 10000
events:
  Report.Export.Completed.v1:
    data:
      type: object
      properties:
        report_id: {type: string, format: uuid}
""",
    check=each_file(_check),
)
