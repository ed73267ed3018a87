"""The core of publishing: sends each event once, however often that takes.

Source: bus.md, section 3 ("Publish"); design.md, sections 3 and 8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from governance.bus.commands import (
    Ask,
    CommandError,
    Line,
    Many,
    Part,
    Pause,
    Reply,
    ReplyError,
    Steps,
    UnansweredError,
    UnsentError,
)
from governance.bus.declared import Declarations
from governance.bus.kept import Kept
from governance.bus.keys import Keys
from governance.bus.memory import Lasting
from governance.bus.outcome import (
    Durability,
    NotSure,
    Outcome,
    Outgoing,
    Published,
    Refused,
    Rejected,
)
from governance.bus.preparing import Preparer, Sending
from governance.bus.retry import Backoff, is_passing
from governance.bus.scripts import SEND, is_forgotten, load
from governance.bus.stats import Stats
from governance.wire import Fault

# Type and version of an event, and what became of it.
_Counted: TypeAlias = tuple[str, str, str]


class _Tries:
    """What has been tried so far.

    Args:
        began_s: When it began, by the clock of the publisher.
        patience_s: How long to go on.

    Attributes:
        began_s: As above.
        until: When to try no more.
        maybe: The numbers of the events that were sent, and may be there.
        why: What was said last.
        backoff: How long to wait before the next try.
    """

    def __init__(self, began_s: float, patience_s: float) -> None:
        self.began_s = began_s
        self.until = began_s + patience_s
        self.maybe = set[int]()
        self.why = ""
        self.backoff = Backoff(0.05, 2.0)

    def failed(self, error: Exception, numbers: Iterable[int]) -> None:
        """Take up that a try failed, for the events of some numbers."""
        self.why = str(error)
        if isinstance(error, UnansweredError):
            self.maybe.update(numbers)


class Publisher:
    """Publishes events.

    Args:
        declarations: What the catalog declares.
        sending: How events are sent.
        keys: Gives the keys of a stream.
        stats: Where it is counted.
        clock: Seconds that only go on.

    Attributes:
        prepare: Makes events ready to be sent: see ``Preparer``.
        now: The clock that they are dated by.
    """

    def __init__(
        self,
        declarations: Declarations,
        sending: Sending,
        keys: Callable[[str], Keys],
        stats: Stats,
        clock: Callable[[], float],
    ) -> None:
        preparer = Preparer(declarations, sending, keys, stats)
        self.prepare = preparer.prepare
        self.now = preparer.now
        self._sending = sending
        self._keys = keys
        self._stats = stats
        self._clock = clock
        self._confirm = _confirmation(sending)
        self._lasting = Lasting(Line.PUBLISH)
        self._kept: dict[str, Kept] = {}

    def send(self, event: Outgoing) -> Steps[Published]:
        """Send an event, once however often that takes.

        Raises:
            Rejected: Another event has its id.
            NotSure: No answer came in time.
            Refused: The server did not take it.
        """
        outcome: Outcome | None = None
        tried = self._tries()
        if self._confirm is None and event.keys.stream in self._lasting.streams:
            # Nearly always that is all.
            try:
                reply = yield Ask(Line.PUBLISH, self._command(event))
                outcome = self._outcome(event, reply)
            except CommandError as error:
                self._failed(tried, error, [0])
        if outcome is None:
            (outcome,) = yield from self._tried([event], tried)
        else:
            self._count({_counted(event, outcome): 1}, tried)
            yield from self._note([outcome])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def send_all(self, events: Sequence[Outgoing]) -> Steps[list[Outcome]]:
        """Send events in their order, each once; what becomes of each comes back in that order."""
        return self._tried(events, self._tries())

    def _tries(self) -> _Tries:
        return _Tries(self._clock(), self._sending.patience_s)

    def _tried(self, events: Sequence[Outgoing], tries: _Tries) -> Steps[list[Outcome]]:
        """Send events, again and again where that helps."""
        made: dict[int, Outcome] = {}
        todo = list(range(len(events)))
        while todo and not self._is_over(tries):
            try:
                replies = yield from self._sent([events[number] for number in todo])
            except (UnsentError, UnansweredError) as error:
                self._failed(tries, error, todo)
            else:
                for number, reply in zip(todo, replies, strict=True):
                    outcome = self._outcome(events[number], reply)
                    if outcome is None:
                        tries.failed(reply, [])
                    else:
                        made[number] = outcome
                todo = [number for number in todo if number not in made]
            if not todo:
                break
            wait = tries.backoff.next_s()
            if self._is_over(tries) or self._clock() + wait > tries.until:
                break
            self._stats.count("publish_retries", "", tries.why.partition(" ")[0])
            yield Pause(wait)
        for number in todo:
            why = NotSure if number in tries.maybe else Refused
            made[number] = why(events[number], tries.why)
        results = [made[number] for number in range(len(events))]
        self._count(Counter(map(_counted, events, results)), tries)
        yield from self._note(results)
        return results

    def _count(self, outcomes: Mapping[_Counted, int], tries: _Tries) -> None:
        for what, number in outcomes.items():
            self._stats.count("published", *what, by=number)
        if self._stats.is_timed:
            took_s = self._clock() - tries.began_s
            # Each event of a batch took as long as all of them.
            for (event_type, _, _), number in outcomes.items():
                into = self._stats.histogram("publish_duration_seconds", event_type)
                self._stats.observe([(into, took_s)], number)

    def _note(self, outcomes: Iterable[Outcome]) -> Steps[None]:
        """Note what is there now, and look now and then whether what was there before still is."""
        remembered_ms = self._sending.remembered_ms
        for one in outcomes if remembered_ms else ():
            if not isinstance(one, Published):
                continue
            kept = self._kept.get(one.stream)
            if kept is None:
                made = Kept(self._keys(one.stream), remembered_ms, self._stats, self._clock)
                kept = self._kept.setdefault(one.stream, made)
            if self._clock() >= kept.look_at:
                yield from kept.look()
            kept.note(one.id, one.entry_id)

    def _failed(self, tries: _Tries, error: CommandError, numbers: Iterable[int]) -> None:
        tries.failed(error, numbers)
        if not isinstance(error, ReplyError):
            # It may be another server that answers next.
            self._lasting.streams.clear()

    def _is_over(self, tries: _Tries) -> bool:
        """Say whether to try no more: it is too late, or might make a second entry."""
        if tries.maybe and not self._sending.remembered_ms:
            return True
        return bool(tries.why) and self._clock() >= tries.until

    def _sent(self, events: list[Outgoing]) -> Steps[list[Reply]]:
        """Send events, and return what the server says of each, or why it was not sent."""
        lost = yield from self._lasting.refusals({one.keys.stream for one in events})
        if not lost:
            return (yield from self._asked(events))
        fit = [one for one in events if one.keys.stream not in lost]
        replies = iter((yield from self._asked(fit)) if fit else ())
        streams = (one.keys.stream for one in events)
        return [lost[stream] if stream in lost else next(replies) for stream in streams]

    def _asked(self, events: list[Outgoing]) -> Steps[list[Reply]]:
        commands = list(map(self._command, events))
        asked = [*commands, self._confirm] if self._confirm else commands
        replies: list[Reply]
        try:
            if len(asked) == 1:
                return [(yield Ask(Line.PUBLISH, asked[0]))]
            replies = yield Many(Line.PUBLISH, asked)
        except ReplyError as error:
            # One for all, such as that nobody is let in.
            replies = [error] * len(asked)
        confirmed = replies.pop() if self._confirm else None
        if any(map(is_forgotten, replies)):
            try:
                yield from load(Line.PUBLISH, SEND)
            except ReplyError as error:
                return [error if is_forgotten(reply) else reply for reply in replies]
            lacking = [
                one for one, reply in zip(events, replies, strict=True) if is_forgotten(reply)
            ]
            again = iter((yield from self._asked(lacking)))
            replies = [next(again) if is_forgotten(reply) else reply for reply in replies]
        elif self._confirm is not None and not self._is_confirmed(confirmed):
            raise UnansweredError(
                f"{self._sending.durability.value} was not confirmed: {confirmed!r}"
            )
        return replies

    def _command(self, event: Outgoing) -> tuple[Part, ...]:
        keys = event.keys
        if not self._sending.remembered_ms:
            return ("XADD", keys.stream, "*", "_event_id", event.id, "data", event.data)
        arguments = (event.id, event.data, event.mark, self._sending.remembered_ms)
        return SEND.call((keys.stream, keys.sent(event.id)), *arguments)

    def _outcome(self, event: Outgoing, reply: Reply) -> Outcome | None:
        """Return what became of an event; None where it is to be sent again."""
        if isinstance(reply, ReplyError):
            return None if is_passing(reply) else Refused(event, str(reply))
        if isinstance(reply, UnsentError):
            return None
        entry_id, _, mark = reply.decode().partition(" ")
        if mark and mark != event.mark:
            said = f"another event has the id {event.id}, at {entry_id} of {event.keys.stream}"
            return Rejected(
                event.type, (Fault("/event_id", "", said, "Send it by an id of its own."),)
            )
        return Published(
            event.id, entry_id, event.keys.stream, bool(mark), self._sending.durability
        )

    def _is_confirmed(self, reply: Reply) -> bool:
        if isinstance(reply, ReplyError):
            return False
        if self._sending.durability is Durability.FSYNC:
            return bool(reply[0] >= 1)
        return bool(reply >= self._sending.replicas)


def _counted(event: Outgoing, outcome: Outcome) -> _Counted:
    return event.type, event.version, type(outcome).__name__.lower()


def _confirmation(sending: Sending) -> tuple[Part, ...] | None:
    wait_ms = int(sending.patience_s * 1000)
    if sending.durability is Durability.FSYNC:
        return ("WAITAOF", 1, 0, wait_ms)
    if sending.durability is Durability.REPLICATED:
        return ("WAIT", sending.replicas, wait_ms)
    return None
