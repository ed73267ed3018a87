"""``keb-govern fix``: mend what a program can mend."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from governance import config
from governance.cli import CLEAN, FINDINGS, Command, answer, day, is_asking, listed, say
from governance.config import Config
from governance.errors import UsageError
from governance.finding import SAFE, UNSAFE, Finding, Fix
from governance.output import write_all
from governance.project import Project, Wanted, open_project

if TYPE_CHECKING:
    from governance.rewrite.fix import Judged, Mended, Raws

_QUESTION = "[y]es, [n]o, [a]ll of them, [q]uit asking? "


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="catalog folder, or files in it (default: event_schemas)",
    )
    add(
        "--unsafe",
        action="store_true",
        help="also what changes names or meanings, such as a rename; asks about each",
    )
    add("--yes", action="store_true", help="with --unsafe: make them all without asking")
    add("--diff", action="store_true", help="write nothing; print what would change as a diff")
    add(
        "--select",
        action="append",
        metavar="RULE",
        help="mend findings of these rules only: id, start of an id, or name",
    )
    add("--ignore", action="append", metavar="RULE", help="leave findings of these rules alone")
    add(
        "--against",
        metavar="REF|DIR",
        help="compare with this commit or folder (default: where this branch left the main one)",
    )
    add("--no-compare", action="store_true", help="look at the catalog of today alone")
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")
    add(
        "--date",
        type=day,
        metavar="DATE",
        help="judge sunsets and suppressions as on this day (default: today)",
    )
    add("--no-cache", action="store_true", help="read the history anew")


def _run(args: argparse.Namespace) -> int:
    if args.yes and not args.unsafe:
        raise UsageError("--yes goes with --unsafe: safe fixes are made without asking")
    if args.unsafe and not (args.yes or args.diff or is_asking()):
        raise UsageError(
            "--unsafe asks about each fix, and here is no terminal to ask on: add --yes to make "
            "them all, or --diff to see them"
        )
    from governance.rewrite.fix import mend

    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    is_compared = args.against is not None or not args.no_compare
    wanted = Wanted(args.paths, args.against, is_compared)
    project = open_project(settings, settings.config, wanted)
    if project.point is not None and project.point.note:
        say(project.point.note)
    today = args.date or date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this
    chosen = _chosen(args, settings.config)
    asked = _Asked(is_asking=args.unsafe and not (args.yes or args.diff))

    def is_wanted(finding: Finding, fix: Fix) -> bool:
        is_chosen = chosen(finding) and _is_in(finding, project)
        return is_chosen and (fix.is_safe or (args.unsafe and asked(finding, fix)))

    mended = mend(project.raws, _judge(project, today, use_cache=not args.no_cache), is_wanted)
    _tell(mended, project, is_dry=args.diff)
    return FINDINGS if mended.texts else CLEAN


def _chosen(args: argparse.Namespace, settings: Config) -> Callable[[Finding], bool]:
    """Return whether a finding is of a rule that is to be mended."""
    from governance.check import select
    from governance.rules import all_rules

    only = settings._replace(select=listed(args.select) or ("ALL",), ignore=listed(args.ignore))
    ids = {rule.id for rule in select(all_rules(), only)}
    return lambda finding: finding.rule in ids


def _judge(project: Project, today: date, *, use_cache: bool) -> Callable[[Raws], Judged]:
    """Return what judges the files of a project, as they are on their way to be mended."""
    from governance.catalog.approval import approvals
    from governance.catalog.known import known
    from governance.catalog.load import load_file
    from governance.catalog.model import Catalog
    from governance.check import examine, select
    from governance.compare import compare_at
    from governance.rewrite.fix import Judged
    from governance.rules import Context, all_rules

    rules, agreed = select(all_rules(), project.config), approvals(project.approvals)
    on_list = known(project.known) if project.known else None
    silenced = {rule.id: rule.silenced_by for rule in rules}
    read = cache(load_file)

    def judge(raws: Raws) -> Judged:
        catalog = Catalog(tuple(map(read, raws)))
        here = project._replace(raws=raws)
        comparison = compare_at(here, catalog, agreed, use_cache=use_cache)
        context = Context(catalog, project.config, today, comparison, agreed, on_list)
        return Judged(*examine(context, rules), silenced)

    return judge


class _Asked:
    """Asks about each unsafe fix, until somebody says yes or no to all that come."""

    def __init__(self, *, is_asking: bool) -> None:
        self._is_asking = is_asking
        self._otherwise = True

    def __call__(self, finding: Finding, fix: Fix) -> bool:
        if not self._is_asking:
            return self._otherwise
        from governance.report.text import printable

        place = f"{finding.file}:{finding.span.line}: {finding.message}"
        print(printable(place), file=sys.stderr)
        while True:
            said = answer(printable(f"  {fix.does}? ") + _QUESTION).lower()[:1]
            if said in {"a", "q"}:
                self._is_asking, self._otherwise = False, said == "a"
            if said in {"y", "n", "a", "q"}:
                return said in {"y", "a"}


def _tell(mended: Mended, project: Project, *, is_dry: bool) -> None:
    from governance.report.text import printable

    if is_dry:
        from governance.rewrite.shown import diff

        before = {raw.path: raw.data.decode() for raw in project.raws if raw.path in mended.texts}
        for path, text in mended.texts.items():
            sys.stdout.write(diff(path, before[path], text))
    else:
        write_all({Path(path): text for path, text in mended.texts.items()})
        for one, does in sorted(mended.done, key=lambda row: row[0].order):
            print(printable(f"{one.file}:{one.span.line}: {one.rule} {one.name}: {does}"))
    for one, why in mended.refused:
        say(printable(f"{one.file}:{one.span.line}: {one.rule} {one.name} is left: {why}"))
    left = [one for one in mended.left.findings if _is_in(one, project)]
    print(_summary(mended, left, is_dry=is_dry), file=sys.stderr if is_dry else sys.stdout)


def _is_in(finding: Finding, project: Project) -> bool:
    """Say whether a finding lies in a file that was asked for."""
    return not project.only or finding.file in project.only


def _summary(mended: Mended, left: list[Finding], *, is_dry: bool) -> str:
    from governance.report.text import count

    refused = {one for one, _ in mended.refused}
    offers = Counter(one.fix if one not in refused else "" for one in left)
    files = f" in {count(len(mended.texts), 'file')}" if mended.texts else ""
    parts = [f"{len(mended.done)} {'would be ' if is_dry else ''}mended{files}"]
    if offers[SAFE]:
        parts.append(f"{offers[SAFE]} left that `keb-govern fix` can mend")
    if offers[UNSAFE]:
        parts.append(f"{offers[UNSAFE]} left that `keb-govern fix --unsafe` can mend")
    parts.append(f"{offers[''] or 'none'} left that only a person can mend")
    return ", ".join(parts)


COMMAND = Command("fix", "mend what a program can mend", _configure, _run)
