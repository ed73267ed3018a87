"""KEB404: a ``$ref`` leads out of the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.refs import Fault, RefError, follow
from governance.catalog.tree import Node
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_schema
from governance.schema.json import shown


def _check(node: Node, context: Context) -> Iterator[Complaint]:
    ref = node.schema["$ref"]
    try:
        follow(context.catalog, node.tree, ref)
    except RefError as error:
        if error.fault is Fault.NETWORK:
            message = f"`$ref` {shown(ref)} would have to be fetched, and nothing is ever fetched"
        elif error.fault is Fault.OUTSIDE:
            message = f"`$ref` {shown(ref)} leads out of the catalog folder"
        else:
            return
        yield Complaint(node.at("/$ref"), message, _help(ref, node, context))


def _help(ref: str, node: Node, context: Context) -> str:
    file, _, fragment = ref.partition("#")
    wanted = (fragment or file).rpartition("/")[2]
    for source in context.catalog.files:
        for component in source.components:
            if component.name == wanted:
                is_here = source.document is node.tree.document
                name = "" if is_here else source.relative
                return f'Write `$ref: "{name}#{component.pointer}"`, which has that name.'
    return (
        "Copy the schema into `components.schemas` of a file of the catalog, and refer to it there."
    )


RULE = Rule(
    id="KEB404",
    name="ref-outside-catalog",
    severity=Severity.ERROR,
    section="4.1",
    rationale="The catalog folder in git is the registry. What lies outside it can change or "
    "vanish without a pull request, and is not there when a released version is read back.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        agent: {$ref: "https://example.com/schemas/agent.json"}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        agent: {$ref: "#/components/schemas/Agent"}
components:
  schemas:
    Agent: {type: string}
""",
    check=each_schema(_check, "$ref"),
    silenced_by=("KEB401",),
)
