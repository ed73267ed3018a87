"""A legacy file that is one mapping in brackets, as all JSON is, in the governed layout."""

from __future__ import annotations

import json
from collections.abc import Mapping

from governance.catalog.document import Document
from governance.rewrite.head import OF_FILE, Head
from governance.schema.json import JsonObject
from governance.schema.pointer import join

_INDENT = 2
_Members = list[tuple[str, str]]


def governed(document: Document, top: JsonObject, heads: Mapping[str, Head]) -> str:
    """Return the text of a file in the governed layout.

    Args:
        document: The file, in the legacy layout, its schemas as they will be.
        top: What the file does not say at its top yet, by key.
        heads: What is said of each event, by the name that it has in the file.
    """
    start, end = document.extent("")
    root, unit = document.root, _indent(document)
    said = [(name, _source(document, name)) for name in root if name not in heads]
    events = [
        (head.name, _event(head, _source(document, name), unit)) for name, head in heads.items()
    ]
    members = [one for one in said if one[0] in OF_FILE] + _written(top)
    members.append(("events", _mapping(events, unit, unit)))
    members += [one for one in said if one[0] not in OF_FILE]
    made = document.text[:start] + _mapping(members, 0, unit) + document.text[end:]
    return made.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in document.text else made


def _event(head: Head, source: str, unit: int) -> str:
    said = dict(head.said)
    version = {key: said.pop(key) for key in ("event_version",) if key in said}
    members = [*_written(version), *head.lifted, *_written(said)]
    members.append(("data", source.replace("\n", "\n" + " " * (2 * unit))))
    return _mapping(members, 2 * unit, unit)


def _written(said: JsonObject) -> _Members:
    return [(key, json.dumps(value, ensure_ascii=False)) for key, value in said.items()]


def _mapping(members: _Members, column: int, unit: int) -> str:
    pad = " " * (column + unit)
    lines = ",\n".join(f"{pad}{json.dumps(key)}: {source}" for key, source in members)
    return f"{{\n{lines}\n{' ' * column}}}"


def _source(document: Document, name: str) -> str:
    return document.text[slice(*document.extent(join(name)))]


def _indent(document: Document) -> int:
    """Return by how much the members of the mapping are indented."""
    first = next(iter(document.root))
    line, column = document.lines.position(document.offsets(join(first), on_key=True)[0])
    return column - 1 if line > 1 and column > 1 else _INDENT
