"""Which versions of events a file declares, read many times faster than as a catalog.

Of a history nearly every state of a file differs from the last one in one event. So a file is cut
into its events, and each distinct text of one is parsed once; where a cut could change what is
read, the whole file is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from governance.catalog.build import build
from governance.catalog.files import RawFile
from governance.catalog.load import load_file
from governance.catalog.model import SourceFile
from governance.schema.json import Json, JsonObject, as_object, as_text

_EVENTS = re.compile(r"(?m)^events:[ ]*(?:#[^\n]*)?\r?\n")
_NEXT_TOP = re.compile(r"(?m)^[^\s#]")
# The first event: what stands there must be a key, for its column is that of all the others.
_FIRST = re.compile(r"(?:[ ]*(?:#[^\n]*)?\r?\n)*( +)[A-Za-z_\"']")
# Anchors; directives, which say what tags mean; what ends a line for a parser of YAML alone.
_NOT_SO = ("&", "\n%", "\x85", "\u2028", "\u2029")
# Where another document starts, or this one ends.
_MARKS = ("\n---", "\n...")
_BOM = b"\xef\xbb\xbf"


class Declared(NamedTuple):
    """One event as one file declares it.

    Attributes:
        event: The event type.
        version: What ``event_version`` says; empty where it says no text.
        digest: Of all that is said of the event; the order of keys and comments count for nothing.
    """

    event: str
    version: str
    digest: str


class _Cut(NamedTuple):
    """A file taken apart.

    Attributes:
        frame: The file with one empty event.
        events: The text of each event, sometimes of a few, with its place in a file.
    """

    frame: str
    events: list[str]


class Reader:
    """Reads files; what it has parsed before it does not parse again."""

    def __init__(self) -> None:
        self._events: dict[str, tuple[Declared, ...] | None] = {}
        self._frames: dict[str, bool] = {}

    def declared(self, data: bytes, *, is_json: bool) -> tuple[Declared, ...]:
        """Return the events with a version that a file declares; none where it can't be read."""
        # Only an escape writes a key in other letters.
        if b"event_version" not in data and b"\\" not in data:
            return ()
        found = None if is_json else self._by_event(data.removeprefix(_BOM))
        return _whole(data, is_json=is_json) if found is None else found

    def _by_event(self, data: bytes) -> tuple[Declared, ...] | None:
        """Return the same, from the events one by one; None where that might not be the same.

        A parser of YAML reads from left to right. If the text up to a cut parses by itself, with
        the line before the cut at the depth of an event, it has left nothing open there that what
        follows could belong to: the same parser goes on with the same state in the file and in the
        part. An anchor is the exception, and a document's end.
        """
        try:
            cut = _cut(data.decode())
        except UnicodeDecodeError:
            return ()
        if cut is None or not self._is_frame(cut.frame):
            return None
        found: dict[str, Declared] = {}
        for text in cut.events:
            if text not in self._events:
                self._events[text] = _events_of(text)
            declared = self._events[text]
            if declared is None:
                return None
            for one in declared:
                # Of a repeated key the first counts, with a version or without.
                found.setdefault(one.event, one)
        return _versioned(found.values())

    def _is_frame(self, text: str) -> bool:
        if text not in self._frames:
            root = build(text, is_json=False).root
            self._frames[text] = isinstance(root, dict) and root.get("events") == {"": None}
        return self._frames[text]


def _cut(text: str) -> _Cut | None:
    """Cut a file at the lines that start an event; None where it is not laid out like that."""
    starts = [found.end() for found in _EVENTS.finditer(text)]
    if len(starts) != 1 or any(one in text for one in _NOT_SO) or text.startswith("%"):
        return None
    start = starts[0]
    if text.count("\r") != text.count("\r\n") or any(text.find(m, start - 1) >= 0 for m in _MARKS):
        return None
    behind = _NEXT_TOP.search(text, start)
    end = behind.start() if behind else len(text)
    first = _FIRST.match(text, start, end)
    if first is None:
        return None
    event = re.compile(rf"(?m)^{first[1]}[A-Za-z_]")
    cuts = [one.start() for one in event.finditer(text, first.end(), end)]
    bounds = [start, *cuts, end]
    parts = [text[one:other] for one, other in pairwise(bounds)]
    return _Cut(f'{text[:start]}{first[1]}"":\n{text[end:]}', parts)


def _events_of(text: str) -> tuple[Declared, ...] | None:
    root = build(f"events:\n{text}", is_json=False).root
    if not isinstance(root, dict) or root.keys() != {"events"}:
        return None
    events = root["events"]
    if not isinstance(events, dict):
        return None
    return _declared((name, as_object(said)) for name, said in events.items())


def declared_in(file: SourceFile) -> tuple[Declared, ...]:
    """Return the events with a version that a file of a catalog declares."""
    return _versioned(_declared((event.type, event.declaration) for event in file.events))


def _whole(data: bytes, *, is_json: bool) -> tuple[Declared, ...]:
    name = "file.json" if is_json else "file.yaml"
    return declared_in(load_file(RawFile(name, name, data, None)))


def _versioned(found: Iterable[Declared]) -> tuple[Declared, ...]:
    return tuple(one for one in found if one.version)


def _declared(events: Iterable[tuple[str, JsonObject]]) -> tuple[Declared, ...]:
    return tuple(
        Declared(name, as_text(said.get("event_version")) or "", _digest(said))
        for name, said in events
    )


def _digest(said: Json) -> str:
    text = json.dumps(said, sort_keys=True)
    return blake2b(text.encode("ascii"), digest_size=16).hexdigest()
