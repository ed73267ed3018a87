"""Lines that lose answers, stall and trickle: one entry, one effect, and an end in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from governance.bus.metrics import Counts
from governance.bus.outcome import NotSure, Published, Refused
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, catalog
from tests.bus.drivers import connected
from tests.bus.injections import FULL_SIZE
from tests.bus.ledger import Ledger
from tests.bus.line import Side
from tests.bus.proxy import Proxy
from tests.bus.scrape import exported


@pytest.fixture
def far(proxy: Proxy) -> Iterator[KEBClient]:
    """Return a client whose line goes through the proxy, and that waits 1 s for an answer."""
    with KEBClient(proxy.url, catalog(), source="tests", name="far", patience_s=1.0) as made:
        yield made


@pytest.mark.injection(6)
@pytest.mark.parametrize("times", [1, 3, 20])
def test_a_publish_whose_answers_get_lost_is_one_entry(
    times: int, proxy: Proxy, far: KEBClient, server: Server, ledger: Ledger
) -> None:
    ledger.publish(far, [0])
    fault = proxy.lose_reply("EVALSHA", times=times)
    (outcome,) = ledger.publish(far, [1])
    ledger.faults += fault.happened
    assert isinstance(outcome, Published if times < 4 else NotSure)
    if isinstance(outcome, NotSure):
        assert f'keb_publish_not_sure_total{{type="{CREATED}"}} 1.0' in exported(Counts(far.stats))
        proxy.cut()
        again = _sent_until_sure(far, outcome)
        assert again.is_duplicate
    assert server.ask("XLEN", STREAM) == 2


def _sent_until_sure(client: KEBClient, outcome: NotSure) -> Published:
    while True:
        try:
            return client.send(outcome.event)
        except NotSure:
            continue


@pytest.mark.injection(6)
def test_a_batch_whose_answer_gets_lost_is_sent_once(
    proxy: Proxy, far: KEBClient, server: Server, ledger: Ledger
) -> None:
    ledger.publish(far, [0])
    # Of ten answers four arrive, and nobody knows of the rest.
    fault = proxy.lose_reply("EVALSHA", nth=5)
    outcomes = ledger.publish(far, range(1, 11))
    assert {type(one) for one in outcomes} == {Published}
    assert (fault.happened, server.ask("XLEN", STREAM)) == (1, 11)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("XREADGROUP", marks=pytest.mark.injection(7)),
        pytest.param("XACK", marks=pytest.mark.injection(8)),
        "XPENDING",
        "XINFO GROUPS",
    ],
)
def test_an_answer_that_a_consumer_never_gets_costs_no_event_and_no_order(
    command: str, proxy: Proxy, far: KEBClient, client: KEBClient, ledger: Ledger
) -> None:
    ledger.publish(client, range(20))
    fault = proxy.lose_reply(command)
    inbox = Inbox()
    far.subscribe(CREATED, inbox, group=GROUP, batch=10, **QUICK)
    far.start()
    inbox.wait(20)
    until(lambda: ledger.pending(GROUP) == 0)
    ledger.did(GROUP, inbox.events)
    ledger.faults += fault.happened
    assert (fault.happened, inbox.numbers) == (1, list(range(20)))


@pytest.mark.injection(9)
@pytest.mark.parametrize(
    ("how", "side"), [("stall", "replies"), ("trickle", "replies"), ("trickle", "requests")]
)
def test_a_publish_by_a_line_that_hangs_ends_in_time_and_is_safe_to_send_again(
    how: str, side: Side, driver: str, proxy: Proxy, ledger: Ledger
) -> None:
    with connected(driver, proxy.url, patience_s=0.5) as far:
        ledger.publish(far, [0])
        tried = []
        getattr(proxy, how)(side)
        # By the connection that there is, and by a new one, that comes no further than a greeting.
        for number, answer in ((1, NotSure), (2, Refused)):
            ledger.faults += 1
            started = time.monotonic()
            (outcome,) = ledger.publish(far, [number])
            assert time.monotonic() - started < 4
            assert isinstance(outcome, answer)
            tried.append(outcome.event)
            proxy.cut()
        proxy.resume()
        ledger.note(far.send(event) for event in tried)
    assert len(ledger.acknowledged) == len(ledger.stored()) == 3


@pytest.mark.injection(9)
@pytest.mark.parametrize("how", ["stall", "trickle"])
def test_a_consumer_by_a_line_that_hangs_stops_in_time_and_a_peer_takes_over(
    how: str, proxy: Proxy, client: KEBClient, ledger: Ledger
) -> None:
    inbox, others = Inbox(), Inbox()
    far = KEBClient(proxy.url, catalog(), source="tests", name="far")
    far.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    far.start()
    ledger.publish(client, range(3))
    inbox.wait(3)
    until(lambda: ledger.pending(GROUP) == 0)
    getattr(proxy, how)()
    ledger.publish(client, range(3, 6))
    ledger.faults += 1
    client.subscribe(CREATED, others, group=GROUP, **QUICK)
    client.start()
    others.wait(3)
    until(lambda: ledger.pending(GROUP) == 0)
    started = time.monotonic()
    far.drain(timeout=0.5)
    assert time.monotonic() - started < 4
    proxy.resume()
    proxy.cut()
    far.close()
    until(lambda: not [one for one in threading.enumerate() if one.name.endswith("far/0")])
    ledger.did(GROUP, [*inbox.events, *others.events])


@pytest.mark.injection(9)
@pytest.mark.parametrize("seconds", [1.0, pytest.param(10.0, marks=FULL_SIZE)])
def test_a_line_that_stalls_for_a_while_costs_time_and_no_more(
    seconds: float, proxy: Proxy, far: KEBClient, client: KEBClient, ledger: Ledger
) -> None:
    inbox = Inbox()
    far.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    far.start()
    ledger.publish(client, range(3))
    inbox.wait(3)
    started = time.monotonic()
    proxy.stall(seconds=seconds)
    ledger.faults += 1
    ledger.publish(client, range(3, 6))
    doubtful = [one for one in ledger.publish(far, range(6, 9)) if not isinstance(one, Published)]
    inbox.wait(6, seconds + 10)
    assert time.monotonic() - started >= seconds
    ledger.note(far.send(one.event) for one in doubtful if isinstance(one, NotSure | Refused))
    inbox.wait(9)
    until(lambda: ledger.pending(GROUP) == 0)
    ledger.did(GROUP, inbox.events)


@pytest.mark.injection(9)
def test_who_gets_one_byte_after_the_other_is_given_up_by_its_peers(
    proxy: Proxy, far: KEBClient, client: KEBClient, ledger: Ledger
) -> None:
    inbox, others = Inbox(), Inbox()
    far.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    far.start()
    ledger.publish(client, [0])
    inbox.wait(1)
    until(lambda: ledger.pending(GROUP) == 0)
    proxy.trickle("replies")
    ledger.faults += 1
    ledger.publish(client, range(1, 4))
    proxy.wait_until_held("replies")
    client.subscribe(CREATED, others, group=GROUP, **QUICK)
    client.start()
    until(lambda: len(inbox.events) + len(others.events) == 4)
    proxy.resume()
    until(lambda: ledger.pending(GROUP) == 0)
    ledger.did(GROUP, [*inbox.events, *others.events])
