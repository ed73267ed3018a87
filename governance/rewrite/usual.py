"""The likely answer to what a new event has to say: what the catalog says of others like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from governance.catalog.model import Catalog, EventName
from governance.catalog.names import snake
from governance.rewrite.field import SHARED
from governance.schema.json import as_text


def usual_owner(catalog: Catalog) -> str:
    """Return who owns most files; empty where nobody owns any."""
    return _most(file.text("owner") for file in catalog.files if file.events)


def usual_publisher(catalog: Catalog, event: str) -> str:
    """Return who publishes most events of an event's context, or else of its domain."""
    segments = EventName.parse(event).segments
    for upto in (2, 1):
        found = _most(
            one.name
            for one in catalog.participants
            for published, _ in one.publishes
            if EventName.parse(published).segments[:upto] == segments[:upto]
        )
        if found:
            return found
    return ""


def usual_group(catalog: Catalog, name: str, event: str) -> str:
    """Return the group as which a participant reads others of an event's domain, or all else."""
    domain = EventName.parse(event).segments[0]
    reads = [read for one in catalog.participants for read in one.subscribes if one.name == name]
    near = _most(one.group for one in reads if EventName.parse(one.event).segments[0] == domain)
    only = {one.group for one in reads if one.group}
    return near or (only.pop() if len(only) == 1 else f"{snake(name) or 'reader'}_group")


def usual_type(catalog: Catalog, name: str) -> str:
    """Return the short form of the type that a field of some name is likely to have."""
    shared = _most(
        as_text(node.schema.get("$ref"))
        for event in catalog.events
        if event.payload is not None
        for node in event.payload.having("$ref")
        if node.name == name
    ).rpartition("/")[2]
    if SHARED.fullmatch(shared):
        return shared
    ends = {"_id": "uuid", "_at": "date-time", "_date": "date", "_count": "integer:0.."}
    found = next((one for end, one in ends.items() if name.endswith(end)), "string:200")
    return "boolean" if name.startswith(("is_", "has_")) else found


def _most(said: Iterable[str | None]) -> str:
    counted = Counter(one for one in said if one)
    return counted.most_common(1)[0][0] if counted else ""
