"""KEB420: no value fits a schema."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.tree import Node
from governance.compat.suspects import suspects
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, listed

_RECURSION = {"required", "properties", "minItems", "items", "type"}


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    for tree in file.trees:
        if next(suspects(context.catalog, tree), None) is None:
            continue
        # It takes as long to load as a small check takes, and hardly any catalog needs it.
        from governance.compat.empty import emptiness  # noqa: PLC0415

        causes = emptiness(context.catalog).causes(tree)
        for node in tree.nodes:
            if causes and node.pointer in causes:
                yield _complaint(node, causes[node.pointer])


def _complaint(node: Node, keywords: tuple[str, ...]) -> Complaint:
    subject = f"of {node.path!r} " if node.path else ""
    place = node.at(f"/{keywords[-1]}", on_key=True) if keywords else node.at()
    if set(keywords) <= _RECURSION and "required" in keywords:
        message = f"no value {subject}ever comes to an end: each has to hold another of its kind"
        help_ = "Take the field that leads back out of `required`, or allow null or an empty list."
        return Complaint(place, message, help_)
    if len(keywords) > 2:  # noqa: PLR2004  two that contradict each other, for values of a type
        keywords = tuple(one for one in keywords if one != "type")
    quoted = listed([f"`{one}`" for one in keywords])
    if len(keywords) > 1:
        message = f"no value {subject}can ever be sent: {quoted} contradict each other"
        return Complaint(place, message, "Correct the one that is wrong, or delete it.")
    message = f"no value {subject}can ever be sent: {quoted} allows nothing"
    return Complaint(place, message, "Correct it; what it asks for contradicts itself.")


RULE = Rule(
    id="KEB420",
    name="schema-unsatisfiable",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A schema that no value fits refuses every event that carries the field, on the day "
    "the first one is published; nothing in it looks wrong by itself.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        code: {type: string, pattern: "^[A-Z]{3}-[0-9]{4}$", maxLength: 6}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        code: {type: string, pattern: "^[A-Z]{3}-[0-9]{4}$", maxLength: 8}
""",
    check=each_file(_check),
    silenced_by=("KEB401", "KEB408"),
)
