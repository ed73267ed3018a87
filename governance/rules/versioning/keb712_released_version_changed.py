"""KEB712: an event has a version that was released before, with another schema."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.verdict import Comparison, Verdict
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_verdict
from governance.schema.json import as_text


def _check(verdict: Verdict, comparison: Comparison, _: Context) -> Iterator[Complaint]:
    old, event = verdict.change.old, verdict.change.new
    # Of the version that the other catalog has, KEB708 speaks.
    version = None if event is None else as_text(event.version)
    if event is None or version is None or (old is not None and old.version == version):
        return
    from governance.compat.change.catalog import event_change  # noqa: PLC0415  few versions are met again

    for past in comparison.terms.releases(event, version):
        if event_change(past.catalog, past.event, comparison.new, event) is not None:
            message = f"{event.type!r} {event.version} was released before, and was another then"
            help_ = "Released versions stay as they are: write a higher `event_version`."
            before = (("as released", past.event.at(on_key=True)),)
            yield Complaint(event.at("/event_version"), message, help_, related=before)
            return


RULE = Rule(
    id="KEB712",
    name="released-version-changed",
    severity=Severity.ERROR,
    section="7",
    rationale="Events of that version are in the stream, and were written by the schema of then.",
    bad="""\
# released
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data: {type: object, properties: {task_id: {type: string}, note: {type: string}}}
# baseline
events: {}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data: {type: object, properties: {task_id: {type: string}, remark: {type: string}}}
""",
    good="""\
# released
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data: {type: object, properties: {task_id: {type: string}, note: {type: string}}}
# baseline
events: {}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    data: {type: object, properties: {task_id: {type: string}, remark: {type: string}}}
""",
    check=each_verdict(_check),
)
