"""Commands that look at the bus, or act on it: what they have in common.

Every other module here is one command.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.bus.asking import Asking
    from governance.bus.declared import Declarations
    from governance.bus.entries import Seen
    from governance.config import Settings

SUMMARY = "look at the bus, or act on it"
_URL = "redis://localhost:6379"
_AGE = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_PARTS = 2
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says how what is found looks."""
    add = parser.add_argument
    add("--format", default="text", choices=["json", "text"], help="how it looks (default: text)")


def add_bus(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where the server is, and where the catalog."""
    add = parser.add_argument
    add("--url", metavar="URL", help=f"where the server is (default: KEB_URL, else {_URL})")
    add("--catalog", type=Path, metavar="DIR", help="catalog folder (default: event_schemas)")
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")


def add_what(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says which streams a command is about: see ``streams``."""
    parser.add_argument(
        "what",
        nargs="?",
        metavar="WHAT",
        help="an event type, a pattern of them, or a stream (default: all of the catalog)",
    )


def add_range(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the arguments that say from where on streams are read: see ``passing``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--from",
        dest="start",
        type=entry_id,
        metavar="ID",
        help=f"from this entry or millisecond on, 0 for all (default: {default})",
    )
    group.add_argument(
        "--since", type=age_s, metavar="TIME", help="from so long ago on, such as 30s, 5m, 2h, 1d"
    )


def url(args: argparse.Namespace) -> str:
    """Return where the server is."""
    return args.url or os.environ.get("KEB_URL") or _URL


def server(args: argparse.Namespace) -> Asking:
    """Return the server, ready to be asked."""
    from governance.bus.asking import Asking

    return Asking(url(args))


def settings_of(args: argparse.Namespace) -> Settings:
    """Return the settings of the project."""
    from governance import config

    return config.read(args.config) if args.config else config.find(Path.cwd())


def declarations(args: argparse.Namespace) -> Declarations:
    """Return what the catalog declares."""
    from governance.bus.declared import Declarations
    from governance.catalog.files import read_folder
    from governance.catalog.load import load

    settings = settings_of(args)
    folder = args.catalog or settings.catalog
    return Declarations(load(read_folder(folder, settings.config.max_file_bytes)))


def streams(known: Declarations, what: str | None) -> dict[str, frozenset[str] | None]:
    """Return the streams that a word means, each with its event types; None for all.

    Raises:
        BusError: It means nothing in this catalog.
    """
    from governance.bus.subscription import readings

    if what is not None:
        return dict(readings(known, what))
    every = {event.stream for event in known.catalog.by_type.values() if event.stream is not None}
    return dict.fromkeys(sorted(every))


def age_s(text: str) -> float:
    """Return the seconds that a text such as ``5m`` names.

    Raises:
        argparse.ArgumentTypeError: It names none.
    """
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 30s, 5m, 2h or 1d")
    return int(found[1]) * _MS[found[2]] / 1000


def port(text: str) -> int:
    """Return the port that a text names; 0 for any that is free.

    Raises:
        argparse.ArgumentTypeError: It names none.
    """
    if not text.isdecimal() or int(text) >= 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def shown_age(seconds: float | None) -> str:
    """Return an age for people, in its greatest unit; a hyphen for none."""
    if seconds is None:
        return "-"
    ms = round(seconds * 1000)
    size, unit = max((size, unit) for unit, size in _MS.items() if size <= max(ms, 1))
    return f"{ms // size}{unit}"


def table(rows: Sequence[Sequence[str]], right: frozenset[int]) -> list[str]:
    """Return rows as lines with columns, those of ``right`` flush right; the first is the head."""
    from governance.report.text import printable

    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    ]


def colors() -> bool:
    """Say whether standard output shows colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def entry_id(text: str) -> str:
    """Return the id of an entry that somebody wrote.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    parts = text.split("-")
    if len(parts) > _PARTS or not all(re.fullmatch(r"[0-9]{1,19}", one) for one in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of an entry, such as 1764305617123-0")
    return text


def passing(  # noqa: PLR0913  all but the first three by name
    bus: Asking,
    known: Declarations,
    args: argparse.Namespace,
    *,
    last: int | None = None,
    holding: str = "",
    between: Callable[[], None] | None = None,
) -> Iterator[Seen]:
    """Yield events in the order of time, judged by the catalog.

    Args:
        bus: The server.
        known: What the catalog declares.
        args: What ``add_what`` and ``add_range`` ask for; ``follow``, if it knows that.
        last: How many of the last ones where no start is said; None for all.
        holding: Only events with this text somewhere in them.
        between: Called between one read and the next.
    """
    from governance.bus import entries

    wanted = streams(known, args.what)
    starts = dict.fromkeys(wanted, args.start or entries.START)
    first = list[entries.Entry]()
    if args.since is not None:
        start_ms = max(0, bus.ask(entries.now_ms()) - int(args.since * 1000))
        starts = dict.fromkeys(wanted, f"{start_ms}")
    elif args.start is None and last is not None:
        first, starts = bus.ask(entries.last(wanted, last))
    follow = getattr(args, "follow", False)
    # Other writers may write any other sign in several ways.
    mark = holding.encode() if re.fullmatch(r"[A-Za-z0-9.:_-]*", holding) else b""
    read = bus.entries(entries.Reader(starts), follow=follow, between=between)
    for entry in chain(first, read):
        if mark not in entry.fields.get(b"data", b""):
            continue
        seen = entries.look(known, entry)
        types = wanted[entry.stream]
        if types is None or seen.type is None or seen.type in types:
            yield seen


def moment(ms: int) -> str:
    """Return a time of the server's clock for people, in UTC."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(" ", "milliseconds")[:-6] + "Z"
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"
