"""The proxy does to a line what it was told, there and then, and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from redis import ConnectionError, Redis, TimeoutError  # noqa: A004  their names
from redis.backoff import NoBackoff
from redis.retry import Retry

from governance.contract.server import Server
from governance.contract.until import until
from tests.bus.certificates import EXPIRED, GOOD, WRONG_NAME, Authority
from tests.bus.proxy import Proxy


@pytest.fixture
def client(proxy: Proxy) -> Iterator[Redis]:
    with connect(proxy) as connected:
        yield connected


def connect(proxy: Proxy, retries: int = 0, seconds: float = 5, **more: object) -> Redis:
    retry = Retry(NoBackoff(), retries)
    return Redis.from_url(proxy.url, protocol=2, retry=retry, socket_timeout=seconds, **more)


def test_everything_passes_as_it_is(proxy: Proxy, client: Redis, server: Server) -> None:
    big = bytes(range(256)) * 40_000
    client.set("big", big)
    assert client.get("big") == big
    assert client.get("none") is None
    with client.pipeline(transaction=True) as pipe:
        pipe.xadd("stream", {"n": "1"}, id="1-1")
        pipe.xrange("stream")
        pipe.exists("none")
        pipe.xlen("stream")
        assert pipe.execute() == [b"1-1", [(b"1-1", {b"n": b"1"})], 0, 1]
    assert client.eval("return {1, {'two', false}, redis.status_reply('OK')}", 0) == [
        1,
        [b"two", None],
        b"OK",
    ]
    assert client.xread({"stream": "1-1"}, block=1) == []
    with Redis.from_url(proxy.url, protocol=3) as modern:
        assert modern.config_get("port") == {"port": str(server.port)}
    assert proxy.lines >= 1


def test_the_reply_of_the_nth_command_is_lost_and_the_command_done(
    proxy: Proxy, client: Redis, server: Server
) -> None:
    fault = proxy.lose_reply("xadd", nth=2)
    client.xadd("stream", {"n": "1"})
    client.set("other", "command")
    with pytest.raises(ConnectionError):
        client.xadd("stream", {"n": "2"})
    fault.wait()
    client.xadd("stream", {"n": "3"})
    assert (fault.happened, server.ask("XLEN", "stream")) == (1, 3)


@pytest.mark.parametrize("times", [1, 3, 20])
def test_a_client_that_retries_writes_once_more_for_each_lost_reply(
    proxy: Proxy, server: Server, times: int
) -> None:
    fault = proxy.lose_reply("XADD", times=times)
    with connect(proxy, retries=times) as client:
        assert client.xadd("stream", {"n": "1"})
    fault.wait(times)
    assert server.ask("XLEN", "stream") == times + 1


def test_a_request_is_lost_and_never_done(proxy: Proxy, client: Redis, server: Server) -> None:
    fault = proxy.lose_request("XGROUP CREATE")
    client.xadd("stream", {"n": "1"})
    with pytest.raises(ConnectionError):
        client.xgroup_create("stream", "group", "0")
    fault.wait()
    assert server.ask("XINFO", "GROUPS", "stream") == []
    assert client.xgroup_create("stream", "group", "0")


def test_in_a_pipeline_what_went_before_is_answered(proxy: Proxy, server: Server) -> None:
    proxy.lose_reply("INCR", nth=2)
    with socket.create_connection(("127.0.0.1", proxy.port)) as line:
        line.sendall(b"*2\r\n$4\r\nAUTH\r\n$32\r\n%b\r\n" % server.password.encode())
        line.sendall(b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\n" * 3)
        with line.makefile("rb") as replies:
            assert replies.read() == b"+OK\r\n:1\r\n"
    until("the server did what it was sent", lambda: int(server.ask("GET", "a")) >= 2)


def test_replies_are_held_while_the_server_works(proxy: Proxy, server: Server) -> None:
    with connect(proxy, seconds=0.05) as client:
        client.ping()
        proxy.stall("replies")
        with pytest.raises(TimeoutError):
            client.xadd("stream", {"n": "1"})
        proxy.wait_until_held("replies")
        assert server.ask("XLEN", "stream") == 1
        proxy.resume()
        assert client.xlen("stream") == 1


def test_a_held_request_arrives_late_though_its_client_gave_up(
    proxy: Proxy, server: Server
) -> None:
    with connect(proxy, seconds=0.05) as client:
        client.ping()
        proxy.stall("requests")
        with pytest.raises(TimeoutError):
            client.xadd("stream", {"n": "1"})
        proxy.wait_until_held("requests")
        assert server.ask("XLEN", "stream") == 0
        proxy.resume()
        until("it arrived", lambda: server.ask("XLEN", "stream") == 1)


def test_a_stall_may_end_by_itself(proxy: Proxy, client: Redis) -> None:
    client.ping()
    start = time.monotonic()
    proxy.stall(seconds=0.2)
    assert client.ping()
    assert time.monotonic() - start >= 0.2


def test_bytes_trickle(proxy: Proxy, client: Redis) -> None:
    client.ping()
    proxy.trickle("replies", seconds_per_byte=0.02)
    start = time.monotonic()
    assert client.echo("0123456789") == b"0123456789"
    assert time.monotonic() - start >= 0.02 * len("$10\r\n0123456789\r")
    proxy.trickle(seconds_per_byte=60)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(client.ping)
        proxy.wait_until_held("requests")
        proxy.resume()
        assert late.result()


def test_all_connections_are_cut_at_once_whatever_they_wait_for(
    proxy: Proxy, client: Redis, server: Server
) -> None:
    with ThreadPoolExecutor(2) as pool:
        blocked = [pool.submit(client.blpop, [key]) for key in ("a", "b")]
        until("both wait", lambda: b"blocked_clients:2" in server.ask("INFO", "clients"))
        proxy.stall()
        proxy.cut()
        for call in blocked:
            with pytest.raises(ConnectionError):
                call.result()
    assert proxy.lines == 0
    proxy.resume()
    assert client.ping()


def test_new_connections_are_refused_and_old_ones_stay(proxy: Proxy, client: Redis) -> None:
    client.ping()
    proxy.refuse()
    assert client.ping()
    with connect(proxy) as other:
        with pytest.raises(ConnectionError, match=r"refused"):
            other.ping()
        proxy.accept()
        assert other.ping()
    proxy.refuse()
    proxy.cut()
    with pytest.raises(ConnectionError):
        client.ping()
    proxy.accept()
    assert client.ping()


def test_a_server_that_is_down_ends_the_line(client: Redis, server: Server) -> None:
    client.ping()
    server.kill()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            client.ping()
    server.restart()
    assert client.ping()


def test_a_replica_falls_behind_and_catches_up(pristine: Callable[..., Server]) -> None:
    primary = pristine()
    replica = pristine(password=primary.password)
    with Proxy(primary) as proxy, primary.client() as client:
        replica.ask("REPLICAOF", "127.0.0.1", proxy.port)
        until("it follows", lambda: client.ping() and client.wait(1, 1000) == 1)
        proxy.stall("replies")
        client.set("key", "value")
        proxy.wait_until_held("replies")
        assert client.wait(1, 20) == 0
        assert replica.ask("GET", "key") is None
        proxy.resume()
        assert client.wait(1, 5000) == 1
        assert replica.ask("GET", "key") == b"value"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (GOOD, None),
        (EXPIRED, "certificate has expired"),
        (WRONG_NAME, "IP address mismatch"),
    ],
)
def test_it_speaks_tls_with_a_certificate_good_or_bad(
    server: Server, authority: Authority, kind: str, reason: str | None
) -> None:
    with Proxy(server, authority.server(kind)) as proxy:
        with connect(proxy, ssl_ca_certs=str(authority.path)) as client:
            if reason is None:
                assert client.ping()
                fault = proxy.lose_reply("SET")
                with pytest.raises(ConnectionError):
                    client.set("key", "value")
                fault.wait()
                assert client.get("key") == b"value"
            else:
                with pytest.raises(ConnectionError, match=reason):
                    client.ping()
        with (
            connect(proxy) as stranger,
            pytest.raises(ConnectionError, match="certificate verify failed"),
        ):
            stranger.ping()


def test_it_leaves_no_thread_and_no_port(server: Server) -> None:
    with Proxy(server) as proxy, connect(proxy) as client:
        client.ping()
        proxy.stall()
        with suppress(TimeoutError), connect(proxy, seconds=0.01) as other:
            other.ping()
        thread = proxy._thread
    assert not thread.is_alive()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", proxy.port))


def test_a_fault_that_never_comes_is_said(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bus.line.LONGEST_SECONDS", 0.01)
    with pytest.raises(AssertionError, match="XADD lost 0 of 1 replies"):
        proxy.lose_reply("XADD").wait()
