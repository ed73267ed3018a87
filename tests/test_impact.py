"""Whom a change hits: participants that look at what has changed."""

from __future__ import annotations

import pytest

from governance.catalog.load import load
from governance.compat.answer import Judgement, Proven
from governance.compat.change.model import Change, Effect, Operation, Origin, Reach
from governance.compat.impact import Reader, fields, paths, readers, shown
from tests.catalogs import raw_files


@pytest.mark.parametrize(
    ("pointer", "path", "told"),
    [
        ("/data", (), ""),
        ("/data/properties/a", ("a",), "a"),
        ("/data/properties/a/properties/b", ("a", "b"), "a.b"),
        ("/data/properties/a/items", ("a", "*"), "a[]"),
        ("/data/properties/a/items/properties/b", ("a", "*", "b"), "a[].b"),
        ("/data/properties/a/items/1/properties/b", ("a", "*", "b"), "a[].b"),
        ("/data/properties/a/prefixItems/0", ("a", "*"), "a[]"),
        ("/data/properties/a/additionalProperties", ("a", "*"), "a[]"),
        ("/data/patternProperties/^x/properties/b", ("*", "b"), "[].b"),
        # What stands beside the fields leads no further.
        ("/data/properties/a/maximum", ("a",), "a"),
        ("/data/oneOf/1/properties/b", ("b",), "b"),
        ("/data/if/properties/a", ("a",), "a"),
        ("/data/$defs/properties/properties/a", ("a",), "a"),
        ("/data/dependentSchemas/a/properties/b", ("b",), "b"),
        # A field may be called like a keyword.
        (
            "/data/properties/properties/properties/items",
            ("properties", "items"),
            "properties.items",
        ),
        ("/data/properties/data", ("data",), "data"),
        ("/properties/a~1b", ("a/b",), "a/b"),
    ],
)
def test_a_pointer_into_a_schema_is_a_way_of_fields(
    pointer: str, path: tuple[str, ...], told: str
) -> None:
    assert fields(pointer) == path
    assert shown(path) == told


@pytest.mark.parametrize(
    ("reads", "path", "is_hit"),
    [
        (["/a"], ("a",), True),
        (["/a"], ("b",), False),
        # What is read holds what changed, or stands in it.
        (["/a"], ("a", "b"), True),
        (["/a/b"], ("a",), True),
        (["/a/b"], ("a", "c"), False),
        (["/a/c", "/a/b"], ("a", "b"), True),
        # Of the whole payload everybody reads a part.
        (["/a"], (), True),
        ([""], ("a",), True),
        # Any item is each item.
        (["/a/*/b"], ("a", "*", "b"), True),
        (["/a/0/b"], ("a", "*", "b"), True),
        (["/a/0/b"], ("a", "*", "c"), False),
        (["/a~1b"], ("a/b",), True),
        (["/ab"], ("a",), False),
        ([], ("a",), False),
        (None, ("a",), True),
    ],
)
def test_a_reader_is_hit_by_what_it_looks_at(
    reads: list[str] | None, path: tuple[str, ...], *, is_hit: bool
) -> None:
    reader = Reader("SecretsAgent", None, None if reads is None else tuple(reads))
    assert reader.is_hit([path]) == is_hit
    assert reader.is_hit([("elsewhere",), path]) == is_hit


def test_readers_are_those_of_before_and_of_now_by_any_name() -> None:
    before, now = (
        load(raw_files(f"# file: participants.yaml\nparticipants:\n{text}"))
        for text in (
            """\
  Zed: {subscribes: [{event: Task.Made.v1, group: z, reads: [/a]}]}
  Ann: {subscribes: [{event: Task.Made.v1, group: a, reads: [/a]}]}
  Bob: {subscribes: [{event: Task.Other.v1, group: b}]}
""",
            """\
  Ann:
    subscribes:
    - {event: Task.Made.v1, group: a, reads: [/b]}
    - {event: TaskMade, group: old}
    - {event: Task.Made.v1, group: old, reads: [/d]}
    - {event: TaskMade, group: a, reads: [/c]}
  Cid: {subscribes: [{event: Task.Made.v1, reads: [/a]}, {event: TaskMade}]}
""",
        )
    )
    assert readers(["Task.Made.v1", "TaskMade"], before, now) == (
        Reader("Ann", "a", ("/a", "/b", "/c")),
        Reader("Ann", "old", None),
        # Who may read everything once may.
        Reader("Cid", None, None),
        Reader("Zed", "z", ("/a",)),
    )


def change(old: str | None, new: str | None, origin: Origin | None = None) -> Change:
    where = (old, new, "type", "", "", Judgement(Proven(), Proven()), Effect.MOVES, origin)
    return Change(Operation.TYPE, *where)


def test_a_change_is_about_its_fields_of_before_and_now() -> None:
    renamed = change("/data/properties/a", "/data/properties/b")
    assert paths(renamed, "Task.Made.v1") == (("a",), ("b",))
    assert paths(change(None, "/data/properties/b"), "Task.Made.v1") == (("b",),)


def test_a_change_in_a_shared_schema_is_about_every_place_it_reaches() -> None:
    reach = Reach("Task.Made.v1", ("/data/properties/a", "/data/properties/b/items"))
    origin = Origin("common.yaml", "/components/schemas/Money", (reach,))
    shared = change("/properties/units", "/properties/units", origin)
    assert paths(shared, "Task.Made.v1") == (("a", "units"), ("b", "*", "units"))
    assert paths(shared, "Task.Other.v1") == ()
