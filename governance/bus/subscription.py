"""What a subscription means: which streams it reads, and which event types of each it wants."""

from __future__ import annotations

from fnmatch import fnmatchcase

from governance.bus.declared import Declarations
from governance.errors import BusError


def readings(declarations: Declarations, what: str) -> list[tuple[str, frozenset[str] | None]]:
    """Return the streams to read, each with the event types that are wanted; None for all.

    Args:
        declarations: What the catalog declares.
        what: An event type by any of its names, a pattern of event types, or a stream.

    Raises:
        BusError: It means nothing in this catalog.
    """
    events = declarations.catalog.by_type.values()
    if what in {event.stream for event in events}:
        return [(what, None)]
    if any(sign in what for sign in "*?["):
        found = [event for event in events if fnmatchcase(event.type, what)]
    else:
        named = declarations.catalog.by_name.get(what)
        found = [named] if named is not None else []
    streams: dict[str, set[str]] = {}
    for event in found:
        if event.stream is not None:
            streams.setdefault(event.stream, set()).add(event.type)
    if not streams:
        raise BusError(
            f"the catalog has no event, no pattern of events and no stream {what!r}"
            f"{declarations.catalog.unread}"
        )
    return [(stream, frozenset(types)) for stream, types in sorted(streams.items())]
