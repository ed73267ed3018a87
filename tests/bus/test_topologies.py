"""Private clusters and sentinels, as clients for them see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import RedisCluster, ResponseError
from redis.sentinel import Sentinel as Client

from governance.contract.cluster import Cluster
from governance.contract.find import Binary
from governance.contract.sentinel import Sentinel
from governance.contract.server import Server
from governance.contract.until import until
from governance.errors import ServerError


@pytest.fixture(scope="module")
def cluster(program: Binary) -> Iterator[Cluster]:
    with Cluster(program, 2) as running:
        yield running


def test_a_slot_moves_with_its_stream_and_group(cluster: Cluster) -> None:
    with RedisCluster.from_url(cluster.url, protocol=2) as client:
        slot = cluster.slot("{keb}:s")
        source = cluster.owner(slot)
        target = next(node for node in cluster.nodes if node is not source)
        first = client.xadd("{keb}:s", {"n": "1"})
        client.xgroup_create("{keb}:s", "group", "0")
        client.xreadgroup("group", "one", {"{keb}:s": ">"})

        cluster.open_move(slot, target)
        assert client.xadd("{keb}:s", {"n": "2"})
        cluster.carry(slot, target)
        with pytest.raises(ResponseError, match=f"{slot} 127.0.0.1:{target.port}"):
            source.ask("XLEN", "{keb}:s")
        assert client.xadd("{keb}:s", {"n": "3"})
        assert cluster.owner(slot) is source
        cluster.close_move(slot, target)

        assert cluster.owner(slot) is target
        assert client.xlen("{keb}:s") == target.ask("XLEN", "{keb}:s") == 3
        pending = client.xpending_range("{keb}:s", "group", "-", "+", 10)
        assert [entry["message_id"] for entry in pending] == [first]
        cluster.move(slot, source)
        assert source.ask("XLEN", "{keb}:s") == 3


def test_a_node_is_killed_and_comes_back_with_its_slots(cluster: Cluster) -> None:
    first, second = cluster.nodes
    assert (cluster.owner(0), cluster.owner(16383)) == (first, second)
    second.kill()
    with pytest.raises(ServerError, match="does not run"):
        second.pause()
    until("the other misses it", lambda: b" disconnected" in first.ask("CLUSTER", "NODES"))
    second.restart()
    assert b" connected 8192-16383" in second.ask("CLUSTER", "NODES")


@pytest.mark.parametrize("planned", [True, False], ids=["asked", "killed"])
def test_a_replica_takes_over_with_all_that_was_confirmed(
    program: Binary, *, planned: bool
) -> None:
    with Sentinel(program) as watched:
        was = watched.primary
        assert was is watched.servers[0]
        with was.client() as client:
            client.xadd("stream", {"n": "1"})
            assert client.wait(1, 5000) == 1
        fail: Callable[[], Server] = watched.failover
        if not planned:
            was.kill()
            fail = lambda: watched.new_primary(was)  # noqa: E731
        now = fail()
        assert now is watched.servers[1]
        assert watched.replica is was
        assert now.ask("XLEN", "stream") == 1
        assert _discovered(watched) == ("127.0.0.1", now.port)
        folders = [server.folder for server in (*watched.servers, watched.watcher)]
    assert not any(folder.exists() for folder in folders)


def test_what_can_not_start_leaves_nothing(program: Binary) -> None:
    cluster = Cluster(program, 2, ["cluster-node-timeout never"])
    with pytest.raises(ServerError, match="cluster-node-timeout never"), cluster:
        pass
    assert not any(node.is_running for node in cluster.nodes)


def _discovered(watched: Sentinel) -> tuple[str, int]:
    place = [("127.0.0.1", watched.watcher.port)]
    password = {"password": watched.watcher.password}
    client = Client(place, sentinel_kwargs=password, protocol=2)  # type: ignore[no-untyped-call]
    host, port = client.discover_master(watched.name)  # type: ignore[no-untyped-call]
    for sentinel in client.sentinels:
        sentinel.close()
    return host, port
