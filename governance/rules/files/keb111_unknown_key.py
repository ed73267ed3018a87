"""KEB111: the format of catalog files does not know a key."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import rename
from governance.catalog.format import Departure, departures, shipped
from governance.catalog.model import Layout, SourceFile
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_file
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import join

# With more unknown keys than this, a mapping is no slip of the pen: one finding says so.
_MOST_KEYS = 5

_NOUNS = {
    "": "a catalog file",
    "event": "an event",
    "participant": "a participant",
    "subscription": "a subscription",
}
# What other formats call the same thing; none of these is spelled like ours.
_ELSEWHERE_CALLED = {
    "payload": "data",
    "schema": "data",
    "version": "event_version",
    "$defs": "components",
    "definitions": "components",
    "schemas": "components",
    "channel": "stream",
    "team": "owner",
    "produces": "publishes",
    "sends": "publishes",
    "consumes": "subscribes",
    "receives": "subscribes",
    "fields": "reads",
    "summary": "description",
    "desc": "description",
    "from": "since",
    "until": "sunset",
    "replacement": "replaced_by",
    "doc": "description",
    "compat": "compatibility",
}


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    # A bare map from event name to schema takes any key.
    if file.layout is Layout.LEGACY:
        return
    for found in departures(file.document):
        if found.keyword == "additionalProperties":
            yield from _unknown(file, found)


def _unknown(file: SourceFile, found: Departure) -> Iterator[Complaint]:
    known, noun = found.part["properties"], _NOUNS.get(found.part_name, f"`{found.part_name}`")
    keys = [key for key in found.value if key not in known and not key.startswith("x-")]
    strays = [key for key in keys if key in DRAFT_2020_12.keywords]
    if found.part_name == "event" and strays:
        place = file.at(found.pointer + join(strays[0]), on_key=True)
        some = "keyword" if len(strays) == 1 else "keywords"
        message = f"the schema {some} {_listed(strays)} must stand in `data`, not beside it"
        yield Complaint(place, message, "Move the schema of the payload below `data:`.")
        keys = [key for key in keys if key not in strays]
    if len(keys) > _MOST_KEYS:
        place = file.at(found.pointer + join(keys[0]), on_key=True)
        message = f"{len(keys)} keys are no keys of {noun}: {_listed(keys)}"
        help_ = f"It takes {', '.join(f'`{key}`' for key in known)}, and keys that start with `x-`."
        if file.layout is not Layout.UNKNOWN:
            yield Complaint(place, message, help_)
        return
    near = {key: _near(key, known) for key in keys}
    hints = [_hint(key, found.value[key], found, near[key]) for key in keys]
    # Where nothing looks like ours, the file as a whole is in the wrong place.
    if file.layout is Layout.UNKNOWN and not any(hints):
        return
    for key, hint in zip(keys, hints, strict=True):
        place = file.at(found.pointer + join(key), on_key=True)
        otherwise = "Delete it, or start its name with `x-`: such keys are yours."
        message, fix, meant = f"{key!r} is no key of {noun}", None, near[key]
        if meant and meant not in found.value:
            fix = Fix(f"call it `{meant}`", partial(rename, place, meant), is_safe=False)
        yield Complaint(place, message, hint or otherwise, fix=fix)


def _near(key: str, known: JsonObject) -> str | None:
    """Return the key that was likely meant."""
    meant = _ELSEWHERE_CALLED.get(key, key)
    return meant if meant in known else closest(key, known)


def _hint(key: str, value: Json, found: Departure, near: str | None) -> str:
    """Return what to do about a key; empty where nothing comes to mind."""
    meant = _ELSEWHERE_CALLED.get(key, key)
    if near:
        return f"Did you mean `{near}`?"
    if not found.part_name and "." in key and isinstance(value, dict):
        return "Events stand below `events:`."
    for name, noun in _NOUNS.items():
        if meant in (shipped()["$defs"][name] if name else shipped())["properties"]:
            return f"`{meant}` is a key of {noun}."
    return ""


def _listed(keys: list[str]) -> str:
    quoted = [repr(key) for key in keys]
    if len(quoted) > _MOST_KEYS:
        quoted = [*quoted[: _MOST_KEYS - 1], f"{len(quoted) - _MOST_KEYS + 1} more"]
    *first, last = quoted
    return f"{', '.join(first)} and {last}" if first else last


RULE = Rule(
    id="KEB111",
    name="unknown-key",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A key that nobody knows is skipped in silence: what it was meant to say does not "
    "hold, and no one notices.",
    bad="""\
domain: Task
events:
  Task.Assignment.Created.v1:
    event_verison: 1.2.0
    description: A task was handed to an agent.
""",
    good="""\
domain: Task
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    description: A task was handed to an agent.
    x-ticket: KEB-17
""",
    check=each_file(_check),
    silenced_by=("KEB110",),
    fixes=(UNSAFE,),
)
