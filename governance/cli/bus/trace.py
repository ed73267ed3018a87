"""``keb-govern bus trace``: what followed from what."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.cli import CLEAN, FINDINGS, Command, say
from governance.cli.bus import (
    add_bus,
    add_format,
    add_range,
    declarations,
    moment,
    passing,
    server,
    shown_age,
    streams,
)

if TYPE_CHECKING:
    from governance.bus.asking import Asking
    from governance.bus.dead import Letter
    from governance.bus.declared import Declarations
    from governance.bus.entries import Seen
    from governance.bus.trace import Step

_MS = 1000


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("id", metavar="ID", help="a correlation id, or the id of any event that has it")
    add_range(parser, "all")
    add_format(parser)
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    from governance.bus.trace import tree

    bus, known = server(args), declarations(args)
    args.what = None
    found = _belonging(bus, known, args, args.id)
    others = {seen.text("correlation_id") for seen in found} - {args.id, ""}
    if others:
        # It is the id of an event that belongs to something itself.
        found = _belonging(bus, known, args, min(others))
    if not found:
        say(f"no event belongs to {args.id}")
        return FINDINGS
    letters = _dead(bus, known, {seen.text("event_id") for seen in found})
    start_ms = found[0].entry.ms
    for step in tree(found):
        mine = letters.get(step.seen.text("event_id"), [])
        if args.format == "json":
            print(json.dumps(_json(step, mine)))
        else:
            for line in _text(step, mine, start_ms):
                print(line)
    took = shown_age((found[-1].entry.ms - start_ms) / _MS)
    say(f"{len(found)} event{'' if len(found) == 1 else 's'} in {took}")
    return CLEAN


def _belonging(bus: Asking, known: Declarations, args: argparse.Namespace, id_: str) -> list[Seen]:
    from governance.bus.trace import belongs

    return [one for one in passing(bus, known, args, holding=id_) if belongs(one, id_)]


def _dead(bus: Asking, known: Declarations, ids: set[str]) -> dict[str, list[Letter]]:
    """Return the dead letters of events, by the id of the event."""
    from governance.bus.dead import page

    found: dict[str, list[Letter]] = {}
    for stream in streams(known, None):
        letters = bus.ask(page(bus.keys(stream), "-"))
        while letters:
            for letter in letters:
                event_id = letter.event.get(b"_event_id", b"").decode(errors="replace")
                if event_id in ids:
                    found.setdefault(event_id, []).append(letter)
            letters = bus.ask(page(bus.keys(stream), f"({letters[-1].id}"))
    return found


def _text(step: Step, letters: list[Letter], start_ms: int) -> Iterator[str]:
    from governance.report.text import printable

    seen = step.seen
    when = moment(seen.entry.ms) if not step.depth else f"+{seen.entry.ms - start_ms} ms"
    lead = "".join("   " if last else "│  " for last in step.is_last[:-1])
    branch = ("└─ " if step.is_last[-1] else "├─ ") if step.is_last else ""
    about = f"{seen.type or '?'} by {seen.source or '?'}, {seen.entry.stream} {seen.entry.id}"
    yield f"{lead}{branch}{printable(f'{when} {about}')}"
    lead += ("   " if step.is_last[-1] else "│  ") if step.is_last else ""
    for note in _notes(step, letters):
        yield f"{lead}   {printable(note)}"


def _notes(step: Step, letters: list[Letter]) -> Iterator[str]:
    seen = step.seen
    if step.is_cut:
        yield f"its cause {seen.text('causation_id')} was not found"
    for fault in seen.faults:
        yield f"invalid {fault.pointer}: {fault.message}"
    for one in step.again:
        yield f"there again, {one.entry.stream} {one.entry.id}"
    for letter in letters:
        yield f"dead letter of {letter.group}: {letter.reason}, {letter.id}"


def _json(step: Step, letters: list[Letter]) -> dict[str, object]:
    seen = step.seen
    return {
        "depth": step.depth,
        "event": seen.type,
        "event_id": seen.text("event_id") or None,
        "cause": seen.text("causation_id") or None,
        "cause_found": not step.is_cut,
        "source": seen.source or None,
        "stream": seen.entry.stream,
        "entry": seen.entry.id,
        "valid": not seen.faults,
        "again": [{"stream": one.entry.stream, "entry": one.entry.id} for one in step.again],
        "dead_letters": [
            {"group": one.group, "reason": one.reason, "id": one.id} for one in letters
        ],
    }


COMMAND = Command("bus trace", "show what followed from what", _configure, _run)
