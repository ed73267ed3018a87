"""KEB413: a pattern makes a backtracking engine hang on some text."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.tree import Node
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.ambiguity import HANGS, Blowup, blowup
from governance.schema.json import Json, as_object
from governance.schema.pattern import quoted
from governance.schema.pointer import escape

_POWERS = {2: "square", 3: "cube"}
_TRILLION = 10**12
# Of patterns in one file: no honest one has as many, and each takes milliseconds to judge.
_MOST_CHARACTERS = 50_000
_HELP = (
    "Rewrite it so that a text can be read in one way only, such as `^[a-z]+(-[a-z]+)*$` for "
    "`^([a-z]+-?)*$`."
)


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    judged = set[str]()
    characters = 0
    for node, pointer, pattern, most in _patterns(file):
        characters += 0 if pattern in judged else len(pattern)
        judged.add(pattern)
        if characters > _MOST_CHARACTERS:
            return
        found = blowup(pattern)
        if found:
            yield from _complain(node, pointer, pattern, found, most)


def _patterns(file: SourceFile) -> Iterator[tuple[Node, str, str, int | None]]:
    """Yield each pattern with its schema, its place there, and the length that a text may have."""
    for tree in file.trees:
        for node in tree.having("pattern"):
            if isinstance(node.schema["pattern"], str):
                yield node, "/pattern", node.schema["pattern"], _max_length(node)
        if "patternProperties" not in tree.dialect.keywords:
            continue
        for node in tree.having("patternProperties"):
            names = as_object(node.schema.get("propertyNames"))
            for key in as_object(node.schema["patternProperties"]):
                pointer = f"/patternProperties/{escape(key)}"
                yield node, pointer, key, _length(names.get("maxLength"))


def _complain(
    node: Node, pointer: str, pattern: str, found: Blowup, most: int | None
) -> Iterator[Complaint]:
    place = node.at(pointer, on_key=pointer != "/pattern")
    if not found.degree:
        yield Complaint(
            place,
            f"the pattern {quoted(pattern)} takes exponential time: {found.engine.value} needs "
            f"{_about(found.steps)} steps to refuse {found}, and each further "
            f"repeat multiplies them",
            _HELP,
        )
        return
    if most is not None:
        found = found.of_length(min(most, len(found.text)))
        if found.steps < HANGS:
            return
    power = _POWERS.get(found.degree, f"{found.degree}th power")
    unlimited = "" if most is not None else ", which nothing limits"
    yield Complaint(
        place,
        f"the pattern {quoted(pattern)} takes time that grows with the {power} of the text's "
        f"length{unlimited}: {found.engine.value} needs {_about(found.steps)} "
        f"steps to refuse {found}",
        _HELP if most is not None else f"Set `maxLength` to what the field needs. {_HELP}",
    )


def _about(steps: int) -> str:
    return "over a trillion" if steps > _TRILLION else f"some {steps / 10**9:.0f} billion"


def _max_length(node: Node) -> int | None:
    """Return the length that a text may have by the schema itself or by one that it is part of."""
    here: Node | None = node
    while here is not None:
        most = _length(here.schema.get("maxLength"))
        if most is not None:
            return most
        here = here.parent if here.step.startswith("/allOf/") else None
    return None


def _length(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


RULE = Rule(
    id="KEB413",
    name="pattern-catastrophic",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A backtracking engine, as Python and JavaScript have it, tries every way to read a "
    "text before it refuses it. Where the ways multiply, one event with such a text stops every "
    "reader that validates it, for hours, whether it was sent by mistake or on purpose.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        labels: {type: string, maxLength: 200, pattern: "^([a-z]+,?)*$"}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        labels: {type: string, maxLength: 200, pattern: "^[a-z]+(,[a-z]+)*$"}
""",
    check=each_file(_check),
    silenced_by=("KEB401", "KEB418"),
)
