"""Events as they pass, as the command shows them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from governance.bus.asking import Asking
from governance.bus.entries import START, Reader
from governance.bus.outcome import Published
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CREATED, ENDED, OLD, STREAM, task

ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"


def events(keb: Callable[..., Any], *words: str) -> list[dict[str, Any]]:
    done = keb("tail", *words, "--format", "json")
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def numbers(seen: list[dict[str, Any]]) -> list[int]:
    return [one["whole"]["data"]["number"] for one in seen]


def later(raw: Any, sent: Published) -> None:
    """Wait until the server's clock has gone on: that tells events in two streams apart."""
    appended_ms = int(sent.entry_id.partition("-")[0])
    until(lambda: raw.time()[0] * 1000 + raw.time()[1] // 1000 > appended_ms)


def test_an_event_is_a_line(keb: Callable[..., Any], client: KEBClient) -> None:
    sent = client.publish(CREATED, task(1), correlation_id=ID, event_id=ID)
    done = keb("tail")
    told = re.sub(r"^\S+ \S+Z", "TIME", done.out).replace(sent.entry_id, "ENTRY")
    assert told == (
        f'TIME {STREAM} {CREATED} {{"number": 1}} source=tests correlation={ID} event={ID} '
        "entry=ENTRY\n"
    )


def test_the_last_of_all_streams_are_shown_in_the_order_of_time(
    keb: Callable[..., Any], client: KEBClient, raw: Any
) -> None:
    for number in range(8):
        later(raw, client.publish(CREATED, task(number)))
        later(raw, client.publish(OLD, {"state": f"{number}"}))
    seen = events(keb)
    assert [one["event"] for one in seen] == [CREATED, OLD] * 5
    assert seen[-1]["whole"]["state"] == "7"
    assert len(events(keb, "--from", "0")) == 16
    assert numbers(events(keb, CREATED, "--from", "0")) == list(range(8))
    assert numbers(events(keb, CREATED, "--from", seen[-2]["entry"])) == [7]
    assert len(events(keb, "--since", "1h")) == 16
    assert len(events(keb, "agent_events", "--since", "1h")) == 8


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["number=1"], [1]),
        (["data.number=2"], [2]),
        (["event_type=" + ENDED], [2]),
        (["number=1", "event_type=" + ENDED], []),
        (["number.further=1"], []),
        (["correlation_id=" + ID], [3]),
    ],
)
def test_a_filter_asks_for_a_field(
    words: list[str], expected: list[int], keb: Callable[..., Any], client: KEBClient
) -> None:
    client.publish(CREATED, task(1))
    client.publish(ENDED, task(2))
    client.publish(CREATED, task(3), correlation_id=ID)
    filters = [word for one in words for word in ("--filter", one)]
    assert numbers(events(keb, *filters)) == expected


def test_garbage_is_shown_with_what_is_wrong_and_does_nothing_to_a_terminal(
    keb: Callable[..., Any], raw: Any
) -> None:
    raw.xadd(STREAM, {"data": "{"})
    raw.xadd(STREAM, {b"\x1b[2J": b"\xff"})
    raw.xadd(STREAM, {"data": json.dumps({"event_type": CREATED, "data": {"number": "\x1b[2J"}})})
    done = keb("tail")
    assert "\x1b" not in done.out
    assert done.code == 0
    assert "  invalid: this is not JSON as the bus carries it" in done.out
    assert "  invalid: the entry has no field `data`" in done.out
    assert "  invalid /data/number: " in done.out
    assert [bool(one["faults"]) for one in events(keb)] == [True] * 3


def test_pages_of_several_streams_keep_the_order(server: Server, raw: Any) -> None:
    for number in range(1, 40):
        raw.xadd("a" if number % 3 else "b", {"data": number}, id=f"{number}-0")

    reader = Reader({"a": START, "b": START}, batch=4)
    passing = Asking(server.url).entries(reader, follow=False)
    first = next(passing)
    raw.xadd("a", {"data": 40}, id="40-0")
    found = [entry.id for entry in (first, *passing)]
    assert found == [f"{number}-0" for number in range(1, 40)]


@pytest.mark.usefixtures("keb")
def test_who_follows_sees_what_comes_also_after_a_restart(
    server: Server, client: KEBClient
) -> None:
    client.publish(CREATED, task(1))
    words = [sys.executable, "-m", "governance", "bus", "tail", "--follow", "--format", "json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["whole"]["data"] == {"number": 1}
        server.restart()
        client.publish(CREATED, task(2))
        assert json.loads(process.stdout.readline())["whole"]["data"] == {"number": 2}
        process.send_signal(2)
        assert process.wait(10) == 130


@pytest.mark.parametrize("words", [["--from", "x"], ["--since", "5"], ["--filter", "number"]])
def test_what_has_no_meaning_is_refused(words: list[str], keb: Callable[..., Any]) -> None:
    try:
        code = keb("tail", *words).code
    except SystemExit as ended:
        code = ended.code
    assert code == 2
