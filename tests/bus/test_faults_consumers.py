"""Consumers that die, hang and leave: what they held is done by others, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from governance.bus.event import Event
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agent import Hands, agent, until
from tests.bus.agents import CREATED, GROUP, STREAM, task
from tests.bus.ledger import Ledger


def does(hands: Hands, event: Event) -> None:
    hands.effect(event)


def dies_at_the_third(hands: Hands, event: Event) -> None:
    if event.data["number"] == 3:
        hands.die()
    hands.effect(event)


def test_who_ends_its_process_goes_to_the_dead_letters_and_takes_no_neighbour_along(
    server: Server, client: KEBClient, raw: Any, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.publish(client, [(CREATED, task(number)) for number in range(10)])
    for _ in range(3):
        with agent(server.url, tmp_path, dies_at_the_third, attempts=3) as one:
            assert one.end() == -9
        ledger.faults += 1
    with agent(server.url, tmp_path, dies_at_the_third, attempts=3):
        until(lambda: ledger.done(GROUP).total() >= 9 and raw.xlen(f"{STREAM}:dead") == 1)
    # What was done before it in the same breath is done once more; after that it is acknowledged.
    ledger.allowed = len(ledger.duplicates(GROUP))
    assert set(ledger.duplicates(GROUP).values()) <= {2}
    numbers = [int(number) for _, _, _, number, _ in ledger.effects.read()]
    assert sorted(set(numbers)) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    ((_, letter),) = raw.xrange(f"{STREAM}:dead")
    assert (letter[b"dead_attempts"], letter[b"dead_reason"]) == (b"3", b"attempts")
