"""KEB612: a text that is a point in time by its name says nothing of its form."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

from governance.catalog.edits import add
from governance.catalog.model import SourceFile
from governance.catalog.sensitivity import words_of
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.json import types_of

_SAYS_MORE = frozenset({"format", "pattern", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"})

_POINTS = frozenset({"timestamp", "datetime"})
# What may stand behind a point in time and tells its form or zone.
_FORMS = frozenset({"iso", "utc"})
# `located_at` is a place, `available_at` an address.
_PLACES = frozenset(
    "located hosted found stored mounted available reachable looking look aimed point points "
    "pointed directed stays stopped_looking works employed based kept filed sold bought".split()
)
# `start_time` is a point in time, `response_time` a duration: only these are points.
_BEFORE_TIME = frozenset(
    "start begin end finish stop event arrival departure expiry expiration due creation update "
    "completion deletion commit publish issue send receive record log access modification "
    "delivery pickup birth deadline scheduled created updated started ended finished completed "
    "deleted published issued sent received recorded logged modified expired occurred".split()
)
# `created_on` is a day, `depends_on` another thing.
_BEFORE_ON = frozenset(
    "created updated modified changed deleted removed started starts ended ends finished "
    "completed expires expired born signed issued published received sent due scheduled approved "
    "rejected closed opened paid ordered shipped delivered registered joined left hired".split()
)


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    trees = file.trees
    # Each name is looked at once, wherever it recurs.
    names = {node.name for tree in trees for node in tree.nodes if node.name is not None}
    forms = {name: form for name in names if (form := _form(name)) is not None}
    if not forms:
        return
    for tree in trees:
        for node in tree.nodes:
            schema = node.schema
            if node.name not in forms or not _SAYS_MORE.isdisjoint(schema):
                continue
            if "string" not in types_of(schema) or node.is_partial:
                continue
            form = forms[node.name]
            example = "2026-07-15" if form == "date" else "2026-07-15T09:00:00Z"
            what = "a day" if form == "date" else "a point in time"
            message = f"{node.path!r} is {what} by its name, and nothing says how it is written"
            help_ = f"Add `format: {form}`, and send it like {example}."
            if form == "date":
                help_ = f"Add `format: date`, and send it like {example}; where the time of day "
                help_ += "matters, `format: date-time`."
            make = partial(add, node.at(), "format", form, "type")
            # A day may be a point in time all the same.
            fix = Fix(f"add `format: {form}`", make, is_safe=form == "date-time")
            yield Complaint(node.at(on_key=True), message, help_, fix=fix)


@lru_cache(maxsize=4096)
def _form(name: str) -> str | None:
    """Return the format that a name calls for; None where it names no point in time."""
    *before, last = words_of(name) or [""]
    if last in _FORMS and before:
        *before, last = before
        if last not in {"timestamp", "stamp", "datetime", "date", "time"}:
            return None
    owner = before[-1] if before else ""
    if last in _POINTS or (last == "stamp" and owner == "time"):
        return "date-time"
    if last == "at":
        return "date-time" if before and owner not in _PLACES else None
    if last == "time":
        return "date-time" if owner == "date" or owner in _BEFORE_TIME else None
    if last == "date":
        return "date"
    return "date" if last == "on" and owner in _BEFORE_ON else None


RULE = Rule(
    id="KEB612",
    name="timestamp-without-format",
    severity=Severity.WARNING,
    section="6.1",
    rationale="One sender writes 15.07.2026, another 2026-07-15T09:00:00+02:00, and a reader that "
    "sorts or compares them is wrong without noticing.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        assigned_at: {type: string}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        assigned_at: {type: string, format: date-time}
""",
    check=each_file(_check),
    fixes=(SAFE, UNSAFE),
)
