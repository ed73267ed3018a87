"""KEB701: the version of an event is missing, or no semantic version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from governance.catalog import edits
from governance.catalog.model import EventSchema
from governance.catalog.version import Version
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_event, says

_NUMBERS = re.compile(r"[0-9]{1,9}")
# One of these can mean one version only.
_ALMOST = re.compile(r"[vV]?[0-9]{1,9}(\.[0-9]{1,9}){0,2}")
_LONGEST = 40
_KINDS = {bool: "boolean", list: "list", dict: "mapping"}


def _check(event: EventSchema, _: Context) -> Iterator[Complaint]:
    if event.legacy or Version.parse(event.version) is not None:
        return
    if event.version is None:
        yield from _missing(event)
        return
    written, said, why = "", f"a {_KINDS.get(type(event.version), 'number')}", ""
    if isinstance(event.version, str):
        written = event.version
        said = f"the text {written[:_LONGEST]!r}"
    elif said == "a number":
        # As it stands in the file: YAML has made 1.1 of 1.10.
        start, end = event.document.offsets(event.pointer + "/event_version")
        written = event.document.text[start:end]
        said = f"the number {written[:_LONGEST]}"
        why = ": with three parts it is a text, and keeps a zero at the end"
    message = f"`event_version` of {event.type!r} is {said}, not a version MAJOR.MINOR.PATCH"
    version = _mended(written, event.name.major)
    help_ = f"Write `{_line(event, version)}`{why}."
    make = partial(edits.write, event.at("/event_version"), version)
    fix = Fix(f"write `{version}`", make, is_safe=_ALMOST.fullmatch(written) is not None)
    yield Complaint(event.at("/event_version"), message, help_, fix=fix)


def _missing(event: EventSchema) -> Iterator[Complaint]:
    said = event.declaration
    # KEB111 tells what a version is called here.
    if "event_version" not in said and ("version" in said or says(said, "event_version")):
        return
    message, version = f"{event.type!r} has no `event_version`", _mended("", event.name.major)
    make = partial(edits.write, event.at("/event_version"), version)
    if "event_version" not in said:
        make = partial(edits.add, event.at(), "event_version", version)
    fix = Fix(f"add `event_version: {version}`", make, is_safe=event.name.major is not None)
    help_ = f"Add `{_line(event, version)}`."
    yield Complaint(event.at("/event_version"), message, help_, fix=fix)


def _line(event: EventSchema, version: str) -> str:
    return (
        f'"event_version": "{version}"'
        if event.document.path.endswith(".json")
        else f"event_version: {version}"
    )


def _mended(written: str, major: int | None) -> str:
    """Return a version of three parts, made of the numbers that stand there, else of the name."""
    core = re.split(r"[-+]", written, maxsplit=1)[0]
    numbers = [str(int(number)) for number in _NUMBERS.findall(core)][:3]
    numbers = numbers or [str(1 if major is None else major)]
    return ".".join((*numbers, "0", "0")[:3])


RULE = Rule(
    id="KEB701",
    name="version-not-semver",
    severity=Severity.ERROR,
    section="7",
    rationale="Clients and this tool compare versions part by part, to tell a change that breaks "
    "readers from one that does not.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    event_version: 1.10
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    event_version: 1.10.0
""",
    check=each_event(_check),
    fixes=(SAFE, UNSAFE),
)
