"""Random catalogs in random styles, changed at random: what bump makes of each is sound."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator

from hypothesis import event, given, note, settings
from hypothesis import strategies as st

from governance.catalog.files import RawFile
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.rewrite.bump import Rewritten, bump
from governance.schema.json import Json, JsonObject, as_object
from tests.catalogs import compared
from tests.test_adopt_property import Style
from tests.test_bump import ENDING, assert_no_error, assert_sound

_TYPES = ["string", "integer", "boolean"]
_SHARED = ["Money", "Place", "PriceV2", "Period"]
_EVENTS = ["Made.v1", "Made.v2", "Closed.v1", "Closed.v3", "Lost", "Begun.v1"]
_HOMES = ["task.yaml", "common.yaml"]
_MODES = ["none", "backward", "forward", "full"]
_DAYS = ["2026-12-31", "2027-03-01", "2027-06-30"]
_Files = dict[str, JsonObject]


class _Writer:
    """Makes a catalog at random, and changes it.

    Args:
        chance: Decides.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.shared = {
            name: chance.choice(_HOMES) for name in chance.sample(_SHARED, chance.randint(0, 3))
        }

    def catalog(self) -> _Files:
        """Return the files of a catalog."""
        few = self.chance.sample(_EVENTS, self.chance.randint(1, 4))
        events = {f"Task.{name}": self.event(name) for name in few}
        files: _Files = {"task.yaml": {"domain": "Task", "events": events}}
        for number, (name, home) in enumerate(self.shared.items()):
            # Each may refer to those that come before it.
            known = list(self.shared)[:number]
            schemas = (
                files.setdefault(home, {}).setdefault("components", {}).setdefault("schemas", {})
            )
            schemas[name] = self.object(known, home)
        return files

    def event(self, name: str) -> JsonObject:
        """Return an event."""
        chance, major = self.chance, name[-1] if name[-1].isdigit() else "1"
        made: JsonObject = {"event_version": f"{major}.{chance.randint(0, 3)}.0"}
        if chance.random() < 0.3:
            made["aliases"] = [f"{name}Event", f"{name}Happened"][: chance.randint(1, 2)]
        if chance.random() < 0.3:
            made["compatibility"] = chance.choice(_MODES)
        if chance.random() < 0.2:
            led = None if name == "Made.v2" else chance.choice([None, "Task.Made.v2"])
            made["deprecated"] = {"sunset": chance.choice(_DAYS), "replaced_by": led}
        if chance.random() < 0.3:
            made["description"] = f"What became of it:\n{name}.\n"
        made["data"] = self.object(list(self.shared), "task.yaml")
        said = list(made.items())
        chance.shuffle(said)
        return dict(said)

    def object(self, known: list[str], home: str) -> JsonObject:
        """Return a schema of an object."""
        names = self.chance.sample(["a", "b", "c", "odd key"], self.chance.randint(1, 3))
        made: JsonObject = {
            "type": "object",
            "properties": {name: self.field(known, home) for name in names},
        }
        if self.chance.random() < 0.3:
            made["required"] = names[:1]
        return made

    def field(self, known: list[str], home: str) -> JsonObject:
        """Return a schema of a field, perhaps a reference."""
        if known and self.chance.random() < 0.6:
            name = self.chance.choice(known)
            file = "" if self.shared[name] == home else self.shared[name]
            return {"$ref": f"{file}#/components/schemas/{name}"}
        return {"type": self.chance.choice(_TYPES)}

    def changed(self, files: _Files) -> _Files:
        """Return a catalog with a few changes."""
        made = copy.deepcopy(files)
        changes: list[Callable[[_Files], None]] = [
            *([self.retype] * 4),
            *([self.extend] * 3),
            self.describe,
            self.promise,
            self.raise_version,
            self.move_event,
            self.move_shared,
            self.delete,
            self.rename,
            self.replace,
            self.drop,
        ]
        for _ in range(self.chance.randint(1, 4)):
            self.chance.choice(changes)(made)
        return made

    def retype(self, files: _Files) -> None:
        """Give a field another type."""
        fields = list(_fields(files))
        holder, name = self.chance.choice(fields)
        holder[name] = {"type": self.chance.choice(_TYPES)}

    def extend(self, files: _Files) -> None:
        """Add a field that need not be there."""
        holder, _ = self.chance.choice(list(_fields(files)))
        holder["more"] = {"type": self.chance.choice(_TYPES)}

    def describe(self, files: _Files) -> None:
        """Change words alone."""
        self.some_event(files)["description"] = "Other words."

    def promise(self, files: _Files) -> None:
        """Promise something else."""
        self.some_event(files)["compatibility"] = self.chance.choice(_MODES)

    def move_event(self, files: _Files) -> None:
        """Move an event to another file."""
        events = files["task.yaml"]["events"]
        name = self.chance.choice(list(events))
        if len(events) > 1:
            said = events.pop(name)
            _leading(said, lambda ref: ref if ref.partition("#")[0] else f"task.yaml{ref}")
            files.setdefault("work.yaml", {"domain": "Task", "events": {}})["events"][name] = said

    def move_shared(self, files: _Files) -> None:
        """Move a shared schema that refers to no other to another file."""
        schemas = as_object(as_object(files["task.yaml"].get("components")).get("schemas"))
        name = next((one for one in schemas if "$ref" not in repr(schemas[one])), None)
        if name is not None and len(schemas) > 1:
            home = files.setdefault("more.yaml", {"components": {"schemas": {}}})
            home["components"]["schemas"][name] = schemas.pop(name)
            for said in files.values():
                _leading(said, lambda ref: f"more.yaml#{ref.rpartition('#')[2]}", f"/{name}")

    def delete(self, files: _Files) -> None:
        """Delete an event."""
        events = files["task.yaml"]["events"]
        if len(events) > 1:
            del events[self.chance.choice(list(events))]

    def raise_version(self, files: _Files) -> None:
        """Write some version."""
        said = self.some_event(files)
        major = said["event_version"][0]
        said["event_version"] = f"{major}.{self.chance.randint(0, 5)}.{self.chance.randint(0, 1)}"

    def rename(self, files: _Files) -> None:
        """Let an event go by another name."""
        events = files["task.yaml"]["events"]
        name = self.chance.choice(list(events))
        said = events.pop(name)
        events["Task.Other.v" + said["event_version"][0]] = {**said, "aliases": [name]}

    def replace(self, files: _Files) -> None:
        """Let a next major version take the place of an event."""
        events = files["task.yaml"]["events"]
        name = self.chance.choice(list(events))
        if name.endswith(".v1") and name[:-1] + "2" not in events:
            files["task.yaml"]["events"] = {
                (one[:-1] + "2" if one == name else one): said for one, said in events.items()
            }

    def drop(self, files: _Files) -> None:
        """Write out a shared schema wherever it is referred to, and delete it."""
        shared = [said["components"]["schemas"] for said in files.values() if "components" in said]
        if not shared:
            return
        schemas = self.chance.choice(shared)
        name = self.chance.choice(list(schemas))
        gone = schemas[name]
        if any("$ref" in one for one in gone["properties"].values()) or len(schemas) == 1:
            return
        del schemas[name]
        for holder, field in _fields(files):
            if holder[field].get("$ref", "").endswith(f"/{name}"):
                holder[field] = copy.deepcopy(gone)

    def some_event(self, files: _Files) -> JsonObject:
        """Return one of the events."""
        found: JsonObject = self.chance.choice(list(files["task.yaml"]["events"].values()))
        return found


def _leading(value: Json, lead: Callable[[str], str], end: str = "") -> None:
    """Let references lead elsewhere: those that end so."""
    for key, one in value.items():
        if key == "$ref" and one.endswith(end):
            value[key] = lead(one)
        elif isinstance(one, dict):
            _leading(one, lead, end)


def _fields(files: _Files) -> Iterator[tuple[JsonObject, str]]:
    for said in files.values():
        for one in said.get("events", {}).values():
            yield from ((one["data"]["properties"], name) for name in one["data"]["properties"])
        for one in said.get("components", {}).get("schemas", {}).values():
            yield from ((one["properties"], name) for name in one["properties"])


def _loaded(texts: dict[str, str]) -> Catalog:
    return load(tuple(RawFile(name, name, text.encode(), None) for name, text in texts.items()))


def _text(name: str, root: JsonObject, seed: int) -> str:
    # The same style for the same seed: most of a file that is changed stays as it is.
    chance = random.Random(seed)  # noqa: S311  no secret
    return json.dumps(root, indent=2) if name.endswith("json") else Style(chance).text(root)


def _made(old: Catalog, current: Catalog) -> tuple[Catalog, Rewritten]:
    done = bump(compared(old, current), ENDING)
    texts = {file.relative: file.document.text for file in current.files}
    return _loaded(texts | {document.path: text for document, text in done.texts}), done


@given(
    chance=st.randoms(use_true_random=False),
    before=st.integers(0, 9),
    after=st.integers(0, 9),
    is_json=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_bump_makes_is_sound(
    *, chance: random.Random, before: int, after: int, is_json: bool
) -> None:
    writer = _Writer(chance)
    was = writer.catalog()
    now = writer.changed(was)
    names = {name: name.replace("task.yaml", "task.json") if is_json else name for name in now}
    sides: list[Json] = []
    for files, seed in ((was, before), (now, after)):
        moved = json.loads(json.dumps(files).replace("task.yaml#", names["task.yaml"] + "#"))
        sides.append({names[n]: _text(names[n], root, seed) for n, root in moved.items()})
    for side in sides:
        note("\n".join(f"# file: {name}\n{text}" for name, text in side.items()))
    old, current = map(_loaded, sides)
    made, done = _made(old, current)
    note("\n".join([*done.done, *done.left]))
    note("\n".join(f"# made: {file.relative}\n{file.document.text}" for file in made.files))
    event("left" if done.left else "done" if done.done else "nothing")
    assert_sound(old, current, made)
    if not done.left:
        assert_no_error(old, current, made)
    assert _made(old, made)[1].texts == ()
