"""Events sent by hand: what is sent, what is refused, and with which words."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bus.agents import CREATED, OLD, STREAM

ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"


def wholes(raw: Any, stream: str = STREAM) -> list[dict[str, Any]]:
    return [json.loads(fields[b"data"]) for _, fields in raw.xrange(stream)]


def test_one_event(keb: Callable[..., Any], raw: Any) -> None:
    words = ["--correlation-id", ID, "--event-id", ID, "--source", "me"]
    done = keb("publish", CREATED, "--data", '{"number": 1}', *words)
    (whole,) = wholes(raw)
    ((entry_id, _),) = raw.xrange(STREAM)
    assert (whole["data"], whole["source_system_id"]) == ({"number": 1}, "me")
    assert (whole["correlation_id"], whole["event_id"]) == (ID, ID)
    assert done == (
        0,
        f"{STREAM} {entry_id.decode()} {CREATED} {ID}\n",
        "keb-govern: 1 event published, 0 refused\n",
    )
    again = keb("publish", CREATED, "--data", '{"number": 1}', *words)
    assert "(it was there already)" in again.out
    assert len(wholes(raw)) == 1


def test_events_a_line(
    keb: Callable[..., Any], raw: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = b'{"number": 1}\n\n{"number": -2}\n{"number": three}\n{"number": 4}\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    done = keb("publish", CREATED)
    assert [one["data"]["number"] for one in wholes(raw)] == [1, 4]
    assert done.code == 1
    assert done.err == "keb-govern: 2 events published, 2 refused\n"
    assert "<stdin>:3:12: error Task.Assignment.Created.v1 /number" in done.out
    assert "<stdin>:4:" in done.out
    (tmp_path / "payloads.jsonl").write_bytes(lines)
    told = keb("publish", CREATED, "--data", "payloads.jsonl", "--format", "json")
    said = [json.loads(line) for line in told.out.splitlines()]
    assert [one["valid"] for one in said] == [True, False, False, True]
    assert (said[0]["stream"], said[0]["duplicate"]) == (STREAM, False)


def test_words_are_those_of_validate(keb: Callable[..., Any], raw: Any) -> None:
    assert keb("publish", CREATED, "--data", '{"number": 1, "other": 2}').out == (
        "--data:1:15: error Task.Assignment.Created.v1 /other\n"
        "  `other` is not declared\n"
        '  1 | {"number": 1, "other": 2}\n'
        "    |               ^^^^^^^\n"
        "  help: Leave it out, or declare it in the catalog: the client refuses it.\n\n"
    )
    assert not raw.keys()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["Task.Assignment.Creatd.v1", "--data", "{}"], 2, "did you mean"),
        ([CREATED, "--data", "nowhere.json"], 2, "nowhere.json can't be read"),
        ([CREATED, "--data", "[1]"], 1, "this is no payload: a payload is an object"),
        ([CREATED, "--data", "{"], 1, "--data:1:2: error"),
        ([CREATED, "--data", '{"number": 1e999}'], 1, ""),
        ([CREATED, "--data", '{"number": 1}', "--correlation-id", "x"], 1, "--correlation-id: "),
        ([CREATED, "--data", '{"number": 1}', "--source", ""], 2, "source='' names nobody"),
        ([CREATED, "--data", "{}", "--url", "redis://127.0.0.1:1"], 2, "no server answers"),
    ],
)
def test_what_can_not_be_sent(
    words: list[str], code: int, said: str, keb: Callable[..., Any], raw: Any
) -> None:
    done = keb("publish", *words)
    assert done.code == code, done
    assert said in done.out + done.err
    assert not raw.keys()


def test_a_legacy_name_is_as_good(keb: Callable[..., Any], raw: Any) -> None:
    assert keb("publish", "AgentSeenEvent", "--data", '{"state": "idle"}').code == 0
    (whole,) = wholes(raw, "agent_events")
    assert (whole["event_type"], whole["state"]) == ("AgentSeenEvent", "idle")
    assert keb("tail", OLD).out.count(OLD) == 1
