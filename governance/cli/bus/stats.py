"""``keb-govern bus stats``: how events are used."""

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
    declarations,
    passing,
    server,
    table,
)

if TYPE_CHECKING:
    from governance.bus.usage import Usage

_HEAD = ("EVENT", "COUNT", "PER HOUR", "INVALID", "BYTES", "LARGEST", "SOURCES")
_NUMBERS = frozenset(range(1, len(_HEAD) - 1))
_UNKNOWN = "(unknown)"


def _configure(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    add_range(parser, "all")
    add = parser.add_argument
    add("--fields", action="store_true", help="show in how many events each field is there")
    add_format(parser)
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    from governance.bus.usage import Usage, usages

    known = declarations(args)
    counted = usages(known.catalog)
    for seen in passing(server(args), known, args):
        event = known.catalog.by_name.get(seen.type or "")
        counted.setdefault(event.type if event else _UNKNOWN, Usage()).look(seen)
    used = {name: one for name, one in counted.items() if one.count}
    if args.format == "json":
        print(json.dumps({"events": [_json(name, one) for name, one in used.items()]}))
        return CLEAN
    for line in _text(used, fields=args.fields):
        print(line)
    return CLEAN


def _text(used: dict[str, Usage], *, fields: bool) -> Iterator[str]:
    from governance.report.text import printable

    head, *lines = table([_HEAD, *(_cells(name, one) for name, one in used.items())], _NUMBERS)
    yield head
    for line, one in zip(lines, used.values(), strict=True):
        yield line
        for path, count in sorted(one.fields.items()) if fields else ():
            share = f"{count / one.count:.0%}" if count else "never"
            yield f"  {share:>5}  {printable(path)}"


def _cells(name: str, one: Usage) -> tuple[str, ...]:
    rate = "-" if one.per_hour is None else f"{one.per_hour:.1f}"
    sources = ", ".join(f"{source} {count}" for source, count in one.sources.most_common(3))
    mean = f"{one.total_bytes // one.count}"
    return (name, f"{one.count}", rate, f"{one.invalid}", mean, f"{one.most_bytes}", sources)


def _json(name: str, one: Usage) -> dict[str, object]:
    return {
        "event": None if name == _UNKNOWN else name,
        "count": one.count,
        "per_hour": one.per_hour,
        "invalid": one.invalid,
        "total_bytes": one.total_bytes,
        "most_bytes": one.most_bytes,
        "first_ms": one.first_ms,
        "last_ms": one.last_ms,
        "sources": dict(sorted(one.sources.items())),
        "versions": dict(sorted(one.versions.items())),
        "fields": dict(sorted(one.fields.items())),
    }


COMMAND = Command("bus stats", "count events, and which of their fields are used", _configure, _run)
