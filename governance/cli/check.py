"""``keb-govern check``: the verdict of rule 101 on a catalog."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from governance import cache, config, report
from governance.catalog.files import RawFile, fingerprint, read_folder
from governance.cli import CLEAN, FINDINGS, Command
from governance.config import Config, Settings
from governance.discover import PLUGIN_GROUP, load, names, plugins_installed
from governance.errors import UsageError
from governance.finding import Report, Severity
from governance.report import Look, Reporter

# Half a second of work on a machine of today.
_LONG_BYTES = 3_000_000
_SEVERITIES = [severity.label for severity in reversed(Severity)]


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
    add("--fail-on", choices=_SEVERITIES, help="exit with 1 from this severity on (default: error)")
    add(
        "--select",
        action="append",
        metavar="RULE",
        help="run these rules only: id, start of an id, or name",
    )
    add("--ignore", action="append", metavar="RULE", help="leave these rules out")
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")
    add(
        "--date",
        type=_date,
        metavar="DATE",
        help="judge sunsets and suppressions as on this day (default: today)",
    )
    add(
        "--color",
        default="auto",
        choices=["auto", "always", "never"],
        help="colours (default: on a terminal)",
    )
    add("--no-cache", action="store_true", help="judge everything anew")


def _run(args: argparse.Namespace) -> int:
    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    chosen = _chosen(settings.config, args)
    folder, only, deep = _catalog(args.paths, settings)
    raws = read_folder(folder, chosen.max_file_bytes, deep=deep)
    unread = only - {raw.path for raw in raws}
    if unread:
        raise UsageError(
            f"{min(unread)} is no schema file: its name must end in .yaml, .yml or .json"
        )
    today = args.date or date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this
    verdict = _judge(raws, chosen, today, only, use_cache=not args.no_cache)
    _write(verdict, args)
    return (
        FINDINGS
        if any(finding.severity >= chosen.fail_on for finding in verdict.findings)
        else CLEAN
    )


def _judge(
    raws: tuple[RawFile, ...], chosen: Config, today: date, only: frozenset[str], *, use_cache: bool
) -> Report:
    # Rules of others may look at anything, so what they found is not kept.
    is_ours = use_cache and not plugins_installed(PLUGIN_GROUP)
    entry = cache.key(fingerprint(raws), chosen, today, sorted(only)) if is_ours else None
    kept = cache.find(entry) if entry else None
    if kept is not None:
        return kept
    # Code and catalog hold no garbage, and the collector would walk them again and again.
    gc.disable()
    # Everything below is needed only where something has changed.
    from governance.catalog.load import load as load_catalog  # noqa: PLC0415  as said
    from governance.check import check, select  # noqa: PLC0415  as said
    from governance.rules import Context, all_rules  # noqa: PLC0415  as said

    rules = select(all_rules(), chosen)
    with _progress(raws):
        context = Context(load_catalog(raws), chosen, today)
        gc.freeze()
        gc.enable()
        made = check(context, rules, lambda file: not only or file.document.path in only)
    if entry:
        cache.keep(entry, made)
    return made


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


def _chosen(settings: Config, args: argparse.Namespace) -> Config:
    def listed(words: list[str] | None) -> tuple[str, ...]:
        return tuple(name for word in words or () for name in word.split(",") if name)

    return settings._replace(
        select=listed(args.select) or settings.select,
        ignore=(*settings.ignore, *listed(args.ignore)),
        fail_on=Severity.parse(args.fail_on) if args.fail_on else settings.fail_on,
    )


def _catalog(paths: list[Path], settings: Settings) -> tuple[Path, frozenset[str], bool]:
    """Return the catalog folder, the files to report on, and whether to look below the folder.

    No files means all of them.

    Files that lie in the configured catalog are judged as part of it; others as part of the folder
    they lie in.
    """
    configured = settings.catalog
    if not paths:
        return configured, frozenset(), True
    if len(paths) == 1 and paths[0].is_dir():
        inner = paths[0] / settings.config.catalog
        return (inner if inner.is_dir() else paths[0]), frozenset(), True
    missing = next((path for path in paths if not path.is_file() and not path.is_symlink()), None)
    if missing is not None:
        raise UsageError(f"{missing.as_posix()}: {_why_not(missing)}")
    root = configured.absolute()
    if all(path.absolute().is_relative_to(root) for path in paths):
        inside = (configured / path.absolute().relative_to(root) for path in paths)
        return configured, frozenset(path.as_posix() for path in inside), True
    folders = {path.parent for path in paths}
    if len(folders) > 1:
        raise UsageError("the files lie in several folders: name one catalog, or files of one")
    return folders.pop(), frozenset(path.as_posix() for path in paths), False


def _why_not(path: Path) -> str:
    if path.is_dir():
        return "name one folder, or files of one"
    return "it is not a regular file" if path.exists() else "no such file or folder"


def _write(verdict: Report, args: argparse.Namespace) -> None:
    reporter = load(names(report)[args.format], "REPORTER", Reporter)
    terminal = args.output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    look = Look(color=args.color == "always" or (args.color == "auto" and terminal))
    text = reporter.render(verdict, look)
    if args.output is None:
        sys.stdout.write(text)
        return
    try:
        args.output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"{args.output.as_posix()} can't be written: {error.strerror}") from error


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date of the form 2026-11-23") from error


COMMAND = Command("check", "judge a catalog of event schemas by rule 101", _configure, _run)
