"""KEB412: a default that its own schema refuses."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.fits import fits
from governance.catalog.refs import RefError, bundle
from governance.catalog.tree import Node
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, closest, each_schema
from governance.schema.bounds import contradictions
from governance.schema.dialect import OPENAPI_30
from governance.schema.instance import SchemaNotUsableError, Validator, Violation
from governance.schema.json import as_list, identity, shown, types_of
from governance.schema.words import refusals


def _check(node: Node, context: Context) -> Iterator[Complaint]:
    default = node.schema["default"]
    if fits(context.catalog, node.tree, node.schema, default) or _contradicts_itself(node):
        return
    try:
        whole = bundle(context.catalog, node.tree, node.pointer)
        violation = next(Validator(whole, node.tree.dialect).violations(default), None)
    except (RefError, SchemaNotUsableError):
        return
    if violation is None:
        return
    subject = f"the default of {node.path!r}" if node.path else "the default"
    refusal = next(refusals(violation, default, subject))
    message = refusal.sentence
    if not message.startswith(subject):
        message = f"{subject} does not fit: {message}"
    yield Complaint(node.at(f"/default{refusal.pointer}"), message, _help(node, violation))


def _contradicts_itself(node: Node) -> bool:
    """Say whether the schema allows nothing, or ``enum`` lists the default: the cause is KEB408."""
    values = as_list(node.schema.get("enum"))
    if values and identity(node.schema["default"]) in map(identity, values):
        return True
    return any(contradictions(node.schema))


def _help(node: Node, violation: Violation) -> str:
    default, types = node.schema["default"], types_of(node.schema)
    if default is None and types:
        allow = f"`type: [{', '.join((*sorted(types), chr(34) + 'null' + chr(34)))}]`"
        if node.tree.dialect is OPENAPI_30:
            allow = "`nullable: true`"
        return f"Delete it: a field may be left out anyway. Or allow null: {allow}."
    if violation.keyword == "enum" and isinstance(default, str):
        texts = [one for one in as_list(violation.asked) if isinstance(one, str)]
        near = closest(default, texts)
        if near is not None:
            return f"Did you mean {near!r}?"
    if violation.keyword == "type" and not violation.pointer:
        if "string" in types and not isinstance(default, dict | list):
            return f'Put it in quotes: `default: "{shown(default)}"`.'
        if isinstance(default, str) and _reads_as(default, types):
            return f"Write `default: {default}`, without quotes."
    return "Correct the default, or the constraint that refuses it."


def _reads_as(text: str, types: frozenset[str]) -> bool:
    is_whole = text.removeprefix("-").isdecimal()
    is_number = text.removeprefix("-").replace(".", "", 1).isdecimal()
    return (
        (is_whole and "integer" in types)
        or (is_number and "number" in types)
        or (text in {"true", "false"} and "boolean" in types)
    )


RULE = Rule(
    id="KEB412",
    name="default-invalid",
    severity=Severity.ERROR,
    section="4.2",
    rationale="The reading client fills in the default where a field is missing. One that the "
    "schema refuses hands the reader a value that no publisher could have sent.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        priority: {type: integer, minimum: 1, default: 0}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        priority: {type: integer, minimum: 1, default: 3}
""",
    check=each_schema(_check, "default"),
    silenced_by=("KEB401",),
)
