"""``keb-govern compat`` as its users see it, and the workers beneath ``--batch``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from governance import report
from governance.compat.answer import Schema
from governance.compat.case import dialect_named
from governance.compat.places import deciding
from governance.compat.views import as_reader
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import JsonObject
from governance.workers import Lines, Lost, in_order
from tests import test_cli

HERE = Path(__file__).parent / "cli" / "compat"
COMMAND = [*test_cli.COMMAND, "compat"]
pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the schemas that the transcripts speak of; it is the working folder."""
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize("transcript", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript(transcript: Path, *, update_golden: bool) -> None:
    test_cli.test_transcript(transcript, update_golden=update_golden)


def test_json_is_as_its_schema_says() -> None:
    schema = json.loads((Path(report.__file__).parent / "compat.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    pair = test_cli.run("compat", "old.yaml", "new.yaml", "--format", "json").stdout
    batch = test_cli.run("compat", "--batch", "cases.jsonl").stdout.splitlines()
    said = [json.loads(text) for text in (pair, *batch)]
    verdicts = {one[side]["verdict"] for one in said for side in ("backward", "forward")}
    assert verdicts == {"compatible", "incompatible", "undetermined"}
    for one in said:
        jsonschema.validate(one, schema)
    for broken in ({"verdict": "compatible", "witness": 1}, {"verdict": "undetermined"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"id": 1, "backward": broken}, schema)


def test_a_pair_of_compatible_schemas_loads_no_second_validator() -> None:
    script = (
        "import sys; from governance.cli import main; main(['compat', 'old.yaml', 'old.yaml']); "
        "heavy = {'jsonschema', 'referencing', 'deepdiff', 'multiprocessing', 'asyncio'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_batch_answers_each_line_before_the_next_is_there() -> None:
    line = (json.dumps({"id": "ü\u2028", "old": True, "new": {"type": "integer"}}) + "\n").encode()
    with subprocess.Popen(
        [*COMMAND, "--batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(line)
            said = json.loads(process.stdout.readline())
            assert said["id"] == "ü\u2028"
            assert said["backward"]["verdict"] == "incompatible"
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait() == 0


def test_an_interrupted_batch_leaves_no_process_behind() -> None:
    with subprocess.Popen(
        [*COMMAND, "--batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b'{"id": 1, "old": true, "new": true}\n')
        assert process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr.read() == b"keb-govern: interrupted\n"
        assert process.wait() == 130
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


def test_a_reader_that_has_seen_enough_is_no_error(project: Path) -> None:
    (project / "many.jsonl").write_text('{"id": 1, "old": true, "new": true}\n' * 5000)
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {' '.join(COMMAND)} --batch many.jsonl | head -n 1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.startswith('{"id": 1')
    assert done.stderr == ""


def work(question: bytes, line: bytes) -> bytes:
    """Do as a line says."""
    if question == b"backward" and line == b"sleep":
        time.sleep(60)
    if line == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if line == b"exit":
        os._exit(3)
    if line == b"hog":
        try:
            bytearray(1 << 40)
        except MemoryError:
            return b"no memory"
    if line.startswith(b"late"):
        time.sleep(0.2)
    return question[:1] + b":" + line[:9]


def answers(tmp_path: Path, text: bytes, count: int, most_bytes: int = 1000) -> list[JsonObject]:
    path = tmp_path / "lines"
    path.write_bytes(text)
    with path.open("rb", buffering=0) as file:
        lines = Lines(file.fileno(), most_bytes)
        questions = (b"backward", b"forward")
        made = list(in_order(work, lines, questions, count, limit_seconds=1))
    for one in made:
        assert len(one.answers) == 2
    return [
        {
            one.line.decode(): [
                said.reason if isinstance(said, Lost) else said.decode() for said in one.answers
            ]
        }
        for one in made
    ]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_worker_that_dies_costs_only_its_answer(tmp_path: Path, count: int) -> None:
    killed = "the process that judged it was ended by SIGKILL"
    ended = "the process that judged it was ended by an exit of its own"
    assert answers(tmp_path, b"late\na\ndie\n\nsleep\nexit\nhog\n \nlast", count) == [
        {"late": ["b:late", "f:late"]},
        {"a": ["b:a", "f:a"]},
        {"die": [killed, killed]},
        {"sleep": ["it takes more than 1 seconds", "f:sleep"]},
        {"exit": [ended, ended]},
        {"hog": ["no memory", "no memory"]},
        {"last": ["b:last", "f:last"]},
    ]


def test_many_lines_keep_their_order_and_long_ones_are_cut(tmp_path: Path) -> None:
    names = [f"late{number}" if number % 40 == 0 else f"{number}" for number in range(400)]
    text = "\n".join([*names, "x" * 300_000, "last"]).encode()
    made = answers(tmp_path, text, 3)
    assert [key for one in made for key in one] == [*names, "x" * 1000, "last"]
    assert answers(tmp_path, b"", 2) == []


PLACES = {
    case["case"]: case for case in map(json.loads, (HERE / "places.jsonl").read_text().splitlines())
}


@pytest.mark.parametrize("name", PLACES)
def test_a_witness_is_decided_at(name: str) -> None:
    case = PLACES[name]
    dialect = dialect_named(case.get("dialect", "2020-12"))
    reader, writer = (Schema(case[side], dialect) for side in ("reader", "writer"))
    judged = as_reader(reader) if "governed" in case else None
    assert list(deciding(reader, writer, case["witness"], judged)) == case["decided"]


def test_a_subschema_is_judged_within_its_document() -> None:
    reader = {"parts": {"A b": {"$ref": "#/parts/B"}, "B": {"type": "integer"}}}
    writer = {"parts": {"A": {"$ref": "#/parts/B"}, "B": {"type": "string"}}}
    found = deciding(
        Schema(reader, DRAFT_2020_12, "/parts/A b"), Schema(writer, DRAFT_2020_12, "/parts/A"), ""
    )
    assert found[:3] == ("/parts/B/type", "/parts/B/type", "")


CATALOG = {
    "task.yaml": """\
domain: Task
stream: task_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data:
      type: object
      properties:
        task_id: {$ref: "common.yaml#/components/schemas/Id"}
""",
    "common.yaml": "components: {schemas: {Id: {type: string, maxLength: 3}}}\n",
}


def test_a_reference_to_a_file_beside_is_followed(project: Path) -> None:
    (project / "catalog").mkdir()
    for name, text in CATALOG.items():
        (project / "catalog" / name).write_text(text)
    (project / "plain.json").write_text(
        '{"type": "object", "properties": {"task_id": {"maxLength": 2}}}'
    )
    old = "catalog/task.yaml#/events/Task.Assignment.Created.v1/data"
    said = test_cli.run("compat", old, "plain.json", "--content-model", "governed")
    assert said.returncode == 1, said.stderr
    assert '"task_id": "aaa"' in said.stdout
    assert "the writer, catalog/task.yaml:9:" in said.stdout
