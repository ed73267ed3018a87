"""``keb-govern diff``: the whole story of a change."""

from __future__ import annotations

import argparse
import os
import sys

from governance import diff
from governance.cli import CLEAN, Command, add_compared, compared
from governance.diff import Teller
from governance.discover import load, names
from governance.report import Look


def _configure(parser: argparse.ArgumentParser) -> None:
    add_compared(parser)
    parser.add_argument(
        "--format",
        default="text",
        choices=sorted(names(diff)),
        help="how it looks (default: text)",
    )


def _run(args: argparse.Namespace) -> int:
    _, comparison = compared(args)
    teller = load(names(diff)[args.format], "TELLER", Teller)
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(teller.render(comparison, Look(color=color)))
    return CLEAN


COMMAND = Command("diff", "tell the whole story of a change", _configure, _run)
