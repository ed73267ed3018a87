"""``keb-govern bus metrics``: how far groups are behind, for Prometheus."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from governance.cli import CLEAN, Command, say
from governance.cli.bus import add_catalog, add_server, add_what, declarations, server, streams
from governance.errors import UsageError

if TYPE_CHECKING:
    from governance.bus.lag import Lag


def _configure(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    add = parser.add_argument
    add("--port", type=int, metavar="PORT", help="serve them there until ^C (default: print once)")
    add("--address", default="127.0.0.1", help="serve them at this address (default: 127.0.0.1)")
    add_server(parser)
    add_catalog(parser)


def _run(args: argparse.Namespace) -> int:
    try:
        from prometheus_client import CollectorRegistry, generate_latest, start_http_server
    except ImportError as error:
        raise UsageError("metrics need `pip install keb-govern[metrics]`") from error
    from governance.bus.lag import lags
    from governance.bus.metrics import Gauges

    bus = server(args)
    wanted = [bus.keys(stream) for stream in streams(declarations(args), args.what)]
    # Two who look at the same time would share a connection.
    lock = threading.Lock()

    def rows() -> Iterable[Lag]:
        with lock:
            return bus.ask(lags(wanted))

    registry = CollectorRegistry()
    registry.register(Gauges(rows))
    if args.port is None:
        rows()
        sys.stdout.write(generate_latest(registry).decode())
        return CLEAN
    try:
        made, thread = start_http_server(args.port, args.address, registry)
    except (OSError, OverflowError) as error:
        raise UsageError(f"{args.address}:{args.port} can't be listened at: {error}") from error
    say(f"metrics are at http://{args.address}:{made.server_port}/metrics; Ctrl-C stops it")
    thread.join()
    return CLEAN


COMMAND = Command("bus metrics", "give Prometheus the lag of groups", _configure, _run)
