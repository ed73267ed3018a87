"""``keb-govern bus tail``: events as they pass, for people."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.cli import CLEAN, Command
from governance.cli.bus import (
    add_bus,
    add_format,
    add_range,
    add_what,
    colors,
    declarations,
    moment,
    passing,
    server,
)
from governance.errors import UsageError

if TYPE_CHECKING:
    from governance.bus.entries import Seen
    from governance.schema.json import Json

_LAST = 10
_DIM, _BOLD, _RED = "2", "1", "31"


def _configure(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    add_range(parser, f"the last {_LAST}")
    add = parser.add_argument
    add("--follow", "-f", action="store_true", help="go on with what is appended, until ^C")
    add(
        "--filter",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="only events whose base field, or field of the payload (a.b.c), has this value",
    )
    add_format(parser)
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    wanted = [_condition(word) for word in args.filter]
    color = colors()
    for seen in passing(server(args), declarations(args), args, last=_LAST):
        if all(_value(seen, path) == value for path, value in wanted):
            text = _json(seen) if args.format == "json" else "\n".join(_text(seen, color=color))
            print(text, flush=args.follow)
    return CLEAN


def _condition(word: str) -> tuple[list[str], str]:
    field, is_one, value = word.partition("=")
    if not is_one or not field:
        raise UsageError(f"--filter {word}: write FIELD=VALUE, such as `--filter priority=3`")
    return field.split("."), value


def _value(seen: Seen, path: list[str]) -> str | None:
    """Return the value of a field as it is written; None where it is not there."""
    for root in (seen.whole, seen.data):
        value: Json = root
        for name in path:
            value = value.get(name, _NONE) if isinstance(value, dict) else _NONE
        if value is not _NONE:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return None


_NONE = object()


def _text(seen: Seen, *, color: bool) -> Iterator[str]:
    from governance.report.text import printable

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{printable(text)}\x1b[0m" if color else printable(text)

    entry = seen.entry
    payload = (
        seen.data
        or seen.whole
        or {
            key.decode(errors="replace"): value.decode(errors="replace")
            for key, value in entry.fields.items()
        }
    )
    beside = [f"{name}={value}" for name, value in _beside(seen) if value]
    yield " ".join(
        (
            paint(moment(entry.ms), _DIM),
            printable(entry.stream),
            paint(seen.type or "?", _RED if seen.faults else _BOLD),
            printable(json.dumps(payload, ensure_ascii=False)),
            paint(" ".join(beside), _DIM),
        )
    )
    for fault in seen.faults:
        where = f" {fault.pointer}" if fault.pointer else ""
        yield paint(f"  invalid{where}: {fault.message}", _RED)


def _beside(seen: Seen) -> Iterator[tuple[str, str]]:
    yield "source", seen.source
    yield "correlation", seen.text("correlation_id")
    yield "cause", seen.text("causation_id")
    yield "event", seen.text("event_id")
    yield "entry", seen.entry.id


def _json(seen: Seen) -> str:
    return json.dumps(
        {
            "stream": seen.entry.stream,
            "entry": seen.entry.id,
            "event": seen.type,
            "whole": seen.whole or None,
            "faults": [
                {"pointer": one.pointer, "keyword": one.keyword or None, "message": one.message}
                for one in seen.faults
            ],
        }
    )


COMMAND = Command("bus tail", "show events as they pass", _configure, _run)
