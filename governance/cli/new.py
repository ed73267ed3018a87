"""``keb-govern new``: add an event that passes ``check``, by questions or by flags."""

from __future__ import annotations

import argparse
import codecs
import json
import os
import shlex
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from governance.catalog.files import RawFile, order, prefix_of
from governance.cli import (
    CLEAN,
    FINDINGS,
    Command,
    add_compared,
    answer,
    compared,
    is_asking,
    say,
)
from governance.errors import CatalogError, UsageError
from governance.finding import Finding, Report, Severity
from governance.output import write_all
from governance.report.text import printable

if TYPE_CHECKING:
    from governance.catalog.model import Catalog, SourceFile
    from governance.rewrite.home import Home
    from governance.rewrite.new import Added, Event, Role
    from governance.rewrite.wanted import Want
    from governance.schema.json import Json

_SEVERITIES = [severity.label for severity in reversed(Severity)]
# Of the options that are listed as missing.
_WIDTH = 33
_NO = frozenset({"n", "N", "no"})
# All that a person may have said, what is asked for in the order of the questions.
_SAID = "against config fail_on file about owner stream description field publisher subscriber "
_SAID += "example"


def _configure(parser: argparse.ArgumentParser) -> None:
    from governance.rewrite.field import GRAMMAR

    parser.epilog = GRAMMAR
    add, listed = parser.add_argument, partial(parser.add_argument, action="append", default=[])
    add("name", metavar="NAME", help="Domain.Context.Action, such as Task.Assignment.Created")
    add_compared(parser)
    add("--description", metavar="TEXT", help="what happened")
    listed("--field", metavar="NAME:TYPE=DESCRIPTION", help="what it carries; once a field")
    listed("--publisher", metavar="AGENT[=DESCRIPTION]", help="who publishes it")
    listed("--subscriber", metavar="AGENT:GROUP[=DESCRIPTION]", help="who reads it")
    listed("--example", metavar="JSON", help="an example of its data (default: one is made up)")
    add("--file", metavar="FILE", help="declare it there (default: the file of its domain)")
    add("--owner", metavar="TEAM", help="who approves changes to it")
    add("--stream", metavar="STREAM", help="the Redis stream of a new file")
    add("--about", metavar="TEXT", help="what the events of a new file are about")
    add("--yes", action="store_true", help="ask nothing")
    add("--dry-run", action="store_true", help="write nothing; print what would change as a diff")
    add(
        "--fail-on",
        choices=_SEVERITIES,
        help="write nothing if check would find this or worse (default: warning)",
    )


def _run(args: argparse.Namespace) -> int:
    from governance.rewrite.home import refuse_no_participants
    from governance.rewrite.new import add, event_type, refuse_known
    from governance.rewrite.trial import trial
    from governance.rewrite.wanted import wants

    _refuse_no_text(args)
    name = event_type(args.name)
    try:
        project, was = compared(args)
    except CatalogError as error:
        raise CatalogError(f"{error}; `keb-govern init` begins a catalog") from error
    catalog = was.new
    refuse_known(catalog, name)
    refuse_no_participants(catalog)
    asks = is_asking() and not args.yes
    home = _home(args, project.folder, catalog, name, asks=asks)
    _fill(args, catalog, name, tuple(wants(catalog, name, home)), asks=asks)
    event, roles = _event(args, catalog, name, home, asks=asks), _roles(args, catalog)
    made = add(catalog, event, _begun(args, name, home), roles)
    raws = _raws(project.raws, made)
    today = date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this
    report = trial(project, was, raws, today, use_cache=not args.no_cache)
    if any(_hinders(one, name, args, project.config.fail_on) for one in report.findings):
        return _refused(report, args, is_asked=asks)
    if args.dry_run:
        sys.stdout.write(_diffs(made, catalog))
    elif asks:
        shown = "\n".join(map(printable, _diffs(made, catalog).splitlines()))
        print(f"\n{shown}\n", file=sys.stderr)
    if args.dry_run or (asks and answer("Write this? [Y/n] ") in _NO):
        say("nothing is written")
        return CLEAN
    _write(project.raws, raws)
    _tell(made, report, is_made_up=not args.example)
    return CLEAN


def _hinders(found: Finding, name: str, args: argparse.Namespace, fail_on: Severity) -> bool:
    """Say whether a finding is bad enough for nothing to be written."""
    if args.fail_on:
        return found.severity >= Severity.parse(args.fail_on)
    # Who is first to say who publishes an event leaves a gap at every other one.
    is_own = found.event in {name, None}
    return found.severity >= (min(Severity.WARNING, fail_on) if is_own else fail_on)


def _refuse_no_text(args: argparse.Namespace) -> None:
    for flag, said in vars(args).items():
        for text in said if isinstance(said, list) else [said]:
            # Of `--field=--` argparse makes an empty list.
            if isinstance(text, list):
                raise UsageError(f"--{flag} says nothing")
            if isinstance(text, str) and not text.isascii():
                try:
                    text.encode()
                except UnicodeEncodeError as error:
                    raise UsageError(f"{text!r} is not UTF-8") from error


def _home(
    args: argparse.Namespace, folder: Path, catalog: Catalog, name: str, *, asks: bool
) -> Home:
    """Return the file that the event belongs in."""
    from governance.rewrite.home import home_at, homes, stem_of

    prefix = prefix_of(folder.as_posix())
    found = homes(catalog, name) or [f"{stem_of(name)}.yaml"]
    if not args.file and len(found) > 1:
        listing, usual = printable(", ".join(prefix + one for one in found)), prefix + found[0]
        if not asks:
            raise UsageError(
                f"several files have events of that domain, name one by --file: {listing}"
            )
        args.file = answer(f"Which file, of {listing}? [{usual}] ") or usual
    relative = _relative(Path(args.file), folder) if args.file else found[0]
    home = home_at(catalog, prefix, relative)
    if home.file is None and Path(home.path).exists():
        raise UsageError(
            f"{home.path} is there, and no part of the catalog: name another by --file"
        )
    if home.file is not None:
        stream = home.file.text("stream")
        if args.stream and args.stream != stream:
            raise UsageError(
                f"{home.path} goes out on {stream}, as all its events: leave --stream out"
            )
        if args.about:
            raise UsageError(
                f"{home.path} is there already, and says what it is about: leave --about out"
            )
    return home


def _relative(path: Path, folder: Path) -> str:
    """Return the path of a file from the catalog folder; named from here, or from there."""
    inside = Path(os.path.normpath(path.absolute()))
    if not inside.is_relative_to(folder.absolute()):
        inside = Path(os.path.normpath(folder.absolute() / path))
    return Path(os.path.relpath(inside, folder.absolute())).as_posix()


def _fill(
    args: argparse.Namespace, catalog: Catalog, name: str, wanted: tuple[Want, ...], *, asks: bool
) -> None:
    """Ask for what the arguments leave out, or refuse where nobody can be asked."""
    missing = []
    for want in wanted:
        given = getattr(args, want.flag)
        for text in given if isinstance(given, list) else [given] if given else []:
            want.take(text)
    for want in (one for one in wanted if not getattr(args, one.flag)):
        if asks:
            setattr(args, want.flag, _asked(want, catalog, name))
        elif want.is_sure:
            setattr(args, want.flag, want.usual)
        elif want.is_needed:
            option = f"--{want.flag} {want.form}"
            missing.append(f"\n  {option:<{_WIDTH}}{want.question}{_hint(want)}")
    if missing:
        raise UsageError(f"{name} needs more, by these options or at a terminal:{''.join(missing)}")


def _hint(want: Want) -> str:
    return f" [{printable(want.usual)}]" if want.usual else ""


def _asked(want: Want, catalog: Catalog, name: str) -> str | list[str]:
    """Return what somebody at the terminal says; a list where it may be said several times."""
    if not want.is_list:
        return _one(want, catalog, name)
    further = want._replace(question=want.further, usual="", is_needed=False)
    said = [_one(want, catalog, name)]
    while want.further and said[-1]:
        said.append(_one(further, catalog, name))
    return [one for one in said if one]


def _one(want: Want, catalog: Catalog, name: str) -> str:
    further = " (? tells how to say it)" if want.flag == "field" and want.is_needed else ""
    while True:
        said = _answer(f"{want.question}{further}{_hint(want)} ") or want.usual
        try:
            if said:
                said = _whole(want.flag, said, catalog, name)
                want.take(said)
        except UsageError as error:
            say(str(error))
            continue
        if said or not want.is_needed:
            return said


def _answer(question: str) -> str:
    """Return an answer that is more than a question mark: what there is to say is told then."""
    from governance.rewrite.field import GRAMMAR

    while (said := answer(question)) == "?":
        print(GRAMMAR, file=sys.stderr)
    return said


def _whole(flag: str, said: str, catalog: Catalog, name: str) -> str:
    """Return an answer with what its short form leaves out."""
    from governance.rewrite.field import SHARED
    from governance.rewrite.usual import usual_group, usual_type

    head, sign, description = said.partition("=")
    if flag == "subscriber" and ":" not in head:
        usual = usual_group(catalog, head, name)
        group = answer(f"  As which consumer group? [{printable(usual)}] ") or usual
        return f"{head}:{group}{sign}{description}"
    if flag != "field" or ":" in head:
        return said
    usual = usual_type(catalog, head.rstrip("?"))
    kind = _answer(f"  Of which type? (? lists them) [{usual}] ") or usual
    if not (description or SHARED.fullmatch(kind)):
        description = answer("  What does it mean? ")
    return f"{head}:{kind}={description}" if description else f"{head}:{kind}"


def _event(
    args: argparse.Namespace, catalog: Catalog, name: str, home: Home, *, asks: bool
) -> Event:
    from governance.rewrite.example import example
    from governance.rewrite.field import parse
    from governance.rewrite.new import Event

    fields = tuple(map(parse, args.field))
    names = [one.name for one in fields]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise UsageError(f"the field {twice!r} is there twice: leave one out")
    made = example(catalog, fields)
    if asks and not args.example:
        args.example = _asked_example(json.dumps(made, ensure_ascii=False))
    examples = tuple(map(_read_json, args.example)) or (made,)
    is_own = home.file is not None and args.owner != home.file.text("owner")
    return Event(name, args.description, fields, examples, (args.owner or "") if is_own else "")


def _asked_example(made: str) -> list[str]:
    while True:
        said = answer(f"An example of its data? [{made}] ")
        try:
            if said:
                _read_json(said)
        except UsageError as error:
            say(str(error))
        else:
            return [said] if said else []


def _read_json(text: str) -> Json:
    from governance.catalog.build import build

    built = build(text, is_json=True)
    if built.problems:
        raise UsageError(f"the example {text[:60]!r} is no JSON: {built.problems[0].message}")
    return built.root


def _roles(args: argparse.Namespace, catalog: Catalog) -> tuple[Role, ...]:
    from governance.rewrite.wanted import publisher, subscriber

    publishers = (publisher(catalog, one) for one in args.publisher)
    return (*publishers, *(subscriber(catalog, one) for one in args.subscriber))


def _begun(args: argparse.Namespace, name: str, home: Home) -> SourceFile:
    """Return the file that the event belongs in, as it is or as it begins."""
    from governance.rewrite.home import SCHEMA, begun

    if home.file is not None:
        return home.file
    top = {
        "domain": name.partition(".")[0],
        "stream": args.stream,
        "owner": args.owner,
        "description": args.about,
    }
    folder = Path(home.path.removesuffix(home.relative))
    return begun(home.path, home.relative, top, is_for_editors=(folder / SCHEMA).is_file())


def _raws(raws: tuple[RawFile, ...], made: Added) -> tuple[RawFile, ...]:
    """Return the files of the catalog with what was added."""
    now = {raw.relative: raw for raw in raws}
    for relative, file in made.files.items():
        was = now.get(relative, RawFile(file.document.path, relative, b"", None))
        mark = codecs.BOM_UTF8 if was.data.startswith(codecs.BOM_UTF8) else b""
        now[relative] = was._replace(data=mark + file.document.text.encode())
    return tuple(now[relative] for relative in sorted(now, key=order))


def _refused(report: Report, args: argparse.Namespace, *, is_asked: bool) -> int:
    sys.stdout.write(_rendered(report))
    say("nothing is written: this is what check would find")
    if is_asked:
        # Nobody wants to answer everything anew.
        say(f"what was said, to be mended:\n\n{_command(args)}\n")
    return FINDINGS


def _rendered(report: Report) -> str:
    from governance.report import Look
    from governance.report.text import render

    # What is not written is not there to be mended.
    report = report._replace(findings=tuple(one._replace(fix="") for one in report.findings))
    return render(report, Look(color=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))


def _command(args: argparse.Namespace) -> str:
    """Return the command that says what the answers did."""
    lines = [shlex.join(["keb-govern", "new", args.name, *([str(args.path)] if args.path else [])])]
    for name in _SAID.split():
        said, flag = getattr(args, name), name.replace("_", "-")
        texts = said if isinstance(said, list) else [said] if said else []
        lines += [f"  --{flag}={shlex.quote(str(text))}" for text in texts]
    return " \\\n".join(lines)


def _diffs(made: Added, catalog: Catalog) -> str:
    from governance.rewrite.shown import diff

    texts = {one.relative: one.document.text for one in catalog.files}
    return "".join(
        diff(file.document.path, texts.get(relative, ""), file.document.text)
        for relative, file in made.files.items()
    )


def _write(before: tuple[RawFile, ...], after: tuple[RawFile, ...]) -> None:
    """Write what is new; a file that somebody changed in the meantime is left alone."""
    was = {raw.path: raw.data for raw in before}
    texts = {Path(raw.path): raw.data.decode() for raw in after if was.get(raw.path) != raw.data}
    for path in texts:
        now = path.read_bytes() if path.exists() else None
        if now != was.get(path.as_posix()):
            raise UsageError(f"{path.as_posix()} was changed in the meantime: run this again")
    write_all(texts)


def _tell(made: Added, report: Report, *, is_made_up: bool) -> None:
    for relative, pointer, words in made.places:
        document = made.files[relative].document
        sys.stdout.write(f"{document.at(pointer, on_key=True)}: {words}\n")
    if report.findings:
        sys.stdout.write(f"\n{_rendered(report)}")
    if is_made_up:
        say("the example is made up: put one of real life in its place")
    say("look it through, and commit it: `keb-govern diff` tells what changed")


COMMAND = Command("new", "add an event, by questions or by flags", _configure, _run)
