"""What a reviewer of an adopted file should know, beside what `check` finds in it."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema, SourceFile
from governance.catalog.tree import Node
from governance.rewrite.lift import Lift
from governance.schema.dialect import OPENAPI_30

# Of a whole event, these counted the base fields too.
_COUNTS = ("minProperties", "maxProperties", "propertyNames")
_WORDS = frozenset(
    "title description default example examples deprecated readOnly writeOnly".split()
)


def notes(file: SourceFile, lift: Lift) -> Iterator[str]:
    """Yield notes on a legacy file, each one line that starts with a pointer into it."""
    path = file.document.path
    for event in file.events:
        yield from _on_event(event, lift)
    for tree in file.trees:
        if tree.dialect is OPENAPI_30:
            for node in tree.having("$ref"):
                if "$ref" not in lift.cuts.get((path, tree.pointer + node.pointer), ()):
                    yield from _on_ref(node)
    if path.endswith(".json"):
        for (where, pointer), said in lift.words.items():
            if where == path:
                yield f"{pointer}: JSON has no comment to keep what was said of {said}"


def _on_event(event: EventSchema, lift: Lift) -> Iterator[str]:
    fields = lift.sources[event.document.path, event.pointer].fields
    if len(fields) > 1:
        yield (
            f"{event.pointer}: {event.type} named its source in {' and '.join(fields)}: "
            f"add the one that its readers look for as `source_field` of `legacy`"
        )
    for keyword in _COUNTS:
        if keyword in event.declaration:
            yield (
                f"{event.pointer}/{keyword}: `{keyword}` spoke of the base fields as well, and "
                f"speaks of the payload alone from now on"
            )


def _on_ref(node: Node) -> Iterator[str]:
    keywords = OPENAPI_30.keywords.keys() - _WORDS - {"$ref", "nullable"}
    named = ", ".join(f"`{key}`" for key in node.schema if key in keywords)
    if named:
        yield (
            f"{node.tree.pointer}{node.pointer}/$ref: {named} beside `$ref` holds; readers that "
            f"follow OpenAPI 3.0 to the letter passed over it"
        )
