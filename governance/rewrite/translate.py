"""OpenAPI 3.0, by which legacy files are read, in the words of JSON Schema 2020-12.

What has no certain translation stays as it stands: `check` then says what a person has to decide.

Source: OpenAPI Specification 3.0.3, section 4.7.24.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.catalog.draft import Draft
from governance.schema.dialect import OPENAPI_30, Holds
from governance.schema.json import Json, JsonObject, as_list
from governance.schema.pointer import join

_KEYWORDS = {**OPENAPI_30.keywords, "definitions": Holds.MAP}
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_SIMPLE = re.compile(r"[^,\[\]{}\r\n#&*!|>%@`]+")
_BROKEN_UP = re.compile(r"\n(?=[ \t]*\S)")


def translate(draft: Draft, pointer: str, schema: Json) -> None:
    """Add to a draft what brings a schema, and all in it, to 2020-12.

    Args:
        draft: The file.
        pointer: Where the schema stands.
        schema: The schema.
    """
    for place, said in _subschemas(pointer, schema):
        if draft.is_cut(place):
            continue
        gone = [*_nullable(draft, place, said), *_bounds(draft, place, said)]
        if gone:
            draft.cut(place, gone)
        if "example" in said and "examples" not in said:
            _example(draft, place, said["example"])


def _subschemas(pointer: str, schema: Json) -> Iterator[tuple[str, JsonObject]]:
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for keyword, value in schema.items():
        holds, below = _KEYWORDS.get(keyword, Holds.VALUE), pointer + join(keyword)
        if holds is Holds.ARRAY and isinstance(value, list):
            for number, one in enumerate(value):
                yield from _subschemas(f"{below}/{number}", one)
        elif holds is Holds.MAP and isinstance(value, dict):
            for name, one in value.items():
                yield from _subschemas(below + join(name), one)
        elif holds is Holds.SCHEMA:
            yield from _subschemas(below, value)


def _nullable(draft: Draft, place: str, said: JsonObject) -> Iterator[str]:
    if draft.is_cut(f"{place}/nullable"):
        return
    value = said.get("nullable")
    if value is False:
        yield "nullable"
    # Without a type it does nothing, and an enum has to list null: whether null was meant nobody
    # can know, and KEB402 asks.
    if value is not True or ("enum" in said and None not in as_list(said["enum"])):
        return
    pointer = f"{place}/type"
    if isinstance(said.get("type"), str):
        draft.write(pointer, f'[{draft.source(pointer)}, "null"]')
        yield "nullable"
    elif as_list(said.get("type")) and (draft.is_flow(pointer) or "null" in said["type"]):
        if "null" not in said["type"]:
            end = draft.document.extent(pointer)[1]
            draft.put(end - 1, end - 1, ', "null"')
        yield "nullable"


def _bounds(draft: Draft, place: str, said: JsonObject) -> Iterator[str]:
    for exclusive, bound in _BOUNDS.items():
        if isinstance(said.get(exclusive), bool):
            if said[exclusive] and bound in said:
                draft.rename(place + join(bound), exclusive)
            yield exclusive


def _example(draft: Draft, place: str, value: Json) -> None:
    pointer = f"{place}/example"
    start, end = draft.document.extent(pointer)
    source = draft.source(pointer)
    draft.rename(pointer, "examples")
    is_block = isinstance(value, (dict, list)) and not draft.is_flow(pointer)
    is_whole = source[:1] in ("[", "{", '"', "'") or _SIMPLE.fullmatch(source)
    if draft.is_flow(place) or (is_whole and not is_block):
        draft.put(start, start, "[")
        draft.put(end, end, "]")
        return
    indent = draft.indent(start)
    if not is_block:
        # It starts behind its key.
        key_end = draft.document.offsets(pointer, on_key=True)[1]
        draft.put(key_end, start, f":{draft.newline}{indent}  - ")
    else:
        draft.put(start, start, "- ")
    for found in _BROKEN_UP.finditer(source):
        draft.put(start + found.end(), start + found.end(), "  ")
