"""The cases that other projects test themselves by, with the truth that was found for each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from governance.compat.answer import Proven, Refuted, Schema
from governance.compat.contains import contains
from governance.schema.dialect import DIALECTS, dialect_of
from governance.schema.json import JsonObject
from tests.instances import Oracle

CASES = Path(__file__).parents[2] / "shared/compat-cases/cases.jsonl"
DIALECT = {one.name: one for one in DIALECTS}


def test_every_truth_that_is_known_is_found() -> None:
    if not CASES.exists():
        pytest.skip("the cases of others do not lie beside this checkout")
    cases = [json.loads(line) for line in CASES.read_text().splitlines()]
    assert [wrong for case in cases for wrong in wrongs(case)] == []


def wrongs(case: JsonObject) -> list[str]:
    """Return the directions of a case in which the answer is not the truth."""
    old, new = (
        Schema(case[side], dialect_of(case[side], DIALECT[case["dialect"]]))
        for side in ("old", "new")
    )
    found = []
    for direction, writer, reader in (("backward", old, new), ("forward", new, old)):
        truth = case[f"semantic_{direction}"]
        answer = contains(reader, writer)
        if truth is not None and isinstance(answer, Proven) is not truth:
            found.append(f"{case['id']} {direction}: {answer}")
        elif truth is False and not (
            isinstance(answer, Refuted)
            and Oracle(writer).careful(answer.witness)
            and not Oracle(reader).careful(answer.witness)
        ):
            found.append(f"{case['id']} {direction}: {answer} is no witness")
    return found
