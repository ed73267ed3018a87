"""KEB403: a ``$ref`` leads nowhere."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote

from governance.catalog.edits import write
from governance.catalog.model import Catalog, SourceFile
from governance.catalog.refs import Fault, RefError, follow
from governance.catalog.tree import Node, SchemaTree
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_file
from governance.schema.json import kind_of, shown

_KINDS = {"array": "a list", "null": "an empty value", "string": "a text"}
_ADD = "Add the schema under `components.schemas`, or correct the reference."
# Suggestions for every honest mistake; thousands of broken references must not take minutes.
_MOST_HINTS = 100


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    found = [
        (node, why)
        for tree in file.trees
        for node in tree.having("$ref")
        if (why := _fault(node, context.catalog)) is not None
    ]
    targets = _targets(context.catalog, file) if found else {}
    for number, (node, why) in enumerate(found):
        ref = node.schema["$ref"]
        help_, fix, place = _ADD, None, node.at("/$ref")
        if not isinstance(ref, str):
            help_ = 'Write `$ref: "#/components/schemas/NAME"`.'
        elif number < _MOST_HINTS:
            known = {**targets, **_own_definitions(node.tree)}
            meant, is_certain = _meant(context.catalog, file, known, ref)
            said = f'`$ref: "{meant}"`'
            if meant:
                help_ = f"Write {said}." if is_certain else f"Did you mean {said}?"
                fix = Fix(f"write {said}", partial(write, place, meant), is_safe=False)
        yield Complaint(place, f"`$ref` {shown(ref)} {why}", help_, fix=fix)


def _fault(node: Node, catalog: Catalog) -> str | None:
    ref = node.schema["$ref"]
    if not isinstance(ref, str):
        return "is no text"
    try:
        target = follow(catalog, node.tree, ref)
    except RefError as error:
        named = _named(catalog, node.tree.document.path, ref)
        was_read = named is None or named.document.root is not None
        return f"leads nowhere: {error}" if error.fault is Fault.MISSING and was_read else None
    if not isinstance(target.schema, dict | bool):
        kind = kind_of(target.schema)
        return f"leads to {_KINDS.get(kind, shown(target.schema))}, which is no schema"
    return None


def _named(catalog: Catalog, path: str, ref: str) -> SourceFile | None:
    """Return the file that a reference names, if it names one that exists."""
    name = unquote(ref.partition("#")[0])
    folder = posixpath.dirname(catalog.by_path[path].relative)
    return catalog.by_relative.get(posixpath.normpath(posixpath.join(folder, name)))


def _meant(
    catalog: Catalog, here: SourceFile, targets: dict[str, str], ref: str
) -> tuple[str, bool]:
    """Return what a reference most likely means, and whether nothing else; empty for nothing."""
    name, _, fragment = unquote(ref).partition("#")
    named = _named(catalog, here.document.path, ref) if name else None
    if named is not None:
        targets = _spelled(here, named)
    wanted = (fragment or name).rpartition("/")[2]
    if wanted in targets:
        return targets[wanted], True
    near = closest(wanted, targets)
    if near is not None:
        return targets[near], False
    if name and named is None:
        near = closest(name, [_path(here, file) for file in catalog.files if file is not here])
        return (f"{near}#{fragment}", False) if near else ("", False)
    return "", False


def _targets(catalog: Catalog, here: SourceFile) -> dict[str, str]:
    """Return how to refer to each component of the catalog; the own ones come before others."""
    others = [file for file in reversed(catalog.files) if file is not here]
    return {name: ref for file in (*others, here) for name, ref in _spelled(here, file).items()}


def _spelled(here: SourceFile, there: SourceFile) -> dict[str, str]:
    path = "" if there is here else _path(here, there)
    return {component.name: f"{path}#{component.pointer}" for component in there.components}


def _own_definitions(tree: SchemaTree) -> dict[str, str]:
    return {
        node.step.rpartition("/")[2]: f"#{node.pointer}"
        for node in tree.nodes
        if node.step.startswith(("/$defs/", "/definitions/"))
    }


def _path(here: SourceFile, there: SourceFile) -> str:
    return posixpath.relpath(there.relative, posixpath.dirname(here.relative) or ".")


RULE = Rule(
    id="KEB403",
    name="ref-unresolved",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A reference that leads nowhere leaves a hole in the schema: the client can't "
    "compile it, and no event of this type can be published.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        agent: {$ref: "#/components/schemas/Agnet"}
components:
  schemas:
    Agent: {type: string}
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
    check=each_file(_check),
    silenced_by=("KEB401",),
    fixes=(UNSAFE,),
)
