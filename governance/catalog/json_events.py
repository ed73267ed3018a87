"""JSON as a stream of YAML events, so that both formats share one builder.

YAML parsers read most of JSON but stop at surrogate pairs, at keys past 1024 characters and at
tabs.

Source: RFC 8259.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # the stubs hide it

import yaml
from yaml.error import Mark
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from governance.catalog.problem import Kind, NotReadableError, Problem

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_IMPLICIT = True  # what a YAML event says of a collection without a tag
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonEvents:
    """Reads one JSON text; offers the one method of a YAML parser that the builder calls.

    Args:
        text: The whole text, decoded.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._events = self._stream()

    def get_event(self) -> yaml.Event:
        """Return the next event.

        Raises:
            NotReadableError: The text is not JSON; the problem says where.
        """
        return next(self._events)

    def _stream(self) -> Iterator[yaml.Event]:
        yield StreamStartEvent()
        if self._peek():
            yield DocumentStartEvent()
            yield from self._value()
            yield DocumentEndEvent()
            if self._peek():
                raise self._stuck("nothing may follow the first value")
        yield StreamEndEvent()

    def _value(self) -> Iterator[yaml.Event]:
        # Recursion is as deep as the builder has asked for, and that stops at its own limit.
        first = self._peek()
        if first == "{":
            yield from self._object()
        elif first == "[":
            yield from self._array()
        elif first == '"':
            yield self._string()
        else:
            found = _PLAIN.match(self._text, self._at)
            if found is None:
                raise self._stuck("a value is expected here")
            start, self._at = self._at, found.end()
            yield ScalarEvent(
                None, None, (True, False), found[0], self._mark(start), self._mark(), style=""
            )

    def _object(self) -> Iterator[yaml.Event]:
        yield MappingStartEvent(None, None, _IMPLICIT, *self._step())
        if self._peek() != "}":
            while True:
                if self._peek() != '"':
                    raise self._stuck("a key in double quotes is expected here")
                yield self._string()
                if self._peek() != ":":
                    raise self._stuck("a colon is expected after the key")
                self._at += 1
                yield from self._value()
                if self._peek() != ",":
                    break
                self._at += 1
        if self._peek() != "}":
            raise self._stuck("a comma or a closing brace is expected here")
        yield MappingEndEvent(*self._step())

    def _array(self) -> Iterator[yaml.Event]:
        yield SequenceStartEvent(None, None, _IMPLICIT, *self._step())
        if self._peek() != "]":
            while True:
                yield from self._value()
                if self._peek() != ",":
                    break
                self._at += 1
        if self._peek() != "]":
            raise self._stuck("a comma or a closing bracket is expected here")
        yield SequenceEndEvent(*self._step())

    def _string(self) -> yaml.Event:
        start = self._at
        try:
            value, self._at = scanstring(self._text, start + 1)
        except JSONDecodeError as error:
            self._at = error.pos
            raise self._stuck(error.msg[0].lower() + error.msg[1:]) from error
        if _SURROGATE.search(value):
            self._at = start
            raise self._stuck("half of a surrogate pair stands alone in this string")
        return ScalarEvent(
            None, None, (False, True), value, self._mark(start), self._mark(), style='"'
        )

    def _peek(self) -> str:
        """Skip white space and return the next character, or nothing at the end."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _step(self) -> tuple[Mark, Mark]:
        """Take one character and return the marks around it."""
        self._at += 1
        return self._mark(self._at - 1), self._mark()

    def _mark(self, index: int | None = None) -> Mark:
        # Lines and columns are made from the index where they are needed.
        return Mark("", self._at if index is None else index, 0, 0, "", 0)

    def _stuck(self, reason: str) -> NotReadableError:
        return NotReadableError(
            Problem(
                Kind.SYNTAX,
                self._at,
                self._at + 1,
                f"not JSON: {reason}",
                "Mend the syntax at this place.",
            )
        )
