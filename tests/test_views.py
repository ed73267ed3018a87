"""The governed content model, by the cases in ``tests/compat/governed``: one line each.

A line gives the verdict for each direction, and for each break an event that shows it. What holds
for any schema is tried with random ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import jsonschema_rs
import pytest

from governance.compat.answer import Proven, Refuted, Schema
from governance.compat.engine.form import UndecidedError
from governance.compat.engine.modern import modern
from governance.compat.views import View, as_reader, as_writer, fill, judge
from governance.schema.dialect import DIALECTS, DRAFT_07, DRAFT_2020_12
from governance.schema.json import Json, JsonObject
from tests.instances import CORPUS, Oracle, invented, is_break
from tests.schemas import Source

FILES = sorted((Path(__file__).parent / "compat" / "governed").glob("*.jsonl"))
DIALECT = {dialect.name: dialect for dialect in DIALECTS}
PAIRS = int(os.environ.get("KEB_VIEW_PAIRS", "100"))
DEFAULTS: tuple[Json, ...] = (0, 1, 2, "a", "b", None, True, {}, [], {"a": 1})


def cases() -> Iterator[JsonObject]:
    for file in FILES:
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            yield {**case, "id": f"{file.stem}/{case['id']}"}


CASES = list(cases())
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])


def directions(case: JsonObject) -> Iterator[tuple[str, Schema, Schema]]:
    """Yield each direction with its reader and its writer."""
    dialect = DIALECT[case.get("dialect", "2020-12")]
    old, new = Schema(case["old"], dialect), Schema(case["new"], dialect)
    yield "backward", new, old
    yield "forward", old, new


@every_case
def test_verdict(case: JsonObject) -> None:
    for direction, reader, writer in directions(case):
        judgement = judge(writer, reader, View.GOVERNED).backward
        if case[direction]["verdict"] == "compatible":
            assert judgement == Proven(), direction
        else:
            assert isinstance(judgement, Refuted), direction
            assert is_break(reader, writer, judgement.witness)
            assert is_break(reader, writer, case[direction]["witness"])


def test_names_of_cases_are_unique() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)


def test_as_written_an_optional_field_may_have_been_anything() -> None:
    old = Schema({"properties": {"a": {"type": "string"}}}, DRAFT_2020_12)
    new = Schema({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}, DRAFT_2020_12)
    judgement = judge(old, new, View.AS_WRITTEN)
    assert isinstance(judgement.backward, Refuted)
    assert judgement.forward == Proven()
    assert judge(old, new, View.GOVERNED) == (Proven(), Proven())


def test_a_pointer_names_the_judged_schema() -> None:
    root = {"components": {"schemas": {"A": {"type": "object", "properties": {"a": {}}}}}}
    closed = as_writer(Schema(root, DRAFT_2020_12, "/components/schemas/A"))
    assert closed.pointer == "/components/schemas/A"
    assert closed.root["components"]["schemas"]["A"]["additionalProperties"] is False
    assert "additionalProperties" not in root["components"]["schemas"]["A"]


def test_a_component_is_copied_only_where_it_is_used_in_another_way() -> None:
    part = {"type": "object", "properties": {"a": {}}}
    whole = {"properties": {"c": {"$ref": "#/$defs/C"}}, "$defs": {"C": part}}
    assert as_writer(Schema(whole, DRAFT_2020_12)).root["$defs"] == {
        "C": {**part, "additionalProperties": False}
    }
    both = {**whole, "allOf": [{"$ref": "#/$defs/C"}]}
    definitions = as_writer(Schema(both, DRAFT_2020_12)).root["$defs"]
    assert definitions.pop("C") == {**part, "additionalProperties": False}
    assert list(definitions.values()) == [part]


def test_what_cannot_be_told_is_said() -> None:
    counted = {"properties": {"a": {"default": 1}}, "minProperties": 1}
    judgement = judge(Schema({}, DRAFT_07), Schema(counted, DRAFT_07), View.GOVERNED)
    assert "counted" in getattr(judgement.backward, "reason", "")


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#/nowhere"}, {"$ref": 5}, {"properties": 3}, {"allOf": {}}, {"$dynamicRef": "#x"}],
    ids=str,
)
def test_odd_schemas_are_answered(schema: JsonObject) -> None:
    for dialect in DIALECTS:
        judge(Schema(schema, dialect), Schema({}, dialect), View.GOVERNED)
        judge(Schema({}, dialect), Schema(schema, dialect), View.GOVERNED)


@pytest.mark.parametrize(
    ("schema", "given", "filled"),
    [
        ({"properties": {"a": {"default": 1}}}, {}, {"a": 1}),
        ({"properties": {"a": {"default": 1}}}, {"a": None}, {"a": None}),
        ({"properties": {"a": {"default": 1}}}, [{}], [{}]),
        ({"properties": {"a": {"type": "string", "default": 1}}}, {}, {}),
        ({"items": {"properties": {"a": {"default": 1}}}}, [{}, 2], [{"a": 1}, 2]),
        (
            {"properties": {"o": {"properties": {"a": {"default": 1}}, "default": {}}}},
            {},
            {"o": {"a": 1}},
        ),
        (
            {
                "properties": {"k": {"default": 2}},
                "if": {"properties": {"k": {"const": 2}}},
                "then": {"properties": {"b": {"default": 3}}},
                "else": {"properties": {"c": {"default": 4}}},
            },
            {},
            {"k": 2, "b": 3},
        ),
        (
            {"dependentSchemas": {"a": {"properties": {"b": {"default": 3}}}}},
            {"a": 0},
            {"a": 0, "b": 3},
        ),
        (
            {"additionalProperties": {"properties": {"b": {"default": 3}}}},
            {"x": {}},
            {"x": {"b": 3}},
        ),
    ],
    ids=str,
)
def test_fill(schema: JsonObject, given: Json, filled: Json) -> None:
    assert fill(Schema(schema, DRAFT_2020_12), given) == filled


def decorate(value: Json, rng: Random) -> None:
    """Give some properties of a schema a default, and some an extensible enum, in place."""
    if isinstance(value, dict):
        properties = value.get("properties")
        for one in properties.values() if isinstance(properties, dict) else ():
            if isinstance(one, dict) and rng.random() < 0.35:
                one["default"] = rng.choice(DEFAULTS)
            if isinstance(one, dict) and rng.random() < 0.1:
                one["x-extensible-enum"] = rng.sample(["a", "b", 1, 0, None], 2)
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        decorate(one, rng)


def drawn(seed: int) -> tuple[Schema, Schema, Random] | None:
    """Return two schemas; None where a validator can't read what was drawn, or a default can't."""
    rng = Random(seed)  # noqa: S311  nothing here is secret
    old, new = Source(seed).pair()
    for schema in (old, new):
        decorate(schema.root, rng)
        if not isinstance(schema.root, dict):
            return None
        try:
            Oracle(schema)
            as_reader(schema)
        except (UndecidedError, ValueError, jsonschema_rs.ReferencingError):
            return None
    return old, new, rng


DRAWN = [(seed, found) for seed in range(PAIRS) if (found := drawn(seed)) is not None]


def test_random_schemas_are_rewritten_soundly() -> None:
    for seed, (schema, _, rng) in DRAWN:
        written, renewed = Oracle(schema), Oracle(modern(schema))
        writer, reader = Oracle(as_writer(schema)), Oracle(as_reader(schema))
        tolerant = Oracle(as_reader(schema, fills=False))
        for event in [*invented((schema,), rng, 8), *rng.sample(CORPUS, 20)]:
            said = seed, schema.root, event
            assert renewed.quick(event) == written.quick(event), said
            assert written.quick(event) or not writer.quick(event), said
            assert tolerant.quick(event) or not written.quick(event), said
            assert tolerant.quick(fill(schema, event)) == reader.quick(event), said


def test_no_random_event_refutes_a_proof() -> None:
    for seed, (old, new, rng) in DRAWN:
        for reader, writer in ((new, old), (old, new)):
            answer = judge(writer, reader, View.GOVERNED).backward
            if isinstance(answer, Refuted):
                assert is_break(reader, writer, answer.witness), (seed, answer)
            if isinstance(answer, Proven):
                closed, tolerant = Oracle(as_writer(writer)), Oracle(as_reader(reader, fills=False))
                for event in [*invented((writer, reader), rng, 5), *rng.sample(CORPUS, 20)]:
                    if closed.quick(event):
                        assert tolerant.quick(fill(reader, event)), (seed, event)
