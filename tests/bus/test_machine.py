"""Publishing, handling, crashing, claiming and trimming in any order: nothing is lost.

Each consumer is its core, led one command at a time against a real server: it can crash between any
two, with the answer of the last one unheard.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from governance.bus.commands import Ask, CommandError, Many, Part, Pause, Reply
from governance.bus.connect import Target
from governance.bus.consumer import Consumer
from governance.bus.declared import Declarations
from governance.bus.event import Event
from governance.bus.group import order
from governance.bus.keys import Keys
from governance.bus.lines import Lines, drive
from governance.bus.outcome import Published
from governance.bus.preparing import Sending
from governance.bus.publisher import Publisher
from governance.bus.reading import Reading
from governance.bus.stats import Stats
from governance.bus.trim import trim
from governance.contract.server import Server
from tests.bus.agents import CREATED, GROUP, STREAM, catalog, task

KEYS = Keys.of(STREAM, is_cluster=False)
NAMES = ("red", "green")
EXAMPLES = int(os.environ.get("KEB_FUZZ_EXAMPLES", "12"))
# After so long on the clock of a consumer everything is due that it waits for.
LATER_S = 6.0


class Led:
    """A consumer that goes on by one command when it is told."""

    def __init__(self, name: str, lines: Lines, stats: Stats, effects: Counter[str]) -> None:
        self._lines, self._effects = lines, effects
        self._now = 0.0
        # Nobody shows a sign of life here: whoever looks may claim.
        reading = Reading(
            GROUP,
            name,
            attempts=3,
            batch=4,
            block_ms=1,
            claim_ms=1,
            first_retry_s=1.0,
            most_retry_s=1.0,
        )
        self.core = Consumer(KEYS, reading, Declarations(catalog()), stats, self._clock)
        self._steps = self.core.run()
        self._reply: Reply = None

    def _clock(self) -> float:
        return self._now

    def wait(self) -> None:
        """Let time pass."""
        self._now += LATER_S

    def step(self, *, fails: bool) -> None:
        """Carry out the next command; a handler may fail."""
        try:
            command = (
                self._steps.throw(self._reply)
                if isinstance(self._reply, CommandError)
                else self._steps.send(self._reply)
            )
        except StopIteration:
            self._steps, self._reply = self.core.run(), None
            return
        if isinstance(command, Event):
            self._reply = ValueError("not today") if fails else None
            if not fails:
                self._effects[command.id] += 1
        elif isinstance(command, Pause):
            self._reply = None
        else:
            try:
                self._reply = self._lines.perform(_at_once(command))
            except CommandError as error:
                self._reply = error


def _at_once(command: Ask | Many) -> Ask | Many:
    """Return a command that waits for nothing: a server looks only now and then who has waited."""
    if isinstance(command, Many):
        return Many(command.line, list(map(_without_block, command.commands)))
    return Ask(command.line, _without_block(command.words))


def _without_block(words: tuple[Part, ...]) -> tuple[Part, ...]:
    if "BLOCK" not in words:
        return words
    at = words.index("BLOCK")
    return (*words[:at], *words[at + 2 :])


class Machine(RuleBasedStateMachine):
    """A stream, a group of two consumers, and all that may come to pass."""

    server: ClassVar[Server]

    def __init__(self) -> None:
        super().__init__()
        self.server.ask("FLUSHALL")
        self.stats = Stats()
        self.lines = Lines(Target.of(self.server.url))
        self.raw: Any = self.server.client()
        self.published: set[str] = set()
        self.effects = Counter[str]()
        self.number = 0
        self.is_anew = False
        sending = Sending("tests")
        self.publisher = Publisher(
            Declarations(catalog()), sending, lambda _: KEYS, self.stats, lambda: 0.0
        )
        self.crew = {name: self._led(name) for name in NAMES}

    def teardown(self) -> None:
        """Let one consumer do all that is left: then nothing is."""
        led = self._led(NAMES[0])
        for number in range(2_000):
            if not self._open() and not self._unread():
                break
            led.step(fails=False)
            if number % 40 == 0:
                led.wait()
        dead = self._names(self.raw.xrange(KEYS.dead))
        assert self.published <= self.effects.keys() | dead
        assert self.effects.keys() | dead <= self.published
        self.raw.close()
        self.lines.close()

    @rule(count=st.integers(1, 6))
    def publish(self, count: int) -> None:
        """Publish some tasks."""
        numbers = range(self.number, self.number + count)
        self.number += count
        ready = [self.publisher.prepare(CREATED, task(number)) for number in numbers]
        for one in drive(self.publisher.send_all(ready), self.lines.perform):  # type: ignore[arg-type]
            assert isinstance(one, Published)
            self.published.add(one.id)

    @rule(name=st.sampled_from(NAMES), steps=st.integers(1, 12), fails=st.booleans())
    def work(self, name: str, steps: int, *, fails: bool) -> None:
        """Let a consumer go on a little."""
        for _ in range(steps):
            self.crew[name].step(fails=fails)

    @rule(name=st.sampled_from(NAMES))
    def wait(self, name: str) -> None:
        """Let time pass for a consumer."""
        self.crew[name].wait()

    @rule(name=st.sampled_from(NAMES))
    def crash(self, name: str) -> None:
        """End a consumer, and begin anew under its name."""
        self.crew[name] = self._led(name)

    @rule(name=st.sampled_from(NAMES))
    def stop(self, name: str) -> None:
        """Tell a consumer to stop."""
        self.crew[name].core.is_stopping = True

    @rule()
    def trim(self) -> None:
        """Make room."""
        drive(trim(KEYS, self.stats, keep_ms=0), self.lines.perform)  # type: ignore[arg-type]

    @rule()
    def lose_the_group(self) -> None:
        """Take the group away."""
        if self.raw.exists(STREAM):
            self.raw.xgroup_destroy(STREAM, GROUP)
            # A group that is made anew is handed some entries once more.
            self.is_anew = True

    @rule()
    def forget_scripts(self) -> None:
        """Make the server forget its scripts."""
        self.raw.script_flush()

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every event that was published is somewhere."""
        dead, pending = self._names(self.raw.xrange(KEYS.dead)), self._open()
        known = self._names(self.raw.xrange(STREAM))
        assert self.effects.keys() <= self.published
        assert self.published <= self.effects.keys() | dead | known
        assert self.is_anew or not dead & pending

    def _led(self, name: str) -> Led:
        return Led(name, self.lines, self.stats, self.effects)

    def _open(self) -> set[str]:
        """Return the events that are pending."""
        groups = self.raw.xinfo_groups(STREAM) if self.raw.exists(STREAM) else []
        if not groups:
            return set()
        rows = self.raw.xpending_range(STREAM, GROUP, "-", "+", 1_000)
        return self._names([one for row in rows for one in self._at(row["message_id"])])

    def _at(self, entry_id: bytes) -> Any:
        return self.raw.xrange(STREAM, entry_id, entry_id)

    def _unread(self) -> bool:
        if not self.raw.exists(STREAM):
            return False
        groups = self.raw.xinfo_groups(STREAM)
        last = self.raw.xrevrange(STREAM, count=1)
        if not groups or not last:
            return bool(last)
        at = groups[0]["last-delivered-id"].decode()
        return order(at) < order(last[0][0].decode())

    @staticmethod
    def _names(entries: Any) -> set[str]:
        return {fields[b"_event_id"].decode() for _, fields in entries}


def test_nothing_is_lost_in_any_order(server: Server) -> None:
    Machine.server = server
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
