"""What people are told of a change, where golden files would show one case of many."""

from __future__ import annotations

import pytest

from governance.catalog.load import load
from governance.compat.answer import Judgement, Proven
from governance.compat.change.model import Change, Effect, Operation, Origin
from governance.compat.verdict import Verdict
from governance.compat.words import fate, glimpse, headline, impact, in_short, named, summed_up
from governance.schema.json import Json
from tests.catalogs import compared, raw_files

EVENT = "Task.Made.v1"
SOUND = Judgement(Proven(), Proven())


def change(operation: Operation, pointer: str, keyword: str = "", detail: str = "") -> Change:
    return Change(operation, pointer, pointer, keyword, detail, "", SOUND, Effect.WORDS)


@pytest.mark.parametrize(
    ("operation", "pointer", "detail", "said"),
    [
        (Operation.REQUIRED, "/data/properties/a", "", "`a` must now be there"),
        (Operation.REQUIRED, "/data", "a", "`a` must now be there"),
        (Operation.OPTIONAL, "/data/properties/b/items", "a", "`b[].a` may now be left out"),
        (Operation.REMOVED, "/data/properties/a", "optional", "`a` is gone (it was optional)"),
        (Operation.REMOVED, "/data/properties/a", "", "`a` is gone"),
        (Operation.ADDED, "/data/properties/a/items/properties/b", "", "`a[].b` is new"),
        (
            Operation.CLOSED,
            "/data",
            "",
            "the payload no longer allows fields that it does not declare",
        ),
        (Operation.DESCRIPTION, "", "", f"{EVENT} is described in other words"),
        (Operation.ANNOTATION, "", "+aliases", f"{EVENT} says something else (+aliases)"),
    ],
)
def test_a_change_is_named(operation: Operation, pointer: str, detail: str, said: str) -> None:
    assert named(change(operation, pointer, "", detail), EVENT) == said


def test_every_operation_has_its_words() -> None:
    for operation in Operation:
        said = named(change(operation, "/data/properties/a", "type", "x -> y"), EVENT)
        assert said.startswith(("`a` ", "`a.x -> y` "))
        assert "{" not in said


@pytest.mark.parametrize("pointer", ["", "/properties/units"])
def test_a_shared_schema_is_named_by_its_name(pointer: str) -> None:
    shared = change(Operation.REQUIRED, pointer)
    shared = shared._replace(origin=Origin("common.yaml", "/components/schemas/Money", ()))
    subject = "`Money.units`" if pointer else "`Money`"
    assert named(shared, EVENT) == f"{subject} must now be there"
    named_only = shared._replace(detail="nanos")
    assert named(named_only, EVENT) == f"{subject[:-1]}.nanos` must now be there"


EVENT_SHOWN: Json = {
    "id": "x",
    "size": 1,
    "items": [{"price": -1, "name": "n", "more": {}}, {}, {}],
    "owner": {"name": "o", "team": {"name": "t", "size": 2}},
}


@pytest.mark.parametrize(
    ("ways", "seen"),
    [
        ([("size",)], '{"size": 1, … 3 more}'),
        ([("items", "*", "price")], '{"items": [{"price": -1, … 2 more}, … 2 more], … 3 more}'),
        (
            [("owner", "team", "size"), ("id",)],
            '{"id": "x", "owner": {"team": {"size": 2, … 1 more}, … 1 more}, … 2 more}',
        ),
        # What leads nowhere in it, or to all of it, shows the plainest of what is there.
        ([], '{"id": "x", "size": 1, … 2 more}'),
        ([("gone",)], '{"id": "x", "size": 1, … 2 more}'),
        ([()], '{"id": "x", "size": 1, … 2 more}'),
        ([("owner",)], '{"owner": {"name": "o", … 1 more}, … 3 more}'),
    ],
)
def test_of_an_event_the_part_is_shown_that_matters(ways: list[tuple[str, ...]], seen: str) -> None:
    assert glimpse(EVENT_SHOWN, ways) == seen


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
        ("x" * 41, f'"{"x" * 40}… (41 characters)"'),
        ("ü\n", '"ü\\n"'),
        ([1, 2], "[1, … 1 more]"),
        ({"a": {"b": {"c": {"d": 1}}}}, "{… 1 more}"),
    ],
)
def test_any_value_is_shown_in_a_few_characters(value: Json, seen: str) -> None:
    assert glimpse(value, []) == seen


def test_long_values_are_cut() -> None:
    assert in_short(list(range(6))) == list(range(6))
    assert in_short(list(range(7))) == [0, 1, "… (7 items)"]
    assert in_short({"a": "x" * 50}) == {"a": f"{'x' * 40}… (50 characters)"}


def judged(before: str, after: str) -> tuple[str, dict[str, Verdict]]:
    made = compared(load(raw_files(before)), load(raw_files(after)))
    return headline(made), {one.type: one for one in made.events}


PRICED = """\
events:
  Task.Made.v1:
    event_version: 1.0.0
    description: A task was made.
    data: {type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}}}
# file: participants.yaml
participants:
"""


@pytest.mark.parametrize(
    ("participants", "said"),
    [
        ("", "No participant subscribes to it."),
        (
            "  Ann: {subscribes: [{event: Task.Made.v1, group: g}]}\n",
            "It breaks its only reader: Ann (group `g`) may read everything.",
        ),
        (
            """\
  Ann: {subscribes: [{event: Task.Made.v1, reads: [/a, /b]}]}
  Bob: {subscribes: [{event: Task.Made.v1, reads: [/b]}]}
""",
            "It breaks 1 of 2 readers: Ann reads `/a`. Not affected: Bob.",
        ),
        (
            "  Bob: {subscribes: [{event: Task.Made.v1, reads: [/b]}]}\n",
            "It breaks none of its readers. Not affected: Bob.",
        ),
    ],
)
def test_whom_a_break_hits(participants: str, said: str) -> None:
    after = PRICED.replace("a: {type: string}", "a: {type: integer}")
    title, events = judged(PRICED + participants, after + participants)
    assert title == "Compared with main: 1 event changed, 1 breaks readers."
    assert impact(events[EVENT], events[EVENT].breaks) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "b: {type: string}",
            "b: {type: string, maxLength: 9}",
            "`b` has another bound (+maxLength 9)",
        ),
        ("Task.Made.v1:", "Task.Built.v1:", "it was called 'Task.Made.v1'"),
        (
            "a: {type: string}, b: {type: string}, c: {type: string}",
            "a: {type: string, title: A}, b: {type: string, title: B}, c: {title: C}, d: {}",
            "`d` is new (optional); `a` is described in other words; 3 more changes",
        ),
    ],
)
def test_what_changed_is_summed_up(old: str, new: str, said: str) -> None:
    assert old in PRICED
    _, events = judged(PRICED, PRICED.replace(old, new))
    assert [summed_up(one) for one in events.values()] == [said]


@pytest.mark.parametrize(
    ("deprecated", "said"),
    [
        ("", "removed, it was 1.0.0, never deprecated"),
        ("{since: 2026-01-01}", "removed, it was 1.0.0, deprecated without a sunset"),
        ("{sunset: 2026-06-30}", "removed, it was 1.0.0, deprecated until 2026-06-30"),
    ],
)
def test_what_is_gone_says_whether_it_was_announced(deprecated: str, said: str) -> None:
    extra = f"    deprecated: {deprecated}\n" if deprecated else ""
    before = PRICED.replace("    data:", f"{extra}    data:")
    title, events = judged(before, "events: {}\n")
    assert title == "Compared with main: 1 event removed."
    assert fate(events[EVENT]) == said
