"""KEB801: nobody owns the events of a file."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, says
from governance.schema.json import as_object


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    if says(as_object(file.document.root), "owner"):
        return
    unowned = [event for event in file.events if not says(event.declaration, "owner")]
    if len(unowned) == len(file.events) > 0:
        some = "its event" if len(unowned) == 1 else f"any of its {len(unowned)} events"
        message = f"the file does not say who owns {some}"
        help_ = "Name the team that approves changes at the top of the file: `owner: TEAM`."
        yield Complaint(file.at("/owner"), message, help_)
        return
    for event in unowned:
        message = f"nobody owns {event.type!r}, while others in this file have an owner"
        help_ = "Give it an `owner`, or name one for all at the top of the file: `owner: TEAM`."
        yield Complaint(event.at(on_key=True), message, help_)


RULE = Rule(
    id="KEB801",
    name="owner-missing",
    severity=Severity.ERROR,
    section="8",
    rationale="A change to an event is reviewed by its owner; without one, nobody is asked.",
    bad="""\
domain: Task
events:
  Task.Assignment.Created.v1: {}
""",
    good="""\
domain: Task
owner: orchestration
events:
  Task.Assignment.Created.v1: {}
""",
    check=each_file(_check),
)
