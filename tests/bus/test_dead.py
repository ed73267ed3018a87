"""Dead letters: seen, given back to one group, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from governance.bus.outcome import Published
from governance.bus.reading import PermanentError
from governance.bus.threads import KEBClient
from governance.contract.cluster import Cluster
from governance.contract.find import Binary
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CATALOG, CREATED, GROUP, QUICK, STREAM, Inbox, catalog, task
from tests.terminal import at_terminal

DEAD = f"{STREAM}:dead"
OTHERS = "others"


def fail(_: object) -> None:
    raise PermanentError("no such agent")


Bury = Callable[..., list[Published]]


@pytest.fixture
def bury(server: Server, client: KEBClient, raw: Any) -> Bury:
    """Return what publishes tasks that one group gives up on, and another one handles."""

    def run(*numbers: int) -> list[Published]:
        sent = [client.publish(CREATED, task(number)) for number in numbers]
        with KEBClient(server.url, catalog(), source="tests") as other:
            handled = Inbox()
            other.subscribe(CREATED, fail, group=GROUP, **QUICK)
            other.subscribe(CREATED, handled, group=OTHERS, **QUICK)
            other.start()
            until(lambda: raw.xlen(DEAD) >= len(numbers))
            handled.wait(len(numbers))
        return sent

    return run


def listed(keb: Callable[..., Any], *words: str) -> list[dict[str, Any]]:
    done = keb("dead-letters", "list", *words, "--format", "json")
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_they_are_listed_and_shown(keb: Callable[..., Any], bury: Bury) -> None:
    first, _ = bury(1, 2)
    seen = listed(keb)
    assert [(one["stream"], one["group"], one["reason"]) for one in seen] == [
        (STREAM, GROUP, "permanent")
    ] * 2
    assert (seen[0]["entry"], seen[0]["event_id"]) == (first.entry_id, first.id)
    lines = keb("dead-letters", "list").out.splitlines()
    assert lines[0].split() == ["ID", "STREAM", "GROUP", "REASON", "ATTEMPTS", "EVENT", "ERROR"]
    assert lines[1].split(maxsplit=6)[1:] == [
        *(STREAM, GROUP, "permanent", "1", CREATED),
        "PermanentError: no such agent",
    ]
    shown = keb("dead-letters", "show", seen[0]["id"]).out
    assert f"  entry:  {first.entry_id} of {STREAM}, for group {GROUP}\n" in shown
    assert "  today:  it keeps to the catalog\n" in shown
    assert seen[1]["id"] not in shown
    assert listed(keb, "--group", "nobody") == listed(keb, "--reason", "invalid") == []
    assert len(listed(keb, "--in", CREATED)) == 2


@pytest.mark.parametrize("said", ["goes back to workers: ", "appended anew"])
def test_what_is_replayed_reaches_its_group_and_no_other(
    said: str, keb: Callable[..., Any], client: KEBClient, raw: Any, bury: Bury
) -> None:
    sent = bury(1, 2)
    if said == "appended anew":
        raw.xdel(STREAM, *(one.entry_id for one in sent))
    mine, other = Inbox(), Inbox()
    client.subscribe(CREATED, mine, group=GROUP, is_once=True, **QUICK)
    client.subscribe(CREATED, other, group=OTHERS, **QUICK)
    client.start()
    planned = keb("dead-letters", "replay", "--all", "--dry-run")
    assert (planned.code, raw.xlen(DEAD)) == (0, 2)
    done = keb("dead-letters", "replay", "--all", "--yes")
    assert (done.code, raw.xlen(DEAD)) == (0, 0)
    assert done.out == planned.out
    assert done.out.count(said) == 2
    events = mine.wait(2)
    assert sorted(mine.numbers) == [1, 2]
    assert {event.id for event in events} == {one.id for one in sent}
    assert {event.place.attempt for event in events} == {1}
    client.publish(CREATED, task(3))
    until(lambda: 3 in mine.numbers and 3 in other.numbers)
    until(lambda: raw.xpending(STREAM, GROUP)["pending"] == 0)
    assert (sorted(mine.numbers), other.numbers) == ([1, 2, 3], [3])


def test_what_fails_again_is_a_dead_letter_again(
    keb: Callable[..., Any], client: KEBClient, raw: Any, bury: Bury
) -> None:
    (sent,) = bury(1)
    raw.xdel(STREAM, sent.entry_id)
    client.subscribe(CREATED, fail, group=GROUP, **QUICK)
    client.start()
    for _ in range(2):
        (letter,) = listed(keb)
        assert keb("dead-letters", "replay", letter["id"], "--yes").code == 0
        until(lambda: raw.xlen(DEAD) == 1)
    assert listed(keb)[0]["event_id"] == sent.id


def test_what_is_still_invalid_is_left_until_the_catalog_allows_it(
    keb: Callable[..., Any], client: KEBClient, raw: Any, tmp_path: Path, bury: Bury
) -> None:
    (sent,) = bury(1)
    (row,) = raw.xrange(STREAM, sent.entry_id, sent.entry_id)
    whole = json.loads(row[1][b"data"])
    whole["data"]["priority"] = 9
    raw.xadd(STREAM, {"_event_id": "x", "data": json.dumps(whole)})
    client.subscribe(CREATED, Inbox(), group=GROUP, **QUICK)
    client.start()
    until(lambda: raw.xlen(DEAD) == 2)
    client.drain()
    done = keb("dead-letters", "replay", "--reason", "invalid", "--yes")
    assert (done.code, raw.xlen(DEAD)) == (1, 2)
    assert "left: it is still invalid: /data/priority: " in done.out
    (path,) = (tmp_path / "event_schemas").glob("task*")
    path.write_text(CATALOG.partition("# file")[0].replace("maximum: 5", "maximum: 9"))
    assert keb("dead-letters", "replay", "--reason", "invalid", "--yes").code == 0
    assert raw.xlen(DEAD) == 1


def test_what_can_not_be_given_back_is_left(keb: Callable[..., Any], raw: Any, bury: Bury) -> None:
    (sent,) = bury(1)
    fields = raw.xrange(STREAM)[0][1]
    raw.xadd(DEAD, fields)
    raw.xadd(DEAD, {"dead_fields": "["})
    raw.xgroup_destroy(STREAM, GROUP)
    done = keb("dead-letters", "replay", "--all", "--yes")
    assert (done.code, raw.xlen(DEAD)) == (1, 3)
    assert f"left: {STREAM} has no group {GROUP}\n" in done.out
    assert "left: it was not written by a client of ours\n" in done.out
    assert "left: it is still invalid: the event: the entry has no field `data`\n" in done.out
    assert keb("dead-letters", "show").code == 0
    assert sent.entry_id in keb("dead-letters", "show").out


def test_they_are_deleted(keb: Callable[..., Any], raw: Any, bury: Bury) -> None:
    bury(1, 2)
    first, second = listed(keb)
    assert keb("dead-letters", "drop", first["id"], "--dry-run").out == f"{first['id']}: deleted\n"
    assert raw.xlen(DEAD) == 2
    assert keb("dead-letters", "drop", first["id"], "--yes").code == 0
    assert [one["id"] for one in listed(keb)] == [second["id"]]


def test_all_of_it_works_on_a_cluster(keb: Callable[..., Any], program: Binary) -> None:
    with Cluster(program, 2) as cluster:
        url = f"redis+cluster://{cluster.url.partition('://')[2]}"

        def run(*words: str) -> Any:
            done = keb(*words, "--url", url)
            assert done.code == 0, done.err
            return done.out

        run("publish", CREATED, "--data", '{"number": 1}')
        with KEBClient(url, catalog(), source="tests") as client:
            client.subscribe(CREATED, fail, group=GROUP, **QUICK)
            client.start()
            until(lambda: GROUP in run("dead-letters", "list"))
        mine = Inbox()
        assert f" {GROUP} " in run("lag")
        assert "goes back to" in run("dead-letters", "replay", "--all", "--yes")
        with KEBClient(url, catalog(), source="tests") as client:
            client.subscribe(CREATED, mine, group=GROUP, **QUICK)
            client.start()
            mine.wait(1)
        (line,) = run("tail", "--format", "json").splitlines()
        assert run("trace", json.loads(line)["whole"]["event_id"])
        assert CREATED in run("stats")
        assert "Clean: " in run("audit")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay"], "say what to replay: ids, --in, --group, --reason, or --all"),
        (["drop", "--all"], "say --yes to do it, or --dry-run"),
        (["replay", "5-5", "--yes"], "there is no dead letter 5-5"),
    ],
)
def test_nothing_is_done_by_accident(
    words: list[str], said: str, keb: Callable[..., Any], raw: Any, bury: Bury
) -> None:
    bury(1)
    done = keb("dead-letters", *words)
    assert (done.code, raw.xlen(DEAD)) == (2, 1)
    assert said in done.err


def test_ids_are_not_asked_for(keb: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        keb("dead-letters")
    assert capsys.readouterr().err.endswith("arguments are required: action\n")


@pytest.mark.usefixtures("keb")
def test_a_person_is_asked(raw: Any, tmp_path: Path, bury: Bury) -> None:
    bury(1)
    for answer, left in (("n", 1), ("y", 0)):
        session = at_terminal(tmp_path, ["bus", "dead-letters", "drop", "--all"], [answer])
        assert "Delete 1 dead letter for ever? [y/N]" in session.shown
        assert (session.code, raw.xlen(DEAD)) == (0, left)
