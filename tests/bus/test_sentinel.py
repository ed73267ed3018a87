"""Primaries that change: what was confirmed stays, and what was lost was never said to be safe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from threading import Event as Flag
from typing import Any

import pytest

from governance.bus.event import Event
from governance.bus.outcome import Durability, NotSure, Published, Refused
from governance.contract.find import Binary
from governance.contract.sentinel import Sentinel
from governance.contract.server import Server
from governance.contract.until import until
from governance.errors import BusError
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, task
from tests.bus.drivers import ASYNCIO, THREADS, connected
from tests.bus.ledger import Ledger, named
from tests.bus.proxy import Proxy


@pytest.fixture(scope="module")
def watched(program: Binary) -> Iterator[Sentinel]:
    with Sentinel(program) as running:
        yield running


def url(watched: Sentinel, password: str | None = None, name: str | None = None) -> str:
    """Return the URL of the service; the first sentinel in it is none."""
    watcher = watched.watcher
    said = watcher.password if password is None else password
    hosts = f"127.0.0.1:1,127.0.0.1:{watcher.port}"
    service = name or watched.name
    return f"redis+sentinel://:{watched.password}@{hosts}/{service}?sentinel_password={said}"


def stored(server: Server) -> list[str]:
    return [row[1][1].decode() for row in server.ask("XRANGE", STREAM, "-", "+")]


@pytest.mark.injection(15)
@pytest.mark.parametrize("driver", [ASYNCIO], indirect=True)
def test_a_failover_loses_nothing_and_repeats_nothing(driver: str, program: Binary) -> None:
    inbox = Inbox()
    with (
        Sentinel(program) as watched,
        connected(driver, url(watched), durability=Durability.REPLICATED) as client,
    ):
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        sent = [client.publish(CREATED, task(number)).id for number in range(10)]
        inbox.wait(10)
        # The old one goes on as if nothing had happened, until a sentinel comes by.
        now = watched.failover()
        with connected(driver, url(watched), "two") as other:
            sent += [other.publish(CREATED, task(number)).id for number in range(10, 20)]
        inbox.wait(20)
        assert stored(now) == sent
    assert [event.id for event in inbox.events] == sent


@pytest.mark.injection(15)
@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_when_the_primary_is_killed_its_replica_serves(driver: str, program: Binary) -> None:
    inbox = Inbox()
    with Sentinel(program) as watched, connected(driver, url(watched)) as client:
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        first = client.publish(CREATED, task(0)).id
        inbox.wait(1)
        was = watched.primary
        until("the replica has it", lambda: stored(watched.replica) == [first])
        was.kill()
        second = client.publish(CREATED, task(1)).id
        inbox.wait(2)
        assert stored(watched.new_primary(was)) == [first, second]


@pytest.mark.parametrize(
    ("password", "name", "said"),
    [("other", None, "WRONGPASS"), ("", None, "NOAUTH"), (None, "nobody", "no service 'nobody'")],
)
def test_sentinels_that_say_nothing_are_named(
    password: str | None, name: str | None, said: str, driver: str, watched: Sentinel
) -> None:
    address = url(watched, password, name)
    with connected(driver, address, patience_s=0.1) as client:
        with pytest.raises(Refused, match=said):
            client.publish(CREATED, task(1))
        if name is None:
            client.subscribe(CREATED, Inbox(), group=GROUP, **QUICK)
            with pytest.raises(BusError, match=said):
                client.run()


@pytest.fixture
def lagging(pristine: Callable[..., Server]) -> Iterator[tuple[Server, Proxy, Server]]:
    """Return a primary, the line to its replica, and that."""
    primary = pristine()
    replica = pristine(password=primary.password)
    with Proxy(primary) as line:
        replica.ask("REPLICAOF", "127.0.0.1", line.port)
        until("it follows", lambda: b"state=online" in primary.ask("INFO", "replication"))
        yield primary, line, replica


@pytest.mark.injection(15)
@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_what_a_replica_had_not_got_was_not_said_to_be_safe(
    driver: str, lagging: tuple[Server, Proxy, Server]
) -> None:
    primary, line, replica = lagging
    with connected(
        driver, primary.tcp_url, durability=Durability.REPLICATED, patience_s=0.5
    ) as client:
        safe = [client.publish(CREATED, task(number)).id for number in range(5)]
        line.stall("replies")
        doubtful = client.publish_all([(CREATED, task(number)) for number in range(5, 10)])
        assert [type(one) for one in doubtful] == [NotSure] * 5
    primary.kill()
    line.cut()
    replica.ask("REPLICAOF", "NO", "ONE")
    assert stored(replica) == safe
    inbox = Inbox()
    with connected(driver, replica.tcp_url) as client:
        again = [client.send(one.event) for one in doubtful]
        assert [one.is_duplicate for one in again] == [False] * 5
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        inbox.wait(10)
    assert [event.id for event in inbox.events] == safe + [one.id for one in again]


@pytest.mark.injection(16)
@pytest.mark.parametrize("driver", [ASYNCIO], indirect=True)
def test_an_old_primary_that_has_lost_its_replica_takes_no_more(
    driver: str, lagging: tuple[Server, Proxy, Server]
) -> None:
    primary, line, _ = lagging
    primary.ask("CONFIG", "SET", "min-replicas-to-write", 1)
    with connected(driver, primary.tcp_url, patience_s=0.1) as client:
        kept = client.publish(CREATED, task(0)).id
        line.refuse()
        line.cut()
        until("it misses it", lambda: b"connected_slaves:0" in primary.ask("INFO", "replication"))
        with pytest.raises(Refused, match="NOREPLICAS"):
            client.publish(CREATED, task(1))
    assert stored(primary) == [kept]


@pytest.fixture
def way(lagging: tuple[Server, Proxy, Server]) -> Iterator[Proxy]:
    """Return the way that clients go, which leads to the primary."""
    with Proxy(lagging[0]) as running:
        yield running


@pytest.mark.injection(15)
def test_what_a_replica_had_not_got_is_named_and_what_was_done_is_not_done_again(
    driver: str,
    lagging: tuple[Server, Proxy, Server],
    way: Proxy,
    books: Callable[[Server], Ledger],
    caplog: pytest.LogCaptureFixture,
) -> None:
    primary, line, replica = lagging
    ledger = books(primary)
    gates = {4: Flag(), 7: Flag()}
    begun: list[int] = []

    def effect(event: Event) -> None:
        begun.append(event.data["number"])
        if (gate := gates.get(event.data["number"])) is not None:
            gate.wait(30)
        ledger.did(GROUP, [event])

    durability = Durability.MEMORY if driver == THREADS else Durability.KERNEL
    with connected(driver, way.url, durability=durability) as client:
        client.subscribe(CREATED, effect, group=GROUP, **{**QUICK, "batch": 1})
        client.start()
        ledger.publish(client, range(5))
        until("four are done", lambda: len(ledger.done(GROUP)) == 4)
        until("the replica knows", lambda: _group(replica) == _group(primary) == (1, 5))
        line.stall("replies")
        gates[4].set()
        late = [
            one.id for one in ledger.publish(client, range(5, 10)) if isinstance(one, Published)
        ]
        until("seven are done, and one is begun", lambda: 7 in begun)
        primary.kill()
        line.cut()
        replica.ask("REPLICAOF", "NO", "ONE")
        ledger.server = replica
        way.redirect(replica)
        ledger.faults += 1
        gates[7].set()
        until("eight are done", lambda: len(ledger.done(GROUP)) >= 8)
        numbers = count(10)
        until("it is told", lambda: ledger.is_told(client, next(numbers)))
        lost = ledger.settle(GROUP, named(caplog.records))
        assert (named(caplog.records), lost) == (set(late), set(late[3:]))
        until(
            "the rest is done",
            lambda: ledger.acknowledged.keys() - lost == ledger.done(GROUP).keys(),
        )
        until("it is acknowledged", lambda: ledger.pending(GROUP) == 0)
        until("the consumer tells too", lambda: client.stats.total("went_back") == 1)
        # What was read and not acknowledged as far as the replica knew.
        assert client.stats.read()["consumed", "", GROUP, "duplicate"] == 1


def _group(server: Server) -> tuple[int, int]:
    """Return how many entries are pending, and how many there are."""
    return server.ask("XPENDING", STREAM, GROUP)[0], server.ask("XLEN", STREAM)


@pytest.mark.injection(16)
@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_an_old_primary_that_is_cut_off_soon_takes_no_more_and_what_it_took_is_named(
    driver: str,
    lagging: tuple[Server, Proxy, Server],
    way: Proxy,
    books: Callable[[Server], Ledger],
    caplog: pytest.LogCaptureFixture,
) -> None:
    old, line, new = lagging
    ledger = books(old)
    numbers = count()
    with connected(driver, way.url, patience_s=0.1) as client:
        ledger.publish(client, range(3))
        kept = ledger.acknowledged.keys()
        until("the replica has them", lambda: len(stored(new)) == 3)
        line.stall()
        old.ask("CONFIG", "SET", "min-replicas-to-write", 1)
        old.ask("CONFIG", "SET", "min-replicas-max-lag", 1)
        new.ask("REPLICAOF", "NO", "ONE")
        ledger.faults += 1
        (one,) = ledger.publish(client, [next(numbers)])
        assert isinstance(one, Published)
        until("it takes no more", lambda: _is_refused(ledger, client, next(numbers)), 10.0)
        taken = set(stored(old)) - kept
        ledger.server = new
        way.redirect(new)
        until("it is told", lambda: ledger.is_told(client, next(numbers)))
    assert taken == named(caplog.records) == ledger.settle(GROUP, named(caplog.records))


def _is_refused(ledger: Ledger, client: Any, number: int) -> bool:
    (outcome,) = ledger.publish(client, [number])
    return isinstance(outcome, Refused) and "NOREPLICAS" in str(outcome)
