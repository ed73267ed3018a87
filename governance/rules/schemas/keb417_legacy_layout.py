"""KEB417: a file has the layout of old: a bare map from event name to schema."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Layout, SourceFile
from governance.catalog.names import likely_domain, mended, stream_of
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.pointer import join


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    if file.layout is not Layout.LEGACY:
        return
    first = next(iter(file.events), None)
    place = file.at("" if first is None else join(first.type), on_key=True)
    domain = _domain(file, context)
    message = "this file lists its events bare: it does not say on which stream they travel"
    help_ = (
        f"Write `domain: {domain}` and `stream: {stream_of(file.stem)}` at the top, put the events "
        f"under `events:`, and in each its `description` and `event_version: 1.0.0` beside "
        f"`data:`, which takes its schema without the base fields."
    )
    yield Complaint(place, message, help_)


def _domain(file: SourceFile, context: Context) -> str:
    """Return the domain that most of the names proposed by KEB502 start with."""
    verbs = {verb.lower() for verb in context.config.past_tense_verbs}
    named = (mended(event.type, event.domain, file.stem, 1, verbs) for event in file.events)
    return likely_domain(named, file.stem) or "DOMAIN"


RULE = Rule(
    id="KEB417",
    name="legacy-layout",
    severity=Severity.ERROR,
    section="4.1",
    rationale="In the old layout nothing says on which stream an event travels, who approves a "
    "change and which version is meant, and payload and base fields are mixed.",
    bad="""\
TaskAssigned:
  type: object
  properties:
    event_id: {type: string, format: uuid}
    task_id: {type: string, format: uuid}
""",
    good="""\
domain: Task
stream: task_events
owner: orchestration
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data:
      type: object
      properties:
        task_id: {type: string, format: uuid}
""",
    check=each_file(_check),
)
