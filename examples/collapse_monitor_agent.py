"""CollapseMonitorAgent: watches the health of the system for signs that it is about to fail.

Run it by ``python collapse_monitor_agent.py URL``, beside a folder ``event_schemas``.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

from governance.bus.event import Event
from governance.bus.threads import KEBClient
from governance.catalog.files import read_folder
from governance.catalog.load import load

NAME = "CollapseMonitorAgent"
HEALTH, CROSSED = "System.Health.Reported.v1", "System.ResourceThreshold.Crossed.v1"
DETECTED, CLEARED = "Collapse.Risk.Detected.v1", "Collapse.Risk.Cleared.v1"
REQUESTED = "VmcControl.AgentAction.Requested.v1"
_GROUP = "collapse_monitor_group"


class _Risk(NamedTuple):
    """A risk that is not over."""

    id: str
    since: float


class CollapseMonitorAgent:
    """Tells of a risk when components fail, and when it is over.

    Args:
        client: The bus.
    """

    def __init__(self, client: KEBClient) -> None:
        self._client = client
        self._risk: _Risk | None = None
        client.subscribe(HEALTH, self.judge, group=_GROUP, block_ms=500)
        client.subscribe(CROSSED, self.make_room, group=_GROUP, block_ms=500)

    def judge(self, event: Event) -> None:
        """Say that a risk is there, or that it is over."""
        bad = [
            one["component_id"]
            for one in event.data["component_statuses"]
            if one["status"] == "UNHEALTHY"
        ]
        if bad and self._risk is None:
            self._detect(event, bad)
        elif not bad and self._risk is not None:
            said = {"risk_id": self._risk.id, "duration_s": time.monotonic() - self._risk.since}
            self._client.publish(CLEARED, said, event_id=_id(event, "cleared"))
            self._risk = None

    def make_room(self, event: Event) -> None:
        """Ask for room where a resource is nearly used up."""
        if event.data["severity"] == "CRITICAL":
            what = {name: event.data[name] for name in ("resource_type", "resource_identifier")}
            said = {
                "target_agent_id": "resource_agent",
                "task_type": "FREE_RESOURCE",
                "task_parameters": what,
            }
            self._client.publish(REQUESTED, said, event_id=_id(event, "requested"))

    def _detect(self, event: Event, bad: list[str]) -> None:
        is_felt = event.data["overall_status"] == "UNHEALTHY"
        risk = _Risk(_id(event, "risk"), time.monotonic())
        said = {
            "risk_id": risk.id,
            "level": "high" if is_felt else "elevated",
            "score": 0.9 if is_felt else 0.5,
            "affected_components": bad,
        }
        self._client.publish(DETECTED, said, event_id=_id(event, "detected"))
        self._risk = risk


def _id(event: Event, name: str) -> str:
    """Return an id that follows from an event: what is sent twice is the same, and there once."""
    return str(uuid5(UUID(event.id), name))


def main(url: str) -> None:
    """Work until told to stop."""
    catalog = load(read_folder(Path("event_schemas"), 2_000_000))
    with KEBClient(url, catalog, source=NAME) as client:
        CollapseMonitorAgent(client)
        signal.signal(signal.SIGTERM, lambda *_: client.stop())
        client.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
