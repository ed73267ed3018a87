"""What changed between two schemas, or two catalogs: named once, and judged at its place."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from deepdiff import DeepDiff

from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.compat.answer import Proven, Refuted, Schema
from governance.compat.changes import Change, Effect, EventChange, Kind, Operation
from governance.compat.changes import catalog_changes as compared
from governance.compat.changes import changes as named
from governance.compat.views import View, judge
from governance.config import Config
from governance.schema.dialect import DIALECTS, DRAFT_07, DRAFT_2020_12, dialect_of
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import join
from tests.catalogs import raw_files

GENERATOR = Path(__file__).parents[2] / "shared/bench/gen_catalog.py"
CASES = sorted((Path(__file__).parent / "compat").glob("*.jsonl"))


def schema(root: Json) -> Schema:
    return Schema(root, dialect_of(root))


def told(found: tuple[Change, ...]) -> list[str]:
    """Return changes as a line each: operation, place, detail, what breaks, effect."""
    return [
        " ".join(
            filter(
                None,
                (
                    one.operation.name,
                    one.pointer or "/",
                    f"({one.detail})" if one.detail else "",
                    ",".join(one.breaks),
                    one.effect.name,
                ),
            )
        )
        for one in found
    ]


MONEY: JsonObject = {
    "type": "object",
    "properties": {"units": {"type": "integer"}},
    "required": ["units"],
}
FORMS: list[JsonObject] = [
    {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}
    for kind in ("card", "cash", "bank")
]


def record(*needed: str, **properties: Json) -> JsonObject:
    made: JsonObject = {"type": "object", "properties": properties}
    return {**made, "required": list(needed)} if needed else made


# The old schema, the new one, and what is said of the step between them in the governed view.
STEPS: dict[str, tuple[Json, Json, list[str]]] = {
    "nothing": (record(a={"type": "string"}), record(a={"type": "string"}), []),
    "the order of keywords": (
        {"type": "string", "minLength": 1},
        {"minLength": 1, "type": "string"},
        [],
    ),
    "a field came": (
        record(a={}),
        record(a={}, b={"type": "string"}),
        ["ADDED /properties/b (optional) WIDENS"],
    ),
    "a field came that must be there": (
        record(a={"type": "null"}),
        record("b", a={"type": "null"}, b={"type": "string"}),
        ["ADDED /properties/b (required) backward MOVES"],
    ),
    "a field came where anything was allowed": (
        {**record(a={}), "additionalProperties": True},
        {**record(a={}, b={"type": "string"}), "additionalProperties": True},
        ["ADDED /properties/b (optional) backward NARROWS"],
    ),
    "a field went that had to be there": (
        record("a", "b", a={"type": "null"}, b={"type": "null"}),
        record("a", a={"type": "null"}),
        ["REMOVED /properties/b (required) forward MOVES"],
    ),
    "a rename by the same words is one change": (
        record("a", a={"type": "string", "description": "Who."}),
        record("b", b={"type": "string", "description": "Who."}),
        ["RENAMED /properties/b (a -> b) backward,forward MOVES"],
    ),
    "a rename that says so, with another change below": (
        record(a=record(x={"type": "string"})),
        record(b={**record(x={"type": "string", "maxLength": 9}), "renamed_from": "a"}),
        [
            "RENAMED /properties/b (a -> b) MOVES",
            # Of its old name the new reader knows nothing.
            "BOUND /properties/b/properties/x (+maxLength 9) NARROWS",
        ],
    ),
    "fields that say too little are not taken for one": (
        record(a={"type": "string"}),
        record(b={"type": "string"}),
        [
            "REMOVED /properties/a (optional) MOVES",
            "ADDED /properties/b (optional) WIDENS",
        ],
    ),
    "of two that look alike nobody knows which": (
        record(a={"description": "D."}, b={"description": "D."}),
        record(c={"description": "D."}),
        [
            "REMOVED /properties/a (optional) NARROWS",
            "REMOVED /properties/b (optional) NARROWS",
            "ADDED /properties/c (optional) WIDENS",
        ],
    ),
    "a field must be there": (
        record(a={"type": "null"}),
        record("a", a={"type": "null"}),
        ["REQUIRED /properties/a backward NARROWS"],
    ),
    "a field must be there, and a default fills the gap": (
        record(a={"type": "integer"}),
        record("a", a={"type": "integer", "default": 0}),
        ["REQUIRED /properties/a NARROWS"],
    ),
    "a field may be left out": (
        record("a", a={"type": "null"}),
        record(a={"type": "null"}),
        ["OPTIONAL /properties/a forward WIDENS"],
    ),
    "another type takes all along that spoke of the old one": (
        record(a={"type": "integer", "minimum": 0, "maximum": 9, "default": 1}),
        record(a={"type": "string", "maxLength": 8, "pattern": "^a"}),
        ["TYPE /properties/a (integer -> string) backward,forward MOVES"],
    ),
    "a wider type leaves the bounds to themselves": (
        {"type": "integer", "minimum": 1},
        {"type": "number", "minimum": 2},
        [
            "TYPE / (integer -> number) forward WIDENS",
            "BOUND / (minimum 1 -> 2) backward NARROWS",
        ],
    ),
    "null": (
        {"type": "string", "enum": ["a"]},
        {"type": ["string", "null"], "enum": ["a", None]},
        ["NULLABLE / (string -> string or null) forward WIDENS"],
    ),
    "values": (
        {"enum": ["a", "b"]},
        {"enum": ["b", "c"]},
        ["ENUM / (-'a' +'c') backward,forward MOVES"],
    ),
    "values that bind writers only": (
        {"type": "string", "x-extensible-enum": ["a"]},
        {"type": "string", "x-extensible-enum": ["a", "b"]},
        ["ENUM / (+'b') WIDENS"],
    ),
    "the order of values": ({"enum": [1, 2]}, {"enum": [2, 1]}, ["REORDERED / NOTHING"]),
    "a bound in another spelling": (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "exclusiveMinimum": 0},
        ["BOUND / (-minimum 1, +exclusiveMinimum 0) WORDS"],
    ),
    "words": (
        {"type": "string", "description": "A.", "format": "uri", "default": "a"},
        {"type": "string", "description": "B.", "format": "iri", "default": "b", "x-note": 1},
        [
            "DESCRIPTION / WORDS",
            "FORMAT / (format 'uri' -> 'iri') WORDS",
            "DEFAULT / (default 'a' -> 'b') WORDS",
            "ANNOTATION / (+x-note 1) WORDS",
        ],
    ),
    "opened, then closed": (
        record(a=record(x={}), b={**record(x={}), "additionalProperties": True}),
        record(
            a={**record(x={}), "additionalProperties": True},
            b={**record(x={}), "additionalProperties": False},
        ),
        [
            "OPENED /properties/a (+additionalProperties true) WIDENS",
            "CLOSED /properties/b (additionalProperties true -> false) NARROWS",
        ],
    ),
    "a form came, found by what tells it apart": (
        {"oneOf": FORMS[:2]},
        {"oneOf": [FORMS[2], *FORMS[:2]]},
        ["BRANCH_ADDED / (oneOf/0 'bank') forward WIDENS"],
    ),
    "within a form": (
        {"oneOf": FORMS[:2]},
        {"oneOf": [FORMS[0], {**FORMS[1], "properties": {**FORMS[1]["properties"], "x": {}}}]},
        ["ADDED /oneOf/1/properties/x (optional) WIDENS"],
    ),
    "another kind of choice": (
        {"oneOf": FORMS},
        {"anyOf": FORMS},
        ["CONDITION / (oneOf -> anyOf) WORDS"],
    ),
    "in a definition, once": (
        {**record(a={"$ref": "#/$defs/M"}, b={"$ref": "#/$defs/M"}), "$defs": {"M": MONEY}},
        {
            **record(a={"$ref": "#/$defs/M"}, b={"$ref": "#/$defs/M"}),
            "$defs": {"M": {**MONEY, "required": []}},
        },
        ["OPTIONAL /$defs/M/properties/units forward WIDENS"],
    ),
    "drawn out into a definition": (
        record(a=MONEY),
        {**record(a={"$ref": "#/$defs/M"}), "$defs": {"M": MONEY}},
        ["REFERENCE /properties/a (nothing -> #/$defs/M) WORDS"],
    ),
    "a reference that leads elsewhere": (
        {**record(a={"$ref": "#/$defs/M"}), "$defs": {"M": {"type": "string"}}},
        {**record(a={"$ref": "#/$defs/N"}), "$defs": {"N": {"type": "null"}}},
        ["REFERENCE /properties/a (#/$defs/M -> #/$defs/N) backward,forward MOVES"],
    ),
    "a definition that nothing refers to": ({"$defs": {"M": {}}}, {"$defs": {"M": MONEY}}, []),
    "a schema of itself": (
        record(next={"$ref": "#"}, n={"type": "integer"}),
        record(next={"$ref": "#"}, n={"type": "number"}),
        ["TYPE /properties/n (integer -> number) forward WIDENS"],
    ),
    "where several schemas hold together, all of them decide": (
        {"allOf": [record(a={"type": "integer", "minimum": 5}), record(a={"minimum": 3})]},
        {"allOf": [record(a={"type": "integer", "minimum": 5}), record(a={"minimum": 4})]},
        ["BOUND /allOf/1/properties/a (minimum 3 -> 4) WORDS"],
    ),
    "what was only moved breaks nothing": (
        {
            "type": "object",
            "properties": {"a": {"maximum": 1}},
            "allOf": [{"properties": {"a": {}}}],
        },
        {
            "type": "object",
            "properties": {"a": {}},
            "allOf": [{"properties": {"a": {"maximum": 1}}}],
        },
        [
            "BOUND /properties/a (-maximum 1) WIDENS",
            "BOUND /allOf/0/properties/a (+maximum 1) WORDS",
        ],
    ),
    "items by place": (
        {"prefixItems": [{"type": "string"}], "items": False},
        {"prefixItems": [{"type": "string"}, {"type": "null"}], "items": False},
        ["ITEMS / forward WIDENS"],
    ),
    "conditions": (
        {"type": "object", "dependentRequired": {"a": ["b"]}, "not": {"required": ["c"]}},
        {"type": "object", "dependentRequired": {"a": []}, "not": {"required": ["c", "d"]}},
        [
            "REQUIRED /not (d) forward WIDENS",
            "CONDITION / (a) forward WIDENS",
        ],
    ),
    "anything, then nothing": (True, False, ["REPLACED / (true -> false) backward NARROWS"]),
}


@pytest.mark.parametrize("name", STEPS)
def test_names_and_judges(name: str) -> None:
    old, new, expected = STEPS[name]
    assert told(named(schema(old), schema(new), View.GOVERNED)) == expected


def test_a_change_of_dialect_is_named() -> None:
    body: JsonObject = {"items": [{"type": "string"}]}
    found = named(
        Schema(body, DRAFT_07),
        Schema({"prefixItems": body["items"]}, DRAFT_2020_12),
        View.AS_WRITTEN,
    )
    assert [one.operation for one in found] == [Operation.DIALECT]
    assert found[0].breaks == ()


def test_the_witness_is_an_instance_of_what_was_judged() -> None:
    old = record(a=record(x={"type": "string"}, y=MONEY))
    new = record(a=record(x={"type": "integer"}, y=MONEY))
    (change,) = named(schema(old), schema(new), View.GOVERNED)
    assert (change.old_pointer, change.new_pointer) == ("/properties/a/properties/x",) * 2
    assert change.judged_at == "/properties/a/properties/x"
    assert isinstance(change.judgement.backward, Refuted)
    assert isinstance(change.judgement.backward.witness, str)


def test_where_to_look() -> None:
    """A schema in a document is compared by itself, and its pointers start at the root."""
    old: JsonObject = {"events": [{"type": "string"}], "other": 1}
    new: JsonObject = {"events": [{"type": "null"}], "other": 2}
    found = named(
        Schema(old, DRAFT_2020_12, "/events/0"),
        Schema(new, DRAFT_2020_12, "/events/0"),
        View.AS_WRITTEN,
    )
    assert told(found) == ["TYPE /events/0 (string -> null) backward,forward MOVES"]


def pairs() -> Iterator[tuple[str, Schema, Schema]]:
    by_name = {dialect.name: dialect for dialect in DIALECTS}
    for path in CASES:
        for line in path.read_text().splitlines():
            case = json.loads(line)
            sides = [
                Schema(case[side], by_name.get(case.get("dialect", "")) or dialect_of(case[side]))
                for side in ("old", "new")
            ]
            yield f"{path.stem}: {case['id']}", sides[0], sides[1]


def test_changes_break_what_the_whole_breaks() -> None:
    """All changes together break what the schemas break, be they as odd as they may."""
    for name, old, new in pairs():
        found = named(old, new, View.AS_WRITTEN)
        whole = judge(old, new, View.AS_WRITTEN)
        for direction, answer in zip(whole._fields, whole, strict=True):
            is_broken = not isinstance(answer, Proven)
            assert any(direction in one.breaks for one in found) == is_broken, name
        assert named(old, old, View.AS_WRITTEN) == (), name


def catalog(text: str) -> Catalog:
    return load(raw_files(text))


SHARED = """\
domain: Task
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed on.
    data:
      type: object
      properties:
        price: {$ref: "#/components/schemas/Money"}
        fees: {type: array, items: {$ref: "#/components/schemas/Fee"}}
  Task.Assignment.Closed.v1:
    event_version: 1.0.0
    description: A task was closed.
    data: {type: object, properties: {fee: {$ref: "#/components/schemas/Fee"}}}
  Task.Assignment.Lost.v1:
    event_version: 1.0.0
    description: A task was lost.
    data: {type: object, properties: {reason: {type: string}}}
components:
  schemas:
    Fee: {type: object, properties: {amount: {$ref: "#/components/schemas/Money"}}}
    Money: {type: object, properties: {units: {type: integer}}, required: [units]}
"""


def test_a_change_in_a_shared_schema_is_named_once_with_all_that_it_reaches() -> None:
    new = SHARED.replace("{units: {type: integer}}", "{units: {type: number}}")
    found = compared(catalog(SHARED), catalog(new))
    assert [one.event for one in found] == [
        "Task.Assignment.Closed.v1",
        "Task.Assignment.Created.v1",
    ]
    assert len({one.changes for one in found}) == 1
    (change,) = found[0].changes
    assert told((change,)) == ["TYPE /properties/units (integer -> number) forward WIDENS"]
    assert change.origin is not None
    assert change.origin[:2] == ("task.yaml", "/components/schemas/Money")
    assert [tuple(reach) for reach in change.origin.events] == [
        ("Task.Assignment.Closed.v1", ("/data/properties/fee",)),
        (
            "Task.Assignment.Created.v1",
            ("/data/properties/price", "/data/properties/fees/items"),
        ),
    ]
    assert all(one.effect is Effect.WIDENS for one in found)
    assert all(not isinstance(one.judgement.forward, Proven) for one in found)


@pytest.mark.parametrize(
    ("what", "instead", "expected"),
    [
        ("event_version: 1.0.0", "event_version: 1.0.1", []),
        (
            "A task was lost.",
            "A task went.",
            ["CHANGED Task.Assignment.Lost.v1 DESCRIPTION / WORDS"],
        ),
        (
            "{reason: {type: string}}}",
            "{reason: {type: string}}}\n    aliases: [TaskLost]\n    examples: [{reason: none}]",
            [
                (
                    "CHANGED Task.Assignment.Lost.v1 "
                    'ANNOTATION / (+aliases ["TaskLost"]) WORDS, EXAMPLES / WORDS'
                )
            ],
        ),
        (
            "{reason: {type: string}}}",
            "{reason: {type: string, maxLength: 9}}}\n    examples: [{reason: none}]",
            [
                (
                    "CHANGED Task.Assignment.Lost.v1 BOUND /data/properties/reason (+maxLength 9) "
                    "backward NARROWS"
                )
            ],
        ),
        ("Lost.v1", "Missed.v1", ["RENAMED Task.Assignment.Missed.v1"]),
        (
            "Lost.v1:\n    event_version: 1.0.0\n    description: A task was lost.",
            "Lost.v2:\n    event_version: 2.0.0\n    description: A task was really lost.",
            ["REMOVED Task.Assignment.Lost.v1", "ADDED Task.Assignment.Lost.v2"],
        ),
        (
            "{reason: {type: string}}}",
            "{reason: {$ref: 'nowhere.yaml#/X'}}}",
            [
                (
                    "CHANGED Task.Assignment.Lost.v1 REFERENCE /data/properties/reason "
                    "(nothing -> nowhere.yaml#/X) backward,forward UNDECIDED"
                )
            ],
        ),
        (
            "data: {type: object, properties: {reason: {type: string}}}",
            "data: none",
            ["CHANGED Task.Assignment.Lost.v1 REPLACED /data backward,forward UNDECIDED"],
        ),
    ],
)
def test_what_becomes_of_an_event(what: str, instead: str, expected: list[str]) -> None:
    found = compared(catalog(SHARED), catalog(SHARED.replace(what, instead)))
    assert [
        f"{one.kind.name} {one.event} {', '.join(told(one.changes))}".rstrip() for one in found
    ] == expected


# What the generator calls its operations, and what we do.
OPERATIONS = {
    "add_optional": "ADDED",
    "add_required": "ADDED",
    "add_required_with_default": "ADDED",
    "readd_with_other_type": "ADDED",
    "make_required": "REQUIRED",
    "make_required_with_default": "REQUIRED",
    "make_optional": "OPTIONAL",
    "make_optional_with_default": "OPTIONAL",
    "remove_optional": "REMOVED",
    "remove_required": "REMOVED",
    "rename_field": "RENAMED",
    "change_type": "TYPE",
    "widen_type": "TYPE",
    "narrow_type": "TYPE",
    "add_enum_value": "ENUM",
    "remove_enum_value": "ENUM",
    "extensible_enum_add": "ENUM",
    "extensible_enum_remove": "ENUM",
    "loosen_bound": "BOUND",
    "tighten_bound": "BOUND",
    "add_pattern": "PATTERN",
    "remove_pattern": "PATTERN",
    "change_format": "FORMAT",
    "open_object": "OPENED",
    "close_object": "CLOSED",
    "reorder_only": "REORDERED",
    "description_only": "DESCRIPTION",
    "const_change": "CONST",
    "default_changed": "DEFAULT",
    "nullable_added": "NULLABLE",
    "nullable_removed": "NULLABLE",
    "oneOf_branch_added": "BRANCH_ADDED",
    "oneOf_branch_removed": "BRANCH_REMOVED",
    "example_only": "EXAMPLES",
}
BUMPS = {Effect.NOTHING: "none", Effect.WORDS: "patch"}


class Told(NamedTuple):
    """One entry of the generator's truth, or what we say in its place."""

    event: str
    operation: str
    pointer: str
    breaks: tuple[str, ...]
    all_breaks: tuple[str, ...]
    bump: str


def true_entry(entry: JsonObject) -> Told:
    """Return what the file says.

    Its column `closed_readers` is not looked at: our readers are tolerant. Nor is a major bump: it
    follows from what breaks and from what an event asks for.
    """
    operation = entry["operation"]
    if operation == "array_item_changed":
        operation = entry["detail"].split()[0]
    elif operation == "ref_target_change":
        operation = entry["detail"].split(": ")[1].split()[0]
    breaks = tuple(one for one in ("backward", "forward") if entry[f"breaks_{one}"])
    bump = "minor" if entry["bump"] == "major" else entry["bump"]
    where = entry["pointer"]
    return Told(entry["event"], OPERATIONS[operation], where, breaks, breaks, bump)


def our_entries(found: EventChange) -> Iterator[Told]:
    broken = tuple(
        direction
        for direction, answer in zip(found.judgement._fields, found.judgement, strict=True)
        if not isinstance(answer, Proven)
    )
    for one in found.changes:
        pointer = one.pointer
        if one.origin is not None:
            pointer = dict(one.origin.events)[found.event][0]
        bump = BUMPS.get(found.effect, "minor")
        where = pointer.removeprefix("/data")
        yield Told(found.event, one.operation.name, where, one.breaks, broken, bump)


def generated(folder: Path, events: int, seed: int, share: float) -> tuple[Catalog, Catalog, Json]:
    if not GENERATOR.exists():
        pytest.skip("the generator of catalogs does not lie beside this checkout")
    words = ["--events", events, "--seed", seed, "--changed", share, "--encodings", "yaml"]
    command = [sys.executable, GENERATOR, "--out", folder, *words]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    most = Config().max_file_bytes
    old, new = (load(read_folder(folder / one / "event_schemas", most)) for one in ("v1", "v2"))
    return old, new, json.loads((folder / "changes.json").read_text())


@pytest.mark.parametrize(("events", "seed", "share"), [(60, 7, 0.9), (60, 3, 0.9), (200, 5, 0.2)])
def test_names_every_change_of_a_catalog_and_none_besides(
    tmp_path: Path, events: int, seed: int, share: float
) -> None:
    old, new, truth = generated(tmp_path, events, seed, share)
    found = compared(old, new)
    assert {one.kind for one in found} == {Kind.CHANGED}
    ours = sorted(entry for one in found for entry in our_entries(one))
    assert ours == sorted(true_entry(entry) for entry in truth)
    for one in found:
        assert list(undetected(one)) == []


def undetected(found: EventChange) -> Iterator[str]:
    """Yield what differs, to a program that knows nothing of schemas, and was not named."""
    assert found.old is not None
    assert found.new is not None
    places = [place for one in found.changes if one.origin is None for place in covered(one)]
    told_apart = DeepDiff(
        found.old.declaration, found.new.declaration, exclude_paths=["root['event_version']"]
    )
    has_payload_change = any(one.pointer for one in found.changes) or len(found.changes) > len(
        places
    )
    for tree in told_apart.tree.values():
        for level in tree:
            pointer = join(*level.path(output_format="list"))
            follows = pointer.startswith("/examples") and has_payload_change
            if not follows and not any(pointer.startswith(place) for place in places):
                yield pointer


def covered(one: Change) -> Iterator[str]:
    """Yield the places that a change accounts for: a field is declared and required around it."""
    for pointer in (one.old_pointer, one.new_pointer):
        if pointer is not None:
            around, _, _ = pointer.rpartition("/properties/")
            yield f"{pointer}/" if one.keyword not in {"properties", "required"} else f"{around}/"
