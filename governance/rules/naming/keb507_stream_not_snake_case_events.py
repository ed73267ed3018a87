"""KEB507: the name of a stream is not snake_case with _events at its end."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.names import is_snake, words
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file

_END = "events"
# What is often written where the name should end in `events`.
_ENDS = frozenset({"event", "events", "stream", "topic", "queue", "channel"})


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    stream = file.text("stream")
    if stream is None or (is_snake(stream) and stream.endswith(f"_{_END}")):
        return
    message = f"the stream {stream!r} is not spelled like `task_events`: snake_case, `_events` last"
    name = _mended(stream, file.text("domain") or "")
    help_ = "Use letters a to z and digits, '_' between words, and `_events` at the end."
    if name:
        help_ = f"Write `stream: {name}`; if it is in use, readers and writers must move together."
    yield Complaint(file.at("/stream"), message, help_)


def _mended(stream: str, domain: str) -> str:
    said = [word.lower() for word in words(stream)]
    while said and said[-1] in _ENDS:
        said.pop()
    own = [word.lower() for word in words(domain)]
    if "".join(said).rstrip("s") == "".join(own).rstrip("s") or not said:
        said = own
    name = "_".join([*said, _END])
    return name if said and is_snake(name) else ""


RULE = Rule(
    id="KEB507",
    name="stream-not-snake-case-events",
    severity=Severity.WARNING,
    section="5",
    rationale="Streams share one key space with everything else in Redis: access rules, metrics "
    "and people know a stream by its name, such as task_events.",
    bad="""\
domain: Task
stream: TaskEvents
events:
  Task.Assignment.Created.v1: {}
""",
    good="""\
domain: Task
stream: task_events
events:
  Task.Assignment.Created.v1: {}
""",
    check=each_file(_check),
)
