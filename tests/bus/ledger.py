"""What was sent and what was done with it, written down outside of every server.

An event is *lost* when a publisher was told that it is there, and it is neither done, nor unread,
nor pending, nor a dead letter, nor reported as lost. A *duplicate* is a second effect for one event
in one group.

Source: bus.md, section 6.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from governance.bus.event import Event
from governance.bus.outcome import NotSure, Outcome, Published
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agents import CREATED, task


class Tally(NamedTuple):
    """The sums of one ledger.

    Attributes:
        sent: Events that somebody sent.
        faults: What was injected meanwhile.
        lost: Events that were acknowledged and lost without a word.
        duplicates: Second effects.
        allowed: Second effects that nothing could prevent.
        reported: Events that were lost and said to be.
    """

    sent: int = 0
    faults: int = 0
    lost: int = 0
    duplicates: int = 0
    allowed: int = 0
    reported: int = 0

    def __add__(self, other: object) -> Tally:
        """Return the sums of both."""
        assert isinstance(other, Tally)
        return Tally(*map(sum, zip(self, other, strict=True)))


class Book:
    """Lines that processes append to, each whole, and that outlive them all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def write(self, *words: object) -> None:
        """Append a line."""
        line = " ".join(map(str, words)) + "\n"
        at = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(at, line.encode())
        finally:
            os.close(at)

    def read(self) -> list[list[str]]:
        """Return the words of each line."""
        return [line.split() for line in self._path.read_text().splitlines()]


class Ledger:
    """The books of one stream.

    Args:
        folder: Where they lie.
        server: The server of the stream.
        stream: The stream.
    """

    def __init__(self, folder: Path, server: Server, stream: str) -> None:
        self.folder = folder
        # Where consumers find the server; a test may let them go another way.
        self.url = server.url
        # Where the stream is; in some tests another server takes its place.
        self.server = server
        self._stream = stream
        self.answers = Book(folder / "answers")
        self.effects = Book(folder / "effects")
        self.reports = Book(folder / "reports")
        self.faults = 0
        # Effects that a test is about, and that nothing could prevent.
        self.allowed = 0

    def publish(self, client: KEBClient, numbers: Iterable[int]) -> list[Outcome]:
        """Publish tasks, and write down what is said of each."""
        outcomes = client.publish_all([(CREATED, task(number)) for number in numbers])
        self.note(outcomes)
        return outcomes

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Write down what was said of events."""
        for one in outcomes:
            if isinstance(one, Published):
                self.answers.write(one.id, "ok", one.entry_id)
            else:
                event = getattr(one, "event", None)
                word = "not-sure" if isinstance(one, NotSure) else "refused"
                self.answers.write(event.id if event else "-", word, "-")

    def did(self, group: str, events: Iterable[Event]) -> None:
        """Write down effects that a handler of the test itself had."""
        for event in events:
            self.effects.write(group, event.id, "test", event.data["number"], event.place.attempt)

    def is_told(self, client: KEBClient, number: int) -> bool:
        """Publish one more task, and say whether the publisher has told of what is lost."""
        self.publish(client, [number])
        return bool(client.stats.total("publish_lost"))

    @property
    def acknowledged(self) -> dict[str, str]:
        """The id of each event that a publisher was told is there, and where."""
        return {one: place for one, answer, place in self.answers.read() if answer == "ok"}

    def done(self, group: str) -> Counter[str]:
        """How often the group had each event's effect."""
        return Counter(one for who, one, *_ in self.effects.read() if who == group)

    def duplicates(self, group: str) -> dict[str, int]:
        """The events with more than one effect."""
        return {one: times for one, times in self.done(group).items() if times > 1}

    def lost(self, group: str) -> set[str]:
        """The events that nobody has any more, and nobody had an effect of."""
        left = self.acknowledged.keys() - self.done(group).keys()
        # Looked at last: what a consumer is just dealing with goes from the server to its effect.
        return left - self._on_server(group) - self.done(group).keys() if left else set()

    def stored(self) -> list[str]:
        """The id of each event in the stream, in its order."""
        rows = self.server.ask("XRANGE", self._stream, "-", "+")
        return [fields[1].decode() for _, fields in rows]

    def pending(self, group: str) -> int:
        """How many entries are with a consumer of the group."""
        return int(self.server.ask("XPENDING", self._stream, group)[0])

    def settle(self, group: str, named: set[str]) -> set[str]:
        """Take up which events publishers have named as lost; return those that are.

        Some of them the group may have handled before: these are not lost for it.
        """
        lost = self.lost(group)
        assert lost == named - self.done(group).keys()
        self.reports.write("lost", len(lost))
        return lost

    def tally(self, group: str) -> Tally:
        """Return the sums."""
        reported = sum(int(number) for _, number in self.reports.read())
        lost = max(0, len(self.lost(group)) - reported)
        twice = sum(self.duplicates(group).values()) - len(self.duplicates(group))
        return Tally(len(self.answers.read()), self.faults, lost, twice, self.allowed, reported)

    def _on_server(self, group: str) -> set[str]:
        """Return the events that are unread, pending or dead letters."""
        with self.server.client() as client:
            raw: Any = client
            groups = raw.xinfo_groups(self._stream) if raw.exists(self._stream) else []
            at = {one["name"].decode(): one["last-delivered-id"] for one in groups}.get(group, "0")
            unread = raw.xrange(self._stream, b"(" + at if at != "0" else "-")
            pending = raw.xpending_range(self._stream, group, "-", "+", 100_000) if groups else []
            held = [raw.xrange(self._stream, *[one["message_id"]] * 2) for one in pending]
            entries = [*unread, *(one for rows in held for one in rows)]
            entries += raw.xrange(f"{self._stream}:dead")
            return {
                fields[b"_event_id"].decode() for _, fields in entries if b"_event_id" in fields
            }


def named(records: Iterable[logging.LogRecord]) -> set[str]:
    """Return the ids of events that publishers have said are lost."""
    return {one for record in records for one in getattr(record, "keb_event_ids", ())}
