"""The short form in which a person names a field: ``NAME:TYPE=DESCRIPTION``."""

from __future__ import annotations

import re
from typing import NamedTuple

from governance.catalog.build import build
from governance.errors import UsageError
from governance.schema.json import JsonObject, shown

FORMATS = "uuid date-time date time duration email uri hostname ipv4 ipv6".split()
TYPES = ["string", "integer", "number", "boolean", *FORMATS]
GRAMMAR = """\
A field reads NAME:TYPE=DESCRIPTION; NAME? is one that may be missing. Types:
  string:64     a text of at most 64 characters; string:1..64 is not empty
  integer:1..5  a number from 1 to 5, and number:0..1 one with fractions; either
                end may be left out, as in integer:0..
  boolean       yes or no
  uuid          a text of that form; likewise date-time, date, time, duration,
                email, uri, hostname, ipv4, ipv6
  open|closed   one of these words
  TaskId        what the catalog shares by that name; needs no description
  uuid[]:20     a list of at most 20 of these
  {type: [string, "null"], maxLength: 9}
                anything else, as JSON Schema
"""
_SAMPLE = "'task_id:uuid=The task that was handed over.'"
_NAME = re.compile(r"\s*([^\s:=?]+)(\??)\s*(?::|$)")
_LIST = re.compile(r"(.+)\[\](?::([0-9]{1,9}))?")
_BASE = re.compile(r"([a-z0-9-]+)(?::(.*))?")
SHARED = re.compile(r"[A-Z][A-Za-z0-9]*")
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?|({_NUMBER})")
_ENDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
# Lists of lists of lists would go on for ever.
_LONGEST = 500
# Where a description goes: behind what says what sort of value it is.
_FRONT = ("$ref", "type", "format")


class Field(NamedTuple):
    """One field of a payload.

    Attributes:
        name: Its name.
        is_required: Whether it is always there.
        schema: What it holds; a shared schema stands in it by name alone, as ``$ref``.
        description: What it means; empty where the shared schema says that.
    """

    name: str
    is_required: bool
    schema: JsonObject
    description: str

    @property
    def described(self) -> JsonObject:
        """Its schema with the description in it."""
        if not self.description:
            return self.schema
        front = {key: self.schema[key] for key in _FRONT if key in self.schema}
        return {**front, "description": self.description, **self.schema}


def parse(text: str) -> Field:
    """Return the field that a text names.

    Raises:
        UsageError: It names none; what is wrong is quoted, beside a right one.
    """
    found = _NAME.match(text)
    if found is None:
        raise UsageError(f"{text!r} starts with no name of a field: it reads {_SAMPLE}")
    name, mark = found.groups()
    said, description = _apart(text[found.end() :])
    if not said:
        raise UsageError(f"{text!r} does not say what {name!r} holds: it reads {_SAMPLE}")
    schema = schema_of(said)
    made = Field(name, not mark, schema, description)
    if not (description or "$ref" in schema or "description" in schema):
        raise UsageError(f"{text!r} does not say what {name!r} means: it reads {_SAMPLE}")
    return made


def _apart(text: str) -> tuple[str, str]:
    """Return type and description; a schema in braces may hold an equals sign."""
    said, sign, description = text.partition("}=" if text.lstrip().startswith("{") else "=")
    return (said + sign.rstrip("=")).strip(), description.strip()


def schema_of(said: str) -> JsonObject:
    """Return the schema that a type stands for.

    Raises:
        UsageError: It stands for none.
    """
    if said.startswith("{"):
        return _braces(said)
    if len(said) > _LONGEST:
        raise UsageError(f"{shown(said)} is no type of a field: write a schema in braces")
    listed = _LIST.fullmatch(said)
    if listed:
        most = {"maxItems": int(listed[2])} if listed[2] else {}
        return {"type": "array", **most, "items": schema_of(listed[1])}
    if "|" in said:
        words = [word.strip() for word in said.split("|")]
        if not all(words):
            raise UsageError(f"{said!r} lists an empty word: it reads 'open|closed'")
        if not {*TYPES, "null"}.isdisjoint(words):
            right = '{type: [string, "null"]}'
            raise UsageError(f"{said!r} lists types, not words: write a schema, such as {right}")
        return {"type": "string", "enum": words}
    if SHARED.fullmatch(said):
        return {"$ref": said}
    base = _BASE.fullmatch(said)
    if base is None or base[1] not in TYPES:
        raise UsageError(
            f"{said!r} is no type of a field: there are {', '.join(TYPES)}, a shared schema by its "
            "name, 'open|closed' for words, and [] behind any of these for a list"
        )
    schema = {"type": "string", "format": base[1]} if base[1] in FORMATS else {"type": base[1]}
    return schema if base[2] is None else {**schema, **_bounds(base[1], base[2])}


def _braces(said: str) -> JsonObject:
    built = build(said, is_json=False)
    if built.problems or not isinstance(built.root, dict):
        why = built.problems[0].message if built.problems else "it is no mapping"
        raise UsageError(f"{said!r} is no JSON Schema: {why}")
    return built.root


def _bounds(kind: str, said: str) -> JsonObject:
    found = _RANGE.fullmatch(said)
    if found is None or kind not in _ENDS or said == "..":
        right = f"{kind}:1..5" if kind in _ENDS else kind
        raise UsageError(f"{said!r} does not bound a field of type {kind}: write {right!r}")
    low, high, alone = found.groups()
    ends = zip(_ENDS[kind], (low, alone or high), strict=True)
    return {key: _number(kind, end) for key, end in ends if end is not None}


def _number(kind: str, said: str) -> float:
    if kind == "number" and "." in said:
        return float(said)
    if "." in said:
        raise UsageError(f"{said!r} does not bound a field of type {kind}: write a whole number")
    return int(said)
