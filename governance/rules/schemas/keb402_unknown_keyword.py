"""KEB402: a schema uses a keyword that its dialect does not know."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.document import Place
from governance.catalog.edits import Edits, Made, rename, take_out
from governance.catalog.tree import Node, SchemaTree
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_tree
from governance.schema.dialect import DIALECTS, DRAFT_2020_12, OPENAPI_30, Dialect, Holds
from governance.schema.json import Json, JsonObject, as_list, as_object, as_text, kind_of, shown
from governance.schema.pointer import escape

# Our own note on a field that had another name before.
_OURS = frozenset({"renamed_from"})
# A file of the legacy layout says nothing of its dialect; what today's validator knows is fine.
_ALSO_IN_LEGACY = frozenset({*DRAFT_2020_12.keywords, "definitions"})
# What a legacy declaration may say of the event, beside being a schema.
_OF_AN_EVENT = frozenset(
    ("event_version", "aliases", "compatibility", "legacy", "owner", "stream", "domain", "data")
)
_RENAMED = {
    "definitions": "$defs",
    "additionalItems": "items",
    "id": "$id",
    "$recursiveRef": "$dynamicRef",
    "$recursiveAnchor": "$dynamicAnchor",
    "$defs": "definitions",
    "$id": "id",
    "dependentRequired": "dependencies",
    "dependentSchemas": "dependencies",
    "prefixItems": "items",
    "ref": "$ref",
    "defs": "$defs",
    "regex": "pattern",
    "values": "enum",
    "options": "enum",
    "desc": "description",
    "comment": "$comment",
    **dict.fromkeys(("sensitive", "sensitivity", "pii"), "x-sensitivity"),
}
# Enough for every honest mistake; a file of nothing but unknown keys must not take minutes.
_MOST_HINTS = 50
_NEGATIVE = (False, "no", "false", None)
_SIZES = {"string": "Length", "array": "Items", "object": "Properties"}
_SCHEMA_LIKE = frozenset(
    ("type", "$ref", "properties", "items", "enum", "const", "allOf", "anyOf", "oneOf", "format")
)
# What stands under these has another form under the other name, or others refer to it.
_MOVED = frozenset(
    "definitions $defs additionalItems prefixItems $recursiveRef id $id $recursiveAnchor "
    "dependencies dependentRequired dependentSchemas".split()
)
_NO_FIELDS = frozenset({"definitions", "$defs", "dependencies", "example", "discriminator"})


def _check(tree: SchemaTree, _: Context) -> Iterator[Complaint]:
    dialect = tree.dialect
    known = dialect.keywords.keys() | _OURS
    if dialect is OPENAPI_30:
        known |= _ALSO_IN_LEGACY
    unknown = [name for name in tree.keywords() if name not in known and not name.startswith("x-")]
    if not unknown:
        return
    near = {name: closest(name, dialect.keywords) for name in unknown[:_MOST_HINTS]}
    for node in tree.having(*unknown):
        excused = _OF_AN_EVENT if node.parent is None and dialect is OPENAPI_30 else known
        here = [
            name
            for name in node.schema
            if name not in known and name not in excused and not name.startswith("x-")
        ]
        fields = [name for name in here if _is_field(node, name, near.get(name))]
        yield from _misplaced_fields(node, fields)
        for keyword in here:
            if keyword not in fields:
                message = f"`{keyword}` is no keyword of {_title(dialect)}"
                place = node.at(f"/{escape(keyword)}", on_key=True)
                help_ = _help(node, keyword, near.get(keyword))
                fix = _fix(node, keyword, near.get(keyword))
                yield Complaint(place, message, help_, fix=fix)


def _fix(node: Node, keyword: str, near: str | None) -> Fix | None:
    schema, value, place = node.schema, node.schema[keyword], node.at(f"/{escape(keyword)}")
    if keyword == "nullable":
        return _fix_nullable(node, value)
    if keyword in {"optional", "mandatory"}:
        return None
    meant = _meant(schema, keyword, value) or near or ""
    meant, _, _ = meant.partition(":")
    if meant not in node.tree.dialect.keywords or meant in schema or keyword in _MOVED:
        return None
    # These change what a reader is told, and not what is allowed.
    is_safe = meant != near and meant in {"description", "$comment", "examples"}
    if keyword != "example":
        return Fix(f"call it `{meant}`", partial(rename, place, meant), is_safe=is_safe)
    return Fix("call it `examples`, and list it", partial(_listed_as, place, value))


def _listed_as(place: Place, value: Json) -> Made:
    is_short = "\n" not in place.document.text[slice(*place.document.extent(place.pointer))]
    edits = Edits().rename(place, "examples").write(place, [value])
    return edits.made() if is_short else ()


def _fix_nullable(node: Node, value: Json) -> Fix | None:
    place, schema = node.at("/nullable"), node.schema
    if value in _NEGATIVE:
        return Fix("delete it", partial(take_out, place))
    types = [one for one in as_list(schema.get("type")) or [schema.get("type")] if as_text(one)]
    if "$ref" in schema or not types or "null" in types:
        return None
    edits = partial(_with_null, node, types)
    return Fix(f'write `type: [{", ".join(types)}, "null"]`', edits, is_safe=False)


def _with_null(node: Node, types: list[str]) -> Made:
    edits = Edits().write(node.at("/type"), [*types, "null"]).take_out(node.at("/nullable"))
    if None not in as_list(node.schema.get("enum", [None])):
        edits.append(node.at("/enum"), None)
    return edits.made()


def _is_field(node: Node, keyword: str, near: str | None) -> bool:
    """Say whether an unknown keyword looks like a field that stands beside ``properties``."""
    value = node.schema[keyword]
    if keyword in _NO_FIELDS or not isinstance(value, dict) or not _SCHEMA_LIKE & value.keys():
        return False
    # One letter off a keyword that holds schemas, it is that keyword.
    return node.tree.dialect.keywords.get(near or "", Holds.VALUE) is Holds.VALUE


def _misplaced_fields(node: Node, names: list[str]) -> Iterator[Complaint]:
    if not names:
        return
    listed = ", ".join(f"`{name}`" for name in names[:3])
    more = f" and {len(names) - 3} more" if names[3:] else ""
    are = "are no keywords" if names[1:] else "is no keyword"
    they, fields = ("they are fields", "them") if names[1:] else ("it is a field", "it")
    message = f"{listed}{more} {are} of {_title(node.tree.dialect)}"
    help_ = f"If {they} of the object, put {fields} under `properties`."
    yield Complaint(node.at(f"/{escape(names[0])}", on_key=True), message, help_)


def _help(node: Node, keyword: str, near: str | None) -> str:
    known, value = node.tree.dialect.keywords, node.schema[keyword]
    if keyword == "nullable":
        return _instead_of_nullable(node.schema, value)
    if keyword in {"optional", "mandatory"}:
        return "Delete it: a field must be there if `required` of its object names it."
    meant = _meant(node.schema, keyword, value)
    if meant and (meant.partition(":")[0] in known or meant.startswith("x-")):
        too = ", in the references to it too" if meant in {"$defs", "definitions"} else ""
        return f"Write `{meant}`{too}."
    if near is not None:
        return f"Did you mean `{near}`?"
    later = [one for one in DIALECTS if keyword in one.keywords and one is not OPENAPI_30]
    if later:
        return f"Delete it, or write `$schema: {later[-1].uri}`, where it is known."
    return f"Delete it, or call it `x-{keyword}` if it is a note of your own."


def _meant(schema: JsonObject, keyword: str, value: Json) -> str | None:
    """Return what to write for a keyword that has another name here, if it is such a one."""
    if keyword == "example":
        is_long = kind_of(value) in {"object", "array"}
        return "examples: [VALUE]" if is_long else f"examples: [{shown(value)}]"
    if keyword == "dependencies":
        lists = all(isinstance(one, list) for one in as_object(value).values())
        return "dependentRequired" if lists else "dependentSchemas"
    if keyword in {"min", "max"}:
        noun = _SIZES.get(str(schema.get("type")), "imum")
        return f"{keyword}{noun}: {shown(value)}"
    return _RENAMED.get(keyword)


def _instead_of_nullable(schema: JsonObject, value: Json) -> str:
    if value in _NEGATIVE:
        return "Delete it: null is refused unless `type` allows it."
    if "$ref" in schema:
        return f'Write `anyOf: [{{$ref: "{schema["$ref"]}"}}, {{type: "null"}}]`.'
    named = as_text(schema.get("type"))
    listed = ", ".join(str(one) for one in as_list(schema.get("type")))
    lacks_null = isinstance(schema.get("enum"), list) and None not in schema["enum"]
    if named is None and not listed:
        return f"Delete it{', and add null to `enum`' if lacks_null else ''}."
    also = ", and add null to `enum`" if lacks_null else ""
    return f'Write `type: [{named or listed}, "null"]`{also}.'


def _title(dialect: Dialect) -> str:
    return "OpenAPI 3.0" if dialect is OPENAPI_30 else f"JSON Schema {dialect.name}"


RULE = Rule(
    id="KEB402",
    name="unknown-keyword",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A validator passes over a keyword that it does not know, without a word: a misspelt "
    "`required` checks nothing, and nobody notices until a reader fails.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
        note: {type: string, nullable: true}
      requried: [task_id]
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
        note: {type: [string, "null"]}
      required: [task_id]
""",
    check=each_tree(_check),
    silenced_by=("KEB401",),
    fixes=(SAFE, UNSAFE),
)
