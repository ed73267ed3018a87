"""``keb-govern bump``: write the versions that a change calls for."""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

from governance.cli import CLEAN, FINDINGS, Command, add_compared, compared, day, say
from governance.output import write_all
from governance.rewrite.bump import bump
from governance.rewrite.layout import Ending
from governance.rewrite.shown import diff

# Half a year, as long as most teams give their readers.
_DAYS = 182


def _configure(parser: argparse.ArgumentParser) -> None:
    add_compared(parser)
    add = parser.add_argument
    add(
        "--sunset",
        type=day,
        metavar="DATE",
        help=f"day on which a major version ends that gets a successor (default: in {_DAYS} days)",
    )
    add("--date", type=day, metavar="DATE", help="write as on this day (default: today)")
    add("--dry-run", action="store_true", help="write nothing; print what would change as a diff")


def _run(args: argparse.Namespace) -> int:
    _, comparison = compared(args)
    today = args.date or date.today()  # noqa: DTZ011  a deprecation starts on a person's own day
    ending = Ending(today, args.sunset or today + timedelta(days=_DAYS))
    made = bump(comparison, ending)
    if args.dry_run:
        for document, text in made.texts:
            sys.stdout.write(diff(document.path, document.text, text))
    else:
        write_all({Path(document.path): text for document, text in made.texts})
        sys.stdout.writelines(f"{line}\n" for line in made.done)
    for line in made.left:
        say(line)
    if comparison.label and not made.done and not made.left:
        say(f"every version is as it should be, compared with {comparison.label}")
    return FINDINGS if made.left else CLEAN


COMMAND = Command("bump", "write the versions that a change calls for", _configure, _run)
