"""``keb-govern bus audit``: the verdict of rule 101 on what is really sent."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from governance.cli import Command, say
from governance.cli.bus import (
    add_bus,
    add_range,
    add_what,
    age_s,
    declarations,
    passing,
    server,
    settings_of,
    streams,
)
from governance.cli.check import (
    add_reports,
    add_rules,
    configured,
    day_of,
    exit_code,
    report_files,
    shown,
    tell,
    write_files,
)
from governance.errors import BusError
from governance.finding import Report

if TYPE_CHECKING:
    from governance.finding import Finding

LOG = logging.getLogger("keb")


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
        "--every",
        type=age_s,
        default=30.0,
        metavar="TIME",
        help="with --follow, look at groups, dead letters and the server's memory, and write the "
        "files of --output and --report, this often (default: 30s)",
    )
    add_reports(parser)
    add_rules(parser)
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    audit = _Audit(args)
    if args.follow:
        # Who stops a service gets the report as well as who types ^C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, audit.stop)
    try:
        audit.run()
    except KeyboardInterrupt:
        if not args.follow:
            raise
    audit.look_at_server()
    return audit.end()


class _Audit:
    """One run: what is found, and what the settings leave of it."""

    def __init__(self, args: argparse.Namespace) -> None:
        from governance.bus.audit import Auditor
        from governance.check import select
        from governance.rules import Context, all_rules

        self._args = args
        self._files = report_files(args)
        self._config = configured(settings_of(args).config, args)
        self._rules = select(all_rules(), self._config, is_of_bus=True)
        self._bus, self._known = server(args), declarations(args)
        self._keys = [self._bus.keys(stream) for stream in streams(self._known, args.what)]
        self._auditor = Auditor(self._known, day_of(args))
        self._context = Context(self._known.catalog, self._config, day_of(args))
        self._due = time.monotonic()
        self._may_ask = True
        self._is_over = False

    def run(self) -> None:
        """Look at every event; who follows is told what nobody has found before."""
        between = self._look_around if self._args.follow else None
        for seen in passing(self._bus, self._known, self._args, between=between):
            self._tell_new(self._auditor.look(seen))

    def stop(self, *_: object) -> None:
        """Come to an end after the read that is under way; a handler of signals.

        What is raised anywhere may be swallowed, by a destructor for one: who says it again gets
        that all the same.
        """
        if self._is_over:
            raise KeyboardInterrupt
        self._is_over = True

    def look_at_server(self) -> None:
        """Look at groups and memory as they are now; who follows is told what was not so before.

        Raises:
            BusError: The server does not answer, and nobody follows.
        """
        from governance.bus.lag import lags

        try:
            self._tell_new(self._auditor.look_at_groups(self._bus.ask(lags(self._keys))))
            if self._may_ask:
                self._look_at_memory()
        except BusError as error:
            if not self._args.follow:
                raise
            LOG.warning("%s", error)

    def _look_at_memory(self) -> None:
        from governance.bus.commands import Line
        from governance.bus.memory import memory

        found = self._bus.ask(memory(Line.ADMIN))
        self._tell_new(self._auditor.look_at_memory(found, [one.stream for one in self._keys]))
        # Who may not ask has been told so.
        self._may_ask = bool(found.policy)

    def end(self) -> int:
        """Report all that was found; return the exit code."""
        verdict = self._report(self._auditor.findings())
        tell(verdict, self._files, self._args, self._config.fail_on)
        declared = self._known.catalog.by_type
        types = sum(1 for one in self._auditor.by_type if one in declared)
        say(f"{self._auditor.entries} entries with {types} of {len(declared)} event types")
        return exit_code(verdict, self._config.fail_on)

    def _look_around(self) -> None:
        if self._is_over:
            raise KeyboardInterrupt
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._args.every
        # It may go on for days.
        self._auditor.today = day_of(self._args)
        self._context = self._context._replace(today=self._auditor.today)
        self.look_at_server()
        verdict = self._report(self._auditor.findings())
        write_files(verdict, self._files, self._config.fail_on, self._args.color)

    def _tell_new(self, found: Sequence[Finding]) -> None:
        if not found or not self._args.follow:
            return
        new = self._report(found)
        if new.findings:
            args = self._args
            sys.stdout.write(shown(new, args.format, self._config.fail_on, args.color))
            sys.stdout.flush()

    def _report(self, found: Sequence[Finding]) -> Report:
        from governance.check import sift

        catalog = self._context.catalog
        findings = sorted(sift(found, self._context, self._rules), key=lambda one: one.order)
        return Report(tuple(findings), len(catalog.files), len(catalog.events))


COMMAND = Command("bus audit", "judge what is really sent", _configure, _run)
