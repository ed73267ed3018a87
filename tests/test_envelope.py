"""The shipped envelope: one schema, one list of names, and both say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governance.catalog import envelope
from governance.rules import all_rules
from governance.schema.dialect import DRAFT_2020_12, dialect_of
from governance.schema.instance import Validator, schema_violations
from tests.catalogs import judge

ROOT = Path(__file__).parent.parent
FILE = ROOT / "governance" / "catalog" / "base_event.yaml"
EVENT: dict[str, Any] = {
    "event_id": "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
    "event_type": "Task.Assignment.Created.v1",
    "event_version": "1.2.0",
    "timestamp_iso": "2026-11-23T09:30:00Z",
    "source_system_id": "VantaMasterCore",
    "data": {"task_id": "5f3e2c55-4f9a-4c1b-8a55-0a1c8e0f9d77"},
}
# These say what a payload needs: the envelope brings the base fields, and any payload fits in it.
OF_PAYLOADS = {"KEB601", "KEB602", "KEB609"}


def refused(event: dict[str, Any]) -> set[str]:
    violations = Validator(envelope.shipped(), dialect_of(envelope.shipped())).violations(event)
    return {violation.pointer.strip("/") or violation.keyword for violation in violations}


def test_names_are_those_of_the_list() -> None:
    shipped = envelope.shipped()
    assert set(shipped["properties"]) == set(envelope.BASE_FIELDS)
    assert set(shipped["required"]) == set(envelope.REQUIRED)
    assert set(envelope.LEGACY_NAMES.values()) <= set(envelope.REQUIRED)


def test_is_a_schema_with_a_description_of_each_field() -> None:
    shipped = envelope.shipped()
    assert dialect_of(shipped) is DRAFT_2020_12
    assert not list(schema_violations(shipped, DRAFT_2020_12))
    assert all(field["description"] for field in shipped["properties"].values())


def test_is_clean_by_the_rules() -> None:
    rules = [rule for rule in all_rules() if rule.id not in OF_PAYLOADS]
    text = "# file: base_event.yaml\n" + FILE.read_text(encoding="utf-8")
    assert not judge(text, *rules).findings


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"correlation_id": "91c2f6de-0d6b-4f0c-a3a7-64b7a5d0c1f4"},
        {"causation_id": "91c2f6de-0d6b-4f0c-a3a7-64b7a5d0c1f4"},
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"event_version": "2.0.0-rc.1+build.5"},
        {"event_version": "10.20.30"},
        {"timestamp_iso": "2026-11-23T09:30:00.123456Z"},
        {"data": {}},
        {"tenant_id": "a base field of the catalog's own"},
    ],
)
def test_accepts(more: dict[str, Any]) -> None:
    assert not refused({**EVENT, **more})


@pytest.mark.parametrize("name", envelope.REQUIRED)
def test_misses_a_required_field(name: str) -> None:
    assert refused({key: value for key, value in EVENT.items() if key != name}) == {"required"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event_id", "42"),
        ("event_id", None),
        ("event_type", ""),
        ("event_version", "1.2"),
        ("event_version", "01.2.3"),
        ("event_version", "v1.2.3"),
        ("event_version", 1.2),
        ("timestamp_iso", "2026-11-23T09:30:00+02:00"),
        ("timestamp_iso", "2026-11-23T09:30:00"),
        ("timestamp_iso", "2026-13-23T09:30:00Z"),
        ("timestamp_iso", 1784106000),
        ("source_system_id", ""),
        ("correlation_id", "none"),
        ("correlation_id", None),
        ("causation_id", "none"),
        ("traceparent", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("traceparent", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"),
        ("data", []),
        ("data", None),
    ],
)
def test_refuses(name: str, value: object) -> None:
    assert refused({**EVENT, name: value}) == {name}
