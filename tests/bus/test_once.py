"""An effect in the handler's own database is there once, whatever ends the process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from governance.bus.event import Event, Place
from governance.bus.once import Once
from governance.bus.threads import KEBClient
from governance.errors import BusError
from tests.bus.agent import Hands, agent, until
from tests.bus.agents import CREATED, GROUP, STREAM
from tests.bus.ledger import Ledger

ONCE = Once(GROUP, sqlite3.paramstyle)


def open_(folder: Path) -> sqlite3.Connection:
    made = sqlite3.connect(folder / "effects.db", timeout=10)
    ONCE.prepare(made.cursor())
    made.execute("CREATE TABLE IF NOT EXISTS effects (number INTEGER)")
    return made


def counts(hands: Hands, event: Event) -> None:
    connection = open_(hands.folder)
    with connection:
        if ONCE.is_first(connection.cursor(), event):
            connection.execute("INSERT INTO effects VALUES (?)", (event.data["number"],))
    connection.close()
    if event.data["number"] == 3 and hands.name == "one":
        hands.die()


@pytest.mark.injection(2)
def test_a_death_after_the_commit_is_no_second_effect(client: KEBClient, ledger: Ledger) -> None:
    sent = ledger.publish(client, range(6))
    with agent(ledger, counts) as one:
        assert one.end() == -9
    ledger.faults += 1
    with agent(ledger, counts, name="two"):
        until(lambda: len(numbers(ledger.folder)) == 6 and ledger.pending(GROUP) == 0)
    assert sorted(numbers(ledger.folder)) == list(range(6))
    for outcome in sent:
        ledger.effects.write(GROUP, getattr(outcome, "id", ""))


def numbers(folder: Path) -> list[int]:
    connection = open_(folder)
    found = [number for (number,) in connection.execute("SELECT number FROM effects")]
    connection.close()
    return found


def test_a_transaction_that_fails_leaves_no_note(event: Event) -> None:
    connection = sqlite3.connect(":memory:")
    ONCE.prepare(connection.cursor())
    assert ONCE.is_first(connection.cursor(), event)
    connection.rollback()
    with connection:
        assert ONCE.is_first(connection.cursor(), event)
        assert not ONCE.is_first(connection.cursor(), event)
        assert Once("others", "qmark").is_first(connection.cursor(), event)
        assert ONCE.forget(connection.cursor(), older_s=-10) == 1
        assert ONCE.is_first(connection.cursor(), event)
    connection.close()


@pytest.mark.parametrize(("paramstyle", "table"), [("named", "t"), ("qmark", "t; DROP TABLE x")])
def test_what_no_database_would_take_is_refused(paramstyle: str, table: str) -> None:
    with pytest.raises(BusError, match=r"is none of|is no name"):
        Once(GROUP, paramstyle, table)


@pytest.fixture
def event() -> Event:
    """Return an event as a handler gets it."""
    place = Place(STREAM, "1-1", GROUP, 1)
    return Event(CREATED, "7b0a", "1.2.0", {}, "", "tests", None, None, None, place)
