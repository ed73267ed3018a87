"""A schema gathered with all that it refers to, and what the validator makes of it."""

from __future__ import annotations

import contextlib
import json

import pytest

from governance.catalog.load import load
from governance.catalog.refs import RefError, bundle
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import SchemaNotUsableError, Validator
from governance.schema.json import Json, JsonObject, identity, shown
from tests.catalogs import raw_files


def bundled(data: JsonObject, schemas: JsonObject) -> Validator:
    event = {"events": {"Task.Assignment.Created.v1": {"data": data}}}
    catalog = load(raw_files(json.dumps({**event, "components": {"schemas": schemas}})))
    payload = catalog.events[0].payload
    assert payload is not None
    return Validator(bundle(catalog, payload), payload.dialect)


def test_keeps_apart_what_has_the_same_name() -> None:
    data = {
        "properties": {
            "own": {"$ref": "#/$defs/Money"},
            "shared": {"$ref": "#/components/schemas/Money"},
        },
        "$defs": {"Money": {"type": "integer"}},
    }
    validator = bundled(data, {"Money": {"type": "string"}})
    assert not list(validator.violations({"own": 1, "shared": "a"}))
    assert len(list(validator.violations({"own": "a", "shared": 1}))) == 2


@pytest.mark.parametrize("name", ["Größe der Datei", "50%", 'a"b', "a/b~c", "日本"])
def test_refers_to_any_name(name: str) -> None:
    pointer = name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
    validator = bundled({"$ref": f"#/components/schemas/{pointer}"}, {name: {"type": "string"}})
    assert [one.keyword for one in validator.violations(1)] == ["type"]


def test_follows_a_chain_longer_than_the_stack() -> None:
    chain = {
        f"C{number}": {"$ref": f"#/components/schemas/C{number + 1}"} for number in range(2000)
    }
    validator = bundled({"$ref": "#/components/schemas/C0"}, {**chain, "C2000": {"const": 1}})
    assert not list(validator.violations(1))


@pytest.mark.parametrize("broken", [{"$defs": []}, {"$id": 5}, {"$defs": {"A": 5}}])
def test_refuses_keywords_that_hold_anything(broken: JsonObject) -> None:
    with contextlib.suppress(RefError, SchemaNotUsableError):
        bundled({**broken, "properties": {"a": {"$ref": "#/components/schemas/A"}}}, {"A": {}})


def test_an_anchor_may_be_anything() -> None:
    with pytest.raises(RefError, match="no anchor"):
        bundled({"$ref": "#a", "$defs": {"A": {"$anchor": []}}}, {})


def test_very_large_refusals_are_told_once() -> None:
    required = [f"a{number}" for number in range(3000)]
    wanted = Validator({"required": required}, DRAFT_2020_12)
    assert len(list(wanted.violations({f"b{number}": 1 for number in range(3000)}))) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        ([1, {"a": 0, "b": []}], [1.0, {"b": [], "a": 0.0}], True),
        ([0], [False], False),
        ({"a": None}, {}, False),
        ("1", 1, False),
        ([], {}, False),
    ],
)
def test_equality_is_that_of_json_schema(one: Json, other: Json, *, same: bool) -> None:
    assert (identity(one) == identity(other)) is same


def test_a_shown_value_is_cut_short() -> None:
    assert shown("a" * 99) == f"'{'a' * 59}…'"
    assert shown({"a": [1, None, True, "ü"]}) == '{"a": [1, null, true, "ü"]}'
    assert len(shown([{"a": 1}] * 9999)) == 60
