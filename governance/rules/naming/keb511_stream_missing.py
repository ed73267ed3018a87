"""KEB511: a file with events names no stream."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import add
from governance.catalog.model import Layout, SourceFile
from governance.catalog.names import snake
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_file, says
from governance.schema.json import as_object


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    root = as_object(file.document.root)
    if file.layout is not Layout.DOMAIN or not file.events or says(root, "stream"):
        return
    # KEB111 tells what a channel is called here.
    if "channel" in root:
        return
    name = (snake(file.text("domain") or "") or snake(file.stem)).removesuffix("_events")
    stream = f"{name or 'task'}_events"
    help_ = f"Say it at the top of the file: `stream: {stream}`."
    message = "the file does not say which Redis stream carries its events"
    make = partial(add, file.at(), "stream", stream, "domain")
    fix = Fix(f"add `stream: {stream}`", make, is_safe=False) if name else None
    yield Complaint(file.at("/stream"), message, help_, fix=fix)


RULE = Rule(
    id="KEB511",
    name="stream-missing",
    severity=Severity.ERROR,
    section="5",
    rationale="Publishers and subscribers find the stream here: without it, each of them guesses, "
    "and two that guess differently never meet.",
    bad="""\
domain: Task
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
    fixes=(UNSAFE,),
)
