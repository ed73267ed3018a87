"""The commands of the bus as users see them: ``tests/cli/bus/said.txt``."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from governance.bus.event import Event
from governance.bus.reading import PermanentError
from governance.bus.threads import KEBClient
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import QUICK

ROOT = Path(__file__).parents[2]
SAID = ROOT / "tests" / "cli" / "bus" / "said.txt"
CREATED, UPDATED = "Task.Assignment.Created.v1", "Task.Progress.Updated.v1"
TASK = {
    "task_id": "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
    "agent_id_assigned_to": "secret_storage_agent",
    "task_type": "ROTATE_SECRET_KEY",
    "parameters": {"project_id": "project_alpha"},
}
# What chance and the clock decide, and what stands for it: the same for the same.
_CHANGES = {
    r"\b01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f-]{21}": "01a2209a-f29e-7599-8903-{:012d}",
    r"\b\d{13}-\d+": "{:013d}-0",
    r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z": "2026-11-28 09:00:00.{:03d}Z",
}
_FIRST_MS, _APART_MS = 1_795_856_400_000, 50


def project_of(tmp_path: Path) -> Path:
    """Return the project, with the reference catalog instead."""
    shutil.rmtree(tmp_path / "event_schemas")
    shutil.copytree(ROOT / "event_schemas", tmp_path / "event_schemas")
    (tmp_path / "task.json").write_text(json.dumps(TASK), encoding="utf-8")
    return tmp_path


def work(project: Path, server: Server, raw: Any) -> None:
    """Let agents work: one gets on with its task, one fails on that, one sends what it must not."""
    catalog = load(read_folder(project / "event_schemas", 2_000_000))
    news = {"task_id": TASK["task_id"], "status_message": "New key made."}

    def rotate(_: Event) -> None:
        agent.publish(UPDATED, {**news, "progress_percentage": 50})

    def show(event: Event) -> None:
        # So that the dead letter has an id of its own.
        ms = int(event.place.entry_id.partition("-")[0])
        until(lambda: raw.time()[0] * 1000 + raw.time()[1] // 1000 > ms)
        raise PermanentError("no dashboard for project_alpha")

    with KEBClient(server.url, catalog, source="SecretsAgent", name="secrets") as agent:
        agent.subscribe(CREATED, rotate, group="secrets_task_group", **QUICK)
        agent.subscribe(UPDATED, show, group="vmc_task_group", **QUICK)
        agent.start()
        until(lambda: raw.xlen("task_events:dead") == 1)
        until(lambda: raw.xpending("task_events", "secrets_task_group")["pending"] == 0)
    whole = json.loads(raw.xrange("task_events")[0][1][b"data"])
    whole |= {"event_id": "0c9d4c52-8a1f-4a0e-9c39-5d8f8a2f2b60", "source_system_id": "Intruder"}
    del whole["data"]["task_type"]
    raw.xadd("task_events", {"_event_id": whole["event_id"], "data": json.dumps(whole)})


def steady(said: str) -> str:
    """Return what is printed with other ids and times, so that it is the same each time."""
    for pattern, form in _CHANGES.items():
        first = _FIRST_MS if "-0" in form else 0
        known: dict[str, str] = {}
        for found in re.findall(pattern, said):
            known.setdefault(found, form.format(first + len(known) * _APART_MS))
        said = re.sub(pattern, lambda match, known=known: known[match[0]], said)  # type: ignore[misc]
    said = re.sub(r"\+\d+ ms", f"+{_APART_MS} ms", said)
    said = re.sub(r"(?<=events in) \d+(?:ms|s)\b", f" {_APART_MS}ms", said)
    return re.sub(r" +\d+(?:ms|s)\b", lambda age: f" {_APART_MS}ms".rjust(len(age[0])), said)


def test_the_commands_of_the_bus(
    keb: Callable[..., Any], server: Server, raw: Any, tmp_path: Path, *, update_golden: bool
) -> None:
    project = project_of(tmp_path)
    said = SAID.read_text(encoding="utf-8")
    lines: list[str] = []
    first = ""
    for command in [line for line in said.splitlines() if line.startswith("$ ")]:
        words = [first if word == "ID" else word for word in shlex.split(command)[3:]]
        done = keb(*words)
        lines += [command, *done.out.splitlines()]
        lines += [*(f"2> {line}" for line in done.err.splitlines()), f"[exit {done.code}]", ""]
        if words[0] == "publish":
            first = done.out.split()[3]
            work(project, server, raw)
    seen = steady("\n".join(lines))
    if update_golden:
        SAID.write_text(seen, encoding="utf-8")
    assert update_golden or seen == said
