"""``keb-govern bus dead-letters``: what groups gave up on, and the way back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.cli import CLEAN, FINDINGS, Command, answer, is_asking, say
from governance.cli.bus import (
    add_bus,
    add_format,
    declarations,
    entry_id,
    server,
    streams,
    table,
)
from governance.errors import UsageError

if TYPE_CHECKING:
    from governance.bus.asking import Asking
    from governance.bus.dead import Letter, Way
    from governance.bus.declared import Declarations
    from governance.bus.entries import Seen

_HEAD = ("ID", "STREAM", "GROUP", "REASON", "ATTEMPTS", "EVENT", "ERROR")
_WIDEST = 60
_DOES = {
    "pending": "goes back to {group}: entry {entry} of {stream}",
    "appended": "goes back to {group}, appended anew: entry {entry} was trimmed from {stream}",
    "gone": "left: somebody else was faster",
    "no group": "left: {stream} has no group {group}",
    "too large": "left: entry {entry} was trimmed from {stream}, and has too many fields",
    "foreign": "left: it was not written by a client of ours",
}


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "action",
        choices=["list", "show", "replay", "drop"],
        help="replay gives entries back to the one group that gave up on them, drop deletes them",
    )
    add(
        "ids",
        nargs="*",
        default=[],
        type=entry_id,
        metavar="ID",
        help="these only, as `list` shows them",
    )
    add("--in", dest="what", metavar="WHAT", help="an event type, a pattern of them, or a stream")
    add("--group", metavar="GROUP", help="those of this group only")
    add(
        "--reason",
        choices=["attempts", "invalid", "permanent"],
        help="those that went there for this reason only",
    )
    add("--all", action="store_true", help="replay or drop whatever there is")
    add("--dry-run", action="store_true", help="tell what would be done, and do nothing")
    add("--yes", action="store_true", help="do it without a question")
    add_format(parser)
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    bus, known = server(args), declarations(args)
    is_chosen = args.ids or args.what or args.group or args.reason or args.all
    if args.action in {"replay", "drop"} and not is_chosen:
        raise UsageError(f"say what to {args.action}: ids, --in, --group, --reason, or --all")
    found = list(_letters(bus, known, args))
    missing = set(map(_whole_id, args.ids)) - {letter.id for letter, _ in found}
    if missing:
        raise UsageError(f"there is no dead letter {', '.join(sorted(missing))}: see `list`")
    if args.action in {"list", "show"}:
        _show(found, args)
        return CLEAN
    return _replay(bus, found, args) if args.action == "replay" else _drop(bus, found, args)


def _letters(
    bus: Asking, known: Declarations, args: argparse.Namespace
) -> Iterator[tuple[Letter, Seen]]:
    """Yield the dead letters that are meant, each with what the catalog of today says of it."""
    from governance.bus.dead import page
    from governance.bus.entries import Entry, look

    wanted = set(map(_whole_id, args.ids))
    for stream, types in streams(known, args.what).items():
        letters = bus.ask(page(bus.keys(stream), "-"))
        while letters:
            for letter in letters:
                is_meant = (
                    (not wanted or letter.id in wanted)
                    and args.group in {None, letter.group}
                    and args.reason in {None, letter.reason}
                )
                seen = look(known, Entry(stream, letter.entry, letter.event)) if is_meant else None
                if seen is not None and (types is None or seen.type in types):
                    yield letter, seen
            letters = bus.ask(page(bus.keys(stream), f"({letters[-1].id}"))


def _whole_id(text: str) -> str:
    return text if "-" in text else f"{text}-0"


def _show(found: list[tuple[Letter, Seen]], args: argparse.Namespace) -> None:
    if args.format == "json":
        for letter, seen in found:
            print(json.dumps(_as_json(letter, seen)))
    elif args.action == "list":
        rows = [_HEAD, *(_cells(letter, seen) for letter, seen in found)]
        print("\n".join(table(rows, frozenset({_HEAD.index("ATTEMPTS")}))))
        say(f"{len(found)} dead letter{'' if len(found) == 1 else 's'}")
    else:
        for letter, seen in found:
            print("\n".join([*_details(letter, seen), ""]))


def _cells(letter: Letter, seen: Seen) -> tuple[str, ...]:
    error = next(iter(letter.errors), "")
    short = error if len(error) <= _WIDEST else f"{error[: _WIDEST - 1]}…"
    said = (letter.keys.stream, letter.group, letter.reason, letter.attempts, seen.type or "?")
    return (letter.id, *said, short)


def _details(letter: Letter, seen: Seen) -> Iterator[str]:
    from governance.report.text import printable

    times = f"after {letter.attempts} attempt{'' if letter.attempts == '1' else 's'}"
    yield f"{letter.id}: {letter.reason or 'unknown'}, {times}, at {letter.at}"
    yield printable(f"  entry:  {letter.entry} of {letter.keys.stream}, for group {letter.group}")
    yield printable(f"  event:  {seen.type or '?'} {seen.text('event_id')}".rstrip())
    for number, error in enumerate(letter.errors):
        yield printable(f"  {'        ' if number else 'error:  '}{error}")
    for name, value in letter.event.items():
        said = value.decode(errors="backslashreplace")
        yield printable(f"  field:  {name.decode(errors='backslashreplace')} = {said}")
    faults = [f"{one.pointer or 'the event'}: {one.message}" for one in seen.faults]
    yield printable(f"  today:  {'; '.join(faults) if faults else 'it keeps to the catalog'}")


def _as_json(letter: Letter, seen: Seen) -> dict[str, object]:
    said = letter._asdict()
    del said["keys"], said["fields"]
    fields = {
        name.decode(errors="backslashreplace"): value.decode(errors="backslashreplace")
        for name, value in letter.event.items()
    }
    return {
        "stream": letter.keys.stream,
        **said,
        "error": letter.errors,
        "event": seen.type,
        "event_id": seen.text("event_id") or None,
        "fields": fields,
        "valid_today": not seen.faults,
    }


def _replay(bus: Asking, found: list[tuple[Letter, Seen]], args: argparse.Namespace) -> int:
    from governance.bus.dead import replay, way

    good = [(letter, seen) for letter, seen in found if not seen.faults]
    if not _is_agreed(f"Give {_count(good)} back to the groups that gave up on them?", args):
        return CLEAN
    left = len(found) - len(good)
    for letter, seen in found:
        if seen.faults:
            about = f"{seen.faults[0].pointer or 'the event'}: {seen.faults[0].message}"
            _tell(letter, f"left: it is still invalid: {about}")
            continue
        became: Way = bus.ask(way(letter) if args.dry_run else replay(letter))
        left += not became.is_good
        said = {"group": letter.group, "entry": letter.entry, "stream": letter.keys.stream}
        _tell(letter, _DOES[became.value].format(**said))
    return FINDINGS if left else CLEAN


def _drop(bus: Asking, found: list[tuple[Letter, Seen]], args: argparse.Namespace) -> int:
    from governance.bus.dead import drop

    if not _is_agreed(f"Delete {_count(found)} for ever?", args):
        return CLEAN
    for letter, _ in found:
        was_there = args.dry_run or bus.ask(drop(letter))
        _tell(letter, "deleted" if was_there else _DOES["gone"])
    return CLEAN


def _tell(letter: Letter, what: str) -> None:
    from governance.report.text import printable

    print(printable(f"{letter.id}: {what}"))


def _count(found: list[tuple[Letter, Seen]]) -> str:
    return f"{len(found)} dead letter{'' if len(found) == 1 else 's'}"


def _is_agreed(question: str, args: argparse.Namespace) -> bool:
    """Say whether something may be done; of a dry run, which does nothing, that it may."""
    if args.dry_run:
        say("nothing is changed: this tells what would be done")
        return True
    if args.yes:
        return True
    if not is_asking():
        raise UsageError("say --yes to do it, or --dry-run to see first what would be done")
    return answer(f"{question} [y/N] ").lower() in {"y", "yes"}


COMMAND = Command(
    "bus dead-letters", "see what groups gave up on, and give it back", _configure, _run
)
