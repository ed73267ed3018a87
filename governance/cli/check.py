"""``keb-govern check``: the verdict of rule 101 on a catalog."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from governance import cache, config, report
from governance.catalog.files import RawFile, fingerprint, keys
from governance.cli import CLEAN, FINDINGS, Command, day, listed, say
from governance.config import Config
from governance.discover import PLUGIN_GROUP, load, names, plugins_installed
from governance.errors import UsageError
from governance.finding import Report, Severity
from governance.output import is_stream, write_all
from governance.project import Project, Wanted, open_project
from governance.report import Look, Reporter

# Half a second of work on a machine of today.
_LONG_BYTES = 3_000_000
_SEVERITIES = [severity.label for severity in reversed(Severity)]


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that reports findings: see ``report_files`` and ``tell``."""
    add = parser.add_argument
    add(
        "--format",
        default="text",
        choices=sorted(names(report)),
        help="how the report looks (default: text)",
    )
    add(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the report there instead of to standard output",
    )
    add(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write a further report there; may be given several times",
    )
    add("--fail-on", choices=_SEVERITIES, help="exit with 1 from this severity on (default: error)")
    add(
        "--color",
        default="auto",
        choices=["auto", "always", "never"],
        help="colours (default: on a terminal)",
    )


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which rules hold, and on which day: see ``configured``."""
    add = parser.add_argument
    add(
        "--select",
        action="append",
        metavar="RULE",
        help="run these rules only: id, start of an id, or name",
    )
    add("--ignore", action="append", metavar="RULE", help="leave these rules out")
    add(
        "--date",
        type=day,
        metavar="DATE",
        help="judge sunsets and suppressions as on this day (default: today)",
    )


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="catalog folder, or files in it (default: event_schemas)",
    )
    add_reports(parser)
    add(
        "--against",
        metavar="REF|DIR",
        help="compare with this commit or folder (default: where this branch left the main one)",
    )
    add("--no-compare", action="store_true", help="look at the catalog of today alone")
    add("--staged", action="store_true", help="judge what would be committed now")
    add_rules(parser)
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")
    add("--no-cache", action="store_true", help="judge everything anew")


def _run(args: argparse.Namespace) -> int:
    files = report_files(args)
    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    asked = configured(settings.config, args)
    is_compared = args.against is not None or not args.no_compare
    wanted = Wanted(args.paths, args.against, is_compared, args.staged)
    project = open_project(settings, asked, wanted)
    if project.point is not None and project.point.note:
        say(project.point.note)
    verdict = judge(project, day_of(args), use_cache=not args.no_cache)
    tell(verdict, files, args, asked.fail_on)
    return exit_code(verdict, asked.fail_on)


def day_of(args: argparse.Namespace) -> date:
    """Return the day to judge by."""
    said: date | None = args.date
    return said or date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this


def exit_code(verdict: Report, fail_on: Severity) -> int:
    """Return what a report makes of a run."""
    return FINDINGS if any(one.severity >= fail_on for one in verdict.findings) else CLEAN


def judge(project: Project, today: date, *, use_cache: bool) -> Report:
    """Return the verdict on what was read, from the cache where it is known already.

    Args:
        project: What is judged, and what it is compared with.
        today: The day to judge sunsets and suppressions by.
        use_cache: Whether what earlier runs found may be taken, and this one kept.
    """
    # Rules of others may look at anything, so what they found is not kept.
    is_ours = use_cache and not plugins_installed(PLUGIN_GROUP)
    entries = keys(project.raws) if use_cache else None
    entry = _key(project, entries, today) if is_ours else None
    kept = cache.find(entry) if entry else None
    if kept is not None:
        return kept
    # Code and catalog hold no garbage, and the collector would walk them again and again.
    gc.disable()
    # Everything below is needed only where something has changed.
    from governance.catalog.approval import approvals
    from governance.catalog.kept import load_files
    from governance.catalog.known import known
    from governance.catalog.model import Catalog
    from governance.check import check, select
    from governance.rules import Context, all_rules

    rules, chosen = select(all_rules(), project.config), project.config
    with _progress(project.raws):
        catalog, comparison = Catalog(load_files(project.raws, entries, use_cache=use_cache)), None
        agreed = approvals(project.approvals)
        if project.point is not None:
            from governance.compare import compare_at

            comparison = compare_at(project, catalog, agreed, use_cache=use_cache)
        listed = known(project.known) if project.known else None
        context = Context(catalog, chosen, today, comparison, agreed, listed, project.only)
        gc.freeze()
        gc.enable()
        made = check(context, rules)
    if entry:
        cache.keep(entry, made)
    return made


def _key(project: Project, entries: Sequence[str] | None, today: date) -> str:
    """Return all that decides about a report, for the cache."""
    return cache.key(
        [(raw.path, raw.relative, raw.problem and raw.problem.message) for raw in project.raws],
        entries,
        project.config,
        today,
        sorted(project.only),
        fingerprint(project.approvals),
        project.known and project.known.data,
        project.point and project.point.identity,
    )


@contextmanager
def _progress(raws: tuple[RawFile, ...]) -> Iterator[None]:
    """Say on a terminal what takes a while, and take it back afterwards."""
    is_long = sum(len(raw.data) for raw in raws) > _LONG_BYTES and sys.stderr.isatty()
    if is_long:
        print(f"judging {len(raws)} files …", end="\r", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if is_long:
            print("\x1b[2K", end="", file=sys.stderr, flush=True)


def configured(settings: Config, args: argparse.Namespace) -> Config:
    """Return the settings, with what the arguments say instead."""
    return settings._replace(
        select=listed(args.select) or settings.select,
        ignore=(*settings.ignore, *listed(args.ignore)),
        fail_on=Severity.parse(args.fail_on) if args.fail_on else settings.fail_on,
    )


def report_files(args: argparse.Namespace) -> dict[Path, str]:
    """Return the files that reports are to be written to, each with its format.

    Raises:
        UsageError: That can't be done; better to say so before the work than after it.
    """
    asked = [_asked(word) for word in args.report]
    if args.output is not None:
        asked.append((args.format, args.output))
    files = dict[Path, str]()
    taken = set[Path]()
    for format_, path in asked:
        try:
            where = path.resolve()
            if not is_stream(path):
                _writable(path)
        except (OSError, RuntimeError) as error:
            raise UsageError(f"{path.as_posix()} can't be written: {error}") from error
        if where in taken:
            raise UsageError(f"two reports would go to {path.as_posix()}: name a file for each")
        taken.add(where)
        files[path] = format_
    return files


def _asked(word: str) -> tuple[str, Path]:
    """Return format and file of a ``--report``."""
    format_, _, file = word.partition("=")
    known = sorted(names(report))
    if format_ not in known:
        raise UsageError(f"there is no report format {format_!r}: there are {', '.join(known)}")
    if not file:
        raise UsageError(f"--report {word}: say where to, such as `--report {format_}=FILE`")
    return format_, Path(file)


def _writable(path: Path) -> None:
    name, folder = path.as_posix(), path.parent
    if path.is_dir():
        raise UsageError(f"{name} is a folder: name a file in it")
    if not folder.is_dir():
        raise UsageError(f"{name} can't be written: make the folder {folder.as_posix()} first")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{name} can't be written: the folder may not be written to")


def tell(
    verdict: Report, files: dict[Path, str], args: argparse.Namespace, fail_on: Severity
) -> None:
    """Write a report wherever it was asked for.

    Args:
        verdict: The report.
        files: The files that it goes to, each with its format.
        args: What ``add_reports`` asks for.
        fail_on: From which severity on a finding makes the run fail.
    """
    write_files(verdict, files, fail_on, args.color)
    if args.output is None:
        sys.stdout.write(shown(verdict, args.format, fail_on, args.color))


def write_files(verdict: Report, files: dict[Path, str], fail_on: Severity, color: str) -> None:
    """Write a report to files: see ``tell``."""
    texts = {
        path: shown(verdict, format_, fail_on, "never" if color == "auto" else color)
        for path, format_ in files.items()
    }
    if texts:
        write_all(texts)


def shown(verdict: Report, format_: str, fail_on: Severity, color: str) -> str:
    """Return a report as it goes to standard output, in a format."""
    terminal = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    look = Look(color == "always" or (color == "auto" and terminal), fail_on)
    made = load(names(report)[format_], "REPORTER", Reporter).render(verdict, look)
    return made.encode(errors="backslashreplace").decode()


COMMAND = Command("check", "judge a catalog of event schemas by rule 101", _configure, _run)
