"""KEB613: the same field has another type in another event."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.document import Place
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import parts
from governance.catalog.tree import SchemaTree, Target
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_catalog
from governance.schema.json import Json, as_object, kind_of
from governance.schema.pointer import escape
from governance.schema.words import type_words

# A name has one meaning where this many times as many events agree as do not; names such as `value`
# mean something else in every event, and nobody errs there.
_CLEARLY = 3

_NONE = frozenset[str]()
_ONE = {
    "integer": frozenset({"number"}),
    **{kind: frozenset({kind}) for kind in ("string", "number", "boolean", "array", "object")},
}

# Which events use a field with which types.
_Uses = dict[frozenset[str], list[EventSchema]]


def _check(context: Context) -> Iterator[Complaint]:
    fields: dict[str, _Uses] = {}
    types = _Types(context.catalog)
    asked = _asked(context)
    for event in _living(context.catalog):
        tree = event.payload
        if tree is None:
            continue
        for name, schema in as_object(tree.schema.get("properties")).items():
            if asked is not None and name not in asked:
                continue
            found = types.of(schema, tree)
            if found:
                fields.setdefault(name, {}).setdefault(found, []).append(event)
    for name, uses in fields.items():
        if len(uses) > 1:
            yield from _conflict(name, uses, context)


def _asked(context: Context) -> set[str] | None:
    """Return the fields of the files that are asked about; None for all."""
    if not context.only:
        return None
    events = (one for one in context.catalog.events if context.wants(one.document))
    trees = (one.payload for one in events if one.payload is not None)
    return {name for tree in trees for name in as_object(tree.schema.get("properties"))}


def _living(catalog: Catalog) -> Iterator[EventSchema]:
    """Yield the events that last: a new major version is made to differ from the one before."""
    newest: dict[str, EventSchema] = {}
    for event in catalog.by_type.values():
        if "deprecated" in event.declaration:
            continue
        # What stands in front of the version, found faster than by taking the whole name apart.
        stem, _, major = event.type.rpartition(".v")
        key = stem if major.isdecimal() else event.type
        other = newest.get(key)
        if other is None or (other.name.major or 0) < (event.name.major or 0):
            newest[key] = event
    yield from newest.values()


def _conflict(name: str, uses: _Uses, context: Context) -> Iterator[Complaint]:
    # The first of those that are used most, in the order of the catalog.
    usual = max(uses, key=lambda types: len(uses[types]))
    others = {types: events for types, events in uses.items() if types.isdisjoint(usual)}
    count, against = len(uses[usual]), sum(map(len, others.values()))
    if not others or count < _CLEARLY * against:
        return
    types, events = next(iter(others.items()))
    if not context.wants(events[0].document):
        return
    message = f"{name!r} is {type_words(sorted(types))} here, but {type_words(sorted(usual))} in "
    message += f"{count} events, such as {_place(uses[usual][0], name)}"
    help_ = "Give it the same type, or another name if it means something else."
    yield Complaint(_place(events[0], name), message, help_)


def _place(event: EventSchema, name: str) -> Place:
    pointer = "/properties/" if event.legacy else "/data/properties/"
    return event.at(pointer + escape(name), on_key=True)


class _Types:
    """The JSON types of fields, without null; a whole number is a number."""

    __slots__ = ("_by_ref", "_catalog")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._by_ref: dict[tuple[str, str, str], frozenset[str]] = {}

    def of(self, schema: Json, tree: SchemaTree) -> frozenset[str]:
        """Return the types that a field may have; none where the schema does not say."""
        if not isinstance(schema, dict):
            return _NONE
        said = schema.get("type")
        if isinstance(said, str):
            return _ONE.get(said, _NONE)
        if isinstance(said, list):
            known = [_ONE[one] for one in said if isinstance(one, str) and one in _ONE]
            return known[0] if len(known) == 1 else _NONE.union(*known)
        if "$ref" in schema:
            return self._of_ref(schema["$ref"], tree)
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(values, list):
            return _NONE.union(*(_ONE.get(kind_of(value), _NONE) for value in values))
        return _NONE

    def _of_ref(self, ref: Json, tree: SchemaTree) -> frozenset[str]:
        ref = str(ref)
        path, base = tree.document.path, tree.pointer
        # From a whole folder or file, the same reference leads to the same place.
        if not ref.startswith("#"):
            path, base = path.rpartition("/")[0], ""
        elif ref.startswith("#/components/"):
            base = ""
        key = (path, base, ref)
        if key not in self._by_ref:
            self._by_ref[key] = _NONE
            for part in parts(self._catalog, Target(tree.document, "", {"$ref": ref}, tree)):
                if isinstance(part, Target) and "type" in as_object(part.schema):
                    self._by_ref[key] = self.of(part.schema, part.tree)
                    break
        return self._by_ref[key]


RULE = Rule(
    id="KEB613",
    name="field-type-conflict",
    severity=Severity.INFO,
    section="6.2",
    rationale="Readers carry what they know of a field from one event to the next; a `priority` "
    "that is a number here and a text there breaks whoever reads both.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data: {type: object, properties: {priority: {type: integer}}}
  Task.Assignment.Changed.v1:
    data: {type: object, properties: {priority: {type: integer}}}
  Task.Assignment.Moved.v1:
    data: {type: object, properties: {priority: {type: integer}}}
  Task.Assignment.Deleted.v1:
    data: {type: object, properties: {priority: {type: string}}}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data: {type: object, properties: {priority: {type: integer}}}
  Task.Assignment.Changed.v1:
    data: {type: object, properties: {priority: {type: number}}}
  Task.Assignment.Moved.v1:
    data: {type: object, properties: {priority: {type: [integer, "null"]}}}
  Task.Assignment.Deleted.v1:
    data: {type: object, properties: {priority: {type: integer}}}
""",
    check=whole_catalog(_check),
)
