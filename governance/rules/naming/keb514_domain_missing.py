"""KEB514: a file with events names no domain."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import add
from governance.catalog.model import Layout, SourceFile
from governance.catalog.names import domain_of, is_upper_camel
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_file, says
from governance.schema.json import as_object


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    root = as_object(file.document.root)
    if file.layout is Layout.DOMAIN and file.events and not says(root, "domain"):
        domain = _likely(file)
        help_ = f"Say it at the top of the file: `domain: {domain or 'Task'}`."
        message = "the file does not say which domain its events are of"
        make = partial(add, file.at(), "domain", domain)
        fix = Fix(f"add `domain: {domain}`", make, is_safe=False) if domain else None
        yield Complaint(file.at("/domain"), message, help_, fix=fix)


def _likely(file: SourceFile) -> str:
    """Return the domain that the events name, else the one that the name of the file says."""
    named = {event.name.segments[0] for event in file.events if len(event.name.segments) > 1}
    first = named.pop() if len(named) == 1 else ""
    return first if is_upper_camel(first) else domain_of(file.stem)


RULE = Rule(
    id="KEB514",
    name="domain-missing",
    severity=Severity.ERROR,
    section="5",
    rationale="Files are one for each domain: a file that does not say its domain takes in any "
    "event, and slips in event types go unnoticed.",
    bad="""\
stream: task_events
events:
  Task.Assignment.Created.v1: {}
""",
    good="""\
domain: Task
stream: task_events
events:
  Task.Assignment.Created.v1: {}
""",
    check=each_file(_check),
    fixes=(UNSAFE,),
)
