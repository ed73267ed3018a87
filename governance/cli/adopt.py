"""``keb-govern adopt``: bring a catalog in the layout of old to governed form."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from governance import config
from governance.catalog.files import read_folder
from governance.cli import CLEAN, Command, answer, is_asking, say
from governance.errors import UsageError
from governance.output import write_all

if TYPE_CHECKING:
    from governance.catalog.model import Catalog, SourceFile
    from governance.config import Settings
    from governance.rewrite.mapping import Mapping, Said
    from governance.rewrite.naming import FileProposal, Proposal

_YES = frozenset({"", "y", "Y", "yes"})


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "path",
        nargs="?",
        type=Path,
        metavar="PATH",
        help="catalog folder, or one file in it (default: event_schemas)",
    )
    add("--mapping", type=Path, metavar="FILE", help="take new names from this file, and ask less")
    add(
        "--write-mapping",
        type=Path,
        metavar="FILE",
        help="write the proposed names there, to be edited for --mapping, and change nothing else",
    )
    add(
        "--yes", action="store_true", help="take every certain name without asking, and ask nothing"
    )
    add("--dry-run", action="store_true", help="write nothing; print what would change as a diff")


def _run(args: argparse.Namespace) -> int:
    from governance.catalog.load import load
    from governance.rewrite.fit import legacy_files
    from governance.rewrite.mapping import Mapping

    settings = config.find(Path.cwd())
    folder, only = _catalog(args.path, settings)
    catalog = load(read_folder(folder, settings.config.max_file_bytes))
    files = legacy_files(catalog, lambda file: only in (None, file.relative))
    if not files:
        say("there is nothing to adopt: no file has the layout of old")
        return CLEAN
    given = _given(args.mapping, files) if args.mapping else Mapping({}, {})
    proposals = _proposals(catalog, files, given, settings)
    if args.write_mapping:
        from governance.rewrite.shown import mapping

        write_all({args.write_mapping: mapping(proposals)})
        say(f"{args.write_mapping.as_posix()} is written: edit it and run adopt with --mapping")
        return CLEAN
    if is_asking() and not (args.yes or args.dry_run):
        given = given._replace(files=given.files | _asked(proposals, given))
        proposals = _proposals(catalog, files, given, settings)
    _finish(catalog, proposals, folder, is_dry=args.dry_run)
    return CLEAN


def _finish(
    catalog: Catalog, proposals: tuple[FileProposal, ...], folder: Path, *, is_dry: bool
) -> None:
    from governance.rewrite.adopt import adopt
    from governance.rewrite.shown import diff, report
    from governance.rewrite.stubs import FILE

    plan = adopt(catalog, proposals)
    texts = {Path(one.document.path): one.text for one in plan.files}
    if plan.participants:
        texts[folder / FILE] = plan.participants
    if is_dry:
        olds = {Path(one.document.path): one.document.text for one in plan.files}
        for path, text in sorted(texts.items()):
            sys.stdout.write(diff(path.as_posix(), olds.get(path, ""), text))
        say("nothing is written; this is what adopt would change")
        return
    write_all(texts)
    sys.stdout.write(report(plan, (folder / FILE).as_posix()))
    say("look through the change; `keb-govern check` lists what only a person can say")


def _catalog(path: Path | None, settings: Settings) -> tuple[Path, str | None]:
    """Return the catalog folder, and the file to adopt in it; None for all."""
    if path is None:
        return settings.catalog, None
    if path.is_dir():
        inner = path / settings.config.catalog
        return (inner if inner.is_dir() else path), None
    if not path.is_file():
        raise UsageError(f"{path.as_posix()}: no such file or folder")
    root = settings.catalog.absolute()
    if path.absolute().is_relative_to(root):
        return settings.catalog, path.absolute().relative_to(root).as_posix()
    return path.parent, path.name


def _given(path: Path, files: Iterable[SourceFile]) -> Mapping:
    from governance.rewrite.mapping import parse

    try:
        return parse(path.read_text(encoding="utf-8"), files, path.as_posix())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.as_posix()} can't be read: {error}") from error


def _proposals(
    catalog: Catalog, files: tuple[SourceFile, ...], given: Mapping, settings: Settings
) -> tuple[FileProposal, ...]:
    from governance.rewrite.naming import propose

    verbs = {verb.lower() for verb in settings.config.past_tense_verbs}
    return propose(catalog, files, given, verbs)


def _asked(proposals: tuple[FileProposal, ...], given: Mapping) -> dict[str, Said]:
    """Return what somebody at the terminal says to the names that are proposed."""
    from governance.rewrite.mapping import Said

    certain = [
        one for proposed in proposals for one in proposed.events if not (one.doubt or one.is_given)
    ]
    for one in certain:
        print(f"  {one.event.type} -> {one.name}", file=sys.stderr)
    are_taken = not certain or answer(f"Take these names ({len(certain)})? [Y/n] ") in _YES
    made = {}
    for file, top, events in proposals:
        names = dict(given.of(file.relative).events)
        for one in events:
            if not one.is_given and (one.doubt or not are_taken):
                names[one.event.type] = _name(one)
        made[file.relative] = Said(top, names)
    return made


def _name(one: Proposal) -> str:
    """Ask for the name of one event until there is one."""
    from governance.rewrite.naming import valid_name

    old, usual = one.event.type, one.event.type if one.doubt else one.name
    if one.doubt:
        print(f"{old}: {one.doubt} ({one.name})", file=sys.stderr)
    while True:
        said = answer(f"{old} is from now on [{usual}]: ") or usual
        try:
            return valid_name(old, said)
        except UsageError as error:
            say(str(error))


COMMAND = Command("adopt", "bring a catalog of the old layout to governed form", _configure, _run)
