"""Primaries that change: what was confirmed stays, and what was lost was never said to be safe."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from governance.bus.outcome import Durability, NotSure, Refused
from governance.contract.find import Binary
from governance.contract.sentinel import Sentinel
from governance.contract.server import Server
from governance.contract.until import until
from governance.errors import BusError
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, task
from tests.bus.drivers import ASYNCIO, DRIVERS, THREADS, connected
from tests.bus.proxy import Proxy


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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
