"""Who is not let in is told why, once and clearly, and tries no more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from governance.bus.event import Event
from governance.bus.outcome import Published, Refused
from governance.contract.find import Binary
from governance.contract.server import Server
from governance.contract.until import until
from governance.errors import BusError
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, task
from tests.bus.certificates import EXPIRED, GOOD, WRONG_NAME, Authority
from tests.bus.drivers import ASYNCIO, THREADS, connected
from tests.bus.proxy import Proxy

pytestmark = pytest.mark.injection(27)
HARD = "p@ss:/?#w%rd"
QUOTED = "p%40ss%3A%2F%3F%23w%25rd"
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
# What needs which rights, as people are told.
_LIST = README.partition("\n### Who may do what\n")[2].partition("\n```\n")[2].partition("```")[0]
RIGHTS = {
    found[1]: found[2].split()
    for found in re.finditer(r"(?m)^(\w[\w ]*?) {2,}(\+.*(?:\n +\+.*)*)", _LIST)
}
(CLUSTER,) = re.findall(r"a\s+cluster `(\+[^`]*)`", README)
KEYS = {stream: (f"~{stream}", f"~{stream}:*") for stream in (STREAM, "agent_events")}
# redis-py tries to say its own name and version, and goes on without.
PASSED_OVER = {b"client", b"client|setinfo"}


def allowed(server: Server, *rules: str, keys: tuple[str, ...] = ("~*",)) -> str:
    """Make a user, and return the URL for it."""
    server.ask("ACL", "SETUSER", "app", "reset", "on", f">{HARD}", *keys, *rules)
    return f"redis://app:{QUOTED}@127.0.0.1:{server.port}/0"


def refused(client: Any) -> str:
    """Publish in vain, and return why."""
    began = time.monotonic()
    with pytest.raises(Refused) as told:
        client.publish(CREATED, task(1))
    outcomes = client.publish_all([(CREATED, task(number)) for number in range(3)])
    assert [type(one) for one in outcomes] == [Refused] * 3
    assert time.monotonic() - began < 2
    assert client.stats.total("publish_retries") == 0
    return str(told.value)


def ended(client: Any) -> str:
    """Consume in vain, and return why."""
    client.subscribe(CREATED, Inbox(), group=GROUP, **QUICK)
    began = time.monotonic()
    with pytest.raises(BusError) as told:
        client.run()
    assert time.monotonic() - began < 2
    assert client.stats.total("reconnects") == 0
    return str(told.value)


def denied(server: Server) -> set[bytes]:
    """Return what was refused to anybody."""
    log = [dict(zip(row[::2], row[1::2], strict=True)) for row in server.ask("ACL", "LOG")]
    return {row[b"object"] for row in log} - PASSED_OVER


def may(server: Server, *roles: str) -> str:
    """Return the URL of a user with the rights of the README for some roles."""
    keys = (key for keys in KEYS.values() for key in keys)
    return allowed(server, *(right for role in roles for right in RIGHTS[role]), keys=tuple(keys))


def test_the_list_is_there() -> None:
    assert list(RIGHTS) == ["publishes", "consumes", "looks on", "replays", "trims"]
    assert README.count(" ".join(KEYS[STREAM])) == 1


def test_who_publishes_needs_no_more(server: Server, driver: str) -> None:
    with connected(driver, may(server, "publishes")) as client:
        assert isinstance(client.publish(CREATED, task(1)), Published)
        outcomes = client.publish_all([(CREATED, task(2)), (CREATED, task(3))])
        assert [type(one) for one in outcomes] == [Published] * 2
    assert denied(server) == set()


def test_who_consumes_needs_no_more(server: Server, driver: str) -> None:
    def act(event: Event) -> None:
        if event.data["number"] == 1:
            raise OSError

    with connected(driver, server.tcp_url, "other") as client:
        client.publish_all([(CREATED, task(1)), (CREATED, task(2))])
    # What somebody has taken, and left.
    server.ask("XGROUP", "CREATE", STREAM, GROUP, 0)
    server.ask("XREADGROUP", "GROUP", GROUP, "gone", "COUNT", 1, "STREAMS", STREAM, ">")
    inbox = Inbox(act)
    with connected(driver, may(server, "consumes", "trims")) as client:
        client.subscribe(CREATED, inbox, group=GROUP, is_once=True, attempts=3, **QUICK)
        client.start()
        inbox.wait(3)
        until("it is a dead letter", lambda: server.ask("XLEN", f"{STREAM}:dead") == 1)
        until("all is acknowledged", lambda: server.ask("XPENDING", STREAM, GROUP)[0] == 0)
        assert client.sweep(STREAM, GROUP, idle_s=0) >= 1
        assert client.trim(STREAM, keep_s=0).gone == 1
    assert denied(server) == set()


def test_who_looks_on_and_who_replays_need_no_more(server: Server, keb: Callable[..., Any]) -> None:
    inbox = Inbox(lambda _: 1 / 0)
    with connected(THREADS, server.tcp_url) as client:
        client.subscribe(CREATED, inbox, group=GROUP, attempts=1, **QUICK)
        client.start()
        client.publish_all([(CREATED, task(1)), (CREATED, task(2))])
        until("two dead letters", lambda: server.ask("XLEN", f"{STREAM}:dead") == 2)
    on = ("--url", may(server, "looks on"))
    for words in ("audit", "lag", "tail", "stats", "metrics", "trace x", "dead-letters list"):
        assert "NOPERM" not in keb(*words.split(), *on).err
    (first, *_), *_ = server.ask("XRANGE", f"{STREAM}:dead", "-", "+")
    replay = ("--yes", "--url", may(server, "looks on", "replays"))
    assert keb("dead-letters", "replay", first.decode(), *replay).code == 0
    server.ask("XTRIM", STREAM, "MAXLEN", 0)
    assert keb("dead-letters", "replay", "--all", *replay).code == 0
    assert server.ask("XLEN", f"{STREAM}:dead") == 0
    assert denied(server) == set()


@pytest.mark.parametrize("driver", [THREADS], indirect=True)
@pytest.mark.parametrize("right", ["evalsha", "script", "xadd"])
def test_who_may_not_publish_is_told_which_right_is_lacking(
    right: str, server: Server, driver: str
) -> None:
    with connected(driver, allowed(server, "+@all", f"-{right}")) as client:
        why = refused(client)
    assert f"'{right}" in why
    assert "ACL SETUSER" in why
    assert _denials(server) <= 4 * 2


@pytest.mark.parametrize("driver", [ASYNCIO], indirect=True)
@pytest.mark.parametrize("right", ["script", "xgroup", "xreadgroup", "xack"])
def test_who_may_not_consume_is_told_which_right_is_lacking(
    right: str, server: Server, driver: str
) -> None:
    with connected(driver, server.tcp_url) as client:
        client.publish(CREATED, task(1))
    server.ask("SCRIPT", "FLUSH")
    with connected(driver, allowed(server, "+@all", f"-{right}")) as client:
        assert f"'{right}" in ended(client)
    # Once, for each script.
    assert _denials(server) <= 6


def _denials(server: Server) -> int:
    log = [dict(zip(row[::2], row[1::2], strict=True)) for row in server.ask("ACL", "LOG")]
    return sum(row[b"count"] for row in log)


@pytest.mark.parametrize("who", ["app:other@", "nobody:else@", ":other@", ""])
def test_a_wrong_password_is_said_at_once(who: str, server: Server, driver: str) -> None:
    allowed(server, "+@all")
    with connected(driver, f"redis://{who}127.0.0.1:{server.port}/0") as client:
        for why in (refused(client), ended(client)):
            assert ("WRONGPASS" if who else "NOAUTH") in why
            assert "into its URL" in why


def test_a_password_that_nobody_asks_for_is_said(program: Binary, driver: str) -> None:
    with (
        Server(program, password="") as open_server,
        connected(driver, f"redis://:secret@127.0.0.1:{open_server.port}/0") as client,
    ):
        why = refused(client)
    assert why.endswith("NOAUTH the server asks for no password: leave it out of the URL")


def test_who_loses_a_right_at_work_ends_and_loses_nothing(server: Server, driver: str) -> None:
    inbox = Inbox()
    with connected(driver, allowed(server, "+@all")) as client:
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        client.publish(CREATED, task(1))
        inbox.wait(1)
        allowed(server, "+@all", "-xreadgroup", "-evalsha")
        with pytest.raises(BusError, match="NOPERM"):
            client.run()
        with pytest.raises(Refused, match="'evalsha'"):
            client.publish(CREATED, task(2))
    with connected(driver, server.tcp_url) as client:
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        client.publish(CREATED, task(3))
        inbox.wait(2)
    assert inbox.numbers == [1, 3]


@pytest.fixture
def proxy(server: Server, authority: Authority, request: pytest.FixtureRequest) -> Iterator[Proxy]:
    with Proxy(server, authority.server(request.param)) as running:
        yield running


@pytest.mark.parametrize("proxy", [GOOD], indirect=True)
def test_by_tls_all_goes_as_without(proxy: Proxy, authority: Authority, driver: str) -> None:
    inbox = Inbox()
    with connected(driver, f"{proxy.url}?ssl_ca_certs={authority.path}") as client:
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        client.publish(CREATED, task(1))
        inbox.wait(1)


@pytest.mark.parametrize(
    ("proxy", "said"),
    [(EXPIRED, "certificate has expired: renew it"), (WRONG_NAME, "by the name that")],
    indirect=["proxy"],
)
def test_a_certificate_that_is_none_is_said_at_once(
    said: str, proxy: Proxy, authority: Authority, driver: str
) -> None:
    with connected(driver, f"{proxy.url}?ssl_ca_certs={authority.path}") as client:
        for why in (refused(client), ended(client)):
            assert said in why


@pytest.mark.parametrize("proxy", [GOOD], indirect=True)
def test_who_trusts_nobody_is_told_what_to_name(proxy: Proxy, driver: str) -> None:
    with connected(driver, proxy.url) as client:
        for why in (refused(client), ended(client)):
            assert "?ssl_ca_certs=FILE" in why


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://:secret@127.0.0.1:port/0", "no such port"),
        ("redis://:sec/ret@127.0.0.1:1/0", "no such port"),
        ("redis://:secret@127.0.0.1:1/0?db=x", "'db'"),
        ("redis://:secret@127.0.0.1:1/0?colour=red", "colour"),
        ("rediss://:secret@127.0.0.1:1/0?ssl_ca_certs=/no/such.pem", "/no/such.pem"),
        ("redis+sentinel://:secret@127.0.0.1:1", "no service"),
        ("redis+cluster://:secret@127.0.0.1:x", "no port"),
        ("http://:secret@127.0.0.1", "write redis://"),
        ("redis+sentinel://127.0.0.1:1/name?sentinel_password=secret@&db=x", "'db'"),
    ],
)
def test_a_url_that_is_none_is_said_without_its_password(url: str, said: str, driver: str) -> None:
    with pytest.raises(BusError) as told, connected(driver, url):
        pass
    assert said in str(told.value)
    assert "secret" not in str(told.value)
