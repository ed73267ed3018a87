"""KEB408: constraints of one schema contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import Edits, Made
from governance.catalog.tree import Node, SchemaTree
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_tree
from governance.schema.bounds import UPPER_KEYWORDS, contradictions
from governance.schema.faults import TYPES
from governance.schema.instance import SchemaNotUsableError, Validator, Violation
from governance.schema.json import Json, identity, kind_of, shown, types_of
from governance.schema.words import demand, type_words

# What a single value can be held against, without looking into other schemas.
_SIMPLE = frozenset(
    "type nullable minLength maxLength pattern format minimum maximum exclusiveMinimum "
    "exclusiveMaximum multipleOf minItems maxItems minProperties maxProperties".split()
)


def _check(tree: SchemaTree, _: Context) -> Iterator[Complaint]:
    for node in tree.having(*UPPER_KEYWORDS):
        for upper, message, help_, lower in contradictions(node.schema):
            fix = None
            if lower:
                make = partial(_swapped, node, lower, upper)
                fix = Fix(f"swap `{lower}` and `{upper}`", make, is_safe=False)
            yield Complaint(node.at(f"/{upper}"), message, help_, fix=fix)
    for node in tree.having("enum"):
        yield from _enum(node)
    for node in tree.having("const"):
        yield from _const(node)


def _swapped(node: Node, lower: str, upper: str) -> Made:
    low, high = node.schema[lower], node.schema[upper]
    return Edits().write(node.at(f"/{lower}"), high).write(node.at(f"/{upper}"), low).made()


def _enum(node: Node) -> Iterator[Complaint]:
    values = node.schema["enum"]
    if not isinstance(values, list):
        return
    if not values:
        help_ = "List the values, or delete `enum`."
        yield Complaint(node.at("/enum"), "no value is allowed: `enum` is empty", help_)
        return
    dead = list(_dead(node, values))
    if len(dead) == len(values) > 1 and len({why for _, why in dead}) == 1:
        message = f"no value of `enum` can ever be sent: a value must {dead[0][1]}"
        yield Complaint(node.at("/enum"), message, _mend(node, values))
        return
    for number, why in dead:
        message = f"the value {shown(values[number])} can never be sent: a value must {why}"
        yield Complaint(node.at(f"/enum/{number}"), message, _mend(node, [values[number]]))


def _const(node: Node) -> Iterator[Complaint]:
    value, values = node.schema["const"], node.schema.get("enum")
    refused = next(_dead(node, [value]), None)
    if refused is not None:
        message = f"the value {shown(value)} can never be sent: a value must {refused[1]}"
        yield Complaint(node.at("/const"), message, _mend(node, [value]))
    elif isinstance(values, list) and values and not _lists(values, value):
        message = f"the value {shown(value)} can never be sent: `enum` does not list it"
        yield Complaint(node.at("/const"), message, "Delete `enum`: `const` says it all.")


def _lists(values: list[Json], value: Json) -> bool:
    wanted = identity(value)
    return any(identity(one) == wanted for one in values)


def _dead(node: Node, values: list[Json]) -> Iterator[tuple[int, str]]:
    """Yield the values that the schema refuses itself: their number, and what they must do."""
    types, listed = types_of(node.schema), node.schema.get("type", [])
    if any(name not in TYPES for name in (listed if isinstance(listed, list) else [listed])):
        return
    simple = {key: said for key, said in node.schema.items() if key in _SIMPLE}
    alive = []
    for number, value in enumerate(values):
        kind = kind_of(value)
        if types and kind not in types and not (kind == "integer" and "number" in types):
            yield number, f"be {type_words(_in_order(types))}"
        else:
            alive.append(number)
    if not simple.keys() - {"type", "nullable"}:
        return
    try:
        validator = Validator(simple, node.tree.dialect)
    except SchemaNotUsableError:
        return
    for number in alive:
        violation: Violation | None = next(validator.violations(values[number]), None)
        if violation is not None and violation.keyword:
            yield number, demand(violation)


def _mend(node: Node, values: list[Json]) -> str:
    types, kinds = types_of(node.schema), {kind_of(value) for value in values}
    if not types or kinds & types or (kinds == {"integer"} and "number" in types):
        return "Correct the value, or the constraint that refuses it."
    if kinds == {"null"}:
        listed = ", ".join((*_in_order(types), '"null"'))
        return f"Delete it, or allow null: `type: [{listed}]`."
    if "string" in types and not kinds & {"array", "object", "null"}:
        listed = ", ".join(f'"{shown(value)}"' for value in values[:3])
        return f"Put it in quotes: `{listed}`." if len(values) == 1 else f"Write `[{listed}]`."
    if len(kinds) > 1:
        return "Correct the values, or `type`."
    return f"Correct the value, or write `type: {kinds.pop()}`."


def _in_order(types: frozenset[str]) -> list[str]:
    return sorted(types, key=lambda name: (name == "null", name))


RULE = Rule(
    id="KEB408",
    name="constraints-unsatisfiable",
    severity=Severity.ERROR,
    section="4.2",
    rationale="Where two constraints contradict each other, no value passes: the first event that "
    "carries the field is refused, on the day it is published.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        priority: {type: integer, minimum: 5, maximum: 1}
        status: {type: string, enum: [open, 5]}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        priority: {type: integer, minimum: 1, maximum: 5}
        status: {type: string, enum: [open, closed]}
""",
    check=each_tree(_check),
    silenced_by=("KEB401",),
    fixes=(UNSAFE,),
)
