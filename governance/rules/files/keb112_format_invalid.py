"""KEB112: a value has not the shape that the format of catalog files gives it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import take_out, write
from governance.catalog.format import Departure, departures, shipped
from governance.catalog.load import TOP_KEYS
from governance.catalog.model import Layout, SourceFile
from governance.catalog.problem import Kind
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_file
from governance.schema.json import Json, JsonObject, as_object, types_of
from governance.schema.pointer import join, split

_DECLARES = "a mapping with `events`, `components` or `participants`"
_PLAIN = re.compile(r"[A-Za-z/][\w ./-]*|[0-9]+\.[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 40


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    document = file.document
    if file.layout is Layout.LEGACY:
        yield from _not_schemas(file)
    elif document.root is None and any(
        problem.kind is not Kind.BYTE_ORDER_MARK for problem in document.problems
    ):
        return
    elif file.layout is Layout.UNKNOWN:
        # Of a very large file, the validator tells one departure only.
        yield _about_file(file, document.root)
    else:
        for found in departures(document):
            if found.keyword != "additionalProperties":
                yield from _complaints(file, found)


def _not_schemas(file: SourceFile) -> Iterator[Complaint]:
    for key, value in as_object(file.document.root).items():
        if isinstance(value, dict) or key in TOP_KEYS or key.startswith("x-"):
            continue
        message = f"`{key}` {_found(value)}, but every key of this file must hold an event's schema"
        help_ = "Delete it, start its name with `x-`, or move the events below `events:`."
        if value is None:
            help_ = "Write a schema below it, or delete it."
        yield Complaint(file.at(join(key)), message, help_)


def _complaints(file: SourceFile, found: Departure) -> Iterator[Complaint]:
    if not found.pointer:
        yield _about_file(file, found.value)
        return
    place, part, value = file.at(found.pointer), found.part, found.value
    subject, start = _subject(found.pointer)
    if found.keyword == "required":
        for name in part["required"]:
            if name not in value:
                line = f"{name}: {_flow(part['properties'][name]['examples'][0])}"
                yield Complaint(place, f"{subject} has no `{name}`", f"Add a line like `{line}`.")
    elif found.keyword == "uniqueItems":
        yield from _repeated(file, found)
    else:
        words = ", ".join(part["enum"]) if "enum" in part else ""
        expected = f"one of {words}" if words else part["title"][:1].lower() + part["title"][1:]
        message = f"{subject} {_found(value)}, but must be {expected}"
        meant = _meant(value, part) if value is not None else None
        said = _flow(meant)
        if isinstance(meant, str) and not isinstance(value, str):
            said = json.dumps(meant)
        help_, fix = _advice(start, value, part), None
        if meant is not None:
            said = said[1:-1] if isinstance(meant, dict) else said
            help_ = f"Write `{start}{said}`."
            # Of some words, the nearest is a guess.
            make = partial(write, place, meant)
            fix = Fix(f"write `{start}{said}`", make, is_safe="enum" not in part)
        yield Complaint(place, message, help_, fix=fix)


def _repeated(file: SourceFile, found: Departure) -> Iterator[Complaint]:
    seen: dict[str, int] = {}
    for number, item in enumerate(found.value):
        first = seen.setdefault(json.dumps(item), number)
        if first != number:
            message = f"{_text(item)} stands twice in {_subject(found.pointer)[0]}"
            place = file.at(f"{found.pointer}/{number}")
            fix = Fix(f"delete the second {_text(item)}", partial(take_out, place))
            yield Complaint(place, message, "Delete one of the two.", fix=fix)


def _about_file(file: SourceFile, root: Json) -> Complaint:
    help_ = "Declare events below `events:`, or move the file out of the catalog."
    if root is None or root == {}:
        return Complaint(file.at(), "the file is empty", help_)
    if not isinstance(root, dict):
        return Complaint(file.at(), f"the file {_found(root)}, but must be {_DECLARES}", help_)
    if {"type", "properties", "$ref", "allOf"} & root.keys():
        help_ = (
            "It reads like one bare schema: put that below `events:`, an event type and `data:`."
        )
    # At a key that the format does not know: where that key was meant as one of these, KEB111 says
    # so there, and that is enough.
    strays = [key for key in root if key not in shipped()["properties"] and key[:2] != "x-"]
    place = file.at(join(strays[0]) if strays else "", on_key=True)
    return Complaint(place, "the file declares no events, components or participants", help_)


def _subject(pointer: str) -> tuple[str, str]:
    """Return how to call what a pointer names, and how its line starts."""
    *above, last = split(pointer)
    if last.isdecimal():
        return f"item {int(last) + 1} of `{above[-1]}`", "- "
    return f"`{last}`", f"{last}: "


def _found(value: Json) -> str:
    if value is None:
        return "is empty"
    if isinstance(value, (dict, list)):
        return "is a mapping" if isinstance(value, dict) else "is a list"
    kind = {bool: "boolean", str: "text"}.get(type(value), "number")
    return f"is the {kind} {_text(value)}"


def _text(value: Json) -> str:
    said = repr(value) if isinstance(value, str) else json.dumps(value)
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


def _advice(start: str, value: Json, part: JsonObject) -> str:
    example = f"`{start}{_flow(part['examples'][0])}`"
    return f"{'Delete it, or write' if value is None else 'Write'} it like {example}."


def _meant(value: Json, part: JsonObject) -> Json:
    """Return what was likely meant; None where nobody can know."""
    if "enum" in part:
        return closest(str(value), part["enum"])
    if not isinstance(value, str):
        is_plain = isinstance(value, (bool, int, float)) and "format" not in part
        is_text = is_plain and "string" in types_of(part)
        return json.dumps(value) if is_text else None
    if as_object(part.get("items")).get("type") == "string":
        return [value]
    if "pattern" in part:
        return None if "~" in value else "/" + value.strip("/").replace(".", "/")
    required = part.get("required", ())
    return {required[0]: value} if len(required) == 1 else None


def _flow(value: Json) -> str:
    """Return a value as YAML writes it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)


RULE = Rule(
    id="KEB112",
    name="format-invalid",
    severity=Severity.ERROR,
    section="4.1",
    rationale="What has not the shape that every reader of the catalog expects is skipped: no "
    "check, no client and no generated document sees it.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    aliases: TaskAssignedEvent
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    aliases: [TaskAssignedEvent]
""",
    check=each_file(_check),
    silenced_by=("KEB103", "KEB109", "KEB110", "KEB111"),
    fixes=(SAFE, UNSAFE),
)
