"""A glance at a value and its schema: never sure of anything that the validator does not say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.catalog.fits import Verdict, fits
from governance.catalog.load import load
from governance.catalog.refs import RefError, bundle
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import SchemaNotUsableError, Validator
from governance.schema.json import Json
from tests.catalogs import raw_files
from tests.test_fuzz import EXAMPLES

MONEY = {"type": "object", "properties": {"units": {"type": "integer"}}, "required": ["units"]}


def glance(schema: Json, value: Json) -> Verdict:
    return judge(schema, value)[0]


def judge(schema: Json, value: Json) -> tuple[Verdict, bool | None]:
    """Return what a glance says of a value, and what the validator says; None where it can't."""
    event = {"Task.Assignment.Created.v1": {"data": {"type": "object", "$defs": {"x": schema}}}}
    file = {"events": event, "components": {"schemas": {"Money": MONEY}}}
    catalog = load(raw_files(json.dumps(file), "task.json"))
    payload = catalog.events[0].payload
    assert payload is not None
    seen = fits(catalog, payload, schema, value)
    try:
        compiled = Validator(bundle(catalog, payload, "/$defs/x"), DRAFT_2020_12)
    except (RefError, SchemaNotUsableError):
        return seen, None
    return seen, not any(compiled.violations(value))


@pytest.mark.parametrize(
    ("schema", "value", "verdict"),
    [
        ({"type": "string", "maxLength": 3}, "abc", True),
        ({"type": "string", "maxLength": 3}, "abcd", False),
        ({"type": ["integer", "null"]}, None, True),
        ({"type": "integer"}, 1.0, True),
        ({"type": "integer"}, 1.5, False),
        ({"enum": ["a", "b"]}, "c", False),
        ({"enum": [1, True]}, 1, None),
        ({"pattern": "^[A-Z]{2}$"}, "AB", True),
        ({"pattern": "^[A-Z]{2}$"}, "AB\n", False),
        ({"pattern": "("}, "AB", None),
        ({"format": "uuid"}, "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11", True),
        ({"format": "uuid"}, "no", None),
        ({"format": "email"}, "a@b.example", None),
        ({"minimum": 3}, 2**60, None),
        ({"$ref": "#/components/schemas/Money"}, {"units": 1}, True),
        ({"$ref": "#/components/schemas/Money"}, {"units": "1"}, False),
        ({"$ref": "#/components/schemas/Money"}, {"units": 1, "more": 1}, None),
        ({"$ref": "#/nowhere"}, 1, None),
        ({"$ref": "#/events/Task.Assignment.Created.v1/data/$defs/x"}, 1, None),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "a", True),
        ({"oneOf": [{"const": "a"}, {"type": "string"}]}, "a", False),
        ({"type": "object"}, {"anything": 1}, None),
        ({"uniqueItems": True}, [1], None),
        (True, 1, None),
    ],
)
def test_what_is_to_be_seen_at_a_glance(schema: Json, value: Json, verdict: Verdict) -> None:
    assert glance(schema, value) is verdict


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from([0.5, 2.0, 1e300])
    | st.sampled_from(["", "a", "ab", "abc", "2026-01-01", "ä", "AB\n"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
KEYWORDS: dict[str, st.SearchStrategy[Json]] = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "enum": st.lists(VALUES, min_size=1, max_size=3),
    "const": VALUES,
    "minimum": st.integers(-2, 5) | st.just(0.5),
    "maximum": st.integers(-2, 5),
    "exclusiveMinimum": st.integers(-2, 5),
    "exclusiveMaximum": st.integers(-2, 5),
    "minLength": st.integers(0, 3),
    "maxLength": st.integers(0, 3),
    "minItems": st.integers(0, 2),
    "maxItems": st.integers(0, 2),
    "pattern": st.sampled_from(["^[a-z]+$", "b", "^.$", "A"]),
    "format": st.sampled_from(["date", "uuid", "uri"]),
    "required": st.lists(NAMES, max_size=2, unique=True),
    "additionalProperties": st.booleans(),
    "uniqueItems": st.booleans(),
    "$ref": st.just("#/components/schemas/Money"),
    "description": st.just("x"),
}


def schemas(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {},
        optional={
            **KEYWORDS,
            "items": inner,
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "oneOf": st.lists(inner, min_size=1, max_size=3),
            "anyOf": st.lists(inner, min_size=1, max_size=3),
            "allOf": st.lists(inner, min_size=1, max_size=3),
            "not": inner,
        },
    )


SCHEMAS = st.recursive(st.fixed_dictionaries({}, optional=KEYWORDS), schemas, max_leaves=4)


@settings(max_examples=EXAMPLES * 4)
@given(SCHEMAS, VALUES)
def test_it_is_sure_only_where_the_validator_agrees(schema: Json, value: Json) -> None:
    seen, valid = judge(schema, value)
    if seen is not None and valid is not None:
        assert seen is valid
