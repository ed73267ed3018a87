"""Consumers that die, hang and leave: what they held is done by others, once."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from typing import Any

import pytest

from governance.bus.aio import AsyncKEBClient
from governance.bus.event import Event
from governance.bus.outcome import Published
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agent import Acts, Hands, agent, until
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, catalog, task
from tests.bus.ledger import Ledger


def does(hands: Hands, event: Event) -> None:
    hands.effect(event)


def dies_at_the_third(hands: Hands, event: Event) -> None:
    if event.data["number"] == 3:
        hands.die()
    hands.effect(event)


@pytest.mark.injection(20)
def test_who_ends_its_process_goes_to_the_dead_letters_and_takes_no_neighbour_along(
    client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    ledger.publish(client, range(10))
    for _ in range(3):
        with agent(ledger, dies_at_the_third, attempts=3) as one:
            assert one.end() == -9
        ledger.faults += 1
    with agent(ledger, dies_at_the_third, attempts=3):
        until(lambda: len(ledger.done(GROUP)) >= 9 and raw.xlen(f"{STREAM}:dead") == 1)
    # What was done before it in the same breath is done once more; after that it is acknowledged.
    ledger.allowed = len(ledger.duplicates(GROUP))
    assert set(ledger.duplicates(GROUP).values()) <= {2}
    numbers = [int(number) for _, _, _, number, _ in ledger.effects.read()]
    assert sorted(set(numbers)) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    ((_, letter),) = raw.xrange(f"{STREAM}:dead")
    assert (letter[b"dead_attempts"], letter[b"dead_reason"]) == (b"3", b"attempts")


@pytest.mark.injection(1)
@pytest.mark.parametrize("at", [0, 1, 5, 15])
def test_a_killed_consumer_is_followed_by_a_peer_that_does_the_rest_once(
    at: int, client: KEBClient, ledger: Ledger
) -> None:
    ledger.publish(client, [*range(10, 10 + at), 3, *range(30, 45 - at)])
    with agent(ledger, dies_at_the_third, is_once=True) as one:
        assert one.end() == -9
    ledger.faults += 1
    before = ledger.done(GROUP)
    with agent(ledger, does, name="two", is_once=True):
        until(lambda: len(ledger.done(GROUP)) == 16)
        until(lambda: ledger.pending(GROUP) == 0)
    assert not ledger.duplicates(GROUP)
    assert all(ledger.done(GROUP)[event_id] == 1 for event_id in before)


def dies_after_the_third(hands: Hands, event: Event) -> None:
    hands.effect(event)
    if event.data["number"] == 3 and hands.name == "one":
        hands.die()


@pytest.mark.injection(2)
def test_a_death_between_effect_and_acknowledgement_is_one_effect_more_and_told(
    client: KEBClient, ledger: Ledger
) -> None:
    ledger.publish(client, range(10))
    with agent(ledger, dies_after_the_third, is_once=True) as one:
        assert one.end() == -9
    ledger.faults += 1
    with agent(ledger, dies_after_the_third, name="two", is_once=True):
        until(lambda: len(ledger.done(GROUP)) == 10)
        until(lambda: ledger.pending(GROUP) == 0)
    ledger.allowed = 1
    (again,) = ledger.duplicates(GROUP)
    attempts = [row[-1] for row in ledger.effects.read() if row[1] == again]
    assert attempts == ["1", "2"]


def waits(hands: Hands, event: Event) -> None:
    hands.mark("in")
    until(lambda: any(one[0] == "go" for one in hands.marks.read()))
    hands.effect(event)


@pytest.mark.injection(24)
@pytest.mark.parametrize("is_claimed", [False, True], ids=["read", "claimed"])
def test_a_signal_lets_the_handler_finish_and_gives_the_rest_to_others_at_once(
    client: KEBClient, raw: Any, ledger: Ledger, *, is_claimed: bool
) -> None:
    ledger.publish(client, range(10))
    if is_claimed:
        raw.xgroup_create(STREAM, GROUP, "0")
        raw.xreadgroup(GROUP, "somebody", {STREAM: ">"})
    with agent(ledger, waits, claim_ms=300 if is_claimed else 60_000) as one:
        one.wait_for("in")
        one.signal(signal.SIGTERM)
        ledger.faults += 1
        one.wait_for("told")
        one.marks.write("go", "test")
        assert one.end() == 0
    assert ledger.done(GROUP).total() == 1
    started = time.monotonic()
    with agent(ledger, does, name="two", claim_ms=60_000):
        until(lambda: ledger.done(GROUP).total() == 10)
        assert time.monotonic() - started < 20
        until(lambda: ledger.pending(GROUP) == 0)


@pytest.mark.injection(24)
def test_a_signal_ends_a_consumer_that_waits_for_events(raw: Any, ledger: Ledger) -> None:
    with agent(ledger, does, block_ms=1_000) as one:
        until(lambda: raw.info("clients")["blocked_clients"] == 1)
        started = time.monotonic()
        one.signal(signal.SIGTERM)
        assert one.end() == 0
        assert time.monotonic() - started < 10


def hangs(hands: Hands, event: Event) -> None:
    if hands.name == "one":
        hands.mark("in")
        threading.Event().wait()
    hands.effect(event)


@pytest.mark.injection(24)
def test_the_second_signal_waits_for_no_handler_and_loses_nothing(
    client: KEBClient, ledger: Ledger
) -> None:
    ledger.publish(client, range(10))
    with agent(ledger, hangs) as one:
        one.wait_for("in")
        one.signal(signal.SIGTERM)
        one.wait_for("told")
        one.signal(signal.SIGTERM)
        assert one.end(3.0) == 0
    ledger.faults += 1
    with agent(ledger, does, name="two"):
        until(lambda: ledger.done(GROUP).total() == 10)


def hangs_at_the_third(hands: Hands, event: Event) -> None:
    if event.data["number"] == 3:
        threading.Event().wait()
    hands.effect(event)


def allocates(hands: Hands, event: Event) -> None:
    if event.data["number"] == 3:
        bytearray(1 << 62)
    hands.effect(event)


def exits(hands: Hands, event: Event) -> None:
    if event.data["number"] == 3:
        sys.exit(7)
    hands.effect(event)


@pytest.mark.injection(20)
@pytest.mark.parametrize("acts", [hangs_at_the_third, allocates, exits])
def test_what_no_handler_survives_goes_to_the_dead_letters_and_neighbours_are_handled(
    acts: Acts, client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    ledger.publish(client, range(10))
    ledger.faults += 1
    with agent(ledger, acts, attempts=2, limit_s=0.2) as one:
        until(lambda: raw.xlen(f"{STREAM}:dead") == 1 and ledger.pending(GROUP) == 0)
        one.signal(signal.SIGTERM)
        assert one.end() == 0
    assert len(ledger.done(GROUP)) == 9
    ((_, letter),) = raw.xrange(f"{STREAM}:dead")
    assert (letter[b"dead_attempts"], letter[b"dead_reason"]) == (b"2", b"attempts")


def is_slow(hands: Hands, event: Event) -> None:
    hands.effect(event)
    hands.mark("in")
    until(lambda: any(one[0] == "go" for one in hands.marks.read()))


@pytest.mark.injection(21)
def test_a_handler_slower_than_the_claim_keeps_its_event(
    client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    with agent(ledger, is_slow, claim_ms=150) as one:
        ledger.publish(client, [1])
        one.wait_for("in")
        with agent(ledger, does, name="two", claim_ms=150):
            # Each claim of the peer comes once in 75 ms: it has looked several times.
            looks = _looks(raw)
            until(lambda: _looks(raw) > looks + 8)
            one.marks.write("go", "test")
            until(lambda: ledger.pending(GROUP) == 0)


def _looks(raw: Any) -> int:
    return int(raw.info("commandstats")["cmdstat_xpending"]["calls"])


@pytest.mark.injection(21)
def test_who_was_halted_for_long_does_not_do_what_others_have_done_meanwhile(
    client: KEBClient, ledger: Ledger
) -> None:
    ledger.publish(client, range(10))
    with agent(ledger, waits) as one:
        one.wait_for("in")
        one.signal(signal.SIGSTOP)
        ledger.faults += 1
        with agent(ledger, does, name="two"):
            until(lambda: len(ledger.done(GROUP)) == 10 and ledger.pending(GROUP) == 0)
        # Not before: a signal halts one thread after the other, and the handler's may be the last.
        one.marks.write("go", "test")
        one.signal(signal.SIGCONT)
        one.signal(signal.SIGTERM)
        assert one.end() == 0
    # It was in the middle of that one, and nobody can call a handler back.
    ledger.allowed = 1
    ((_, first, *_),) = [row for row in ledger.effects.read() if row[2] == "one"]
    assert set(ledger.duplicates(GROUP)) == {first}


@pytest.mark.injection(20)
def test_a_coroutine_that_hangs_is_cancelled_and_its_neighbours_are_handled(
    server: Server, raw: Any
) -> None:
    handled, cancelled = Inbox(), Inbox()

    async def handle(event: Event) -> None:
        if event.data["number"] == 3:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled(event)
        handled(event)

    async def work() -> None:
        async with AsyncKEBClient(server.url, catalog(), source="tests", name="one") as client:
            await client.publish_all([(CREATED, task(number)) for number in range(6)])
            client.subscribe(CREATED, handle, group=GROUP, attempts=2, limit_s=0.1, **QUICK)
            client.start()
            await asyncio.to_thread(until, lambda: raw.xlen(f"{STREAM}:dead") == 1)

    asyncio.run(work())
    assert (handled.numbers, cancelled.numbers) == ([0, 1, 2, 4, 5], [3, 3])


@pytest.mark.injection(10)
def test_what_was_done_before_a_group_was_lost_is_not_done_again_where_a_peer_gives_it_back(
    client: KEBClient, raw: Any, ledger: Ledger
) -> None:
    inbox = Inbox()
    client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
    client.start()
    sent = [one for one in ledger.publish(client, range(3)) if isinstance(one, Published)]
    ledger.did(GROUP, inbox.wait(3))
    until(lambda: ledger.pending(GROUP) == 0)
    ids = [one.entry_id for one in sent]
    with raw.pipeline() as peer:
        peer.xgroup_destroy(STREAM, GROUP)
        peer.xgroup_create(STREAM, GROUP, "0")
        peer.xreadgroup(GROUP, "peer", {STREAM: ">"})
        peer.xclaim(STREAM, GROUP, "peer", 0, ids, idle=60_000, retrycount=0, justid=True)
        peer.execute()
    ledger.faults += 1
    until(lambda: client.stats.read().get(("consumed", "", GROUP, "duplicate")) == 3)
    until(lambda: ledger.pending(GROUP) == 0)
    assert inbox.numbers == [0, 1, 2]
