"""KEB801: nobody owns the events of a file."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    unowned = [event for event in file.events if event.owner is None]
    if not unowned:
        return
    if len(unowned) == len(file.events):
        message = f"nobody owns the {len(unowned)} events of this file"
        help_ = "Name the team that approves changes: `owner: TEAM` at the top of the file."
        yield Complaint(file.at("/owner"), message, help_)
        return
    for event in unowned:
        yield Complaint(event.at(on_key=True), f"nobody owns {event.type}", "Give it an `owner`.")


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
