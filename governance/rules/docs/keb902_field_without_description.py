"""KEB902: a field has no description."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.description import is_described, says_something
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.refs import RefError, parts
from governance.catalog.tree import Node, SchemaTree, Target
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, says
from governance.schema.json import Json, JsonObject, as_list, as_object, types_of

_FORBIDDEN: JsonObject = {"not": {}}
_BRINGING = ("$ref", "allOf", "anyOf", "oneOf")


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    described = _Described(context.catalog)
    for tree in file.trees:
        silent = [
            node
            for node in tree.nodes
            if node.name is not None
            and not says_something(node.schema)
            and node.schema != _FORBIDDEN
            and not described.elsewhere(node)
            and not says(node.schema, "description")
        ]
        if silent:
            yield from _once_each(silent, tree)


def _once_each(silent: list[Node], tree: SchemaTree) -> Iterator[Complaint]:
    """Complain of each field once, unless another declaration of it has a description."""
    done = {node.path for node in tree.properties() if says_something(node.schema)}
    for node in silent:
        path = node.path
        if path not in done:
            done.add(path)
            message = f"the field {path} has no description"
            yield Complaint(node.at("/description", on_key=True), message, _help(node))


def _help(node: Node) -> str:
    types = types_of(node.schema)
    further = ""
    if "enum" in node.schema:
        further = ", and what each value means"
    elif types & {"integer", "number"}:
        further = ", and in which unit"
    elif "boolean" in types:
        further = ", and when it is true"
    return f"Say what it holds{further}: `description: ...`."


class _Described:
    """Knows whether a description stands where a field leads to; looks each reference up once."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.known: dict[tuple[str, Json], bool] = {}

    def elsewhere(self, node: Node) -> bool:
        """Say whether a field has a description beside its own, or may have."""
        schema = node.schema
        if len(schema) == 1 and "$ref" in schema:
            return self._behind(node, schema["$ref"])
        if not schema.keys().isdisjoint(_BRINGING):
            here = _target(node)
            branches = (
                here._replace(schema=branch, pointer=f"{here.pointer}/{keyword}/{number}")
                for keyword in ("anyOf", "oneOf")
                for number, branch in enumerate(as_list(schema.get(keyword)))
            )
            if any(is_described(self.catalog, one) for one in (here, *branches)):
                return True
        return node.is_partial or self._declared_beside(node)

    def _behind(self, node: Node, ref: Json) -> bool:
        if not isinstance(ref, str):
            return True
        # What starts with a name or at the components means the same in the whole file.
        is_of_file = not ref.startswith("#") or ref.startswith("#/components/")
        key = ("" if is_of_file else node.tree.pointer, ref)
        if key not in self.known:
            self.known[key] = is_described(self.catalog, _target(node))
        return self.known[key]

    def _declared_beside(self, node: Node) -> bool:
        """Say whether what the object around a field brings in describes a field of that name."""
        around = node.parent
        if around is None or around.schema.keys().isdisjoint(("$ref", "allOf")):
            return False
        for part in parts(self.catalog, _target(around)):
            if isinstance(part, RefError):
                return True
            declared = as_object(as_object(part.schema).get("properties")).get(node.name or "")
            if declared is not None and declared is not node.schema and says_something(declared):
                return True
        return False


def _target(node: Node) -> Target:
    pointer = node.tree.pointer + node.pointer
    return Target(node.tree.document, pointer, node.schema, node.tree)


RULE = Rule(
    id="KEB902",
    name="field-without-description",
    severity=Severity.WARNING,
    section="9",
    rationale="A name and a type leave open what is meant: which task, in which unit, before or "
    "after the change. Whoever has to guess builds the guess into a service.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        timeout: {type: integer}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        timeout: {type: integer, description: Seconds until the task goes to another agent.}
""",
    check=each_file(_check),
    silenced_by=("KEB415",),
)
