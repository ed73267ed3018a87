"""``keb-govern bus up``: a server of one's own, for development."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from governance.cli import CLEAN, Command, say
from governance.cli.bus import port
from governance.errors import ServerError

_PORT = 6379


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--port",
        type=port,
        default=_PORT,
        help=f"on 127.0.0.1; 0 takes a free one (default: {_PORT}, where all commands look)",
    )
    add("--folder", type=Path, metavar="DIR", help="keep its data there (default: nothing is kept)")
    add("--server", metavar="PROGRAM", help="the program (default: KEB_SERVER, else one is found)")


def _run(args: argparse.Namespace) -> int:
    from governance.contract.find import find
    from governance.contract.server import Server

    folder = args.folder.absolute() if args.folder else None
    server = Server(
        find(args.server),
        port=args.port or None,
        folder=folder,
        # It is for this machine alone, and its URL for a person to type.
        password="",
        config=("appendonly yes",) if folder else (),
    )
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with server:
            print(server.tcp_url, flush=True)
            kept = f"data is kept in {args.folder}" if folder else "nothing is kept"
            say(f"{server.binary} answers there; {kept}; Ctrl-C stops it")
            code = server.wait()
            raise ServerError(f"the server ended by itself with code {code}")
    except KeyboardInterrupt:
        say("stopped")
        return CLEAN
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


COMMAND = Command("bus up", "run a server for development", _configure, _run)
