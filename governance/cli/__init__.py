"""The command line: the only code that prints, reads arguments or exits.

Every other module here is one command; ``bus/lag.py`` is the command ``bus lag``.

Exit codes: 0 clean, 1 findings, 2 usage or surroundings, 3 a bug of ours, 130 interrupted.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from governance import __version__
from governance.discover import collect, load, names
from governance.errors import GovernError, UsageError

if TYPE_CHECKING:
    from governance.compat.verdict import Comparison
    from governance.project import Project

_ABOUT = "Governance of the events on the Kernel Event Bus."
CLEAN, FINDINGS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


class Command(NamedTuple):
    """One subcommand.

    Attributes:
        name: What stands behind ``keb-govern``.
        summary: What it does, in half a line.
        configure: Adds its arguments to a parser.
        run: Does it; returns the exit code.
    """

    name: str
    summary: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def run() -> NoReturn:
    """Run the command of this process, and end the process with its exit code."""
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is written: to take every module and the catalog apart again would cost a small check a
    # twentieth of its time.
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words behind ``keb-govern``; those of the process if not given.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # To load code makes no garbage, and the collector would look for it all the while.
    gc.disable()
    try:
        command, args = _parse(words)
        gc.enable()
        code = command.run(args)
        sys.stdout.flush()
    except GovernError as error:
        say(f"error: {error}")
        return USAGE
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the flush at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except Exception:  # noqa: BLE001  the one place where a bug of ours is told apart from a user's mistake
        from traceback import print_exc

        print_exc()
        say("this is a bug in keb-govern: please report it with the lines above")
        return BUG
    return code


def say(text: str) -> None:
    """Write one line to standard error."""
    print(f"keb-govern: {text}", file=sys.stderr)


def is_asking() -> bool:
    """Say whether there is somebody at a terminal to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(question: str) -> str:
    """Return what somebody at the terminal says to a question; who says no more interrupts.

    Raises:
        UsageError: It is not UTF-8.
    """
    print(question, end="", file=sys.stderr, flush=True)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise UsageError("what was typed there is not UTF-8: set the terminal to UTF-8") from error
    if not line:
        raise KeyboardInterrupt
    return line.strip()


def add_compared(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that is about a change: see ``compared``."""
    add = parser.add_argument
    add(
        "path", nargs="?", type=Path, metavar="PATH", help="catalog folder (default: event_schemas)"
    )
    add(
        "--against",
        metavar="REF|DIR",
        help="compare with this commit or folder (default: where this branch left the main one)",
    )
    add("--config", type=Path, metavar="FILE", help="read the settings from this file")
    add("--no-cache", action="store_true", help="read the history anew")


def compared(args: argparse.Namespace) -> tuple[Project, Comparison]:
    """Return the catalog that a command is about, compared with what it was.

    Args:
        args: What ``add_compared`` asks for.

    Returns:
        What was read, and the comparison: without a label, and with nothing that changed, where
        there is nothing to compare with.
    """
    from governance import config
    from governance.catalog.approval import approvals
    from governance.catalog.kept import load_files
    from governance.catalog.model import Catalog
    from governance.compare import compare_at
    from governance.compat.verdict import Comparison, Terms
    from governance.project import Wanted, open_project

    settings = config.read(args.config) if args.config else config.find(Path.cwd())
    wanted = Wanted([args.path] if args.path else [], args.against)
    project = open_project(settings, settings.config, wanted)
    if project.point is not None and project.point.note:
        say(project.point.note)
    use_cache = not args.no_cache
    catalog = Catalog(load_files(project.raws, use_cache=use_cache))
    agreed = approvals(project.approvals)
    made = compare_at(project, catalog, agreed, use_cache=use_cache)
    return project, made or Comparison("", catalog, catalog, (), Terms(approvals=agreed))


def day(text: str) -> date:
    """Return the day that an argument names.

    Raises:
        argparse.ArgumentTypeError: It names none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date of the form 2026-11-23") from error


def listed(words: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names in some arguments, each of which may list several with commas."""
    return tuple(name for word in words or () for name in word.split(",") if name)


def _parse(words: list[str]) -> tuple[Command, argparse.Namespace]:
    """Return the command that the words name, with its arguments; exits where argparse does."""
    room = sys.modules[__name__]
    known = names(room)
    for count in (1, 2):
        name = " ".join(words[:count])
        if name in known:
            command = load(known[name], "COMMAND", Command)
            parser = _parser(f"keb-govern {name}", command.summary)
            command.configure(parser)
            return command, parser.parse_args(words[count:])
    group = next((f"{words[0]} " for one in known if words and one.startswith(f"{words[0]} ")), "")
    parser = _parser(f"keb-govern {group}".rstrip(), _ABOUT)
    if not group:
        parser.add_argument("--version", action="version", version=f"keb-govern {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, summary in _summaries(room, group).items():
        commands.add_parser(name, help=summary)
    parser.parse_args(words[1:] if group else words)
    raise AssertionError("argparse lets nothing pass that is not a command")


def _summaries(room: ModuleType, group: str) -> dict[str, str]:
    """Return what there is to choose from: commands, and groups of them as one."""
    made = dict[str, str]()
    for command in collect(room, "COMMAND", Command):
        if command.name.startswith(group):
            name, _, rest = command.name.removeprefix(group).partition(" ")
            inner = f"{room.__name__}.{name}"
            made[name] = load(inner, "SUMMARY", str) if rest else command.summary
    return made


def _parser(program: str, summary: str) -> argparse.ArgumentParser:
    # Left to itself, argparse asks shutil for the width at every argument, and shutil brings in
    # every compression library.
    width = _terminal_columns()
    return argparse.ArgumentParser(
        prog=program,
        description=summary,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=width - 2),
        allow_abbrev=False,
    )


def _terminal_columns() -> int:
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal():
        return int(said)
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80
