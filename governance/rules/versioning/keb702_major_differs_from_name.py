"""KEB702: the major version in the name is not that of event_version."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.catalog.version import Version
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_event


def _check(event: EventSchema, _: Context) -> Iterator[Complaint]:
    name, version = event.name, Version.parse(event.version)
    if version is None or name.major is None or name.major == version.major:
        return
    other = ".".join((*name.segments, f"v{version.major}"))
    message = f"{event.type!r} is major version {name.major}, but its `event_version` is {version}"
    if version.major > name.major:
        help_ = f"Declare {other!r} beside it and leave this one as it was released"
    else:
        help_ = f"Call it {other!r}"
    help_ += f", or write an `event_version` that starts with `{name.major}.`, as in the name."
    yield Complaint(event.at("/event_version"), message, help_)


RULE = Rule(
    id="KEB702",
    name="major-differs-from-name",
    severity=Severity.ERROR,
    section="7",
    rationale="Readers subscribe by the number in the name. If the version says another, they get "
    "events that they can't read, or miss those that they could.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    event_version: 2.0.0
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    event_version: 1.4.0
  Task.Assignment.Created.v2:
    event_version: 2.0.0
""",
    check=each_event(_check),
)
