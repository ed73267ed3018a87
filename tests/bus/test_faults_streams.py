"""Streams that are trimmed, grow, repeat and hold garbage."""

from __future__ import annotations

from typing import Any

import pytest

from governance.bus.outcome import Published, Rejected
from governance.bus.threads import KEBClient
from governance.catalog.load import load
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CATALOG, CREATED, GROUP, QUICK, STREAM, Inbox, catalog, task
from tests.bus.ledger import Ledger
from tests.catalogs import raw_files


def consumes(client: KEBClient, count: int, group: str = GROUP) -> Inbox:
    """Let a group handle so many events, and acknowledge them."""
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=group, **QUICK)
    client.start()
    inbox.wait(count)
    return inbox


@pytest.mark.injection(11)
def test_what_is_trimmed_unread_is_counted_once_for_the_group(
    server: Server, client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    with KEBClient(server.url, catalog(), source="tests", name="two") as first:
        ledger.publish(first, range(2))
        ledger.did(GROUP, consumes(first, 2).events)
        until(lambda: ledger.pending(GROUP) == 0)
    ledger.publish(client, range(2, 12))
    raw.xtrim(STREAM, maxlen=4, approximate=False)
    ledger.faults += 1
    with KEBClient(server.url, catalog(), source="tests", name="three") as other:
        inbox = consumes(client, 4)
        consumes(other, 0)
        until(lambda: ledger.pending(GROUP) == 0)
        counts = [one.stats.read().get(("consumed", "", GROUP, "lost")) for one in (client, other)]
    ledger.did(GROUP, inbox.events)
    assert len(ledger.lost(GROUP)) == 6
    # Before 7.0 nobody can say how many it were.
    assert sum(filter(None, counts)) == (6 if server.version >= (7, 0, 0) else 1)
    ledger.reports.write("lost", 6)


@pytest.mark.injection(11)
@pytest.mark.parametrize("how", ["XTRIM", "XDEL"])
@pytest.mark.parametrize("owner", ["one/0", "somebody"])
def test_what_is_deleted_while_pending_is_counted(
    how: str, owner: str, client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    ledger.publish(client, range(6))
    raw.xgroup_create(STREAM, GROUP, "0")
    raw.xreadgroup(GROUP, owner, {STREAM: ">"}, count=5)
    ids = [entry_id for entry_id, _ in raw.xrange(STREAM)]
    if how == "XTRIM":
        raw.xtrim(STREAM, minid=ids[3], approximate=False)
    else:
        raw.xdel(STREAM, *ids[:3])
    ledger.faults += 1
    inbox = consumes(client, 3)
    until(lambda: ledger.pending(GROUP) == 0)
    ledger.did(GROUP, inbox.events)
    assert client.stats.read()["consumed", "", GROUP, "lost"] == 3
    ledger.reports.write("lost", 3)


@pytest.mark.injection(28)
def test_trimming_stops_at_the_group_that_never_reads_and_names_it(
    client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    ledger.publish(client, range(1_200))
    raw.xgroup_create(STREAM, "sleeper", "0")
    for number in range(9):
        raw.xgroup_create(STREAM, f"g{number}", "$")
    ledger.did(GROUP, consumes(client, 1_200).events)
    until(lambda: ledger.pending(GROUP) == 0)
    stays = client.trim(STREAM, keep_s=0)
    assert (stays.gone, stays.left, stays.slowest) == (0, 1_200, "sleeper")
    entries = raw.xreadgroup("sleeper", "s", {STREAM: ">"}, count=900)[0][1]
    raw.xack(STREAM, "sleeper", *[entry_id for entry_id, _ in entries[1:]])
    assert client.trim(STREAM, keep_s=0).gone == 0
    raw.xack(STREAM, "sleeper", entries[0][0])
    assert client.trim(STREAM, keep_s=3_600).gone == 0
    done = client.trim(STREAM, keep_s=0)
    # The last entry that it was handed stays, as a witness.
    assert (done.gone, done.left) == (899, 301)
    forced = client.trim(STREAM, keep_s=0, most=100)
    assert (forced.left, forced.lost) == (100, {"sleeper": 200})
    counts = client.stats.read()
    assert counts["consumed", "", "sleeper", "lost"] == 200
    assert [counts["trimmed", STREAM, unread] for unread in "01"] == [900, 200]


@pytest.mark.injection(28)
def test_a_group_that_never_reads_is_named_before_memory_is_full(
    client: KEBClient, raw: Any, caplog: pytest.LogCaptureFixture
) -> None:
    raw.xgroup_create(STREAM, "sleeper", "0", mkstream=True)
    client.publish_all([(CREATED, task(number)) for number in range(500)])
    client.trim(STREAM, keep_s=0)
    assert not caplog.messages
    raw.config_set("maxmemory", int(raw.info("memory")["used_memory"] * 1.1))
    client.trim(STREAM, keep_s=0)
    (said,) = caplog.messages
    assert said.endswith("500 entries of task_events wait for group sleeper")


def test_nobody_reads_and_nothing_is_trimmed(client: KEBClient) -> None:
    assert client.trim(STREAM, keep_s=0).left == 0
    client.publish(CREATED, task(1))
    assert client.trim(STREAM, keep_s=0) == (0, 1, "", {})


@pytest.mark.injection(22)
def test_names_of_a_thousand_consumers_that_are_gone_are_cleared_away(
    client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    ledger.publish(client, range(3))
    raw.xgroup_create(STREAM, GROUP, "0")
    with raw.pipeline(transaction=False) as pipe:
        for number in range(1_000):
            pipe.xgroup_createconsumer(STREAM, GROUP, f"short-{number}")
            pipe.xreadgroup(GROUP, f"short-{number}", {STREAM: ">"}, count=1)
        pipe.execute()
    # Three of them hold an event, and stay until it is taken over.
    assert client.sweep(STREAM, GROUP, idle_s=0) == 997
    assert client.sweep(STREAM, GROUP) == 0
    ledger.did(GROUP, consumes(client, 3).events)
    until(lambda: ledger.pending(GROUP) == 0)
    client.sweep(STREAM, GROUP, idle_s=0.2)
    assert [one["name"] for one in raw.xinfo_consumers(STREAM, GROUP)] == [b"one/0"]


@pytest.mark.injection(26)
def test_garbage_of_any_size_costs_no_neighbour(
    client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    whole = b'{"event_type":"' + CREATED.encode() + b'","data":{"number":1},"data":{"number":2}}'
    raw.config_set("maxmemory", 0)
    for data in (b"x" * 64_000_000, b"[" * 100_000, whole, b'{"event_type": 7}', b"\x00" * 10):
        raw.xadd(STREAM, {"data": data})
    ledger.publish(client, range(3))
    ledger.did(GROUP, consumes(client, 3).events)
    until(lambda: raw.xlen(f"{STREAM}:dead") == 5 and ledger.pending(GROUP) == 0)
    lengths = [len(letter[b"dead_error"]) for _, letter in raw.xrange(f"{STREAM}:dead")]
    assert max(lengths) < 10_000


@pytest.mark.injection(25)
def test_who_reads_by_another_catalog_goes_by_the_version_that_was_sent(
    server: Server, client: KEBClient, raw: Any
) -> None:
    more = "minimum: 0}\n        extra: {type: integer}"
    newer = load(raw_files(CATALOG.replace("1.2.0", "1.3.0").replace("minimum: 0}", more)))
    major = load(raw_files(CATALOG.replace("Created.v1", "Created.v2").replace("1.2.0", "2.0.0")))
    with KEBClient(server.url, newer, source="tests", name="new") as ahead:
        assert isinstance(ahead.publish(CREATED, {"number": 1, "extra": 1}), Published)
    with KEBClient(server.url, major, source="tests", name="major") as far:
        far.publish(CREATED.replace("v1", "v2"), task(2))
        with pytest.raises(Rejected):
            far.publish(CREATED, task(2))
    client.publish(CREATED, task(3))
    inbox = Inbox()
    client.subscribe(STREAM, inbox, group=GROUP, **QUICK)
    client.start()
    inbox.wait(2)
    # The minor one is read, what it adds is no trouble, and of the unknown one somebody hears.
    until(lambda: raw.xlen(f"{STREAM}:dead") == 1)
    assert inbox.numbers == [1, 3]
