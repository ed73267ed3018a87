"""How events are used: how many, how large, sent by whom, and which of their fields are there."""

from __future__ import annotations

from collections import Counter

from governance.bus.entries import Seen
from governance.catalog.model import Catalog
from governance.catalog.refs import RefError, parts
from governance.schema.json import Json, as_object

# Of what a hostile writer can make up, only so much is kept.
_MOST = 1_000
# Of less time a rate says nothing.
_SHORTEST_HOURS = 1 / 60


class Usage:
    """What is known of the events of one type.

    Attributes:
        count: How many there are.
        total_bytes: Size of all together, as JSON.
        most_bytes: Size of the largest.
        first_ms: When the first was appended, by the server's clock.
        last_ms: When the last was.
        invalid: How many break the catalog.
        sources: How many each source sent.
        versions: How many were written by each version.
        fields: In how many a field of the payload is there, by path: ``a.b``, ``list[].c``.
    """

    def __init__(self) -> None:
        self.count = self.total_bytes = self.most_bytes = self.invalid = 0
        self.first_ms = self.last_ms = 0
        self.sources = Counter[str]()
        self.versions = Counter[str]()
        self.fields = Counter[str]()

    def look(self, seen: Seen) -> None:
        """Take account of an event."""
        size = len(seen.entry.fields.get(b"data", b""))
        if not self.count:
            self.first_ms = seen.entry.ms
        self.last_ms = seen.entry.ms
        self.count += 1
        self.total_bytes += size
        self.most_bytes = max(self.most_bytes, size)
        self.invalid += bool(seen.faults)
        _add(self.sources, {seen.source})
        _add(self.versions, {seen.text("event_version")})
        _add(self.fields, _paths(seen.data))

    @property
    def per_hour(self) -> float | None:
        """Rate between the first and the last; None where they are too near to tell."""
        hours = (self.last_ms - self.first_ms) / 3_600_000
        return (self.count - 1) / hours if hours >= _SHORTEST_HOURS else None


def usages(catalog: Catalog) -> dict[str, Usage]:
    """Return a count for each event of a catalog, each with its own fields at none."""
    found = {}
    for event_type, event in sorted(catalog.by_type.items()):
        found[event_type] = Usage()
        for part in parts(catalog, event.payload) if event.payload is not None else ():
            if not isinstance(part, RefError):
                named = as_object(as_object(part.schema).get("properties"))
                found[event_type].fields.update(dict.fromkeys(named, 0))
    return found


def _add(counts: Counter[str], names: set[str]) -> None:
    for name in names:
        if name and (name in counts or len(counts) < _MOST):
            counts[name] += 1


def _paths(value: Json) -> set[str]:
    """Return the path of each field in a payload."""
    found = set[str]()
    todo: list[tuple[str, Json]] = [("", value)]
    while todo:
        path, here = todo.pop()
        if isinstance(here, dict):
            for key, one in here.items():
                inner = f"{path}.{key}" if path else key
                found.add(inner)
                todo.append((inner, one))
        elif isinstance(here, list):
            todo += [(f"{path}[]", one) for one in here]
    return found
