"""The truths about compatibility in ``tests/compat``: one line each, one file per keyword.

A line says how `new` relates to `old` by the instances they accept, and shows some: `only_old`,
`only_new`, `both`. Each is asked both ways.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from governance.compat.answer import Proven, Refuted, Schema, Unknown
from governance.compat.contains import contains
from governance.schema.dialect import DIALECTS, Dialect
from governance.schema.json import Json, JsonObject
from tests.instances import CORPUS, Oracle, invented

FILES = sorted((Path(__file__).parent / "compat").glob("*.jsonl"))
DIALECT = {dialect.name: dialect for dialect in DIALECTS}
FIELDS = {"id", "old", "new", "relation", "only_old", "only_new", "both", "source", "dialect"}
# Which instances there are of each relation: only old ones, only new ones.
RELATIONS = {
    "equal": (False, False),
    "wider": (False, True),
    "narrower": (True, False),
    "incomparable": (True, True),
}


def cases() -> Iterator[JsonObject]:
    for file in FILES:
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            yield {**case, "id": f"{file.stem}/{case['id']}"}


def swapped(case: JsonObject) -> JsonObject:
    relation = {"wider": "narrower", "narrower": "wider"}.get(case["relation"], case["relation"])
    return {
        **case,
        "id": f"{case['id']}/swapped",
        "relation": relation,
        "old": case["new"],
        "new": case["old"],
        "only_old": case["only_new"],
        "only_new": case["only_old"],
    }


CASES = [way for case in cases() for way in (case, swapped(case))]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])


def schemas(case: JsonObject) -> tuple[Schema, Schema]:
    dialect = DIALECT[case.get("dialect", "2020-12")]
    return Schema(case["old"], dialect), Schema(case["new"], dialect)


@every_case
def test_new_readers_read_what_old_writers_wrote(case: JsonObject) -> None:
    old, new = schemas(case)
    answer = contains(new, old)
    if case["relation"] in ("equal", "wider"):
        assert answer == Proven()
        return
    assert isinstance(answer, Refuted)
    assert Oracle(old).careful(answer.witness)
    assert not Oracle(new).careful(answer.witness)


@every_case
def test_a_case_is_true(case: JsonObject) -> None:
    old, new = map(Oracle, schemas(case))
    assert case.keys() <= FIELDS
    assert RELATIONS[case["relation"]] == (bool(case["only_old"]), bool(case["only_new"]))
    for listed, expected in (
        ("only_old", (True, False)),
        ("only_new", (False, True)),
        ("both", (True, True)),
    ):
        for instance in case[listed]:
            assert (old.careful(instance), new.careful(instance)) == expected, instance
            assert (old.quick(instance), new.quick(instance)) == expected, instance


@every_case
def test_no_instance_says_otherwise(case: JsonObject) -> None:
    pair = schemas(case)
    old, new = map(Oracle, pair)
    if case["relation"] in ("narrower", "incomparable"):
        return
    for instance in (*CORPUS, *invented(pair, Random(0), 60)):  # noqa: S311  nothing is secret
        assert new.quick(instance) or not old.quick(instance), instance


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case["id"] for case in CASES]
    assert len(names) == len(set(names))


MALFORMED: list[Json] = [
    *(
        {keyword: value}
        for keyword in sorted({word for one in DIALECTS for word in one.keywords})
        for value in (5, -1, 0.5, "x", "(", True, None, [], [5], {}, {"a": 5}, float("nan"))
    ),
    {"const": {"a": float("inf")}},
    {"required": [1, "a"]},
    {"$id": "http://[bad"},
    {"$ref": "http://[bad"},
    {"$ref": "#"},
    {"$ref": "#/$defs/x", "$defs": 5},
    {"if": 5, "then": 5},
    {"contains": {}, "minContains": -1},
    [],
    5,
    None,
    "x",
]
BESIDE: tuple[Json, ...] = (
    True,
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
    {"type": "array", "minItems": 1},
)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_malformed_schema_is_answered_and_never_a_crash(dialect: Dialect) -> None:
    for malformed in MALFORMED:
        for beside in (*BESIDE, malformed):
            for old, new in ((malformed, beside), (beside, malformed)):
                answer = contains(Schema(new, dialect), Schema(old, dialect))
                assert isinstance(answer, Proven | Refuted | Unknown)
