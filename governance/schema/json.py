"""The one name for values that enter as JSON or YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from datetime import date
from itertools import islice
from typing import Any, TypeAlias

# ISO 8601 has more forms, and nobody should have to know them.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# The only place where `Any` is let in: what a file holds is unknown until someone has looked.
Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Json]


def as_object(value: Json) -> JsonObject:
    """Return ``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return ``value`` if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str | None:
    """Return ``value`` if it is a string with something in it, else None."""
    return value if isinstance(value, str) and value.strip() else None


def as_date(value: Json) -> date | None:
    """Return the day that a text of the form ``2027-01-31`` names, else None."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def kind_of(value: Json) -> str:
    """Return the JSON Schema type of a value; a number without fraction is an integer.

    Source: JSON Schema 2020-12, section 4.2.1 (instance data model) and validation section 6.1.1.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    return {float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def types_of(schema: JsonObject) -> frozenset[str]:
    """Return the types that ``type`` and ``nullable`` of a schema list; empty without ``type``."""
    listed = schema.get("type")
    types = [listed] if isinstance(listed, str) else as_list(listed)
    named = {name for name in types if isinstance(name, str)}
    if named and schema.get("nullable") is True:
        named.add("null")
    return frozenset(named)


def identity(value: Json) -> Hashable:
    """Return what is equal for two values exactly where JSON Schema calls them equal.

    Numbers are equal by what they mean (``1`` and ``1.0``), a boolean never equals a number, and
    the order of an object's members means nothing.

    Source: JSON Schema 2020-12, section 4.2.2 (instance equality).
    """
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("array", *(identity(item) for item in value))
    if isinstance(value, dict):
        return ("object", frozenset((name, identity(item)) for name, item in value.items()))
    return value if isinstance(value, Hashable) else repr(value)


def shown(value: Json, most: int = 60) -> str:
    """Return a value as a message quotes it: a text in quotes, all else as JSON, cut short."""
    if isinstance(value, str):
        return repr(value) if len(value) <= most else repr(value[: most - 1] + "…")
    # Only as much as is shown: the value may be a whole file.
    text = "".join(islice(json.JSONEncoder(ensure_ascii=False).iterencode(value), most + 1))
    return text if len(text) <= most else text[: most - 1] + "…"
