"""How far groups are behind, as the command tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from governance.bus import lag
from governance.cli import main
from tests.bus.agents import GROUP, STREAM

BESIDE = "agent_events"


def groups(keb: Callable[..., Any], *words: str) -> dict[str | None, dict[str, Any]]:
    done = keb("lag", *words, "--format", "json")
    assert done.code == 0, done.err
    said = json.loads(done.out)["groups"]
    return {one["group"]: one for one in said if one["stream"] == STREAM}


def fill(raw: Any, count: int) -> list[str]:
    return [raw.xadd(STREAM, {"data": number}).decode() for number in range(count)]


def test_every_stream_of_the_catalog_has_a_row(keb: Callable[..., Any], raw: Any) -> None:
    fill(raw, 10)
    raw.xgroup_create(STREAM, GROUP, "0")
    raw.xgroup_create(STREAM, "\x1b[31mothers", "$")
    raw.xreadgroup(GROUP, "one", {STREAM: ">"}, count=4)
    raw.xadd(f"{STREAM}:dead", {"data": 1})
    done = keb("lag")
    assert done.code == 0
    assert re.sub(r"[0-9]+(ms|s)$", "AGE", re.sub(r" {2,}", " ", done.out)).splitlines() == [
        "STREAM GROUP CONSUMERS PENDING LAG OLDEST LENGTH DEAD",
        "agent_events - - - - - 0 0",
        "task_events \\u001b[31mothers 0 0 0 - 10 1",
        *[line for line in re.sub(r" {2,}", " ", done.out).splitlines() if GROUP in line],
    ]
    mine = groups(keb)[GROUP]
    assert (mine["consumers"], mine["pending"], mine["lag"], mine["lag_is"]) == (1, 4, 6, "exact")
    assert (mine["length"], mine["dead"]) == (10, 1)
    assert 0 <= mine["oldest_unread_s"] <= mine["oldest_pending_s"] < 60


def test_lag_is_right_where_servers_say_none_or_a_wrong_one(
    keb: Callable[..., Any], raw: Any
) -> None:
    ids = fill(raw, 10)
    raw.xgroup_create(STREAM, "middle", ids[4])
    raw.xgroup_create(STREAM, "start", "0")
    raw.xdel(STREAM, ids[7])
    assert [groups(keb)[one]["lag"] for one in ("middle", "start")] == [4, 9]
    raw.xtrim(STREAM, maxlen=3, approximate=False)
    seen = groups(keb, "Task.*")
    assert [seen[one]["lag"] for one in ("middle", "start")] == [3, 3]
    assert {one["lag_is"] for one in seen.values()} == {"exact"}


def test_what_is_too_much_to_count_is_said_to_be_so(
    keb: Callable[..., Any], raw: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag, "_MOST_ENTRIES", 100)
    ids = fill(raw, 300)
    raw.xgroup_create(STREAM, GROUP, "0")
    raw.xreadgroup(GROUP, "one", {STREAM: ">"}, count=2)
    raw.xgroup_create(STREAM, "middle", ids[1])
    seen = groups(keb)
    assert (seen["middle"]["lag"], seen["middle"]["lag_is"]) == (None, "unknown")
    if server.version >= (7, 0, 0):
        assert (seen[GROUP]["lag"], seen[GROUP]["lag_is"]) == (298, "about")
        assert " ~298 " in keb("lag").out
    assert " ? " in keb("lag").out


def test_who_may_not_run_scripts_still_sees_something(
    keb: Callable[..., Any], raw: Any, server: Any
) -> None:
    ids = fill(raw, 3)
    raw.xgroup_create(STREAM, GROUP, ids[0])
    raw.acl_setuser(
        "looker",
        enabled=True,
        nopass=True,
        keys=["*"],
        categories=["+@read", "+@connection"],
        commands=["+xinfo", "+xpending", "+time", "-eval"],
    )
    url = server.tcp_url.replace("redis://:", "redis://looker:")
    assert groups(keb, "--url", url)[GROUP]["lag_is"] in {"about", "unknown"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "redis://127.0.0.1:1"], "no server answers at redis://127.0.0.1:1 "),
        (["--url", "redis://:secret@127.0.0.1:1/0?password=secret"], "at redis://127.0.0.1:1/0 "),
        (["--url", "redis://127.0.0.1:x"], "redis://127.0.0.1:x: there is no such port"),
        (["--url", "http://127.0.0.1"], "error: http://127.0.0.1 is no address of a server"),
        (["--url", "127.0.0.1:1"], "error: 127.0.0.1:1 is no address of a server: write redis://"),
        (["--url", "me:secret@localhost"], "error: localhost is no address of a server"),
        (
            ["--url", "redis+sentinel://127.0.0.1"],
            "redis+sentinel://127.0.0.1 names no service: write redis+sentinel://HOST:PORT,HOST:PORT/",
        ),
        (["--url", "redis+cluster://"], "names no host: write redis+cluster://HOST:PORT\n"),
        (["--url", "rediss://127.0.0.1:1"], "KEB_URL; rediss:// is TLS: does it speak that?"),
        (["Task.Nothing"], "no event, no pattern of events and no stream 'Task.Nothing'"),
        (["--catalog", "nowhere"], "nowhere"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    words: list[str], said: str, keb: Callable[..., Any]
) -> None:
    done = keb("lag", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "secret" not in done.err
    assert len(done.err.splitlines()) == 1


def test_commands_of_the_bus_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bus", "--help"])
    assert ended.value.code == 0
    assert "  lag  " in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["bus", "lags"])
    assert ended.value.code == 2
    assert "invalid choice: 'lags'" in capsys.readouterr().err
