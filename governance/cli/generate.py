"""``keb-govern generate``: write what is made from catalog and rules, or check it is current."""

from __future__ import annotations

import argparse
from pathlib import Path

from governance import config, generate
from governance.catalog.files import read_folder
from governance.cli import CLEAN, FINDINGS, Command, say
from governance.config import Settings
from governance.discover import collect
from governance.errors import UsageError
from governance.generate import Generator


def _configure(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(one.name for one in _generators())
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"what to make (default: all): {known}"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is stale"
    )


def _run(args: argparse.Namespace) -> int:
    from governance.catalog.load import load

    settings = config.find(Path.cwd())
    catalog = load(read_folder(settings.catalog, settings.config.max_file_bytes))
    stale = [
        one
        for one in _chosen(args.names)
        if _differs(one, one.render(catalog), settings, write=not args.check)
    ]
    for one in stale:
        path = one.place(settings.config)
        print(f"{path}: {'stale: run `keb-govern generate`' if args.check else 'written'}")
    if not stale:
        say("everything is current")
    return FINDINGS if stale and args.check else CLEAN


def _differs(one: Generator, text: str, settings: Settings, *, write: bool) -> bool:
    name = one.place(settings.config)
    path = settings.folder / name
    data = text.encode()
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{name} can't be written: {error.strerror}") from error
    return True


def _chosen(names: list[str]) -> list[Generator]:
    known = {one.name: one for one in _generators()}
    missing = next((name for name in names if name not in known), None)
    if missing is not None:
        raise UsageError(f"nothing called {missing!r} is generated: there are {', '.join(known)}")
    return [known[name] for name in names] or list(known.values())


def _generators() -> tuple[Generator, ...]:
    return collect(generate, "GENERATOR", Generator)


COMMAND = Command("generate", "write what is made from the catalog and the rules", _configure, _run)
