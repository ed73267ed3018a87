"""The two pilot agents: what they promise, and both at work with a bus between them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

import governance.contract.collect  # noqa: F401  once, not by the run within a test
from governance.bus.threads import KEBClient
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.contract.find import find
from governance.contract.server import Server
from tests.bus.agents import QUICK, Inbox
from tests.contract.projects import PLAIN

ROOT = Path(__file__).parents[2]


@contextmanager
def _running(*commands: tuple[str, ...]) -> Iterator[None]:
    """Run programs, and see them end well when told to."""
    started = [
        subprocess.Popen(
            [sys.executable, f"examples/{program}.py", *arguments],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for program, *arguments in commands
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        said = [process.communicate(timeout=20)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said


@pytest.fixture
def bus() -> Iterator[Server]:
    with Server(find()) as server:
        yield server


def test_they_keep_their_promises(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--keb", str(ROOT / "examples"), *PLAIN, "-q")
    assert set(result.parseoutcomes()) == {"passed"}


def test_they_work_with_a_bus_between_them(bus: Server, tmp_path: Path) -> None:
    catalog = load(read_folder(ROOT / "event_schemas", 2_000_000))
    inbox, task_id = Inbox(), str(uuid4())
    database = tmp_path / "records.sqlite"

    def report(status: str) -> None:
        one = {"component_id": "DatabaseConnection", "status": status}
        client.publish(
            "System.Health.Reported.v1", {"overall_status": status, "component_statuses": [one]}
        )

    with KEBClient(bus.url, catalog, source="VantaMasterCore", name="core") as client:
        for what in ("Collapse.Risk.*", "DataUnification.Batch.*"):
            client.subscribe(what, inbox, group="test", **QUICK)
        client.start()
        with _running(
            ("collapse_monitor_agent", bus.tcp_url),
            ("data_unifier_agent", bus.tcp_url, str(database)),
        ):
            report("UNHEALTHY")
            ended = {"task_id": task_id, "status": "success", "duration_ms": 5}
            sent = client.publish(
                "Task.Execution.Completed.v1", {**ended, "result": {"version": 7, "ok": True}}
            )
            inbox.wait(2)
            report("HEALTHY")
            events = {event.type: event for event in inbox.wait(3)}
    risk = events["Collapse.Risk.Detected.v1"].data
    assert risk["affected_components"] == ["DatabaseConnection"]
    assert events["Collapse.Risk.Cleared.v1"].data["risk_id"] == risk["risk_id"]
    unified = events["DataUnification.Batch.Unified.v1"]
    assert (unified.correlation_id, unified.data["record_count"]) == (sent.id, 2)
    with sqlite3.connect(database) as rows:
        found = rows.execute("SELECT task_id, name, value FROM record ORDER BY name").fetchall()
    assert found == [(task_id, "ok", "True"), (task_id, "version", "7")]
