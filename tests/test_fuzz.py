"""Random files through the whole of ``check``: no crash, no hang, and the same report each time.

``make fuzz`` runs far more of them; ``KEB_FUZZ_EXAMPLES`` says how many.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.catalog.files import RawFile
from governance.catalog.load import load
from governance.check import examine
from governance.config import Config
from governance.finding import Report
from governance.report import Look, github, text
from governance.report import json as json_report
from governance.rules import Context, all_rules
from governance.schema.dialect import DRAFT_2020_12, OPENAPI_30
from governance.schema.json import Json
from tests.catalogs import TODAY

EXAMPLES = int(os.environ.get("KEB_FUZZ_EXAMPLES", "250"))
MODELS = sorted((Path(__file__).parent.parent / "event_schemas").glob("*.yaml"))

fuzz = settings(
    max_examples=EXAMPLES,
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

KEYS = st.sampled_from(
    [
        *"domain stream owner description events components schemas participants publishes".split(),
        *"subscribes event group reads event_version data aliases deprecated since sunset".split(),
        *"replaced_by examples compatibility legacy x-sensitivity x-extensible-enum".split(),
        *DRAFT_2020_12.keywords,
        *OPENAPI_30.keywords,
        *"Task.Assignment.Created.v1 TaskAssignedEvent BaseEvent task_id password email".split(),
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(
        [
            *"object string integer array number null Task.Assignment.Created.v1 1.0.0".split(),
            *"#/components/schemas/BaseEvent # other.yaml#/events uuid date-time (a+)+$".split(),
            *"2026-01-01 [a-z]+ ^\\d+$ https://example.com/x".split(),
        ]
    )
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=40,
)


def judge(files: dict[str, bytes]) -> Report:
    raws = tuple(RawFile(name, name, data, None) for name, data in sorted(files.items()))
    report, fixes = examine(Context(load(raws), Config(), TODAY), all_rules())
    texts = {raw.path: raw.data.decode(errors="replace").removeprefix("\ufeff") for raw in raws}
    for fix in fixes.values():
        for path, edit in fix.edits():
            assert -1 <= edit.start <= edit.end <= len(texts[path])
    return report


def judge_and_report(files: dict[str, bytes]) -> None:
    report = judge(files)
    for reporter in (text.REPORTER, json_report.REPORTER, github.REPORTER):
        reporter.render(report, Look()).encode()
    for finding in report.findings:
        span = finding.span
        assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)
    assert judge(files) == report


@fuzz
@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    judge_and_report({"a.yaml": data, "b.json": data})


@fuzz
@given(st.text(st.sampled_from("abz01 \n\t:-#{}[]&*!|>'\"%@`,?.~<"), max_size=120))
def test_random_yaml(text: str) -> None:
    judge_and_report({"a.yaml": text.encode()})


@fuzz
@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(KEYS, VALUES, max_size=4))
def test_random_values_in_the_words_of_the_format(one: Json, other: Json) -> None:
    judge_and_report({"a.json": json.dumps(one).encode(), "other.yaml": json.dumps(other).encode()})


@fuzz
@given(VALUES, st.dictionaries(KEYS, VALUES, max_size=4))
def test_random_schemas_of_an_event(data: Json, components: Json) -> None:
    event = {"event_version": "1.0.0", "description": "x", "data": data, "examples": [{}, data]}
    file = {"events": {"Task.Assignment.Created.v1": event}, "components": {"schemas": components}}
    legacy = {"TaskAssignedEvent": data, "components": {"schemas": components}}
    judge_and_report({"a.json": json.dumps(file).encode(), "b.json": json.dumps(legacy).encode()})


@fuzz
@given(st.sampled_from(MODELS), st.data())
def test_a_good_file_with_a_few_bytes_changed(model: Path, data: st.DataObject) -> None:
    content = bytearray(model.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    judge_and_report({model.name: bytes(content)})
