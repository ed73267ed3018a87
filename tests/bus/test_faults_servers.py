"""Servers that die, forget, fill up and start slowly: nothing is lost, or it is said."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from governance.bus.event import Event
from governance.bus.outcome import NotSure, Published, Refused
from governance.bus.reading import PermanentError
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from governance.errors import BusError
from tests.bus.agent import until
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, catalog, task
from tests.bus.injections import FULL_SIZE
from tests.bus.ledger import Ledger, named

# With `everysec` a server puts off what it has to write while the disk is slow, for two seconds,
# and says that it is there all the same. With `no` the system has it before anybody is told.
AOF = ("appendonly yes", "appendfsync no", "aof-load-truncated yes")

CUTS = [
    pytest.param("everything", marks=pytest.mark.injection(4)),
    pytest.param("the tail", marks=pytest.mark.injection(5)),
]


@contextmanager
def publishing(client: KEBClient, ledger: Ledger) -> Iterator[None]:
    """Publish without end, and go on whatever happens."""
    stop = threading.Event()

    def work() -> None:
        numbers = count(0, 10)
        while not stop.is_set():
            first = next(numbers)
            ledger.publish(client, range(first, first + 10))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def consuming(url: str, ledger: Ledger, name: str = "two") -> Iterator[KEBClient]:
    """Consume, and write down what is done."""

    def effect(event: Event) -> None:
        ledger.effects.write(GROUP, event.id, name, event.data["number"], event.place.attempt)

    with KEBClient(url, catalog(), source="tests", name=name) as client:
        client.subscribe(CREATED, effect, group=GROUP, **QUICK)
        client.start()
        yield client


def settled(ledger: Ledger, but: AbstractSet[str] = frozenset()) -> bool:
    """Say whether all that was acknowledged to a publisher is done, but for some events."""
    return ledger.acknowledged.keys() - but <= ledger.done(GROUP).keys()


@pytest.mark.injection(3)
def test_a_server_that_is_killed_comes_back_with_all_that_it_had_acknowledged(
    pristine: Callable[..., Server], books: Callable[[Server], Ledger]
) -> None:
    server = pristine(config=AOF)
    ledger = books(server)
    with (
        KEBClient(server.url, catalog(), source="tests", name="one") as client,
        consuming(server.url, ledger),
        publishing(client, ledger),
    ):
        for _ in range(3):
            seen = len(ledger.acknowledged)
            until(lambda seen=seen: len(ledger.acknowledged) > seen + 100)  # type: ignore[misc]
            server.kill()
            server.restart()
            ledger.faults += 1
    with consuming(server.url, ledger):
        until(lambda: settled(ledger) and ledger.pending(GROUP) == 0)
    ids = [fields[1] for _, fields in server.ask("XRANGE", STREAM, "-", "+")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("cut", CUTS)
def test_a_server_that_forgets_is_told_of(
    cut: str, pristine: Callable[..., Server], books: Callable[[Server], Ledger], tmp_path: Path
) -> None:
    server = pristine(config=AOF if cut == "the tail" else (), folder=tmp_path / "data")
    ledger = books(server)
    with (
        KEBClient(server.url, catalog(), source="tests", name="one") as client,
        consuming(server.url, ledger) as reader,
    ):
        ledger.publish(client, range(20))
        until(lambda: settled(ledger) and ledger.pending(GROUP) == 0)
        size = _file(tmp_path / "data").stat().st_size if cut == "the tail" else 0
        ledger.publish(client, range(20, 30))
        until(lambda: settled(ledger) and ledger.pending(GROUP) == 0)
        server.kill()
        ledger.faults += 1
        if cut == "the tail":
            os.truncate(_file(tmp_path / "data"), size + 50)
        server.restart()
        until(lambda: reader.stats.total("went_back") == 1)
        ledger.publish(client, range(30, 40))
        until(lambda: settled(ledger))
        assert reader.stats.total("group_recreated") == (cut == "everything")
    assert not ledger.duplicates(GROUP)


@pytest.mark.parametrize("cut", CUTS)
def test_what_a_server_forgets_unread_is_named_by_who_sent_it_and_told_by_who_reads(
    cut: str,
    pristine: Callable[..., Server],
    books: Callable[[Server], Ledger],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = pristine(config=AOF if cut == "the tail" else (), folder=tmp_path / "data")
    ledger = books(server)
    is_slow = threading.Event()
    is_slow.set()

    def effect(event: Event) -> None:
        if is_slow.is_set():
            time.sleep(0.05)
        ledger.did(GROUP, [event])

    with KEBClient(server.url, catalog(), source="tests", name="one") as client:
        started = time.monotonic()
        client.subscribe(CREATED, effect, group=GROUP, **{**QUICK, "batch": 1})
        client.start()
        ledger.publish(client, range(40))
        until(lambda: bool(ledger.done(GROUP)))
        size = _file(tmp_path / "data").stat().st_size if cut == "the tail" else 0
        ledger.publish(client, range(40, 60))
        # By then it has looked at how far it is behind.
        until(lambda: time.monotonic() > started + 1.3)
        server.kill()
        ledger.faults += 1
        if cut == "the tail":
            os.truncate(_file(tmp_path / "data"), size + 50)
        server.restart()
        is_slow.clear()
        numbers = count(60)
        until(lambda: ledger.is_told(client, next(numbers)))
        until(lambda: settled(ledger, named(caplog.records)))
        until(lambda: client.stats.total("went_back") == 1)
        until(lambda: client.stats.total("group_recreated") == (cut == "everything"))
    assert len(ledger.settle(GROUP, named(caplog.records))) >= 20
    assert ("waited for the group" in caplog.text) == (server.version >= (7, 0, 0))
    assert not ledger.duplicates(GROUP)


def _file(folder: Path) -> Path:
    """Return the append-only file, wherever this server has it."""
    (path,) = [*folder.glob("appendonlydir/*.incr.aof"), *folder.glob("appendonly.aof")]
    return path


BLOWS: dict[str, tuple[str | int, ...]] = {
    "FLUSHALL": (),
    "DEL": (STREAM,),
    "XGROUP DESTROY": (STREAM, GROUP),
    "SWAPDB": (0, 1),
}


@pytest.mark.injection(10)
@pytest.mark.parametrize("blow", BLOWS)
def test_a_group_that_is_gone_while_an_event_is_handled_costs_no_second_effect(
    blow: str, server: Server, client: KEBClient, ledger: Ledger
) -> None:
    is_open = threading.Event()

    def effect(event: Event) -> None:
        if event.data["number"] == 9:
            is_open.wait(30)
        ledger.did(GROUP, [event])

    ledger.publish(client, range(10))
    client.subscribe(CREATED, effect, group=GROUP, **QUICK)
    client.start()
    until(lambda: len(ledger.done(GROUP)) == 9)
    server.ask(*blow.split(), *BLOWS[blow])
    ledger.faults += 1
    ledger.publish(client, range(10, 20))
    is_open.set()
    until(lambda: settled(ledger) and client.stats.total("group_recreated") == 1)
    assert client.stats.total("reconnects") <= 3
    assert not ledger.duplicates(GROUP)


@pytest.mark.injection(10)
@pytest.mark.parametrize("blow", BLOWS)
def test_a_group_that_is_gone_costs_one_word_and_no_second_effect(
    blow: str, server: Server, client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    ledger.publish(client, range(10))
    with consuming(server.url, ledger) as reader:
        until(lambda: settled(ledger) and ledger.pending(GROUP) == 0)
        until(lambda: raw.info("clients")["blocked_clients"] == 1)
        server.ask(*blow.split(), *BLOWS[blow])
        ledger.faults += 1
        ledger.publish(client, range(10, 20))
        until(lambda: settled(ledger) and reader.stats.total("group_recreated") == 1)
        assert reader.stats.total("reconnects") <= 3
    assert not ledger.duplicates(GROUP)


@pytest.mark.injection(17)
def test_a_full_server_refuses_what_is_new_and_is_read_empty(
    server: Server, raw: Any, ledger: Ledger
) -> None:
    def refuse(event: Event) -> None:
        if event.data["number"] == 3:
            raise PermanentError("never")

    inbox = Inbox(refuse)
    with KEBClient(server.url, catalog(), source="tests", name="one", patience_s=0.2) as client:
        ledger.publish(client, range(10))
        raw.config_set("maxmemory", 1)
        ledger.faults += 1
        with pytest.raises(Refused, match="OOM"):
            client.publish(CREATED, task(10))
        raw.config_set("maxmemory", 0)
        raw.xgroup_create(STREAM, GROUP, "0")
        raw.config_set("maxmemory", 1)
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        inbox.wait(10)
        until(lambda: ledger.pending(GROUP) == 1)
        assert client.stats.total("reconnects") == 0
        assert not raw.exists(f"{STREAM}:dead")
        raw.config_set("maxmemory", 0)
        until(lambda: raw.xlen(f"{STREAM}:dead") == 1 and ledger.pending(GROUP) == 0)
    ledger.did(GROUP, inbox.events)


@pytest.mark.injection(18)
def test_a_server_that_evicts_streams_is_refused(server: Server, raw: Any) -> None:
    raw.config_set("maxmemory-policy", "allkeys-lru")
    with KEBClient(server.url, catalog(), source="tests", name="one") as client:
        with pytest.raises(Refused, match="maxmemory-policy allkeys-lru") as told:
            client.publish(CREATED, task(1))
        assert {type(one) for one in client.publish_all([(CREATED, task(2))] * 2)} == {Refused}
        assert client.stats.total("publish_retries") == 0
        client.subscribe(CREATED, Inbox(), group=GROUP, **QUICK)
        with pytest.raises(BusError, match="allkeys-lru"):
            client.run()
        assert raw.exists(STREAM) == 0
        raw.config_set("maxmemory-policy", "noeviction")
        assert isinstance(client.send(told.value.event), Published)


@pytest.mark.injection(19)
@pytest.mark.parametrize("thousands", [150, pytest.param(1_000, marks=FULL_SIZE)])
def test_a_server_that_still_loads_is_waited_for_without_a_storm(
    thousands: int, pristine: Callable[..., Server], books: Callable[[Server], Ledger]
) -> None:
    server = pristine(config=AOF)
    ledger = books(server)
    fill = "for n = 1, 50000 do redis.call('XADD', KEYS[1], '*', 'n', n) end"
    with (
        KEBClient(server.url, catalog(), source="tests", name="one") as client,
        consuming(server.url, ledger) as reader,
    ):
        for _ in range(thousands // 50):
            server.ask("EVAL", fill, 1, "other")
        server.kill()
        restart = threading.Thread(target=server.restart)
        restart.start()
        ledger.faults += 1
        outcomes = ledger.publish(client, range(10))
        restart.join()
        assert {type(one) for one in outcomes} == {Published}
        until(lambda: settled(ledger))
        assert reader.stats.total("reconnects") < 10


@pytest.mark.injection(3)
def test_a_server_that_stays_away_leaves_a_publisher_with_an_answer(
    pristine: Callable[..., Server],
) -> None:
    server = pristine()
    with KEBClient(server.url, catalog(), source="tests", name="one", patience_s=0.2) as client:
        client.publish(CREATED, task(1))
        server.kill()
        (outcome,) = client.publish_all([(CREATED, task(2))])
        assert isinstance(outcome, Refused | NotSure)
