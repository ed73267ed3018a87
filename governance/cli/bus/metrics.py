"""``keb-govern bus metrics``: how the bus is, for Prometheus."""

from __future__ import annotations

import argparse
import sys
import threading
from typing import TYPE_CHECKING

from governance.cli import CLEAN, Command, say
from governance.cli.bus import add_bus, add_what, declarations, port, server, streams
from governance.errors import UsageError

if TYPE_CHECKING:
    from governance.bus.state import State


def _configure(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    add = parser.add_argument
    add("--port", type=port, metavar="PORT", help="serve them there until ^C (default: print once)")
    add("--address", default="127.0.0.1", help="serve them at this address (default: 127.0.0.1)")
    add(
        "--per-consumer",
        action="store_true",
        help="say of each consumer how long it has been idle (default: of the last one of a group)",
    )
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    try:
        from prometheus_client import CollectorRegistry, generate_latest, start_http_server
    except ImportError as error:
        raise UsageError("metrics need `pip install keb-govern[metrics]`") from error
    from governance.bus.metrics import Gauges
    from governance.bus.state import state

    bus = server(args)
    wanted = [bus.keys(stream) for stream in streams(declarations(args), args.what)]
    # Two who look at the same time would share a connection.
    lock = threading.Lock()

    def look() -> State:
        with lock:
            return bus.ask(state(wanted))

    registry = CollectorRegistry()
    if args.port is None:
        now = look()
        registry.register(Gauges(lambda: now, per_consumer=args.per_consumer))
        sys.stdout.write(generate_latest(registry).decode())
        return CLEAN
    registry.register(Gauges(look, per_consumer=args.per_consumer))
    try:
        made, thread = start_http_server(args.port, args.address, registry)
    except OSError as error:
        place = f"{args.address}:{args.port}"
        raise UsageError(f"metrics can't be at {place}: {error.strerror}: name another") from error
    say(f"metrics are at http://{args.address}:{made.server_port}/metrics; Ctrl-C stops it")
    thread.join()
    return CLEAN


COMMAND = Command("bus metrics", "give Prometheus lag, lengths and memory", _configure, _run)
