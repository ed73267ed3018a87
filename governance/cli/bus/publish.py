"""``keb-govern bus publish``: send events by hand, held to the catalog as every client is."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from governance.cli import CLEAN, FINDINGS, Command, say
from governance.cli.bus import add_bus, add_format, declarations, server, url
from governance.errors import BusError

if TYPE_CHECKING:
    from governance.bus.outcome import Published
    from governance.bus.threads import KEBClient
    from governance.cli.validate import Given, Row
    from governance.schema.json import JsonObject
    from governance.wire import Fault

_SOURCE = "keb-govern"
_BASE = ("event_id", "correlation_id", "causation_id")


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("type", metavar="TYPE", help="the event type, or another name that it has in the catalog")
    add(
        "--data",
        default="-",
        metavar="JSON|FILE|-",
        help="the payload, or a file of payloads, one a line; - is standard input (default)",
    )
    add("--source", default=_SOURCE, metavar="NAME", help=f"who sends it (default: {_SOURCE})")
    add("--correlation-id", metavar="ID", help="what it belongs to")
    add("--causation-id", metavar="ID", help="the id of the event that it follows from")
    add("--event-id", metavar="ID", help="its id: the same again leaves one entry (default: new)")
    add_format(parser)
    add_bus(parser)


def _run(args: argparse.Namespace) -> int:
    from governance.bus.entries import now_ms
    from governance.bus.threads import KEBClient

    known = declarations(args)
    event_type = known.of(args.type).type
    # Better to say at once that nobody is there than to try for as long as a client does.
    server(args).ask(now_ms())
    base = {name: getattr(args, name) for name in _BASE}
    sent = refused = 0
    with KEBClient(url(args), known.catalog, source=args.source) as client:
        for given in _given(args.data):
            found, outcome = _publish(client, event_type, given, base)
            sent += outcome is not None
            refused += outcome is None
            for line in _told(args.format, event_type, given, found, outcome):
                print(line)
            # Whoever sends one event after the other waits for each answer.
            sys.stdout.flush()
    say(f"{sent} event{'' if sent == 1 else 's'} published, {refused} refused")
    return FINDINGS if refused else CLEAN


def _given(word: str) -> Iterator[Given]:
    from governance.cli.validate import given, read

    is_json = word.lstrip().startswith(("{", "["))
    return read("--data", BytesIO(word.encode(errors="replace"))) if is_json else given(word)


def _publish(
    client: KEBClient, event_type: str, given: Given, base: JsonObject
) -> tuple[list[Row], Published | None]:
    """Publish one payload; return what is wrong with it, and what became of it."""
    from governance import wire
    from governance.bus.outcome import NotSure, Rejected
    from governance.cli.validate import MAX_LINE_BYTES, UNREADABLE, rows

    if given.value is UNREADABLE or len(given.data) > MAX_LINE_BYTES:
        return rows(given, wire.Judged(event_type, ())), None
    if not isinstance(given.value, dict):
        fault = wire.Fault("", "type", "this is no payload: a payload is an object", "")
        return rows(given, wire.Judged(event_type, (fault,))), None
    try:
        return [], client.publish(event_type, given.value, **base)
    except Rejected as error:
        faults = tuple(map(_of_payload, error.faults))
        return rows(given, wire.Judged(event_type, faults)), None
    except NotSure as error:
        raise BusError(
            f"{event_type} {error.event.id} may or may not have arrived: send it again with "
            f"`--event-id {error.event.id}`, which leaves one entry"
        ) from error


def _of_payload(fault: Fault) -> Fault:
    """Return a fault with its place in the payload.

    What is wrong with a base field was said by an option, and stands nowhere in there.
    """
    if fault.pointer.startswith("/data/"):
        return fault._replace(pointer=fault.pointer.removeprefix("/data"))
    name = fault.pointer[1:]
    if name in _BASE:
        option = f"--{name.replace('_', '-')}"
        help_ = f"Say another by {option}, or leave that out."
        message = f"{option}: {fault.message}"
        return fault._replace(pointer="", keyword="", message=message, help=help_)
    return fault._replace(pointer="", message=f"{name or 'the event'}: {fault.message}", keyword="")


def _told(
    format_: str, event_type: str, given: Given, found: list[Row], outcome: Published | None
) -> Iterator[str]:
    from governance.cli.validate import as_object, text

    if format_ == "json":
        said = as_object(given, event_type, found)
        if outcome is not None:
            said |= {
                "event_id": outcome.id,
                "stream": outcome.stream,
                "entry": outcome.entry_id,
                "duplicate": outcome.is_duplicate,
            }
        yield json.dumps(said)
    elif outcome is not None:
        again = " (it was there already)" if outcome.is_duplicate else ""
        yield f"{outcome.stream} {outcome.entry_id} {event_type} {outcome.id}{again}"
    else:
        yield from text(given, event_type, found)


COMMAND = Command("bus publish", "send events, held to the catalog", _configure, _run)
