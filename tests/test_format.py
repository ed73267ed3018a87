"""The shipped JSON Schema of catalog files: right by a second validator, and helpful throughout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from governance.catalog.build import build
from governance.catalog.format import SHIPPED, departures, shipped
from governance.catalog.load import load
from governance.catalog.model import Layout
from governance.rules import all_rules
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import join
from tests.catalogs import judge, raw_files

ROOT = Path(__file__).parent.parent
FORMAT = Draft202012Validator(
    json.loads(SHIPPED.read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
)
RULES = [rule for rule in all_rules() if rule.id in {"KEB111", "KEB112"}]

TASK = """\
domain: Task
stream: task_events
owner: orchestration
description: Assignment, progress and completion of tasks.
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    description: A task was handed to an agent.
    aliases: [TaskAssignedEvent]
    compatibility: full
    deprecated: {since: 2026-11-01, sunset: 2027-03-01, replaced_by: Task.Assignment.Created.v2}
    legacy: {name: TaskAssignedEvent, flatten: true, source_field: source_agent_id}
    data:
      type: object
      properties:
        task_id: {type: string, format: uuid, description: The task.}
        email:
          type: string
          x-sensitivity: {class: personal, protection: hashed}
        priority: {type: string, x-extensible-enum: [low, high]}
      required: [task_id]
    examples:
      - {task_id: 7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11}
    x-ticket: KEB-17
components:
  schemas: {}
"""
OLD_DRAFT = """\
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed to an agent.
    data:
      $schema: http://json-schema.org/draft-04/schema#
      type: object
      properties: {priority: {type: integer, minimum: 0, exclusiveMinimum: true}}
"""
PARTICIPANTS = """\
participants:
  SecretsAgent:
    description: Keeps secrets.
    publishes: [Secret.Value.Rotated.v1]
    subscribes:
      - event: Task.Assignment.Created.v1
        group: secrets_agent_group
        reads: [/task_id, /priority]
  VantaMasterCore: {}
"""
SHARED = "components: {schemas: {AgentId: {type: string}, Anything: true}}\n"


def read(text: str) -> Json:
    return build(text, is_json=False).root


def parts(schema: Json, pointer: str = "") -> Iterator[tuple[str, JsonObject]]:
    """Yield each schema that stands for a key, an entry or an item of a file, with its pointer."""
    yield pointer, schema
    for keyword in ("properties", "$defs"):
        for name, inner in schema.get(keyword, {}).items():
            yield from parts(inner, pointer + join(keyword, name))
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict) and "$ref" not in schema[keyword]:
            yield from parts(schema[keyword], pointer + join(keyword))


PARTS = [(pointer, part) for pointer, part in parts(shipped()) if not pointer.startswith("/if")]


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(shipped())


@pytest.mark.parametrize("text", [TASK, OLD_DRAFT, PARTICIPANTS, SHARED])
def test_it_accepts_every_layout(text: str) -> None:
    assert not list(FORMAT.iter_errors(read(text)))
    assert not judge(text, *RULES).findings


def test_it_accepts_our_own_catalog() -> None:
    for path in sorted((ROOT / "event_schemas").glob("*.yaml")):
        assert not list(FORMAT.iter_errors(read(path.read_text()))), path.name


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("domain: Task", "domian: Task", ""),
        ("event_version: 1.2.0", "event_verison: 1.2.0", "/events/Task.Assignment.Created.v1"),
        ("[TaskAssignedEvent]", "TaskAssignedEvent", "/events/Task.Assignment.Created.v1/aliases"),
        (": full", ": some", "/events/Task.Assignment.Created.v1/compatibility"),
        ("2027-03-01", "5", "/events/Task.Assignment.Created.v1/deprecated/sunset"),
        ("flatten: true", "flatten: 1", "/events/Task.Assignment.Created.v1/legacy/flatten"),
        ("schemas: {}", "schemas: []", "/components/schemas"),
    ],
)
def test_it_refuses_what_the_rules_refuse(old: str, new: str, at: str) -> None:
    text = TASK.replace(old, new)
    pointers = {join(*error.absolute_path) for error in FORMAT.iter_errors(read(text))}
    assert at in pointers
    (file,) = load(raw_files(text)).files
    assert {found.pointer for found in departures(file.document)} == {at}
    assert judge(text, *RULES).findings


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("event_version: 1.2.0", "event_version: 1.2"),
        ("    description: A task was handed to an agent.\n", ""),
        ("type: object", "type: objekt"),
        ("2027-03-01", "soon"),
        ("class: personal", "class: secret"),
        ("format: uuid, description: The task.", "format: uuid, description: [The task]"),
    ],
)
def test_an_editor_sees_what_further_rules_refuse(old: str, new: str) -> None:
    assert old in TASK
    assert list(FORMAT.iter_errors(read(TASK.replace(old, new, 1))))
    assert not judge(TASK.replace(old, new, 1), *RULES).findings


@pytest.mark.parametrize(("pointer", "part"), PARTS, ids=[pointer or "/" for pointer, _ in PARTS])
def test_every_part_helps_in_an_editor(pointer: str, part: JsonObject) -> None:
    assert part["title"]
    assert part["description"].endswith(".")
    # The rules show the first example as what to write.
    assert part.get("examples") or not pointer
    for example in part.get("examples", ()):
        assert not list(FORMAT.evolve(schema={"$ref": "#" + pointer}).iter_errors(example))


def test_a_number_beyond_the_validator_is_no_departure() -> None:
    text = f"events: {{}}\ncomponents: {{x-size: {'9' * 399}}}\n"
    (file,) = load(raw_files(text)).files
    assert file.layout is Layout.DOMAIN
    assert not list(departures(file.document))
