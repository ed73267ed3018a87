"""Payloads that are made of schemas, judged by a validator that did not help to make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.catalog.refs import bundle
from governance.compat.answer import Schema
from governance.compat.views import as_writer
from governance.contract.generate import EVERY, ONLY, Generator, Samples
from governance.errors import CatalogError
from tests.catalogs import raw_files
from tests.instances import Oracle

_HOUSE = load(read_folder(Path(__file__).parents[2] / "event_schemas", 2_000_000))
_HEAD = "domain: A\nstream: a\nevents:\n  A.B.Done.v1:\n    event_version: 1.0.0\n    data: "


def _samples(data: str) -> Samples:
    catalog = _catalog(data)
    return Generator(catalog).of(catalog.events[0])


def _catalog(data: str) -> Catalog:
    return load(raw_files(f"{_HEAD}{data}\n"))


def _keywords(data: str) -> set[tuple[str, str]]:
    return {(one.pointer, one.keyword) for one in _samples(data).mutants}


@pytest.mark.parametrize("event", _HOUSE.events, ids=lambda event: event.type)
def test_what_is_valid_is_accepted_and_no_mutant_is(event: object) -> None:
    found = next(one for one in _HOUSE.events if one is event)
    assert found.payload is not None
    samples = Generator(_HOUSE).of(found)
    oracle = Oracle(as_writer(Schema(bundle(_HOUSE, found.payload), found.payload.dialect)))
    assert samples.allowed
    assert samples.mutants
    assert all(oracle.quick(one.data) for one in samples.allowed)
    # Formats are asserted by the client, and an annotation for this one.
    careful = [one for one in samples.mutants if one.keyword != "format"]
    assert not any(oracle.careful(one.data) for one in careful)
    assert len({one.name for one in samples.allowed}) == len(samples.allowed)


@pytest.mark.parametrize(
    ("field", "keywords"),
    [
        ("{type: integer, minimum: 1, maximum: 5}", {"type", "minimum", "maximum"}),
        (
            "{type: number, exclusiveMinimum: 0, multipleOf: 5}",
            {"type", "exclusiveMinimum", "multipleOf"},
        ),
        ("{type: string, minLength: 2, maxLength: 3}", {"type", "minLength", "maxLength"}),
        ('{type: string, pattern: "^[a-c]+$"}', {"type", "pattern"}),
        ("{type: string, format: date-time}", {"type", "format"}),
        ("{enum: [a, b]}", {"enum"}),
        ("{const: a}", {"const"}),
        (
            "{type: array, items: {type: string}, minItems: 1, maxItems: 2, uniqueItems: true}",
            {"type", "minItems", "maxItems", "uniqueItems"},
        ),
        ("{anyOf: [{type: integer}, {type: 'null'}]}", {"anyOf"}),
        ("{type: [integer, 'null']}", {"type"}),
        ("{allOf: [{minimum: 1}, {type: integer}]}", {"type", "minimum"}),
    ],
)
def test_each_keyword_has_a_mutant(field: str, keywords: set[str]) -> None:
    found = _keywords(f"{{type: object, properties: {{x: {field}}}, required: [x]}}")
    assert {keyword for pointer, keyword in found if pointer == "/x"} == {*keywords, "required"}
    assert ("/keb_undeclared", "additionalProperties") in found


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("required", "dependentRequired: {a: [b]}"),
        ("propertyNames", "propertyNames: {pattern: '^[a-z_]+$'}, additionalProperties: true"),
        ("maxProperties", "maxProperties: 2, additionalProperties: true"),
        ("minProperties", "minProperties: 1"),
        ("not", "not: {required: [a, b]}"),
        ("oneOf", "oneOf: [{required: [a]}, {required: [b]}]"),
        ("required", "if: {required: [a]}, then: {required: [b]}"),
    ],
)
def test_a_keyword_of_the_whole_has_a_mutant(keyword: str, said: str) -> None:
    fields = "{a: {type: integer}, b: {type: integer}}"
    found = _keywords(f"{{type: object, properties: {fields}, {said}}}")
    assert keyword in {one for _, one in found}


def test_contains_has_a_mutant() -> None:
    field = "{type: array, items: {type: integer}, contains: {const: 1}}"
    found = _keywords(f"{{type: object, properties: {{x: {field}}}}}")
    assert ("/x", "contains") in found


def test_what_lies_deep_is_reached_through_references_and_lists() -> None:
    data = """
      type: object
      properties:
        items: {type: array, items: {$ref: "#/$defs/Item"}}
      required: [items]
      $defs:
        Item: {type: object, properties: {name: {type: string, maxLength: 3}}, required: [name]}"""
    found = _keywords(data)
    assert {("/items/0/name", "maxLength"), ("/items/0/name", "required")} <= found
    assert ("/items/0/keb_undeclared", "additionalProperties") in found


def test_readers_see_edges_null_listed_values_and_what_is_left_out() -> None:
    data = """
      type: object
      properties:
        level: {type: integer, minimum: 1, maximum: 5}
        note: {type: [string, "null"], maxLength: 4}
        state: {enum: [on, off, broken]}
        tags: {type: array, items: {type: string}, maxItems: 2}
        x: {type: object, properties: {y: {type: boolean}}}
      required: [level]"""
    made = {one.name: one.data for one in _samples(data).allowed}
    assert made[ONLY].keys() == {"level"}
    assert made[EVERY].keys() == {"level", "note", "state", "tags", "x"}
    assert made["null at /note"]["note"] is None
    assert "note" not in made["without /note"]
    assert made["4 characters at /note"]["note"] == "aaaa"
    levels = {one["level"] for one in made.values()}
    assert {1, 5} <= levels <= {1, 2, 3, 4, 5}
    assert {one.get("state") for one in made.values()} == {"on", "off", "broken", None}
    assert any(one.get("x") == {} for one in made.values())


def test_a_property_may_be_called_like_a_keyword() -> None:
    data = """
      type: object
      properties:
        properties: {type: object, properties: {required: {type: string}}}
        enum: {type: integer}"""
    (most,) = [one.data for one in _samples(data).allowed if one.name == EVERY]
    assert set(most) == {"properties", "enum"}
    assert "required" in most["properties"]


@pytest.mark.parametrize(
    "data",
    ["{type: object, properties: {x: {type: wrong}}}", "{not: {}}", "{$ref: 'no.yaml#/x'}", "7"],
)
def test_a_schema_of_which_nothing_can_be_made_says_so(data: str) -> None:
    with pytest.raises(CatalogError, match=r"A\.B\.Done\.v1"):
        _samples(data)


def test_a_schema_that_asks_for_much_does_not_take_long_texts() -> None:
    samples = _samples("{type: object, properties: {x: {type: string, maxLength: 100000000}}}")
    assert all(len(str(one.data)) < 50_000 for one in samples.allowed)
