"""JSON as the bus carries it: what one side writes, every other side reads as the same value.

UTF-8; no NaN and no infinity; whole numbers within ±(2^53 - 1), which is what every reader of JSON
holds exactly (RFC 8259, section 6); keys are texts, and none stands twice. ``orjson`` is used where
it is installed, within the same bounds.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from governance.schema.json import Json, JsonObject

orjson: Any
try:
    import orjson
except ImportError:
    orjson = None

GREATEST = 2**53 - 1


def encode(value: JsonObject) -> bytes:
    """Return the JSON text of an event.

    Raises:
        ValueError: The value holds what the bus does not carry.
    """
    if orjson is None:
        return _encode(value)
    try:
        data: bytes = orjson.dumps(value, option=_OPTION)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    # It writes null for what is no number.
    if b"null" in data:
        _bounded(value)
    return data


def decode(data: bytes) -> Json:
    """Return the value of a JSON text.

    Raises:
        ValueError: It is none, or holds what the bus does not carry.
    """
    if orjson is not None:
        try:
            value = orjson.loads(data)
            # Written by a client of ours it comes back to the byte: no key stands twice, and no
            # number was rounded.
            if orjson.dumps(value, option=_OPTION) == data:
                return value
        except (ValueError, TypeError, RecursionError):
            pass
    return _decode(data)


if orjson is not None:
    # What is no JSON value by itself is refused, as it is without orjson.
    _OPTION = (
        orjson.OPT_STRICT_INTEGER
        | orjson.OPT_PASSTHROUGH_DATETIME
        | orjson.OPT_PASSTHROUGH_DATACLASS
        | orjson.OPT_PASSTHROUGH_SUBCLASS
    )


def _encode(value: JsonObject) -> bytes:
    try:
        _bounded(value)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _decode(data: bytes) -> Json:
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_fraction,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError("it holds half a character") from error
    return value


def _bounded(value: Json) -> None:
    """Refuse what no bus carries, at any depth."""
    todo = [value]
    while todo:
        here = todo.pop()
        kind = type(here)
        if kind is dict:
            if not all(type(key) is str for key in here):
                raise ValueError("a key must be a text")
            todo += here.values()
        elif kind is list or kind is tuple:
            todo += here
        elif kind is int:
            if not -GREATEST <= here <= GREATEST:
                raise ValueError(f"{here} is beyond what every reader holds exactly")
        elif kind is float:
            if not isfinite(here):
                raise ValueError(f"{here} is no number in JSON")
        elif here is not None and kind is not str and kind is not bool:
            raise ValueError(f"{kind.__name__} is no value of JSON")


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _whole(text: str) -> int:
    value = int(text) if len(text) <= len(str(-GREATEST)) else GREATEST + 1
    if not -GREATEST <= value <= GREATEST:
        raise ValueError(f"{text[:30]} is beyond what every reader holds exactly")
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:30]} is beyond what a reader can hold")
    return value


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no number in JSON")
