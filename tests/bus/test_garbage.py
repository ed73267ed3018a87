"""Whatever lies in a stream, every command that looks at it has an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from governance.bus.threads import KEBClient
from governance.catalog.load import load
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CATALOG, CREATED, GROUP, QUICK, STREAM, Inbox, task
from tests.catalogs import raw_files

pytestmark = pytest.mark.injection(26)
ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"
BASE = {
    "event_id": ID,
    "event_type": CREATED,
    "event_version": "1.2.0",
    "timestamp_iso": "2026-07-15T09:00:00.000Z",
    "source_system_id": "tests",
    "correlation_id": ID,
    "causation_id": ID,
    "data": {"number": 1},
}


def changed(**base: Any) -> bytes:
    return json.dumps({**BASE, **base}).encode()


def nested(depth: int) -> bytes:
    return changed(data={"number": 1, "deep": "DEEP"}).replace(
        b'"DEEP"', b"[" * depth + b"]" * depth
    )


NAMES: list[Any] = [None, 1, [], {}, "", "\x1b[2J", "x" * 5_000]
VALUES: list[Any] = [None, 1, [1], {"a": 1}, "", "\n"]
DATA: list[Any] = [[], "x", {"": {"": ""}}, {"~/": [[{"a": [None]}]]}]
GARBAGE = [
    *(b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"\x00", b"1e999", b'{"a": 1, "a": 2}'),
    *(b"[" * 5_000, b'{"event_type": "\\ud800"}'),
    *(changed(event_type=value) for value in NAMES),
    *(changed(**{name: value}) for name in BASE for value in VALUES),
    *(changed(data=value) for value in DATA),
    *(nested(depth) for depth in (100, 240, 400, 900, 980, 1_020)),
    *(changed(timestamp_iso=value) for value in ("0001-01-01", "9999-12-31T23:59:59Z", "24:00")),
    changed(event_version="9" * 5_000 + ".0.0"),
    changed(data={f"field_{number}": number for number in range(3_000)}),
    changed(more={"\u202e\u2066": "\u2028"}),
]
COMMANDS = {
    "looking": [
        *("tail --from 0", "tail --from 0 --format json", "tail --from 0 --filter data.number=1"),
        *("lag", "metrics", "stats --fields", "stats --format json"),
        *(f"trace {ID}", f"trace {ID} --format json"),
    ],
    "dead letters": [
        *("dead-letters list", "dead-letters show", "dead-letters list --format json"),
        *("dead-letters replay --all --dry-run", "dead-letters replay --all --yes"),
    ],
    "auditing": [f"audit --format {name}" for name in ("text", "json", "sarif")],
}


@pytest.mark.parametrize("about", COMMANDS)
def test_a_command_has_an_answer(about: str, keb: Callable[..., Any], raw: Any) -> None:
    with raw.pipeline(transaction=False) as pipe:
        for data in GARBAGE:
            pipe.xadd(STREAM, {"data": data})
            pipe.xadd(STREAM, {data: data, b"data": data, b"_event_id": data})
            pipe.xadd(f"{STREAM}:dead", {"dead_entry": data, "data": data})
            pipe.xadd(f"{STREAM}:dead", letter(data))
        pipe.execute()
    for command in COMMANDS[about]:
        done = keb(*command.split())
        assert done.code in {0, 1}, done.err
        assert "\x1b" not in done.out
        if "json" in command and "audit" not in command:
            assert all(isinstance(json.loads(line), dict) for line in done.out.splitlines())


def test_a_consumer_goes_on(client: KEBClient, raw: Any) -> None:
    with raw.pipeline(transaction=False) as pipe:
        for data in GARBAGE:
            pipe.xadd(STREAM, {"data": data})
            pipe.xadd(STREAM, {data: data, b"data": data, b"_event_id": data, b"_group": data})
        pipe.execute()
    inbox = Inbox()
    client.subscribe(STREAM, inbox, group=GROUP, **QUICK)
    client.start()
    sent = client.publish(CREATED, task(1))
    until(lambda: sent.id in {event.id for event in inbox.events})
    until(lambda: raw.xpending(STREAM, GROUP)["pending"] == 0)
    assert client.drain() == []


def letter(data: bytes) -> dict[str, bytes]:
    named = {"entry": b"1-1", "stream": data, "group": data, "attempts": data}
    said = {**named, "reason": data, "error": data, "at": data}
    return {**{f"dead_{name}": value for name, value in said.items()}, "dead_fields": data}


def test_a_catalog_may_ask_for_less_than_the_base_fields(server: Server, raw: Any) -> None:
    envelope = "# file: base_event.yaml\ncomponents:\n  schemas:\n    BaseEvent: {type: object}\n"
    inbox = Inbox()
    known = load(raw_files(CATALOG + envelope))
    with KEBClient(server.url, known, source="tests", name="one") as client:
        raw.xadd(STREAM, {"data": json.dumps({"event_type": CREATED, "data": {"number": 1}})})
        raw.xadd(STREAM, {"data": changed(event_version=7)})
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        first, second = inbox.wait(2)
    assert (first.id, first.data["number"], second.version) == ("", 1, "")
