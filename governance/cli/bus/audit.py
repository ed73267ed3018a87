"""``keb-govern bus audit``: the verdict of rule 101 on what is really sent."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from governance import report
from governance.cli import CLEAN, FINDINGS, Command, day, say
from governance.cli.bus import (
    add_catalog,
    add_range,
    add_server,
    add_what,
    colors,
    declarations,
    passing,
    server,
    streams,
)
from governance.discover import load, names
from governance.finding import Report, Severity
from governance.report import Look, Reporter

if TYPE_CHECKING:
    from governance.bus.declared import Declarations
    from governance.finding import Finding


def _configure(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    add_range(parser, "all")
    add = parser.add_argument
    add(
        "--follow",
        "-f",
        action="store_true",
        help="go on with what is appended, and report what is new, until ^C",
    )
    add(
        "--format",
        default="text",
        choices=sorted(names(report)),
        help="how the report looks (default: text)",
    )
    add(
        "--fail-on",
        default=Severity.ERROR.label,
        choices=[severity.label for severity in reversed(Severity)],
        help="exit with 1 from this severity on (default: error)",
    )
    add("--date", type=day, metavar="DATE", help="judge sunsets as on this day (default: today)")
    add_server(parser)
    add_catalog(parser)


def _run(args: argparse.Namespace) -> int:
    from governance.bus.audit import Auditor
    from governance.bus.lag import lags

    bus, known = server(args), declarations(args)
    today = args.date or date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this
    auditor = Auditor(known, today)
    try:
        for seen in passing(bus, known, args):
            new = auditor.look(seen)
            if new and args.follow:
                _tell(new, known, args)
    except KeyboardInterrupt:
        if not args.follow:
            raise
    auditor.look_at_groups(bus.ask(lags(map(bus.keys, streams(known, args.what)))))
    findings = auditor.findings()
    _tell(findings, known, args)
    types = sum(1 for one in auditor.by_type if one in known.catalog.by_type)
    say(f"{auditor.entries} entries with {types} of {len(known.catalog.by_type)} event types")
    worst = max((one.severity for one in findings), default=None)
    is_bad = worst is not None and worst >= Severity.parse(args.fail_on)
    return FINDINGS if is_bad else CLEAN


def _tell(findings: Sequence[Finding], known: Declarations, args: argparse.Namespace) -> None:
    reporter = load(names(report)[args.format], "REPORTER", Reporter)
    catalog = known.catalog
    made = Report(tuple(findings), len(catalog.files), len(catalog.events))
    text = reporter.render(made, Look(colors(), Severity.parse(args.fail_on)))
    sys.stdout.write(text.encode(errors="backslashreplace").decode())
    sys.stdout.flush()


COMMAND = Command("bus audit", "judge what is really sent", _configure, _run)
