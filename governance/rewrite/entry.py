"""An entry of a mapping or list that is written anew, as it fits in with those around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from textwrap import wrap

from governance.catalog.build import build
from governance.catalog.flow import flow, quoted
from governance.catalog.member import Slot
from governance.schema.json import Json, JsonObject

_WIDEST = 100
# What grows with every event has a line for each.
_IN_LINES = frozenset({"publishes"})
_SIMPLE = re.compile(r"[\w.-]+")


def entry(key: str, value: Json, slot: Slot, unit: int = 2) -> str:
    """Return a key and its value, without the indentation of the first line.

    Args:
        key: The key.
        value: The value.
        slot: What it has to fit in with.
        unit: Columns by which what is inside is indented.
    """
    if slot.is_json:
        return f"{json.dumps(key, ensure_ascii=False)}: {_json(value, slot, unit)}"
    if slot.is_in_brackets:
        is_like = slot.quote and _SIMPLE.fullmatch(key)
        return f"{f'{slot.quote}{key}{slot.quote}' if is_like else flow(key)}: {flow(value)}"
    return _placed(_mapping({key: value}, _WIDEST - slot.column, unit), slot)


def item(value: Json, slot: Slot, unit: int = 2) -> str:
    """Return an item of a list likewise, with its dash where the list has no brackets."""
    if slot.is_json:
        return _json(value, slot, unit)
    if slot.is_in_brackets:
        return flow(value)
    return _placed(_item(value, _WIDEST - slot.column, unit), slot)


def lines(root: JsonObject) -> list[str]:
    """Return the lines of a whole file of YAML."""
    return list(_mapping(root, _WIDEST, 2))


def _json(value: Json, slot: Slot, unit: int) -> str:
    indent = unit if slot.has_own_lines else None
    return _placed(json.dumps(value, ensure_ascii=False, indent=indent).split("\n"), slot)


def _placed(made: Iterator[str] | list[str], slot: Slot) -> str:
    first, *rest = made
    return slot.newline.join([first, *_indented(rest, slot.column)])


def _mapping(said: JsonObject, room: int, unit: int) -> Iterator[str]:
    for key, value in said.items():
        name = _scalar(key)
        line = f"{name}: {_scalar(value) if isinstance(value, str) else flow(value)}"
        if isinstance(value, dict) and value:
            yield f"{name}:"
            yield from _indented(_mapping(value, room - unit, unit), unit)
        elif (
            isinstance(value, list) and value and (key in _IN_LINES or not _fits(value, line, room))
        ):
            yield f"{name}:"
            for one in value:
                yield from _indented(_item(one, room - unit, unit), unit)
        elif isinstance(value, str) and ("\n" in value or len(line) > room):
            first, *rest = _long(value, room - unit)
            yield f"{name}: {first}"
            yield from _indented(rest, unit)
        else:
            yield line


def _item(value: Json, room: int, unit: int) -> Iterator[str]:
    if isinstance(value, dict) and value:
        first, *rest = _mapping(value, room - 2, unit)
        yield f"- {first}"
        yield from _indented(rest, 2)
    else:
        yield f"- {_scalar(value) if isinstance(value, str) else flow(value)}"


def _indented(made: Iterator[str] | list[str], columns: int) -> Iterator[str]:
    yield from (f"{' ' * columns}{line}" if line else line for line in made)


def _fits(value: list[Json], line: str, room: int) -> bool:
    return len(line) <= room and not any(isinstance(one, dict | list) for one in value)


def _long(text: str, room: int) -> list[str]:
    """Return a text of several lines: what announces it, and the lines, where it can have any."""
    if text.isprintable():
        folded = wrap(text, max(room, 1), break_long_words=False, break_on_hyphens=False)
        if " ".join(folded) == text:
            return [">-", *folded]
    kept = text.removesuffix("\n").split("\n")
    is_block = kept[0][:1].strip() and kept[-1]
    if is_block and all(line.isprintable() and (line.strip() or not line) for line in kept):
        return ["|" if text.endswith("\n") else "|-", *kept]
    return [quoted(text)]


def _scalar(text: str) -> str:
    """Return a text that stands in lines, plain where every reader sees the same in it."""
    # A reference looks as if it had a comment in it.
    if text.isprintable() and "#" not in text:
        read = build(f"- {text}\n", is_json=False)
        if read.root == [text] and not read.problems:
            return text
    return quoted(text)
