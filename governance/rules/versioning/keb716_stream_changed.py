"""KEB716: an event moved to another stream."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.verdict import Comparison, Verdict
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_verdict, listed


def _check(verdict: Verdict, _: Comparison, __: Context) -> Iterator[Complaint]:
    streams, old, event = verdict.streams, verdict.change.old, verdict.change.new
    if streams is None or old is None or event is None:
        return
    message = f"{event.type!r} moved from the stream {streams[0]!r} to {streams[1]!r}"
    groups = sorted({reader.group for reader in verdict.readers if reader.group})
    there = f": {listed([f'`{one}`' for one in groups])}" if groups else ""
    help_ = (
        f"Declare it in a file with `stream: {streams[0]}`, or bring it out as a new major version "
        f"on the new stream; the groups of its readers are on the old one{there}."
    )
    place = event.document.at("/stream")
    before = (("before", old.document.at("/stream")),)
    yield Complaint(place, message, help_, related=before)


RULE = Rule(
    id="KEB716",
    name="stream-changed",
    severity=Severity.ERROR,
    section="7",
    rationale="A consumer group belongs to one stream. Its readers go on waiting at the old one, "
    "without an error, while new events pass by on the other.",
    bad="""\
# baseline
stream: task_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
# current
stream: work_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
""",
    good="""\
# baseline
stream: task_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
# current
stream: task_events
description: What becomes of tasks.
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
""",
    check=each_verdict(_check),
)
