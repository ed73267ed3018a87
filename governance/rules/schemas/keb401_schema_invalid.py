"""KEB401: a schema breaks the metaschema of its dialect."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.tree import SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.dialect import DIALECTS, DRAFT_2020_12, OPENAPI_30, dialect_of
from governance.schema.faults import schema_faults
from governance.schema.json import Json, as_object, shown

# What the `$schema` of a whole file names is its dialect only where it is one of these.
_OFFICIAL = "json-schema.org/"


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    said = as_object(file.document.root).get("$schema")
    if isinstance(said, str) and _OFFICIAL in said and not _is_known(said):
        yield Complaint(file.at("/$schema"), *_unknown_dialect(said))
    for tree in file.trees:
        yield from _check_tree(tree)


def _check_tree(tree: SchemaTree) -> Iterator[Complaint]:
    named = tree.schema.get("$schema")
    is_unknown = isinstance(named, str) and not _is_known(named)
    if is_unknown:
        yield Complaint(tree.at("/$schema"), *_unknown_dialect(named))
    # A declaration of the legacy layout is a schema, and says of its end what any event says.
    is_said_of_event = tree.dialect is OPENAPI_30 and isinstance(
        tree.schema.get("deprecated"), dict
    )
    passed_over = {"/$schema": is_unknown, "/deprecated": is_said_of_event}
    for fault in schema_faults(tree.schema, tree.dialect):
        if not passed_over.get(fault.pointer):
            yield Complaint(tree.at(fault.pointer), fault.message, fault.help)


def _is_known(uri: str) -> bool:
    return dialect_of({"$schema": uri}, DRAFT_2020_12).uri == uri.rstrip("#")


def _unknown_dialect(said: Json) -> tuple[str, str]:
    meant = next((one for one in DIALECTS if one.name in said), DRAFT_2020_12)
    return f"`$schema` names no dialect that is known here: {shown(said)}", f"Write `{meant.uri}`."


RULE = Rule(
    id="KEB401",
    name="schema-invalid",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A schema that is not valid in its own language checks nothing: the client can't "
    "compile it, and no event of this type can be published.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: objct
      properties:
        title: {type: string, minLength: "1"}
        notes: string
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        title: {type: string, minLength: 1}
        notes: {type: string}
""",
    check=each_file(_check),
)
