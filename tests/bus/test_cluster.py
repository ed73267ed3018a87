"""A cluster: each stream lives on one node, and goes on when its slot moves or its node dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest

from governance.bus.asking import Asking
from governance.bus.commands import Line
from governance.bus.event import Event
from governance.bus.memory import memory
from governance.bus.outcome import Durability, Published, Refused
from governance.bus.state import state
from governance.contract.cluster import Cluster
from governance.contract.find import Binary
from governance.contract.server import Server
from governance.contract.until import until
from governance.errors import BusError
from tests.bus.agents import CREATED, GROUP, OLD, QUICK, STREAM, Inbox, task
from tests.bus.drivers import ASYNCIO, THREADS, connected
from tests.bus.injections import audit
from tests.bus.ledger import Ledger
from tests.bus.test_access import CLUSTER, RIGHTS, denied
from tests.contract.projects import PLAIN, project

OTHER = "agent_events"


@pytest.fixture(scope="module")
def running(program: Binary) -> Iterator[Cluster]:
    config = ("appendonly yes", "cluster-require-full-coverage no")
    with Cluster(program, 2, config) as cluster:
        yield cluster


@pytest.fixture
def cluster(running: Cluster) -> Cluster:
    for node in running.nodes:
        if not node.is_running:
            node.restart()
        node.ask("FLUSHALL")
        node.ask("SCRIPT", "FLUSH")
    return running


@pytest.fixture
def client(cluster: Cluster, driver: str) -> Iterator[Any]:
    with connected(driver, url(cluster), patience_s=5.0) as made:
        yield made


def url(cluster: Cluster) -> str:
    # The first host is none: any other tells of all.
    hosts = ",".join(f"127.0.0.1:{port}" for port in (1, *(node.port for node in cluster.nodes)))
    return f"redis+cluster://:{cluster.nodes[0].password}@{hosts}"


def home(cluster: Cluster, stream: str) -> tuple[int, Server, Server]:
    """Return the slot of a stream, its node, and another one."""
    slot = cluster.slot(stream)
    owner = cluster.owner(slot)
    return slot, owner, next(node for node in cluster.nodes if node is not owner)


def part(cluster: Cluster) -> None:
    """Let the two streams lie on two nodes."""
    slot, owner, other = home(cluster, OTHER)
    if owner is home(cluster, STREAM)[1]:
        cluster.move(slot, other)


def ids(node: Server, stream: str = STREAM) -> list[str]:
    return [row[1][1].decode() for row in node.ask("XRANGE", stream, "-", "+")]


def is_done(node: Server) -> bool:
    (row,) = node.ask("XINFO", "GROUPS", STREAM)
    group = dict(zip(row[::2], row[1::2], strict=True))
    (last,) = node.ask("XREVRANGE", STREAM, "+", "-", "COUNT", 1)
    return bool(group[b"pending"] == 0 and group[b"last-delivered-id"] == last[0])


def test_events_go_to_the_nodes_of_their_streams_and_come_from_there(
    cluster: Cluster, client: Any
) -> None:
    part(cluster)
    inbox = Inbox()
    client.subscribe(STREAM, inbox, group=GROUP, is_once=True, **QUICK)
    client.subscribe(OTHER, inbox, group=GROUP, **QUICK)
    client.start()
    events = [(CREATED, task(0)), (OLD, {"state": "idle"}), (CREATED, task(1))]
    outcomes = client.publish_all(events)
    assert [type(one) for one in outcomes] == [Published] * 3
    inbox.wait(3)
    for stream, count in ((STREAM, 2), (OTHER, 1)):
        assert len(ids(home(cluster, stream)[1], stream)) == count
    bus = Asking(url(cluster))
    now = bus.ask(state(map(bus.keys, (STREAM, OTHER))))
    assert set(now.stream_bytes) == {one.stream for one in now.idle} == {STREAM, OTHER}


def test_a_dead_letter_lies_beside_its_stream(cluster: Cluster, client: Any) -> None:
    _, owner, _ = home(cluster, STREAM)
    owner.ask("XADD", STREAM, "*", "data", "{")
    client.subscribe(CREATED, Inbox(), group=GROUP, **QUICK)
    client.start()
    until("it is there", lambda: owner.ask("XLEN", f"{{{STREAM}}}:dead") == 1)


@pytest.mark.injection(14)
def test_a_slot_moves_while_events_are_published_and_handled(cluster: Cluster, client: Any) -> None:
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    sent: list[str] = []
    is_over = Flag()

    def publish() -> None:
        while not is_over.is_set():
            sent.append(client.publish(CREATED, task(len(sent))).id)

    publishing = Thread(target=publish)
    publishing.start()
    slot, owner, other = home(cluster, STREAM)
    try:
        for target in (other, owner):
            inbox.wait(len(inbox.events) + 5)
            cluster.open_move(slot, target)
            cluster.carry(slot, target)
            cluster.close_move(slot, target)
            inbox.wait(len(inbox.events) + 5)
    finally:
        is_over.set()
        publishing.join()
    until("all is handled", lambda: is_done(owner))
    assert ids(owner) == sent
    assert sorted(event.id for event in inbox.events) == sorted(sent)
    assert client.stats.total("group_recreated") == 0


@pytest.mark.injection(14)
def test_events_go_after_a_slot_that_is_on_its_way(cluster: Cluster, driver: str) -> None:
    with connected(driver, url(cluster), remembered_ms=0) as client:
        sent = [client.publish(CREATED, task(0))]
        slot, _, target = home(cluster, STREAM)
        cluster.open_move(slot, target)
        cluster.carry(slot, target)
        sent += client.publish_all([(CREATED, task(1)), (CREATED, task(2))])
        sent.append(client.publish(CREATED, task(3)))
        cluster.close_move(slot, target)
        sent.append(client.publish(CREATED, task(4)))
        assert client.stats.total("publish_retries") == 0
    assert ids(target) == [one.id for one in sent]


@pytest.mark.injection(14)
def test_what_is_pending_moves_along(cluster: Cluster, client: Any) -> None:
    client.publish_all([(CREATED, task(number)) for number in range(3)])
    slot, owner, other = home(cluster, STREAM)
    owner.ask("XGROUP", "CREATE", STREAM, GROUP, 0)
    owner.ask("XREADGROUP", "GROUP", GROUP, "somebody", "COUNT", 2, "STREAMS", STREAM, ">")
    cluster.move(slot, other)
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    inbox.wait(3)
    until("all is handled", lambda: is_done(other))
    assert sorted(inbox.numbers) == [0, 1, 2]
    assert sorted(event.place.attempt for event in inbox.events) == [1, 2, 2]


@pytest.mark.injection(14)
@pytest.mark.parametrize("driver", [ASYNCIO], indirect=True)
def test_a_node_dies_and_comes_back_while_the_other_goes_on(
    cluster: Cluster, driver: str, client: Any
) -> None:
    part(cluster)
    inbox = Inbox()
    client.subscribe(STREAM, inbox, group=GROUP, **QUICK)
    client.start()
    client.publish(CREATED, task(0))
    inbox.wait(1)
    _, owner, _ = home(cluster, STREAM)
    until("it is written down", lambda: is_done(owner))
    owner.kill()
    with connected(driver, url(cluster), "two", patience_s=0.2) as impatient:
        outcomes = impatient.publish_all([(CREATED, task(1)), (OLD, {"state": "idle"})])
        assert [type(one) for one in outcomes] == [Refused, Published]
    owner.restart()
    client.publish(CREATED, task(2))
    inbox.wait(2)
    assert inbox.numbers == [0, 2]
    assert client.stats.total("group_recreated") == 0


def test_contract_tests_leave_it_as_it_was(cluster: Cluster, pytester: pytest.Pytester) -> None:
    project(pytester, "done[:] = [event.data['number']]")
    wanted = ("-k", "example or twice or crash")
    result = pytester.runpytest_inprocess(
        "--keb", *PLAIN, "-q", "--keb-server", url(cluster), *wanted
    )
    assert result.parseoutcomes().keys() == {"passed", "deselected"}, result.outlines
    assert [node.ask("DBSIZE") for node in cluster.nodes] == [0, 0]


@pytest.mark.injection(18)
@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_a_node_that_evicts_streams_gets_no_event(cluster: Cluster, driver: str) -> None:
    part(cluster)
    _, owner, _ = home(cluster, STREAM)
    owner.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        with connected(driver, url(cluster)) as client:
            outcomes = client.publish_all([(CREATED, task(1)), (OLD, {"state": "idle"})])
            assert [type(one) for one in outcomes] == [Refused, Published]
        # Whichever node it is.
        assert "allkeys-lru" in Asking(url(cluster)).ask(memory(Line.ADMIN)).complaint
    finally:
        owner.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")


def test_a_user_needs_the_rights_that_are_listed(cluster: Cluster, driver: str) -> None:
    said = {*RIGHTS["publishes"], *RIGHTS["consumes"], *CLUSTER.split()}
    keys = (f"~{STREAM}", f"~{{{STREAM}}}:*")
    for node in cluster.nodes:
        node.ask("ACL", "SETUSER", "app", "reset", "on", ">secret", *keys, *said)
        node.ask("ACL", "LOG", "RESET")
    inbox = Inbox()
    address = url(cluster).replace(f":{cluster.nodes[0].password}@", "app:secret@")
    with connected(driver, address) as client:
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        client.publish_all([(CREATED, task(1)), (CREATED, task(2))])
        inbox.wait(2)
        slot, _, other = home(cluster, STREAM)
        cluster.move(slot, other)
        client.publish(CREATED, task(3))
        inbox.wait(3)
    assert [one for node in cluster.nodes for one in denied(node)] == []


def test_a_server_that_is_no_cluster_says_so(server: Server, driver: str) -> None:
    plain = server.tcp_url.replace("redis://", "redis+cluster://")
    with connected(driver, plain) as client, pytest.raises(BusError, match="write redis://"):
        client.publish(CREATED, task(1))


@pytest.mark.injection(14)
@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_a_slot_moves_while_a_dead_consumers_entries_are_claimed(
    cluster: Cluster, client: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    slot, owner, other = home(cluster, STREAM)
    ledger = Ledger(tmp_path, owner, STREAM)
    ledger.publish(client, range(100))
    owner.ask("XGROUP", "CREATE", STREAM, GROUP, 0)
    owner.ask("XREADGROUP", "GROUP", GROUP, "somebody", "STREAMS", STREAM, ">")
    is_open = Flag()

    def effect(event: Event) -> None:
        if event.data["number"] == 20:
            is_open.wait(30)
        ledger.did(GROUP, [event])

    client.subscribe(CREATED, effect, group=GROUP, **{**QUICK, "batch": 5})
    client.start()
    until("it claims", lambda: len(ledger.done(GROUP)) == 20)
    cluster.open_move(slot, other)
    cluster.carry(slot, other)
    ledger.faults += 1
    ledger.server = other
    is_open.set()
    until("it goes on", lambda: len(ledger.done(GROUP)) >= 40)
    cluster.close_move(slot, other)
    until("all is handled", lambda: is_done(other))
    assert len(ledger.done(GROUP)) == 100
    assert client.stats.total("group_recreated") == client.stats.total("went_back") == 0
    audit(ledger, GROUP, request.node)


@pytest.mark.injection(14)
@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_a_node_is_killed_and_its_replica_takes_over_with_all_that_it_had(
    driver: str, program: Binary, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with Cluster(program, 3) as cluster, cluster.replica(STREAM) as replica:
        _, owner, _ = home(cluster, STREAM)
        ledger = Ledger(tmp_path, owner, STREAM)
        with (
            connected(driver, url(cluster), durability=Durability.REPLICATED) as client,
            connected(driver, url(cluster), "two", patience_s=60.0) as other,
        ):
            inbox = Inbox(lambda event: ledger.did(GROUP, [event]))
            client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
            client.start()
            sent = ledger.publish(client, range(10))
            assert {type(one) for one in sent} == {Published}
            inbox.wait(5)
            owner.kill()
            ledger.server = replica
            ledger.faults += 1
            sent = ledger.publish(other, range(10, 20))
            assert {type(one) for one in sent} == {Published}
            until("all is handled", lambda: len(ledger.done(GROUP)) == 20)
            until("all is acknowledged", lambda: ledger.pending(GROUP) == 0)
        assert ids(replica) == list(ledger.acknowledged)
        audit(ledger, GROUP, request.node)
