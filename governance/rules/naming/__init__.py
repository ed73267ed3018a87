"""KEB5xx: naming, section 5 of rule 101."""

from __future__ import annotations

from governance.catalog.model import EventSchema
from governance.catalog.names import VERB, mended
from governance.catalog.version import Version
from governance.rules import Context

_GRAMMAR = (
    "Name it Domain.Context.Action.vN, with letters A to Z and digits, such as "
    "'Task.Assignment.Created.v1'."
)


def better_name(event: EventSchema, context: Context) -> str:
    """Return the advice that every rule about event types gives: the whole name as it should be."""
    stem = event.document.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    version = Version.parse(event.version)
    verbs = {verb.lower() for verb in context.config.past_tense_verbs}
    new = mended(event.type, event.domain, stem, version.major if version else 1, verbs)
    if new is None or new == event.type:
        return _GRAMMAR
    if new in context.catalog.by_type:
        return f"That would be {new!r}, which is there already: merge both, or tell them apart."
    while_used = "while the old name is in use, list it under `aliases`."
    if VERB in new:
        return f"Call it {new!r}, with what happened, in the past tense, for {VERB}; {while_used}"
    return f"Call it {new!r}; {while_used}"
