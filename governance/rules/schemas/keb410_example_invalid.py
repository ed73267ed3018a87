"""KEB410: an example that its own schema refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from governance.catalog.fits import fits
from governance.catalog.model import Catalog, EventSchema, SourceFile
from governance.catalog.refs import RefError, bundle, follow
from governance.catalog.tree import Node, SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, closest, each_file
from governance.schema.bounds import contradictions
from governance.schema.dialect import OPENAPI_30, Dialect
from governance.schema.instance import SchemaNotUsableError, Validator, Violation
from governance.schema.json import Json, JsonObject, as_list, as_object, identity
from governance.schema.pointer import PointerError, join, resolve, split
from governance.schema.words import Refusal, refusals, undeclared

_MOST = 5
# With one of these in play, `properties` alone don't tell what an object declares.
_COMPOSED = frozenset(
    "anyOf oneOf if dependentSchemas dependencies patternProperties unevaluatedProperties "
    "$dynamicRef $recursiveRef".split()
)
_SPREAD = _COMPOSED | {"$ref", "allOf"}

_BOUNDS = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems "
    "minProperties maxProperties".split()
)

_Part = tuple[SchemaTree, JsonObject]


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    for event in file.events:
        if event.examples and event.payload is not None and not event.legacy:
            yield from _of_event(event, event.payload, context.catalog)
    for tree in file.trees:
        if "examples" in tree.dialect.keywords:
            for node in tree.having("examples"):
                listed = as_list(node.schema["examples"])
                examples = {f"/examples/{number}": one for number, one in enumerate(listed)}
                yield from _of_schema(node, examples, context.catalog)
        if tree.dialect is OPENAPI_30:
            for node in tree.having("example"):
                yield from _of_schema(node, {"/example": node.schema["example"]}, context.catalog)


def _of_event(event: EventSchema, payload: SchemaTree, catalog: Catalog) -> Iterator[Complaint]:
    doubtful = []
    for pointer, example in event.examples:
        if _is_whole_event(example, payload):
            message = "this example is a whole event, and must be its `data` alone"
            help_ = "Keep what stands under `data`, and delete the base fields around it."
            yield Complaint(event.at(pointer), message, help_)
        elif not fits(catalog, payload, payload.schema, example):
            doubtful.append((pointer, example))
    judge = _judge(catalog, payload, "") if doubtful else None
    if judge is None:
        return
    for pointer, example in doubtful:
        surplus = _surplus(catalog, [(payload, payload.schema)], example, "")
        for refusal, help_ in judge.complaints(example, surplus, "the example"):
            yield Complaint(event.at(pointer + refusal.pointer), refusal.sentence, help_)


def _of_schema(node: Node, examples: dict[str, Json], catalog: Catalog) -> Iterator[Complaint]:
    doubtful = {
        pointer: example
        for pointer, example in examples.items()
        if not fits(catalog, node.tree, node.schema, example)
    }
    judge = _judge(catalog, node.tree, node.pointer) if doubtful else None
    if judge is None:
        return
    whole = f"the example of {node.path!r}" if node.path else "the example"
    for pointer, example in doubtful.items():
        for refusal, help_ in judge.complaints(example, (), whole):
            yield Complaint(node.at(pointer + refusal.pointer), refusal.sentence, help_)


def _judge(catalog: Catalog, tree: SchemaTree, pointer: str) -> _Judge | None:
    """Return the judge of a subschema; None where the schema itself is broken."""
    try:
        return _Judge(bundle(catalog, tree, pointer), tree.dialect)
    except (RefError, SchemaNotUsableError):
        return None


class _Judge:
    """A compiled schema, and what it says of examples."""

    def __init__(self, schema: JsonObject, dialect: Dialect) -> None:
        self._schema = schema
        self._validator = Validator(schema, dialect)

    def complaints(
        self, example: Json, surplus: Iterable[Refusal], whole: str
    ) -> Iterator[tuple[Refusal, str]]:
        """Yield what is wrong with an example and what to do: the first few, one for each place."""
        found: dict[str, tuple[Refusal, Json]] = {}
        for violation in self._validator.violations(example):
            if not self._contradicts_itself(violation, example):
                for refusal in refusals(violation, example, whole):
                    if not self._asks_for_undeclared(violation, refusal):
                        found.setdefault(refusal.pointer, (refusal, violation.asked))
        for refusal in surplus:
            found.setdefault(refusal.pointer, (refusal, None))
        meant = _misspelt([refusal for refusal, _ in found.values()]) if len(found) > 1 else {}
        told = [one for one in found.values() if one[0].pointer not in meant.values()]
        for refusal, asked in told[:_MOST]:
            yield refusal, _help(refusal, asked, example, meant.get(refusal.pointer))

    def _asks_for_undeclared(self, violation: Violation, refusal: Refusal) -> bool:
        """Say whether a field is missing that the schema does not even declare: that is KEB407."""
        above = violation.schema_pointer.rpartition("/")[0]
        try:
            schema = as_object(resolve(self._schema, above))
        except PointerError:
            return False
        is_plain = "properties" in schema and schema.keys().isdisjoint(_SPREAD)
        declared = as_object(schema.get("properties"))
        return refusal.keyword == "required" and is_plain and refusal.field not in declared

    def _contradicts_itself(self, violation: Violation, example: Json) -> bool:
        """Say whether the refusing schema allows nothing, or lists the value: that is KEB408."""
        above = violation.schema_pointer.rpartition("/")[0]
        try:
            schema = as_object(resolve(self._schema, above))
            value = resolve(example, violation.pointer)
        except PointerError:
            return False
        values = as_list(schema.get("enum"))
        if values and violation.keyword != "enum" and identity(value) in map(identity, values):
            return True
        return violation.keyword in _BOUNDS and any(contradictions(schema))


def _misspelt(refused: list[Refusal]) -> dict[str, str]:
    """Return the undeclared fields that are a missing one, misspelt: pointers to pointers."""
    missing: dict[str, dict[str, str]] = {}
    for one in refused:
        if one.keyword == "required" and one.field is not None:
            missing.setdefault(_above(one), {})[one.field] = one.pointer
    surplus = [one for one in refused if one.keyword != "required" and one.field is not None]
    pairs = {}
    for one in surplus[:_MOST]:
        names = missing.get(_above(one), {})
        near = closest(one.field or "", names) if names else None
        if near is not None:
            pairs[one.pointer] = names.pop(near)
    return pairs


def _above(refusal: Refusal) -> str:
    return refusal.pointer.rpartition("/")[0]


def _help(refusal: Refusal, asked: Json, example: Json, meant: str | None) -> str:
    if meant is not None:
        return f"Did you mean {split(meant)[-1]!r}?"
    if refusal.keyword == "required":
        return f"Add `{refusal.field}` to the example, or take it out of `required`."
    if refusal.field is not None:
        return "Declare it under `properties`, or delete it here: the client refuses it."
    if refusal.keyword == "enum":
        said = resolve(example, refusal.pointer)
        texts = [one for one in as_list(asked) if isinstance(one, str)]
        near = closest(said, texts) if isinstance(said, str) else None
        if near is not None:
            return f"Did you mean {near!r}?"
    return "Correct the example, or the schema if the example is right."


def _is_whole_event(example: Json, payload: SchemaTree) -> bool:
    if not isinstance(example, dict) or not isinstance(example.get("data"), dict):
        return False
    properties = as_object(payload.schema.get("properties"))
    return "data" not in properties and not {"event_id", "event_type"}.isdisjoint(example)


def _surplus(catalog: Catalog, parts: list[_Part], value: Json, pointer: str) -> Iterator[Refusal]:
    """Yield the fields that no schema declares, where that can be told for sure."""
    whole = _gather(catalog, parts) if isinstance(value, dict | list) else None
    if whole is None:
        return
    if isinstance(value, list):
        items: list[_Part] = [
            (tree, schema["items"])
            for tree, schema in whole
            if isinstance(schema.get("items"), dict) and "prefixItems" not in schema
        ]
        for number, item in enumerate(value if items else ()):
            if isinstance(item, dict | list):
                yield from _surplus(catalog, items, item, f"{pointer}/{number}")
        return
    declared = [(tree, as_object(schema.get("properties"))) for tree, schema in whole]
    # An object that declares nothing at all is KEB6xx's business, and one that says so is open.
    is_closed = any(fields for _, fields in declared) and not any(
        schema.get("additionalProperties", False) is not False for _, schema in whole
    )
    for name, item in value.items():
        below = [(tree, fields[name]) for tree, fields in declared if name in fields]
        if not below and is_closed:
            yield undeclared(pointer, name)
        elif below and isinstance(item, dict | list):
            yield from _surplus(catalog, below, item, pointer + join(name))


def _gather(catalog: Catalog, parts: list[_Part]) -> list[_Part] | None:
    """Return the schemas that hold together for one value; None where that depends on the value."""
    if len(parts) == 1 and isinstance(parts[0][1], dict) and _SPREAD.isdisjoint(parts[0][1]):
        return parts
    seen, waiting, gathered = set[int](), list(parts), []
    while waiting:
        tree, schema = waiting.pop()
        if not isinstance(schema, dict) or not _COMPOSED.isdisjoint(schema):
            return None
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        if "$ref" in schema:
            try:
                target = follow(catalog, tree, schema["$ref"])
            except RefError:
                return None
            waiting.append((target.tree, target.schema))
            if tree.dialect.overrides_siblings:
                continue
        waiting += [(tree, branch) for branch in as_list(schema.get("allOf"))]
        gathered.append((tree, schema))
    return gathered


RULE = Rule(
    id="KEB410",
    name="example-invalid",
    severity=Severity.ERROR,
    section="4.2",
    rationale="People copy examples, and contract tests publish them. One that the schema refuses "
    "teaches everybody an event that the client does not let through.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
        priority: {type: integer}
      required: [task_id]
    examples:
      - {task: "7", priority: high}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        task_id: {type: string}
        priority: {type: integer}
      required: [task_id]
    examples:
      - {task_id: "7", priority: 1}
""",
    check=each_file(_check),
    silenced_by=("KEB401",),
)
