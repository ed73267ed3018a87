"""KEB504: an event type does not end in a verb in the past tense."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import EventSchema
from governance.catalog.names import VERB, words
from governance.catalog.verbs import past_verb
from governance.finding import UNSAFE, Severity
from governance.rules import Complaint, Context, Rule, each_event
from governance.rules.naming import better_name


def _check(event: EventSchema, context: Context) -> Iterator[Complaint]:
    said = words(event.name.segments[-1])
    further = {verb.lower() for verb in context.config.past_tense_verbs}
    if not said or past_verb(said, further) is not None:
        return
    message = (
        f"the event type {event.type!r} ends in {said[-1]!r}, which is no verb in the past tense"
    )
    help_, fix = better_name(event, context)
    if VERB in help_:
        help_ += f" If {said[-1]!r} is such a verb, add it to the setting `past-tense-verbs`."
    yield Complaint(event.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB504",
    name="action-not-past-tense",
    severity=Severity.WARNING,
    section="5",
    rationale="An event tells what has happened. A name like Task.Assignment.Create reads like an "
    "order, and sooner or later somebody sends it as one.",
    bad="""\
domain: Task
events:
  Task.Assignment.Create.v1: {}
""",
    good="""\
domain: Task
events:
  Task.Assignment.Created.v1: {}
""",
    check=each_event(_check),
    # Their advice is the whole name, with its verb in the past tense.
    silenced_by=("KEB501", "KEB502", "KEB503", "KEB505"),
    fixes=(UNSAFE,),
)
