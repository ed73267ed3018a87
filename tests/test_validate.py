"""Real events, judged by the catalog: the verdict, the place, and hostile input."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import report
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.cli import main, validate
from governance.config import Config
from governance.wire import Judge, Side

ROOT = Path(__file__).parent.parent
CATALOG = """\
domain: Task
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    aliases: [TaskAssignedEvent]
    data:
      type: object
      properties:
        task_id: {type: string, format: uuid}
        priority: {type: integer, minimum: 1, maximum: 5, default: 3}
        tags: {type: array, items: {type: string, maxLength: 3}, maxItems: 2}
      required: [task_id, priority]
"""
ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"
GOOD: dict[str, Any] = {
    "event_id": ID,
    "event_type": "Task.Assignment.Created.v1",
    "event_version": "1.2.0",
    "timestamp_iso": "2026-11-23T09:30:00Z",
    "source_system_id": "planner",
    "data": {"task_id": ID, "priority": 1},
}
FLAT = {
    "event_id": ID,
    "event_type": "TaskAssignedEvent",
    "timestamp_iso": "2026-11-23T09:30:00Z",
    "source_agent_id": "planner",
    "task_id": ID,
    "priority": 2,
}
# The payload's schema as a writer has to keep to it, and as a reader sees it, written by hand.
WRITER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "task_id": {"type": "string", "format": "uuid"},
        "priority": {"type": "integer", "minimum": 1, "maximum": 5},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
    },
    "required": ["task_id", "priority"],
    "additionalProperties": False,
}
READER = {**WRITER, "required": ["task_id"], "additionalProperties": True}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "task.yaml").write_text(CATALOG)
    return folder


def judged(
    catalog: Path, text: str | bytes, *words: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the verdicts on an input, which fit the shipped schema."""
    file = catalog.parent / "input"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code = main(["validate", str(file), "--catalog", str(catalog), "--format", "json", *words])
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    schema = json.loads((Path(report.__file__).parent / "validate.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for one in said:
        jsonschema.validate(one, schema, jsonschema.Draft202012Validator)
    return code, said


def changed(**fields: object) -> str:
    return json.dumps({**GOOD, **fields})


def with_data(**fields: object) -> str:
    return changed(data={**GOOD["data"], **fields})


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        json.dumps(GOOD, indent=2),
        json.dumps([GOOD, GOOD], indent=2),
        f"{json.dumps(GOOD)}\n\n{json.dumps(GOOD)}\r\n",
        "\ufeff" + json.dumps(GOOD),
        json.dumps(FLAT),
        with_data(tags=["a", "😀😀😀"]),
        changed(correlation_id=ID, causation_id=ID),
        changed(event_version="1.0.3"),
        "",
    ],
    ids=[
        "one",
        "over several lines",
        "a list",
        "lines",
        "with a mark",
        "as sent today",
        "all fields",
        "optional base fields",
        "an older release",
        "nothing",
    ],
)
def test_what_may_be_sent(catalog: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(catalog, text, capsys=capsys)
    assert code == 0, said
    assert all(one["valid"] for one in said)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (with_data(task_id="x"), ("/data/task_id", "format", '"x"')),
        (with_data(priority=9), ("/data/priority", "maximum", "9")),
        (with_data(tags=["a", "long"]), ("/data/tags/1", "maxLength", '"long"')),
        (with_data(note=1), ("/data/note", "additionalProperties", '"note"')),
        (changed(data={"task_id": ID}), ("/data/priority", "required", '{"task_id"')),
        (changed(event_id=1), ("/event_id", "type", "1,")),
        (changed(note=1), ("/note", "additionalProperties", '"note"')),
        (changed(event_version="2.0.0"), ("/event_version", None, '"2.0.0"')),
        (changed(event_type="Task.Asignment.Created.v1"), ("/event_type", None, '"Task.A')),
        (json.dumps({"data": {}}), ("/event_type", "required", "{")),
        (json.dumps({"_event_id": ID, "data": json.dumps(GOOD)}), ("/data", None, '"{')),
        (json.dumps({**FLAT, "priority": 0}), ("/priority", "minimum", "0}")),
        (json.dumps("text"), ("", "type", '"text"')),
    ],
)
def test_what_is_refused_and_where(
    catalog: Path,
    text: str,
    refused: tuple[str, str | None, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, [good, said] = judged(catalog, f"{json.dumps(GOOD)}\n{text}\n", capsys=capsys)
    assert (code, good["valid"]) == (1, True)
    [fault] = said["faults"]
    pointer, keyword, at = refused
    assert (fault["pointer"], fault["keyword"], fault["line"]) == (pointer, keyword, 2)
    assert text[fault["column"] - 1 :].startswith(at)


@pytest.mark.parametrize(
    "line",
    [
        b"{broken",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"event_type": "\\ud800"}',
        b'"' + b"x" * (validate.MAX_LINE_BYTES + 5) + b'"',
    ],
    ids=["syntax", "twice", "NaN", "bytes", "deep", "digits", "surrogate", "long"],
)
def test_a_broken_line_leaves_the_others_alone(
    catalog: Path, line: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(GOOD).encode()
    code, said = judged(catalog, b"\n".join([good, line, good]), capsys=capsys)
    assert code == 1
    assert [one["valid"] for one in said] == [True, False, True]
    assert [one["line"] for one in said] == [1, 2, 3]
    code, said = judged(catalog, b"\n".join([line, good]), capsys=capsys)
    assert [one["valid"] for one in said] == [False, True]


def test_a_broken_text_over_several_lines_is_one_fault(
    catalog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(GOOD, indent=2)[:-2] + ",\n"
    code, [said] = judged(catalog, text, capsys=capsys)
    [fault] = said["faults"]
    assert (code, fault["line"]) == (1, text.count("\n") + 1)


def test_a_reader_passes_over_what_it_does_not_know_and_fills_defaults(
    catalog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = changed(data={"task_id": ID, "later": 1}, later=2)
    assert judged(catalog, text, "--as", "reader", capsys=capsys)[0] == 0
    assert judged(catalog, text, capsys=capsys)[0] == 1


def test_a_payload_alone_is_judged_by_the_named_event(
    catalog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--type", "Task.Assignment.Created.v1"]
    assert judged(catalog, json.dumps(GOOD["data"]), *words, capsys=capsys)[0] == 0
    code, [said] = judged(catalog, '{"task_id": 1}', *words, capsys=capsys)
    assert (code, [one["pointer"] for one in said["faults"]]) == (1, ["/priority", "/task_id"])
    assert main(["validate", "--catalog", str(catalog), "--type", "Task.X.v1", __file__]) == 2
    assert "the catalog has no event 'Task.X.v1'" in capsys.readouterr().err


def test_a_line_is_judged_before_the_next_one_comes(catalog: Path) -> None:
    command = [sys.executable, "-m", "governance", "validate", "--format", "json"]
    with subprocess.Popen(
        [*command, "--catalog", str(catalog)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as done:
        assert done.stdin is not None
        assert done.stdout is not None
        for text in (json.dumps(GOOD), with_data(priority=0)):
            done.stdin.write(text.encode() + b"\n")
            done.stdin.flush()
            assert json.loads(done.stdout.readline())["valid"] is (text == json.dumps(GOOD))
        done.stdin.close()
        assert done.wait(timeout=60) == 1


def test_standard_input_is_read_where_nothing_is_named(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(with_data(priority=0).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["validate", "--catalog", str(catalog)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("<stdin>:1:")
    assert "`priority` is 0, and must be at least 1" in said.out
    assert said.err == "keb-govern: 1 event judged, 1 refused\n"


values = st.one_of(
    st.just(ID), st.text(max_size=4), st.integers(-1, 7), st.none(), st.lists(st.text(max_size=4))
)
payloads = st.dictionaries(st.sampled_from(["task_id", "priority", "tags", "other"]), values)


@settings(deadline=None, max_examples=300)
@given(payloads)
def test_the_verdict_is_that_of_another_validator(payload: dict[str, Any]) -> None:
    for judge, schema in _BOTH:
        other = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        verdict = judge.payload(payload, "Task.Assignment.Created.v1")
        assert (not verdict.faults) is other.is_valid(payload)


def _judges() -> list[tuple[Judge, dict[str, Any]]]:
    from tempfile import TemporaryDirectory  # noqa: PLC0415  for this alone

    with TemporaryDirectory() as folder:
        (Path(folder) / "task.yaml").write_text(CATALOG)
        catalog = load(read_folder(Path(folder), Config().max_file_bytes))
    return [(Judge(catalog, Side.WRITER), WRITER), (Judge(catalog, Side.READER), READER)]


_BOTH = _judges()
EXAMPLES = [
    (event.type, pointer, example)
    for event in load(read_folder(ROOT / "event_schemas", Config().max_file_bytes)).events
    for pointer, example in event.examples
]


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("event", "pointer", "example"), EXAMPLES)
def test_every_example_of_the_reference_catalog_may_be_sent(
    event: str, pointer: str, example: object, side: Side
) -> None:
    catalog = load(read_folder(ROOT / "event_schemas", Config().max_file_bytes))
    assert Judge(catalog, side).payload(example, event).faults == (), pointer
