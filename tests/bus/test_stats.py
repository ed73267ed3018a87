"""How events are used, counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from governance.bus.entries import Entry, Seen
from governance.bus.threads import KEBClient
from governance.bus.usage import Usage
from governance.contract.server import Server
from tests.bus.agents import CREATED, ENDED, STREAM, catalog, task


def test_events_and_their_fields_are_counted(
    keb: Callable[..., Any], raw: Any, server: Server
) -> None:
    with KEBClient(server.url, catalog(), source="tests") as client:
        client.publish_all([(CREATED, task(1)), (CREATED, task(2, priority=1)), (ENDED, task(1))])
    raw.xadd(STREAM, {"data": "{"})
    seen = {one["event"]: one for one in json.loads(keb("stats", "--format", "json").out)["events"]}
    assert set(seen) == {CREATED, ENDED, None}
    mine = seen[CREATED]
    assert (mine["count"], mine["sources"], mine["invalid"]) == (2, {"tests": 2}, 0)
    assert mine["fields"] == {"number": 2, "priority": 1}
    assert mine["most_bytes"] <= mine["total_bytes"] <= 2 * mine["most_bytes"]
    assert (seen[None]["count"], seen[None]["invalid"]) == (1, 1)
    lines = keb("stats", CREATED, "--fields").out.splitlines()
    assert lines[1].split()[:2] == [CREATED, "2"]
    assert [line.split() for line in lines[2:4]] == [["100%", "number"], ["50%", "priority"]]
    assert keb("stats", "agent_events").out.split() == [
        *("EVENT", "COUNT", "PER", "HOUR", "INVALID", "BYTES", "LARGEST", "SOURCES")
    ]


def test_a_field_that_nobody_sends_is_told(keb: Callable[..., Any], server: Server) -> None:
    with KEBClient(server.url, catalog(), source="tests") as client:
        client.publish(CREATED, task(1))
    assert "  never  priority\n" in keb("stats", "--fields").out


def test_rates_paths_and_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.bus.usage._MOST", 5)
    usage = Usage()
    for hour in range(3):
        data = {"a": {"b": 1}, "list": [{"c": 1}, {"c": 2}], **{f"x{hour}{n}": 1 for n in range(9)}}
        usage.look(Seen(Entry(STREAM, f"{hour * 3_600_000}-0", {}), CREATED, {}, data, ()))
    assert usage.per_hour == 1.0
    assert len(usage.fields) == 5
    usage = Usage()
    usage.look(Seen(Entry(STREAM, "1-0", {}), CREATED, {}, {"a": {"b": 1}, "l": [{"c": 1}]}, ()))
    assert (usage.per_hour, set(usage.fields)) == (None, {"a", "a.b", "l", "l[].c"})
