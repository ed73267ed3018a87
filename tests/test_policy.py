"""What an event promises, which version a change calls for, and what a change is known by."""

from __future__ import annotations

from itertools import pairwise

import pytest

from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.catalog.version import Version
from governance.compat.change.catalog import catalog_changes
from governance.compat.change.model import Effect
from governance.compat.fingerprint import fingerprint
from governance.compat.policy import (
    Bump,
    Promise,
    bump_for,
    bumped,
    free_major,
    mode_of,
)
from tests.catalogs import raw_files


def version(text: str) -> Version:
    parsed = Version.parse(text)
    assert parsed is not None
    return parsed


def test_versions_come_one_after_the_other() -> None:
    # The examples of semver.org, section 11, and numbers that texts would sort otherwise.
    texts = """
        0.9.0 1.0.0-1 1.0.0-9 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta
        1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.9 1.0.10 1.2.0 1.10.0 2.0.0 10.0.0
    """.split()
    for one, other in pairwise(map(version, texts)):
        assert one.precedence < other.precedence, (one, other)
    assert version("1.0.0+1").precedence == version("1.0.0+2").precedence


@pytest.mark.parametrize(
    ("modes", "directions", "is_transitive"),
    [
        (["full"], "backward forward", False),
        (["backward"], "backward", False),
        (["forward_transitive"], "forward", True),
        (["none"], "", False),
        (["full_transitive"], "backward forward", True),
        # What was promised can't be taken back by the change that breaks it.
        (["full", "none"], "backward forward", False),
        (["backward", "forward"], "backward forward", False),
        (["none", "backward_transitive"], "backward", True),
        # Of what nobody knows, KEB111 speaks; readers lose nothing by it.
        (["sometimes"], "backward forward", False),
    ],
)
def test_what_is_promised(modes: list[str], directions: str, *, is_transitive: bool) -> None:
    promise = Promise(*modes)
    assert promise.directions == tuple(directions.split())
    assert promise.is_transitive == is_transitive


def test_an_event_promises_what_it_says_or_else_what_holds() -> None:
    said = load(
        raw_files("events:\n  A.B.C.v1: {compatibility: none}\n  A.B.D.v1: {compatibility: 3}\n")
    )
    assert [mode_of(one, "backward") for one in said.events] == ["none", "backward"]
    # The declaration of an old event is its schema, in which the word is no promise.
    legacy = load(raw_files("TaskMadeEvent: {type: object, compatibility: none}\n"))
    assert [mode_of(one, "full") for one in legacy.events] == ["full"]


def test_a_bump_follows_from_what_a_change_does() -> None:
    bumps = {effect: bump_for(effect, breaks_promise=False) for effect in Effect}
    assert bumps.pop(Effect.NOTHING) is Bump.NONE
    assert bumps.pop(Effect.WORDS) is Bump.PATCH
    assert {*bumps.values()} == {Bump.MINOR}
    assert {bump_for(effect, breaks_promise=True) for effect in Effect} == {Bump.MAJOR}
    assert Bump.NONE < Bump.PATCH < Bump.MINOR < Bump.MAJOR


@pytest.mark.parametrize(
    ("before", "nothing", "patch", "minor", "major"),
    [
        ("1.4.2", "1.4.2", "1.4.3", "1.5.0", "2.0.0"),
        ("0.9.0", "0.9.0", "0.9.1", "0.10.0", "1.0.0"),
        ("1.4.2+build", "1.4.2+build", "1.4.3", "1.5.0", "2.0.0"),
        # A pre-release may change until it is out, by as much as it announces.
        ("1.4.2-rc.1", "1.4.2-rc.1", "1.4.2", "1.5.0", "2.0.0"),
        ("1.4.0-rc.1", "1.4.0-rc.1", "1.4.0", "1.4.0", "2.0.0"),
        ("2.0.0-rc.1", "2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"),
    ],
)
def test_the_next_version(before: str, nothing: str, patch: str, minor: str, major: str) -> None:
    wanted = (nothing, patch, minor, major)
    assert tuple(str(bumped(version(before), bump)) for bump in Bump) == wanted


@pytest.mark.parametrize(
    ("events", "free"),
    [
        ("A.B.Made.v1: {}", 2),
        ("A.B.Made.v1: {}\n  A.B.Made.v2: {}\n  A.B.Made.v4: {}", 3),
        ("A.B.Made.v7: {}\n  A.B.Done.v8: {}", 8),
        # Without a major in the name, the version tells; without both, there was none.
        ("A.B.Made: {event_version: 3.1.0}", 4),
        ("A.B.Made: {}", 1),
    ],
)
def test_a_new_major_takes_a_name_that_is_free(events: str, free: int) -> None:
    catalog = load(raw_files(f"events:\n  {events}\n"))
    assert free_major(catalog.events[0], catalog.by_type) == free


CHANGED = """\
# Of tasks.
events:
  Task.Note.Added.v1:
    event_version: 1.0.0
    data: {type: object, properties: {note: {type: string, maxLength: 9}, size: {type: integer}}}
  Task.Note.Gone.v1:
    event_version: 1.0.0
    data: {type: object, properties: {note: {type: string, maxLength: 9}}}
  Task.Note.Priced.v1:
    data: {type: object, properties: {price: {$ref: "#/components/schemas/Money"}}}
components:
  schemas:
    Money: {type: object, properties: {units: {type: integer, maximum: 5}}}
"""
CHANGE = ("note: {type: string, maxLength: 9}, size", "note: {type: integer}, size")


def marks(before: str, *edits: tuple[str, str]) -> dict[str, list[str]]:
    """Return what is known of each change, by event."""
    after = before
    for old, new in edits:
        assert old in after, old
        after = after.replace(old, new, 1)
    sides: tuple[Catalog, Catalog] = (load(raw_files(before)), load(raw_files(after)))
    return {
        one.event: [fingerprint(*sides, one, change) for change in one.changes]
        for one in catalog_changes(*sides)
    }


ADDED = "Task.Note.Added.v1"


@pytest.mark.parametrize(
    "edits",
    [
        [("# Of tasks.", "# Of tasks.\n\n# And notes.")],
        [("events:\n", "description: Notes.\nevents:\n")],
        [("size: {type: integer}", "size: {type: integer, description: In bytes.}")],
        [("event_version: 1.0.0", "event_version: 1.1.0")],
        [("event_version: 1.0.0", "event_version: 1.0.0\n    description: A note.")],
        [("size: {type: integer}", "size: {type: integer}, more: {type: string}")],
        [("    event_version: 1.0.0\n    data: {", "    data: {"), ("# Of", "# From")],
    ],
    ids=str,
)
def test_a_change_is_known_whatever_else_is_edited(edits: list[tuple[str, str]]) -> None:
    (known,) = marks(CHANGED, CHANGE)[ADDED]
    assert known in marks(CHANGED, CHANGE, *edits)[ADDED]


def test_a_change_is_known_in_another_order() -> None:
    was, turned = "type: string, maxLength: 9}, size", "maxLength: 9, type: string}, size"
    change = ("note: {maxLength: 9, type: string}, size", CHANGE[1])
    assert marks(CHANGED.replace(was, turned), change)[ADDED] == marks(CHANGED, CHANGE)[ADDED]


# Each breaks something, and none is another.
OTHERS = [
    CHANGE,
    (CHANGE[0], "note: {type: boolean}, size"),
    (CHANGE[0], "note: {type: string, maxLength: 8}, size"),
    ("size: {type: integer}", "size: {type: string, maxLength: 9}"),
    ("note: {type: string, maxLength: 9}}}", "note: {type: integer}}}"),
    ("maximum: 5", "maximum: 4"),
    ("maximum: 5", "maximum: 3"),
    ("size: {type: integer}}}", "size: {type: integer}}, required: [size]}"),
    ("size: {type: integer}}}", "size: {type: integer}}, required: [note]}"),
    ("size: {type: integer}}}", "size: {type: integer}}, required: [gone]}"),
    ("size: {type: integer}}}", "size: {type: integer}}, required: [lost]}"),
]


def test_another_change_is_known_by_something_else() -> None:
    found = [mark for edit in OTHERS for known in marks(CHANGED, edit).values() for mark in known]
    assert len({*found}) == len(found) == len(OTHERS)
    assert all(len(mark) == 16 for mark in found)
    # From elsewhere to the same place is another way.
    nearer = CHANGED.replace("maxLength: 9}, size", "maxLength: 8}, size")
    (other,) = marks(nearer, (CHANGE[0].replace("9", "8"), CHANGE[1]))[ADDED]
    assert other not in found


FORMS = """\
events:
  Task.Note.Added.v1:
    data:
      type: object
      additionalProperties: true
      properties:
        form:
          oneOf:
          - {description: The first., properties: {kind: {const: a}}}
          - {properties: {kind: {const: b}}}
          - {properties: {kind: {const: c}}}
"""


def test_a_change_of_the_whole_is_known_when_a_part_is_reworded() -> None:
    closed = ("true", "{type: string}")
    (known,) = marks(FORMS, closed)[ADDED]
    assert known in marks(FORMS, closed, ("The first.", "The very first."))[ADDED]
    assert known not in marks(FORMS, ("true", "{type: integer}"))[ADDED]
    fewer = [(f"          - {{properties: {{kind: {{const: {kind}}}}}}}\n", "") for kind in "bc"]
    lost = marks(FORMS, *fewer)[ADDED]
    assert len({*lost}) == 2
    assert {*lost} < {*marks(FORMS, *fewer, ("The first.", "The very first."))[ADDED]}
