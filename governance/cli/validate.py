"""``keb-govern validate``: real events, judged by the catalog."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple

from governance import config
from governance.catalog.files import RawFile, read_folder
from governance.catalog.load import load, load_file
from governance.cli import CLEAN, FINDINGS, Command, say
from governance.errors import UsageError
from governance.report.text import printable, source_lines
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import join
from governance.source import Excerpt, Span
from governance.wire import Fault, Judge, Judged, Side

# A server takes values of 512 MB, but no event that anybody wants to read is near this.
MAX_LINE_BYTES = 16_000_000


class Given(NamedTuple):
    """One event of an input.

    Attributes:
        file: What the input is called.
        line: Its line, from 1.
        data: Its bytes.
        value: Its value, or the mark that it has none.
        at: JSON Pointer to it within these bytes.
    """

    file: str
    line: int
    data: bytes
    value: Json
    at: str = ""


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="an event, a list of events, or an event a line; - is standard input (default)",
    )
    add("--type", metavar="EVENT", help="judge payloads of this event, not whole events")
    add(
        "--as",
        dest="side",
        default="writer",
        choices=[side.value for side in Side],
        help="a writer sends only what is declared, a reader is tolerant (default: writer)",
    )
    add("--catalog", type=Path, metavar="DIR", help="catalog folder (default: event_schemas)")
    add(
        "--format",
        default="text",
        choices=["json", "text"],
        help="text, or an object a line for each event (default: text)",
    )
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")


def _run(args: argparse.Namespace) -> int:
    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    folder = args.catalog or settings.catalog
    catalog = load(read_folder(folder, settings.config.max_file_bytes))
    judge = Judge(catalog, Side(args.side))
    if args.type is not None:
        judge.declared(args.type)
    tell = _json if args.format == "json" else text
    judged = refused = 0
    for name in args.files:
        for event in given(name):
            verdict = _judged(event, judge, args.type)
            found = rows(event, verdict)
            judged += 1
            refused += bool(found)
            for line in tell(event, verdict.event, found):
                print(line)
            # Whoever sends one event after the other waits for each answer.
            sys.stdout.flush()
    say(f"{judged} event{'' if judged == 1 else 's'} judged, {refused} refused")
    return FINDINGS if refused else CLEAN


def given(name: str) -> Iterator[Given]:
    """Yield the events of an input: a line as soon as it is there."""
    shown = "<stdin>" if name == "-" else Path(name).as_posix()
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
            yield from read(shown, stream)
    except OSError as error:
        raise UsageError(f"{shown} can't be read: {error.strerror}") from error


def read(name: str, stream: BinaryIO) -> Iterator[Given]:
    """Yield the events of a stream of bytes; ``name`` is what messages call it."""
    first = b""
    start = 0
    while not first.strip():
        start += 1
        first = stream.readline(MAX_LINE_BYTES + 1)
        if not first:
            return
        first = first.removeprefix(b"\xef\xbb\xbf")
    if len(first) <= MAX_LINE_BYTES and _parsed(first) is UNREADABLE:
        # Not a line of its own: the first of a text that goes over several, or a broken one.
        rest = stream.read(MAX_LINE_BYTES + 1 - len(first))
        if rest.strip():
            whole = first + rest
            value = _parsed(whole) if len(whole) <= MAX_LINE_BYTES else UNREADABLE
            if value is not UNREADABLE:
                yield from _listed(Given(name, start, whole, value))
                return
            if not any(isinstance(_parsed(line), dict) for line in whole.split(b"\n")):
                yield Given(name, start, whole, UNREADABLE)
                return
            lines: Iterable[bytes] = whole.splitlines(keepends=True)
            yield from _lines(name, start, _chain(lines, stream))
            return
    yield from _lines(name, start, _chain([first], stream))


def _chain(lines: Iterable[bytes], stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines read already, then those to come; one that is too long comes cut."""
    for line in lines:
        whole = line
        if not line.endswith(b"\n"):
            whole = line + stream.readline(MAX_LINE_BYTES + 1)
        yield _short(whole, stream)
    while line := stream.readline(MAX_LINE_BYTES + 1):
        yield _short(line, stream)


def _short(line: bytes, stream: BinaryIO) -> bytes:
    """Return a line; of one that is too long, its start, with the rest passed over."""
    if len(line) <= MAX_LINE_BYTES:
        return line
    rest = line
    while rest and not rest.endswith(b"\n"):
        rest = stream.readline(MAX_LINE_BYTES + 1)
    return line[: MAX_LINE_BYTES + 1]


def _lines(name: str, start: int, lines: Iterable[bytes]) -> Iterator[Given]:
    for number, line in enumerate(lines, start):
        if line.strip():
            yield from _listed(Given(name, number, line, _parsed(line)))


def _listed(event: Given) -> Iterator[Given]:
    """Yield each event of a list; what is no list is one."""
    if not isinstance(event.value, list):
        yield event
        return
    for number, one in enumerate(event.value):
        yield event._replace(at=join(number), value=one)


# What Python reads as a number is bounded, and no reader has use for more.
_TOO_LONG = Fault("", "", "a number here has too many digits", "Send it as text, or rounded.")


class _Unreadable:
    pass


UNREADABLE: Json = _Unreadable()
_ON_KEY = frozenset({"additionalProperties", "unevaluatedProperties"})


def _parsed(data: bytes) -> Json:
    """Return the value of a JSON text as the bus carries it, or the mark that it is none."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return UNREADABLE


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _judged(event: Given, judge: Judge, type_: str | None) -> Judged:
    if event.value is UNREADABLE:
        return Judged(type_, ())
    return judge.whole(event.value) if type_ is None else judge.payload(event.value, type_)


class Row(NamedTuple):
    """One fault with its place, whose lines count from the start of the input.

    Attributes:
        fault: The fault.
        span: Where it is.
        excerpt: What stands around the start of the span.
    """

    fault: Fault
    span: Span
    excerpt: Excerpt


def rows(event: Given, verdict: Judged) -> list[Row]:
    """Return what is wrong with an event, each with its place in the input."""
    if len(event.data) > MAX_LINE_BYTES:
        said = f"this is longer than {MAX_LINE_BYTES} bytes: nobody could read it"
        fault = Fault("", "", said, "Send a reference instead.")
        return [Row(fault, Span(event.line, 1, event.line, 1), Excerpt(""))]
    if event.value is not UNREADABLE and not verdict.faults:
        return []
    # Few events are wrong: only then is a text read again, with the place of everything in it.
    document = load_file(RawFile("event.json", "event.json", event.data, None)).document
    found = [
        (Fault("", "", one.message, one.help), document.place_of(one).span)
        for one in document.problems
    ]
    if event.value is UNREADABLE and not found:
        found = [(_TOO_LONG, document.span(""))]
    for fault in verdict.faults:
        at = event.at + fault.pointer
        if fault.keyword == "required":
            line, column, _, _ = document.span(at.rpartition("/")[0])
            found.append((fault, Span(line, column, line, column + 1)))
        else:
            found.append((fault, document.span(at, on_key=fault.keyword in _ON_KEY)))
    before = event.line - 1
    return [
        Row(
            fault,
            span._replace(line=span.line + before, end_line=span.end_line + before),
            document.lines.excerpt(span),
        )
        for fault, span in found
    ]


def text(event: Given, type_: str | None, found: list[Row]) -> Iterator[str]:
    """Yield the lines that tell people what is wrong with an event."""
    for fault, span, excerpt in found:
        about = " ".join(filter(None, (type_, printable(fault.pointer))))
        place = f"{printable(event.file)}:{span.line}:{span.column}"
        yield f"{place}: error {about}".rstrip()
        yield f"  {printable(fault.message)}"
        yield from source_lines(span, excerpt)
        if fault.help:
            yield f"  help: {printable(fault.help)}"
        yield ""


def as_object(event: Given, type_: str | None, found: list[Row]) -> JsonObject:
    """Return what tells programs what is wrong with an event."""
    faults: list[Json] = [
        {
            "pointer": fault.pointer,
            "keyword": fault.keyword or None,
            **span._asdict(),
            "message": fault.message,
            "help": fault.help or None,
        }
        for fault, span, _ in found
    ]
    return {
        "file": event.file,
        "line": event.line,
        "event": type_,
        "valid": not faults,
        "faults": faults,
    }


def _json(event: Given, type_: str | None, found: list[Row]) -> Iterator[str]:
    yield json.dumps(as_object(event, type_, found))


COMMAND = Command("validate", "judge real events by the catalog", _configure, _run)
