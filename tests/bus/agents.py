"""What tests of the client need: a small catalog, clients, and handlers that tell what they got."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from governance.bus.event import Event
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.schema.json import JsonObject
from tests.catalogs import raw_files

CREATED, ENDED, OLD = (
    "Task.Assignment.Created.v1",
    "Task.Assignment.Ended.v1",
    "Agent.State.Seen.v1",
)
STREAM, GROUP = "task_events", "workers"
CATALOG = """\
domain: Task
stream: task_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    data:
      type: object
      properties:
        number: {type: integer, minimum: 0}
        priority: {type: integer, minimum: 1, maximum: 5, default: 3}
      required: [number]
  Task.Assignment.Ended.v1:
    event_version: 1.0.0
    data: {type: object, properties: {number: {type: integer}}, required: [number]}
# file: agent.yaml
domain: Agent
stream: agent_events
events:
  Agent.State.Seen.v1:
    event_version: 1.0.0
    legacy: {name: AgentSeenEvent, flatten: true, source_field: source_agent_id}
    data: {type: object, properties: {state: {type: string}}, required: [state]}
"""
# Soon enough for a test, and far enough apart to be told from each other.
QUICK: dict[str, Any] = {
    "block_ms": 50,
    "first_retry_s": 0.02,
    "most_retry_s": 0.1,
    "claim_ms": 300,
}


def catalog() -> Catalog:
    """Return the catalog of the tests."""
    return load(raw_files(CATALOG))


def task(number: int, **more: int) -> JsonObject:
    """Return a payload of a task."""
    return {"number": number, **more}


class Inbox:
    """A handler that keeps what it gets, and that a test can wait on.

    Args:
        acts: What it does with an event, such as to raise.
    """

    def __init__(self, acts: Callable[[Event], object] = lambda _: None) -> None:
        self.events: list[Event] = []
        self._acts = acts
        self._more = threading.Condition()

    def __call__(self, event: Event) -> None:
        """Keep an event, then act."""
        with self._more:
            self.events.append(event)
            self._more.notify_all()
        self._acts(event)

    def wait(self, count: int, timeout_s: float = 30.0) -> list[Event]:
        """Return what came, as soon as it is so many."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.events) >= count, timeout_s), self.events
            return list(self.events)

    @property
    def numbers(self) -> list[int]:
        """The number of each task that came."""
        return [event.data["number"] for event in self.events]
