"""Clocks that differ or jump: order is that of the entries, no event is refused for its age."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from governance.bus.metrics import Times
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, catalog, task
from tests.bus.ledger import Ledger
from tests.bus.scrape import buckets, exported

pytestmark = pytest.mark.injection(13)
HOUR_S = 3_600
DAY_MS = 86_400_000
# By the bounds of ages: so soon as a busy machine can.
SOON = {"0.001", "0.005", "0.025", "0.1", "0.5", "1.0", "5.0"}


def set_clock(client: KEBClient, apart_s: int) -> None:
    """Let the clock of a client differ from that of the server."""
    client.session.publisher.now.clock_ns = lambda: time.time_ns() + apart_s * 10**9


def consumed(client: KEBClient, count: int) -> tuple[list[Any], dict[str, set[str]]]:
    """Consume so many events; return them, and within which bounds their ages were."""
    times, inbox = Times(client), Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    inbox.wait(count)
    client.drain()
    told = exported(times)
    ages = {name: set(buckets(told, f"{name}_age_seconds")) for name in ("event", "entry")}
    assert client.stats.total("consumed") == count
    return inbox.events, ages


@pytest.fixture
def sender(server: Server) -> Iterator[KEBClient]:
    with KEBClient(server.url, catalog(), source="tests", name="sender") as made:
        yield made


def skews(keb: Callable[..., Any]) -> list[str]:
    found = json.loads(keb("audit", "--format", "json").out)["findings"]
    return [one["message"] for one in found if one["rule"] == "KEB213"]


@pytest.mark.parametrize(
    ("apart_s", "seen"),
    [(HOUR_S, ("-300.0", "s ahead of the")), (-HOUR_S, ("86400.0", "s behind the"))],
)
def test_whose_clock_differs_is_seen_by_the_age_of_the_events_alone(
    apart_s: int, seen: tuple[str, str], sender: KEBClient, client: KEBClient, keb: Any
) -> None:
    bound, said = seen
    set_clock(sender, apart_s)
    sent = [sender.publish(CREATED, task(number)) for number in range(5)]
    events, ages = consumed(client, 5)
    assert [one.place.entry_id for one in events] == [one.entry_id for one in sent]
    assert ages["event"] == {bound}
    assert ages["entry"] <= SOON
    (message,) = skews(keb)
    assert said in message


def test_a_consumer_whose_clock_differs_sees_all_events_alike(
    sender: KEBClient, client: KEBClient, keb: Any
) -> None:
    sender.publish(CREATED, task(1))
    set_clock(client, HOUR_S)
    _, ages = consumed(client, 1)
    assert ages["event"] == ages["entry"] == {"86400.0"}
    assert skews(keb) == []


def test_a_clock_that_jumps_back_changes_no_order(
    sender: KEBClient, client: KEBClient, keb: Any, ledger: Ledger
) -> None:
    ledger.publish(sender, range(3))
    set_clock(sender, -HOUR_S)
    ledger.faults += 1
    ledger.publish(sender, range(3, 6))
    events, ages = consumed(client, 6)
    ledger.did(GROUP, events)
    sent = list(ledger.acknowledged)
    assert [one.id for one in events] == sent
    # The ids of events are in the order of the clock that made them.
    assert max(sent[3:]) < min(sent[:3])
    assert [one.data["number"] for one in events] == list(range(6))
    assert ages["event"] - SOON == {"86400.0"}
    assert ages["entry"] <= SOON
    (message,) = skews(keb)
    assert "(3 of 6, " in message


def test_an_entry_from_the_future_is_handled_in_its_place(
    sender: KEBClient, client: KEBClient, raw: Any, keb: Any
) -> None:
    first = sender.publish(CREATED, task(0))
    future_ms = time.time_ns() // 10**6 + DAY_MS
    other = sender.session.publisher.prepare(CREATED, task(1))
    raw.xadd(STREAM, {"_event_id": other.id, "data": other.data}, id=f"{future_ms}-7")
    # The server goes on from there, as after its own clock has jumped back.
    last = sender.publish(CREATED, task(2))
    assert last.entry_id == f"{future_ms}-8"
    events, ages = consumed(client, 3)
    assert [one.id for one in events] == [first.id, other.id, last.id]
    assert ages["event"] <= SOON
    assert ages["entry"] - SOON == {"-3600.0"}
    (message,) = skews(keb)
    assert "s behind the server's clock (2 of 3, " in message
    assert keb("lag").code == 0
    # What is not yet of age stays.
    assert client.trim(STREAM, keep_s=0) == (1, 2, GROUP, {})
