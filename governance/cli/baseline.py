"""``keb-govern baseline``: write down the findings of today, so that only new ones count."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from governance import config
from governance.catalog.files import KNOWN
from governance.cli import CLEAN, Command, day, say
from governance.errors import UsageError
from governance.output import write_all
from governance.project import Project, Wanted, open_project

if TYPE_CHECKING:
    from governance.catalog.known import Entry


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", nargs="?", type=Path, metavar="PATH", help="catalog (default: event_schemas)")
    add(
        "--prune",
        action="store_true",
        help="drop what is found no more; nothing is ever added to a list that is there",
    )
    add("--date", type=day, metavar="DATE", help="judge as on this day (default: today)")
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")


def _run(args: argparse.Namespace) -> int:
    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    wanted = Wanted([args.path] if args.path else [], is_compared=False)
    project = open_project(settings, settings.config, wanted)
    path = project.folder / KNOWN
    if args.prune and project.known is None:
        raise UsageError(f"there is no {path.as_posix()} to prune: `keb-govern baseline` writes it")
    if not args.prune and project.known is not None:
        raise UsageError(
            f"{path.as_posix()} is there already, and only shrinks: `keb-govern baseline --prune` "
            "drops what is found no more; mend new findings, or suppress one with a reason"
        )
    today = args.date or date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this
    text, said = _pruned(project, today) if args.prune else _listed(project, today)
    write_all({path: text})
    sys.stdout.write(f"{path.as_posix()}: {said}\n")
    return CLEAN


def _listed(project: Project, today: date) -> tuple[str, str]:
    from governance.catalog.known import render

    found = _found(project, today)
    if not found:
        say("there is nothing to write down: `keb-govern check` finds nothing")
    return render(found), f"{len(found)} known finding{'' if len(found) == 1 else 's'}"


def _pruned(project: Project, today: date) -> tuple[str, str]:
    from governance.catalog.known import known, matched, render

    if project.known is None:
        raise AssertionError("it was looked for")
    entries, found = known(project.known).entries, _found(project, today)
    is_known, is_needed = matched(entries, found)
    kept = [entry for number, entry in enumerate(entries) if number in is_needed]
    new = len(found) - len(is_known)
    if new:
        say(f"{new} of the findings of today are new, and not added: see `keb-govern check`")
    return render(kept), f"{len(entries) - len(kept)} dropped, {len(kept)} left"


def _found(project: Project, today: date) -> list[Entry]:
    """Return every finding of a catalog as a list of known ones has it."""
    from governance.catalog.load import load
    from governance.check import check, entry_of, select
    from governance.rules import Context, all_rules

    catalog = load(project.raws)
    rules = select(all_rules(), project.config)
    report = check(Context(catalog, project.config, today), rules)
    return [entry_of(one, catalog.by_path[one.file].relative) for one in report.findings]


COMMAND = Command("baseline", "write down known findings, so that new ones count", _configure, _run)
