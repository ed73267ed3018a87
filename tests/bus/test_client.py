"""Both clients against real servers: what is published, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from governance.bus.outcome import Published, Rejected
from governance.bus.reading import PermanentError
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CREATED, ENDED, GROUP, OLD, QUICK, STREAM, Inbox, task
from tests.bus.drivers import connected

ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"


@pytest.fixture
def client(server: Server, driver: str) -> Iterator[Any]:
    with connected(driver, server.url) as made:
        yield made


def test_an_event_is_one_entry_with_two_fields(client: Any, raw: Any) -> None:
    sent = client.publish(CREATED, task(1), correlation_id=ID)
    ((entry_id, fields),) = raw.xrange(STREAM)
    assert (sent.entry_id, sent.stream, sent.is_duplicate) == (entry_id.decode(), STREAM, False)
    assert set(fields) == {b"_event_id", b"data"}
    whole = json.loads(fields[b"data"])
    assert fields[b"_event_id"].decode() == whole["event_id"] == sent.id
    assert whole["data"] == {"number": 1}
    assert (whole["event_type"], whole["event_version"]) == (CREATED, "1.2.0")
    assert (whole["source_system_id"], whole["correlation_id"]) == ("tests", ID)


@pytest.mark.parametrize(
    ("event_type", "data", "pointer"),
    [
        (CREATED, {}, "/data/number"),
        (CREATED, task(1, priority=9), "/data/priority"),
        (CREATED, task(1, other=1), "/data/other"),
        ("Task.Assignment.Lost.v1", {}, "/event_type"),
    ],
)
def test_what_breaks_the_catalog_is_not_sent(
    event_type: str, data: dict[str, int], pointer: str, client: Any, raw: Any
) -> None:
    with pytest.raises(Rejected, match=pointer):
        client.publish(event_type, data)
    assert not raw.keys()


@pytest.mark.injection(12)
def test_the_same_event_twice_is_one_entry_and_another_by_its_id_is_none(
    client: Any, raw: Any
) -> None:
    first = client.publish(CREATED, task(1), event_id=ID)
    again = client.publish(CREATED, task(1), event_id=ID)
    assert again == first._replace(is_duplicate=True)
    with pytest.raises(Rejected, match="another event has the id"):
        client.publish(CREATED, task(2), event_id=ID)
    assert raw.xlen(STREAM) == 1


def test_a_batch_goes_out_in_order_and_leaves_out_what_is_wrong(client: Any, raw: Any) -> None:
    outcomes = client.publish_all([(CREATED, task(1)), (CREATED, {}), (CREATED, task(3))])
    assert [type(one) for one in outcomes] == [Published, Rejected, Published]
    numbers = [json.loads(fields[b"data"])["data"]["number"] for _, fields in raw.xrange(STREAM)]
    assert numbers == [1, 3]


def test_a_handler_gets_events_in_order_with_defaults_and_acknowledges_by_returning(
    client: Any, raw: Any
) -> None:
    client.publish_all([(CREATED, task(number)) for number in range(250)])
    client.publish(ENDED, task(0))
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    events = inbox.wait(250)
    assert inbox.numbers == list(range(250))
    assert {event.data["priority"] for event in events} == {3}
    until(lambda: raw.xpending(STREAM, GROUP)["pending"] == 0)
    assert len(inbox.events) == 250
    assert client.drain() == []


def test_what_is_published_in_a_handler_follows_from_its_event(client: Any) -> None:
    ended = Inbox()
    client.subscribe(CREATED, lambda _: client.publish(ENDED, task(1)), group="a", **QUICK)
    client.subscribe(ENDED, ended, group="b", **QUICK)
    client.start()
    sent = client.publish(CREATED, task(1))
    (event,) = ended.wait(1)
    assert (event.causation_id, event.correlation_id) == (sent.id, sent.id)


def test_what_fails_comes_again_and_goes_to_the_dead_letters_in_the_end(
    client: Any, raw: Any
) -> None:
    def fail(event: Any) -> None:
        if event.data["number"] == 1:
            raise ValueError("not today")

    inbox = Inbox(fail)
    client.subscribe(CREATED, inbox, group=GROUP, attempts=3, **QUICK)
    client.start()
    sent = [client.publish(CREATED, task(number)) for number in range(3)]
    until(lambda: raw.xlen(f"{STREAM}:dead") == 1)
    assert sorted(inbox.numbers) == [0, 1, 1, 1, 2]
    assert [e.place.attempt for e in inbox.events if e.data["number"] == 1] == [1, 2, 3]
    ((_, letter),) = raw.xrange(f"{STREAM}:dead")
    assert letter[b"dead_entry"].decode() == sent[1].entry_id
    assert (letter[b"dead_group"], letter[b"dead_attempts"]) == (GROUP.encode(), b"3")
    assert json.loads(letter[b"dead_error"]) == ["ValueError: not today"] * 3
    assert letter[b"_event_id"].decode() == sent[1].id
    assert raw.xpending(STREAM, GROUP)["pending"] == 0


def test_a_handler_can_say_that_an_event_will_never_do(client: Any, raw: Any) -> None:
    def refuse(_: object) -> None:
        raise PermanentError("no such agent")

    inbox = Inbox(refuse)
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    client.publish(CREATED, task(1))
    until(lambda: raw.xlen(f"{STREAM}:dead") == 1)
    assert len(inbox.events) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"data": "{"},
        {"other": "x"},
        {"data": "[]"},
        {"data": '{"event_type": []}'},
        {"data": '{"event_type": "Task.Assignment.Created.v1", "data": {"number": "x"}}'},
        {"data": b"\xff\xfe"},
        {f"f{number}": "x" for number in range(10_000)},
    ],
    ids=["broken", "no data", "no object", "no name", "invalid", "no text", "10000 fields"],
)
def test_garbage_goes_to_the_dead_letters_and_the_next_event_is_handled(
    fields: dict[str, str | bytes], client: Any, raw: Any
) -> None:
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    raw.xadd(STREAM, fields)
    client.publish(CREATED, task(1))
    client.start()
    inbox.wait(1)
    until(lambda: raw.xlen(f"{STREAM}:dead") == 1 and raw.xpending(STREAM, GROUP)["pending"] == 0)


def test_an_event_for_readers_of_today_is_found_by_both(client: Any, raw: Any) -> None:
    inbox = Inbox()
    client.subscribe(OLD, inbox, group=GROUP, **QUICK)
    client.start()
    client.publish(OLD, {"state": "idle"})
    (event,) = inbox.wait(1)
    assert (event.type, event.data) == (OLD, {"state": "idle"})
    ((_, fields),) = raw.xrange("agent_events")
    whole = json.loads(fields[b"data"])
    assert (whole["event_type"], whole["state"]) == ("AgentSeenEvent", "idle")
    assert whole["source_agent_id"] == "tests"


@pytest.mark.injection(1)
def test_what_a_dead_consumer_held_is_claimed(client: Any, raw: Any) -> None:
    client.publish_all([(CREATED, task(number)) for number in range(5)])
    raw.xgroup_create(STREAM, GROUP, "0")
    raw.xreadgroup(GROUP, "somebody", {STREAM: ">"}, count=3)
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    inbox.wait(5)
    assert sorted(inbox.numbers) == list(range(5))
    assert sorted(event.place.attempt for event in inbox.events) == [1, 1, 2, 2, 2]


def test_what_was_not_begun_goes_back_at_once(server: Server, driver: str, client: Any) -> None:
    client.publish_all([(CREATED, task(number)) for number in range(10)])
    inbox = Inbox(lambda _: client.session.seats[0].core.__setattr__("is_stopping", True))
    client.subscribe(CREATED, inbox, group=GROUP, **{**QUICK, "claim_ms": 60_000})
    client.start()
    inbox.wait(1)
    assert client.drain() == []
    assert inbox.numbers == [0]
    others = Inbox()
    with connected(driver, server.url, "two") as second:
        second.subscribe(CREATED, others, group=GROUP, **{**QUICK, "claim_ms": 60_000})
        second.start()
        others.wait(9)
    assert others.numbers == list(range(1, 10))
    assert {event.place.attempt for event in others.events} == {1}


@pytest.mark.injection(10)
@pytest.mark.parametrize("blow", ["FLUSHALL", "DEL", "XGROUP DESTROY"])
def test_a_group_that_is_gone_is_made_anew(blow: str, client: Any, raw: Any) -> None:
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    client.publish(CREATED, task(1))
    inbox.wait(1)
    until(lambda: raw.xpending(STREAM, GROUP)["pending"] == 0)
    words = {"FLUSHALL": (), "DEL": (STREAM,), "XGROUP DESTROY": (STREAM, GROUP)}[blow]
    raw.execute_command(*blow.split(), *words)
    client.publish(CREATED, task(2))
    until(lambda: 2 in inbox.numbers)
    until(lambda: client.stats.total("group_recreated") == 1)
