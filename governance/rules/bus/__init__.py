"""KEB2xx: what only shows in what is really sent. The auditor of the bus looks after them all.

Their examples are commands of Redis, on a catalog where ``Orchestrator`` publishes
``Task.Assignment.Created.v1`` with a ``task_id`` and the group ``workers`` reads it.

Source: rule 101, section 11.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.finding import Severity
from governance.rules import Check, Complaint, Rule, Scope

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_EVENT = {
    "stream": "task_events",
    "entry": "1795000000000-0",
    "id": "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
    "type": "Task.Assignment.Created.v1",
    "version": "1.2.0",
    "time": "2026-11-18T11:06:40Z",
    "source": "Orchestrator",
    "data": '{"task_id": "0f3c1f5e-6a7b-4a7e-8d0e-2b9f4a1c5d6e"}',
}
_ADDED = """\
XADD %(stream)s %(entry)s data '{
  "event_id": "%(id)s",
  "event_type": "%(type)s", "event_version": "%(version)s",
  "timestamp_iso": "%(time)s", "source_system_id": "%(source)s",
  "data": %(data)s}'
"""
_SECOND = {"entry": "1795000000001-0", "id": "9d2f6c1b-0a4e-4b57-8f3a-5e1c7d9b2a60"}
_GROUP = "XGROUP CREATE task_events workers 0\n"
_READ = "XREADGROUP GROUP workers one COUNT 1 STREAMS task_events >\n"


def _added(**said: str) -> str:
    """Return the command that appends an event: in order, but for what is said."""
    return _ADDED % {**_EVENT, **said}


def _none(*_: object) -> Iterator[Complaint]:
    return iter(())


def _rule(id_: str, name: str, severity: Severity, rationale: str, bad: str, good: str) -> Rule:  # noqa: PLR0913, PLR0917  as in the table below
    return Rule(id_, name, severity, "11", rationale, bad, good, Check(Scope.BUS, _none))


UNREADABLE = _rule(
    "KEB201",
    "entry-unreadable",
    _ERROR,
    "Nobody can tell what such an entry means; every group sends it to its dead letters. "
    "The field `data` of an entry holds the whole event as one JSON object: publish by the client.",
    "XADD task_events 1795000000000-0 data '{\"event_type\": '\n",
    _added(),
)
UNKNOWN = _rule(
    "KEB202",
    "event-unknown",
    _ERROR,
    "An event that the catalog does not have was agreed on by nobody, and no reader can check it. "
    "Declare it, or correct the name.",
    _added(type="Task.Assignment.Made.v1"),
    _added(),
)
INVALID = _rule(
    "KEB203",
    "event-invalid",
    _ERROR,
    "Readers have been promised what the catalog says. They refuse such an event, and it ends in "
    "the dead letters of every group. The client would not have sent it.",
    _added(data='{"task_id": 7}'),
    _added(),
)
BEYOND = _rule(
    "KEB204",
    "event-beyond-schema",
    _WARNING,
    "Readers pass over a field that nobody declared, until a later version declares it in another "
    "form: then what lies in the stream is invalid. Declare it, or leave it out.",
    _added(data='{"task_id": "0f3c1f5e-6a7b-4a7e-8d0e-2b9f4a1c5d6e", "colour": "red"}'),
    _added(),
)
ASTRAY = _rule(
    "KEB205",
    "event-in-other-stream",
    _ERROR,
    "Who waits for the event reads the stream that the catalog names, and never sees it. Publish "
    "by the client, which takes the stream from the catalog.",
    _added(stream="agent_events"),
    _added(),
)
DUPLICATE = _rule(
    "KEB206",
    "event-duplicate",
    _WARNING,
    "Each group handles the event again. Send an event once, again after a doubt by the same "
    "`event_id` through the client, and let readers whose effect must not double pass over what "
    "they know (`is_once`).",
    _added() + _added(entry="1795000000001-0"),
    _added() + _added(**_SECOND),
)
SOURCE = _rule(
    "KEB207",
    "source-not-declared",
    _WARNING,
    "Who is asked before an event changes, and whom one calls when it is wrong, follows from "
    "`publishes` in participants.yaml. A sender is known by the name of its participant, also with "
    "the name of an instance behind it and one of - / . : @ # _ between: `Orchestrator-1`, "
    "`Orchestrator/host-b`. Of several participants the longest name counts.",
    _added(source="Stranger"),
    _added(source="Orchestrator/host-b"),
)
DEPRECATED = _rule(
    "KEB208",
    "deprecated-event-sent",
    _WARNING,
    "As long as somebody sends it, nobody can take it away. Send what is named in `replaced_by`.",
    _added(type="Task.Assignment.Changed.v1"),
    _added(),
)
ENDED = _rule(
    "KEB209",
    "event-sent-after-sunset",
    _ERROR,
    "Readers may have left after the day that was agreed on, so that nobody gets it. Send what is "
    "named in `replaced_by`, or agree on another day.",
    _added(type="Task.Assignment.Revoked.v1"),
    _added(),
)
VERSION = _rule(
    "KEB210",
    "version-differs",
    _INFO,
    "The sender and the catalog here are not of the same state. Within a major version both can "
    "be read; a sender that is behind for long was forgotten in a rollout.",
    _added(version="1.1.0"),
    _added(),
)
OLD_NAME = _rule(
    "KEB211",
    "old-name-sent",
    _INFO,
    "The alias, and all that is done for it, has to stay as long as somebody sends it. Send the "
    "event by its type; the client does.",
    _added(type="TaskAssignedEvent"),
    _added(),
)
SENSITIVE = _rule(
    "KEB212",
    "sensitive-data-unmarked",
    _ERROR,
    "What is on the bus is read by every group, kept in dead letters and copied into logs. Leave "
    "it out, or declare the field with `x-sensitivity` and how it is protected.",
    _added(data='{"task_id": "0f3c1f5e-6a7b-4a7e-8d0e-2b9f4a1c5d6e", "note": "ask ann@acme.org"}'),
    _added(data='{"task_id": "0f3c1f5e-6a7b-4a7e-8d0e-2b9f4a1c5d6e", "note": "ask user 4711"}'),
)
SKEW = _rule(
    "KEB213",
    "clock-differs",
    _WARNING,
    "Ages, timeouts and the order that people see in logs are worked out from it. Set the clock of "
    "the sender, or find out why it sent the event that late.",
    _added(time="2026-11-18T10:06:40Z"),
    _added(),
)
GROUP = _rule(
    "KEB214",
    "group-not-declared",
    _WARNING,
    "Whether a change breaks somebody is worked out from `subscribes` in participants.yaml: who "
    "is not on it is not asked. And trimming waits for a group that nobody uses any more.",
    _added() + "XGROUP CREATE task_events strangers 0\n",
    _added() + _GROUP,
)
LOST = _rule(
    "KEB215",
    "entries-lost-to-group",
    _ERROR,
    "These events the group will never see, and it notices nothing. Trim only what every group has "
    "read (the client's `trim` does), and publish again what matters.",
    _added() + _GROUP + _READ + _added(**_SECOND) + "XTRIM task_events MAXLEN 0\n",
    _added() + _GROUP + _READ + "XTRIM task_events MAXLEN 0\n",
)
DEAD = _rule(
    "KEB216",
    "dead-letters-waiting",
    _WARNING,
    "What a group gave up on waits for somebody: `keb-govern bus dead-letters list` says why, "
    "`replay` gives it back once the cause is mended, `drop` throws it away.",
    _added() + _added(stream="task_events:dead"),
    _added(),
)
EVICTION = _rule(
    "KEB217",
    "server-evicts-streams",
    _ERROR,
    "When its memory is full such a server takes whole streams away, with all groups and what they "
    "have not read, and nobody is told. Set `maxmemory-policy noeviction`: then a publisher is, "
    "and readers go on. The client publishes nothing there.",
    "CONFIG SET maxmemory-policy allkeys-lru\n",
    "CONFIG SET maxmemory-policy noeviction\n",
)
RULES = (
    UNREADABLE,
    UNKNOWN,
    INVALID,
    BEYOND,
    ASTRAY,
    DUPLICATE,
    SOURCE,
    DEPRECATED,
    ENDED,
    VERSION,
    OLD_NAME,
    SENSITIVE,
    SKEW,
    GROUP,
    LOST,
    DEAD,
    EVICTION,
)
