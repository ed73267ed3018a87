"""KEB123: the list of known findings holds one that is found no more."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.document import Place
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_unneeded
from governance.schema.json import as_object
from governance.schema.pointer import resolve


def _check(place: Place, _: Context) -> Iterator[Complaint]:
    said = as_object(resolve(place.document.root, place.pointer.rpartition("/")[0]))
    subject = said.get("event") or said.get("file") or "the catalog"
    message = f"{said.get('rule')} is found no more at {said.get('path') or '/'} of {subject}"
    yield Complaint(
        place,
        message,
        "Run `keb-govern baseline --prune`: the list of known findings only shrinks.",
    )


RULE = Rule(
    id="KEB123",
    name="known-finding-gone",
    severity=Severity.WARNING,
    section="8",
    rationale="What was mended stays mended only once the list no longer allows it.",
    bad="""\
# current
events:
  Task.Assignment.Created.v1:
    data: {properties: {task_id: {type: string}}}
# known
{"version": 1, "findings": [
  {"rule": "KEB607", "event": "Task.Assignment.Created.v1", "path": "/data/properties/taskId"}
]}
""",
    good="""\
# current
events:
  Task.Assignment.Created.v1:
    data: {properties: {taskId: {type: string}}}
# known
{"version": 1, "findings": [
  {"rule": "KEB607", "event": "Task.Assignment.Created.v1", "path": "/data/properties/taskId"}
]}
""",
    check=each_unneeded(_check),
)
