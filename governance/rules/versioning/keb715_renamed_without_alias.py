"""KEB715: an event has a new name, and does not say that it still goes by the old one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import Edits, Made
from governance.catalog.model import EventSchema
from governance.catalog.renames import add_alias
from governance.compat.change.model import Kind
from governance.compat.verdict import Comparison, Verdict, is_new_major
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_verdict


def _check(verdict: Verdict, _: Comparison, __: Context) -> Iterator[Complaint]:
    old, new = verdict.change.old, verdict.change.new
    if verdict.change.kind is not Kind.RENAMED or old is None or new is None:
        return
    # Of a new major, KEB713 speaks.
    if old.type in new.names or is_new_major(verdict.change):
        return
    message = f"{old.type!r} is now called {new.type!r}, and no alias tells so"
    aliases = [*(one for one in new.aliases if isinstance(one, str)), old.type]
    help_ = (
        f"Write `aliases: [{', '.join(aliases)}]`, so that events of the old name find their "
        "schema; if it is another event, say what tells it apart in its `description`."
    )
    make = partial(_aliased, new, old.type)
    fix = None if new.legacy else Fix(f"add {old.type!r} to `aliases`", make, is_safe=False)
    place = new.at(on_key=True)
    yield Complaint(place, message, help_, related=(("before", old.at(on_key=True)),), fix=fix)


def _aliased(event: EventSchema, alias: str) -> Made:
    edits = Edits()
    add_alias(edits, event, alias)
    return edits.made()


RULE = Rule(
    id="KEB715",
    name="renamed-without-alias",
    severity=Severity.ERROR,
    section="7",
    rationale="The stream holds events under the old name, and publishers go on writing it until "
    "they are changed. Without an alias nobody knows them.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed to an agent.
# current
events:
  Task.Assignment.Assigned.v1:
    event_version: 1.0.0
    description: A task was handed to an agent.
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed to an agent.
# current
events:
  Task.Assignment.Assigned.v1:
    event_version: 1.1.0
    description: A task was handed to an agent.
    aliases: [Task.Assignment.Created.v1]
""",
    check=each_verdict(_check),
    fixes=(UNSAFE,),
)
