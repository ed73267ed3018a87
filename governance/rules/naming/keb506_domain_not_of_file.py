"""KEB506: an event is named after a domain that no file declares."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.names import is_upper_camel, upper_camel, words
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, closest, whole_catalog

# From this many events on that agree with each other, the file is what is mistaken.
_SEVERAL = 2


def _check(context: Context) -> Iterator[Complaint]:
    files = context.catalog.files
    declared = {said: file.text("domain") or "" for file in files if (said := _plain(file))}
    for file in files:
        if context.wants(file.document) and (said := _plain(file)):
            yield from _strangers(file, said, declared)


def _plain(file: SourceFile) -> str:
    """Return the domain of a file, whatever its spelling: of that other rules speak."""
    return _lower(file.text("domain") or "") if file.events else ""


def _lower(name: str) -> str:
    return "".join(words(name)).lower()


def _strangers(file: SourceFile, said: str, declared: dict[str, str]) -> Iterator[Complaint]:
    # A name of one segment says no domain, and is the business of KEB503.
    named = [
        (event, event.name.segments[0])
        for event in file.events
        if len(event.name.segments) > 1 and event.name.segments[0]
    ]
    strange = [(event, first) for event, first in named if _lower(first) not in declared]
    domain = file.text("domain") or ""
    spelled = domain if is_upper_camel(domain) else upper_camel(domain) or domain
    others = {_lower(first) for _, first in strange}
    if len(strange) == len(file.events) >= _SEVERAL and len(others) == 1:
        right = strange[0][1]
        message = f"the domain of this file is {domain!r}, but all its events are of {right!r}"
        help_ = f"Write `domain: {right}`, or start the names of the events with `{spelled}.`."
        yield Complaint(file.at("/domain"), message, help_)
        return
    for event, first in strange:
        message = f"the event type {event.type!r} is of domain {first!r}, which no file declares"
        near, rest = closest(first, declared.values()), event.type.removeprefix(first)
        help_ = f"Call it '{spelled}{rest}', or move it to a file with `domain: {first}`."
        if near:
            there = "" if _lower(near) == said else " Then move it to the file of that domain."
            help_ = f"Did you mean '{near}{rest}'?{there}"
        yield Complaint(event.at(on_key=True), message, help_)


RULE = Rule(
    id="KEB506",
    name="domain-not-of-file",
    severity=Severity.ERROR,
    section="5",
    rationale="The domain leads from an event to its file, its stream and its owner; an event of "
    "a domain that nobody declares belongs to nobody.",
    bad="""\
domain: Task
events:
  Taks.Assignment.Created.v1: {}
  Task.Assignment.Deleted.v1: {}
""",
    good="""\
domain: Task
events:
  Task.Assignment.Created.v1: {}
  Task.Assignment.Deleted.v1: {}
""",
    check=whole_catalog(_check),
)
