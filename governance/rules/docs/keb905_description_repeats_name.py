"""KEB905: a description says no more than the name, or nothing yet."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.description import LONGER, TO_DO, is_placeholder, says_nothing
from governance.catalog.document import Place
from governance.catalog.model import SourceFile
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import Json, shown


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    domain = file.text("domain") or file.stem
    yield from _judge(file.at("/description"), file.text("description"), "the file", domain)
    for component in file.components:
        said = component.tree.schema.get("description")
        what = f"the component {component.name}"
        yield from _judge(component.at("/description"), said, what, component.name)
    for event in file.events:
        said = event.declaration.get("description")
        segments = event.name.segments
        yield from _judge(event.at("/description"), said, f"the event {event.type}", *segments)
    for tree in file.trees:
        for node in tree.having("description"):
            said = node.schema["description"]
            if node.name is None or not isinstance(said, str):
                continue
            # Nearly all are long enough to say something, and there are a hundred thousand.
            if len(said) > len(node.name) + LONGER and not said.startswith(TO_DO):
                continue
            if says_nothing(said, node.name):
                what = f"the field {node.path}"
                yield from _judge(node.at("/description"), said, what, node.name)


def _judge(place: Place, said: Json, what: str, *names: str) -> Iterator[Complaint]:
    if not isinstance(said, str) or not said.strip():
        return
    if is_placeholder(said):
        message = f"the description of {what} is still to be written: {shown(said.strip())}"
        yield Complaint(place, message, "Say what it means to somebody who reads the event.")
    elif says_nothing(said, *names):
        message = f"the description of {what} says no more than the name: {shown(said.strip())}"
        help_ = "Say what the name leaves open, such as whose, since when, or in which unit."
        yield Complaint(place, message, help_)


RULE = Rule(
    id="KEB905",
    name="description-repeats-name",
    severity=Severity.WARNING,
    section="9",
    rationale="A description that repeats the name looks like documentation, so nobody writes the "
    "one that is missing.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    description: Task assignment created.
    data:
      type: object
      properties:
        timeout: {type: integer, description: The timeout.}
        reason: {type: string, description: TODO}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    description: A task was handed to an agent.
    data:
      type: object
      properties:
        timeout: {type: integer, description: Seconds until the task goes to another agent.}
        reason: {type: string, description: Why this agent was chosen.}
""",
    check=each_file(_check),
    silenced_by=("KEB415",),
)
