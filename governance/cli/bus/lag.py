"""``keb-govern bus lag``: how far groups are behind."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from governance.cli import CLEAN, Command
from governance.cli.bus import add_bus, add_format, add_what, age_s, shown_age, table

if TYPE_CHECKING:
    from governance.bus.lag import Lag

_HEAD = ("STREAM", "GROUP", "CONSUMERS", "PENDING", "LAG", "OLDEST", "LENGTH", "DEAD")
_NUMBERS = frozenset(range(2, len(_HEAD)))


def _configure(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    add = parser.add_argument
    add_format(parser)
    add("--watch", metavar="TIME", type=age_s, help="look again this often, such as 2s, until ^C")
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    from governance.bus.lag import lags
    from governance.cli.bus import declarations, server, streams

    bus = server(args)
    wanted = [bus.keys(stream) for stream in streams(declarations(args), args.what)]
    while True:
        rows = bus.ask(lags(wanted))
        if args.watch is not None and args.format == "text" and sys.stdout.isatty():
            print("\x1b[H\x1b[J", end="")
        print(_json(rows) if args.format == "json" else _text(rows), flush=True)
        if args.watch is None:
            return CLEAN
        time.sleep(args.watch)


def _text(rows: list[Lag]) -> str:
    return "\n".join(table([_HEAD, *map(_cells, rows)], _NUMBERS))


def _cells(row: Lag) -> tuple[str, ...]:
    from governance.bus.lag import Known

    lag = {Known.EXACT: f"{row.lag}", Known.ABOUT: f"~{row.lag}", Known.UNKNOWN: "?"}[row.lag_is]
    mine = (f"{row.consumers}", f"{row.pending}", lag, shown_age(row.oldest_s))
    none = ("-",) * len(mine)
    return (
        row.stream,
        row.group or "-",
        *(none if row.group is None else mine),
        f"{row.length}",
        f"{row.dead}",
    )


def _json(rows: list[Lag]) -> str:
    return json.dumps({"groups": [{**row._asdict(), "lag_is": row.lag_is.value} for row in rows]})


COMMAND = Command("bus lag", "tell how far groups are behind", _configure, _run)
