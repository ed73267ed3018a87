"""Clusters and Sentinels by TLS: every address that they tell of is one that speaks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from governance.bus.outcome import Published, Refused
from governance.contract.cluster import Cluster
from governance.contract.find import Binary
from governance.contract.sentinel import Sentinel
from governance.contract.until import until
from tests.bus.agents import CREATED, GROUP, OLD, QUICK, STREAM, Inbox, task
from tests.bus.certificates import GOOD, Authority
from tests.bus.drivers import THREADS, connected
from tests.bus.proxy import Proxy

pytestmark = pytest.mark.injection(27)


@pytest.fixture(scope="module")
def cluster(program: Binary, authority: Authority) -> Iterator[str]:
    """Return the URL of a cluster whose nodes announce ports of TLS."""
    cluster = Cluster(program, 2)
    with ExitStack() as stack:
        tls = authority.server(GOOD)
        ends = [stack.enter_context(Proxy(node, tls)) for node in cluster.nodes]
        for node, end in zip(cluster.nodes, ends, strict=True):
            # Version 6.2 takes it at its start alone.
            node._config += (f"cluster-announce-port {end.port}",)
        running = stack.enter_context(cluster)
        yield f"rediss+cluster://:{running.nodes[0].password}@127.0.0.1:{ends[0].port}"


@pytest.fixture(scope="module")
def watched(program: Binary) -> Iterator[Sentinel]:
    with Sentinel(program) as running:
        yield running


@pytest.fixture(scope="module")
def sentinel(watched: Sentinel, authority: Authority) -> Iterator[str]:
    """Return the URL of a service whose Sentinel is told of ports of TLS."""
    with ExitStack() as stack:
        tls = authority.server(GOOD)
        ends = {
            server.port: stack.enter_context(Proxy(server, tls)).port for server in watched.servers
        }
        end = stack.enter_context(Proxy(watched.watcher, tls, ends))
        own = f"sentinel_password={watched.watcher.password}"
        yield f"rediss+sentinel://:{watched.password}@127.0.0.1:{end.port}/{watched.name}?{own}"


def trusted(url: str, authority: Authority) -> str:
    return f"{url}{'&' if '?' in url else '?'}ssl_ca_certs={authority.path}"


def test_a_cluster_by_tls(cluster: str, authority: Authority, driver: str) -> None:
    inbox = Inbox()
    with connected(driver, trusted(cluster, authority)) as client:
        client.subscribe(STREAM, inbox, group=GROUP, **QUICK)
        client.subscribe("agent_events", inbox, group=GROUP, **QUICK)
        client.start()
        sent = client.publish_all([(CREATED, task(1)), (OLD, {"state": "idle"})])
        assert [type(one) for one in sent] == [Published] * 2
        inbox.wait(2)
    assert {event.id for event in inbox.events} >= {one.id for one in sent}


def test_sentinels_by_tls(sentinel: str, authority: Authority, driver: str) -> None:
    inbox = Inbox()
    with connected(driver, trusted(sentinel, authority)) as client:
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        sent = client.publish(CREATED, task(1))
        inbox.wait(1)
    assert sent.id in {event.id for event in inbox.events}


def test_whose_certificate_nobody_vouches_for_is_said_at_once(
    cluster: str, sentinel: str, driver: str
) -> None:
    for url in (cluster, sentinel):
        with connected(driver, url) as client:
            with pytest.raises(Refused, match=r"\?ssl_ca_certs=FILE"):
                client.publish(CREATED, task(1))
            assert client.stats.total("publish_retries") == 0


@pytest.mark.parametrize("driver", [THREADS], indirect=True)
def test_a_new_primary_is_found_by_tls(
    watched: Sentinel, sentinel: str, authority: Authority, driver: str
) -> None:
    with connected(driver, trusted(sentinel, authority)) as client:
        client.publish(CREATED, task(1))
        now = watched.failover()
        sent = client.publish(CREATED, task(2))

        def has_it() -> bool:
            return sent.entry_id.encode() in [row[0] for row in now.ask("XRANGE", STREAM, "-", "+")]

        until("the new one has it", has_it)
