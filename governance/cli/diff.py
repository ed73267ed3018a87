"""``keb-govern diff``: the whole story of a change."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from governance import config, diff
from governance.catalog.approval import approvals
from governance.catalog.load import load as load_catalog
from governance.cli import CLEAN, Command, say
from governance.compare import Present, compare_at
from governance.diff import Teller
from governance.discover import load, names
from governance.project import Wanted, open_project
from governance.report import Look


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "path",
        nargs="?",
        type=Path,
        metavar="PATH",
        help="catalog folder (default: event_schemas)",
    )
    add(
        "--against",
        metavar="REF|DIR",
        help="compare with this commit or folder (default: where this branch left the main one)",
    )
    add("--staged", action="store_true", help="look at what would be committed now")
    add(
        "--format",
        default="text",
        choices=sorted(names(diff)),
        help="how it looks (default: text)",
    )
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")
    add("--no-cache", action="store_true", help="read the history anew")


def _run(args: argparse.Namespace) -> int:
    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    paths = [args.path] if args.path else []
    wanted = Wanted(paths, args.against, is_staged=args.staged)
    project = open_project(settings, settings.config, wanted)
    if project.point is None:
        raise AssertionError("it was asked for")
    if project.point.note:
        say(project.point.note)
    present = Present(load_catalog(project.raws), project.raws, approvals(project.approvals))
    comparison = compare_at(project.point, present, settings.config, use_cache=not args.no_cache)
    if comparison is None:
        return CLEAN
    teller = load(names(diff)[args.format], "TELLER", Teller)
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(teller.render(comparison, Look(color=color)))
    return CLEAN


COMMAND = Command("diff", "tell the whole story of a change", _configure, _run)
