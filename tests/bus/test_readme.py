"""The README's program, run as it stands there, and the metrics that it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from governance.bus.outcome import Rejected
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agents import CREATED, GROUP, QUICK, Inbox, task

ROOT = Path(__file__).parents[2]


def section(title: str) -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.partition(f"\n### {title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]


def shape(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a metric, and those of its labels."""
    return line.partition("{")[0].split()[0], tuple(re.findall(r'(\w+)="', line))


def test_the_program_does_what_it_says(server: Server) -> None:
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", section("In a program"))
    code = code.replace("redis://localhost:6379", server.url)
    code = code.replace('"event_schemas"', repr(str(ROOT / "event_schemas")))
    told = []

    def tell(*what: object) -> None:
        told.append(what)
        names["client"].stop()

    names: dict[str, Any] = {"print": tell}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102  our own
    assert told == [("Task.Assignment.Created.v1", 3)]


def test_metrics_are_called_what_it_says(keb: Callable[..., Any], client: KEBClient) -> None:
    said = section("Watching it")
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", said)
    registry = CollectorRegistry()
    names = {"client": client, "REGISTRY": registry}
    exec(compile(code.partition("\n")[2], "README.md", "exec"), names)  # noqa: S102  our own
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.publish(CREATED, task(1))
    with pytest.raises(Rejected):
        client.publish(CREATED, task(-1))
    client.start()
    inbox.wait(1)
    client.drain()
    told = generate_latest(registry).decode() + keb("metrics").out
    shapes = {shape(line) for line in told.splitlines() if line.startswith("keb_")}
    shown = [shape(line) for line in said.splitlines() if line.startswith("keb_")]
    assert len(shown) >= 16
    assert set(shown) <= shapes
    assert all(f"# TYPE {name} " in told for name in re.findall(r"`(keb_\w+)`", said))
