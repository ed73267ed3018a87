"""KEB604: the payload of an event need not be an object."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.document import Place
from governance.catalog.edits import add
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, parts
from governance.catalog.tree import SchemaTree, Target
from governance.finding import SAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_event
from governance.schema.dialect import OPENAPI_30
from governance.schema.json import as_list, kind_of
from governance.schema.pointer import within
from governance.schema.words import type_words

_ALL = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_OBJECT = frozenset({"object"})
# Where one of these stands, an object is meant.
_FIELDS = frozenset({"properties", "patternProperties", "additionalProperties", "required"})
# How many unions within unions are followed; one that refers to itself never ends.
_DEEPEST = 5
_HELP = "Write `type: object` and declare the fields of the event under `properties`."


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    tree = event.payload
    if event.legacy or (tree is not None and tree.schema.get("type") == "object"):
        return
    if tree is None:
        yield _no_schema(event)
        return
    types, place = _ALL, event.at("/data")
    reading = _Types(context.catalog)
    for part in parts(context.catalog, tree):
        allowed = reading.own(part, _DEEPEST)
        if allowed is None:
            return
        if allowed != _ALL and types == _ALL:
            place = _place(event, tree, part)
        types &= allowed
    if types == _ALL:
        message = "nothing says that `data` is an object"
        fix = None
        if not _FIELDS.isdisjoint(tree.schema):
            fix = Fix("add `type: object`", partial(add, tree.at(), "type", "object"))
        yield Complaint(place, message, _HELP, fix=fix)
    elif types != _OBJECT:
        verb = "may also be" if "object" in types else "is"
        message = f"`data` {verb} {type_words(sorted(types - _OBJECT))}, where an object belongs"
        if not types:
            message = "no `data` fits: the types that it may have exclude each other"
        yield Complaint(place, message, _HELP)


def _no_schema(event: EventSchema) -> Complaint:
    if "data" not in event.declaration:
        help_ = "Add `data:` with `type: object` and its fields; an event without any says "
        help_ += "`data: {type: object, additionalProperties: false}`."
        return Complaint(event.at("/data"), f"{event.type} declares no `data`", help_)
    found = event.declaration["data"]
    says = "allows anything" if found is True else f"is {type_words(kind_of(found))}"
    if found is None:
        says = "is empty"
    message = f"the `data` of {event.type} {says}, where the schema of an object belongs"
    return Complaint(event.at("/data"), message, _HELP)


def _place(event: EventSchema, tree: SchemaTree, part: Target | RefError) -> Place:
    """Return where a schema, of the payload or brought by ``$ref``, says which types it allows."""
    is_own = isinstance(part, Target) and part.document is tree.document
    if isinstance(part, Target) and is_own and within(part.pointer, tree.pointer):
        return part.document.at(part.pointer + "/type")
    return event.at("/data/$ref" if "$ref" in tree.schema else "/data/allOf")


class _Types:
    """Which types schemas allow; None where nobody knows, as where one refers to itself."""

    __slots__ = ("_catalog", "_known")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[str, str], frozenset[str] | None] = {}

    def own(self, part: Target | RefError, depth: int) -> frozenset[str] | None:
        """Return the types that a schema allows, save for what its ``allOf`` and ``$ref`` bring."""
        if isinstance(part, RefError) or not depth:
            return None
        schema = part.schema
        if not isinstance(schema, dict):
            return _ALL if schema is True else None
        types = _named(part)
        if types is None:
            return None
        if "const" in schema or isinstance(schema.get("enum"), list):
            values = [schema["const"]] if "const" in schema else schema["enum"]
            types &= {kind_of(value) for value in values}
        for keyword in ("anyOf", "oneOf"):
            union = frozenset[str]()
            for number, branch in enumerate(as_list(schema.get(keyword))):
                pointer = f"{part.pointer}/{keyword}/{number}"
                allowed = self._all(Target(part.document, pointer, branch, part.tree), depth - 1)
                if allowed is None:
                    return None
                union |= allowed
            types &= union or _ALL
        return types

    def _all(self, start: Target, depth: int) -> frozenset[str] | None:
        types = _ALL
        for part in parts(self._catalog, start):
            if isinstance(part, RefError):
                return None
            key = (part.document.path, part.pointer)
            if key not in self._known:
                self._known[key] = None
                self._known[key] = self.own(part, depth)
            own = self._known[key]
            if own is None:
                return None
            types &= own
        return types


def _named(part: Target) -> frozenset[str] | None:
    schema = part.schema
    if "type" not in schema:
        return _ALL
    said = schema["type"]
    names = [said] if isinstance(said, str) else as_list(said)
    if not names or not all(isinstance(name, str) and name in _ALL for name in names):
        return None
    is_nullable = part.tree.dialect is OPENAPI_30 and schema.get("nullable") is True
    return frozenset(names) | ({"null"} if is_nullable else frozenset())


RULE = Rule(
    id="KEB604",
    name="data-not-object",
    severity=Severity.ERROR,
    section="6.1",
    rationale="The client puts the payload under `data` as an object, and readers look for fields "
    "in it; anything else can't grow a field later without breaking them all.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: string
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
""",
    check=each_event(_check),
    silenced_by=("KEB112", "KEB401"),
    fixes=(SAFE,),
)
