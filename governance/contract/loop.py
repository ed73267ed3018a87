"""The real loop of the client over entries that are there, driven one command at a time.

So nothing is waited for, and a crash comes exactly where it is wanted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from governance.bus.commands import Ask, Command, Many, Part, Pause, Reply
from governance.bus.consumer import Consumer
from governance.bus.context import begin, end
from governance.bus.event import Event
from governance.bus.lines import drive
from governance.bus.reading import Reading
from governance.bus.stats import Stats
from governance.bus.threads import Handler
from governance.contract.stage import Stage, text
from governance.contract.takers import Taker
from governance.errors import BusError

_LONGEST_SECONDS = 20.0
# What a subscription says that matters here; how long it waits, and how often it tries, does not.
_KEPT = frozenset({"is_once", "remembered_ms"})


class CrashError(BaseException):
    """The consumer ends here, as it does when it is killed."""


class Took(NamedTuple):
    """What a consumer did.

    Attributes:
        calls: Each event that the handler got, with the error that it raised.
        dead: The fields of each entry that went to the dead letters.
    """

    calls: list[tuple[Event, BaseException | None]]
    dead: list[dict[str, str]]

    @property
    def is_handled(self) -> bool:
        """Whether the handler took all that there was."""
        return not self.dead and all(error is None for _, error in self.calls)


def consume(  # noqa: PLR0913  all but the first two by name
    stage: Stage,
    taker: Taker,
    *,
    after: str,
    count: int,
    consumer: str = "first",
    attempts: int = 1,
    is_crashing: bool = False,
) -> Took:
    """Let a consumer read until so many entries are dealt with.

    Args:
        stage: Where.
        taker: The handler, with the event type that it gets, others are passed over; and the group.
        after: The place of an entry: where the group is new, it starts behind it.
        count: How many entries are handled, or go to the dead letters.
        consumer: Its name.
        attempts: How often an event is handed out before it goes to the dead letters.
        is_crashing: Whether it ends after the first event was handled, unacknowledged.

    Raises:
        BusError: That does not come about.
    """
    stream, stats = stage.stream_of(taker.event_type), Stats()
    wanted = {
        **kept(taker),
        "block_ms": 1,
        "attempts": attempts,
        "start": after,
        "consumer": consumer,
    }
    said = Reading(taker.group, types=frozenset({taker.event_type}), **wanted)
    core = Consumer(stage.keys(stream), said, stage.declarations, stats, time.monotonic)
    calls: list[tuple[Event, BaseException | None]] = []
    deadline = time.monotonic() + _LONGEST_SECONDS
    dead = stage.keys(stream).dead
    before = stage.last(dead)

    def perform(command: Command) -> Reply:
        if isinstance(command, Event):
            calls.append((command, handled(stage, taker.handler, command)))
            if is_crashing:
                raise CrashError
            return calls[-1][1]
        if time.monotonic() > deadline:
            raise BusError(f"{count} entries were to be handled, and were not: {stats.read()}")
        core.is_stopping = core.is_stopping or stats.total("consumed") >= count
        if isinstance(command, Pause):
            time.sleep(command.seconds)
            return None
        if core.is_stopping:
            # A server ends a wait for more when it next looks after such things: in 100 ms.
            if isinstance(command, Ask) and _is_reading(command.words):
                return None
            if isinstance(command, Many) and _is_reading(command.commands[-1]):
                *others, _ = command.commands
                return [*stage.lines.perform(Many(command.line, others)), None]
        return stage.lines.perform(command)

    with suppress(CrashError), silence():
        drive(core.run(), perform)
    buried = [one for _, one in stage.since({dead: before})]
    return Took(calls, [{name: text(value) for name, value in one.items()} for one in buried])


def kept(taker: Taker) -> dict[str, Any]:
    """Return what the subscription of a handler says that matters to what is promised of it."""
    return {key: value for key, value in taker.reading.items() if key in _KEPT}


@contextmanager
def silence() -> Iterator[None]:
    """Keep the client from logging what a test tells better, or has caused."""
    log = logging.getLogger("keb")
    was, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = was


def _is_reading(words: tuple[Part, ...]) -> bool:
    return words[0] == "XREADGROUP"


def handled(stage: Stage, handler: Handler, event: Event) -> BaseException | None:
    """Give an event to a handler, as the client does; return the error that it raised."""
    token = begin(event)
    try:
        done = handler(event)
        if isinstance(done, Coroutine):
            stage.run(done)
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it is: it is looked for
        return error
    finally:
        end(token)
    return None
