"""The mapping file: what somebody has decided about the names of a legacy catalog.

A line says ``OldName: New.Name.v1``. A file of the catalog may stand above its own, and say what
belongs at its top::

    task_events.yaml:
      domain: Task
      owner: orchestration
      events:
        TaskAssignedEvent: Task.Assignment.Created.v1

What is left empty is not decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from governance.catalog.build import build
from governance.catalog.model import SourceFile
from governance.errors import UsageError
from governance.schema.json import Json, JsonObject, as_object

TOP = ("domain", "stream", "owner", "description")


class Said(NamedTuple):
    """What is decided about one file.

    Attributes:
        top: What belongs at its top, by key.
        events: The new names of its events, by the old ones.
    """

    top: JsonObject
    events: dict[str, str]


class Mapping(NamedTuple):
    """What is decided about a catalog.

    Attributes:
        files: By path from the catalog folder.
        events: New names by old ones, in whatever file.
    """

    files: dict[str, Said]
    events: dict[str, str]

    def of(self, relative: str) -> Said:
        """Return what is decided about a file."""
        said = self.files.get(relative, Said({}, {}))
        return said._replace(events=self.events | said.events)


def parse(text: str, files: Iterable[SourceFile], source: str) -> Mapping:
    """Return what a mapping file says.

    Args:
        text: What it holds.
        files: The files that it may speak of.
        source: Its name.

    Raises:
        UsageError: It says something that has no meaning, or speaks of what is not there.
    """
    built = build(text, is_json=False)
    if built.problems:
        raise UsageError(f"{source}: {built.problems[0].message}")
    known = {file.relative: {event.type for event in file.events} for file in files}
    every = frozenset[str]().union(*known.values())
    events: JsonObject = {}
    made: dict[str, Said] = {}
    for key, value in as_object(built.root).items():
        if key not in known:
            events[key] = value
            continue
        entry = as_object(value)
        stray = next((name for name in entry if name not in (*TOP, "events")), None)
        if stray is not None:
            raise UsageError(f"{source}: {stray!r} of {key} is none of {', '.join(TOP)}, events")
        top = {name: _text(entry[name], name, source) for name in TOP if name in entry}
        own = _names(as_object(entry.get("events")), known[key], source, f"in {key}")
        made[key] = Said({name: said for name, said in top.items() if said}, own)
    return Mapping(made, _names(events, every, source, "of the legacy files"))


def _names(said: JsonObject, known: Iterable[str], source: str, where: str) -> dict[str, str]:
    made = {}
    for old, value in said.items():
        if old not in known:
            raise UsageError(f"{source}: there is no event {old!r} {where}")
        made[old] = _text(value, old, source)
    return {old: new for old, new in made.items() if new}


def _text(value: Json, name: str, source: str) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    raise UsageError(f"{source}: {name!r} must be text")
