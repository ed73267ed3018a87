"""KEB5xx: naming, section 5 of rule 101."""

from __future__ import annotations

from functools import partial

from governance.catalog.model import EventSchema
from governance.catalog.names import VERB, mended
from governance.catalog.renames import rename_event
from governance.catalog.version import Version
from governance.finding import Fix
from governance.rules import Context

_GRAMMAR = (
    "Name it Domain.Context.Action.vN, with letters A to Z and digits, such as "
    "'Task.Assignment.Created.v1'."
)


def better_name(event: EventSchema, context: Context) -> str:
    """Return the advice that every rule about event types gives: the whole name as it should be."""
    new = _mended(event, context)
    if new is None or new == event.type:
        return _GRAMMAR
    if new in context.catalog.by_type:
        return f"That would be {new!r}, which is there already: merge both, or tell them apart."
    while_used = "while the old name is in use, list it under `aliases`."
    if VERB in new:
        return f"Call it {new!r}, with what happened, in the past tense, for {VERB}; {while_used}"
    return f"Call it {new!r}; {while_used}"


def renaming(event: EventSchema, context: Context) -> Fix | None:
    """Return what gives an event the name that ``better_name`` tells; None where that is no name.

    Legacy files are brought over as a whole, names and all, by `keb-govern adopt`.
    """
    new = _mended(event, context)
    if event.legacy or new is None or VERB in new or new in context.catalog.by_name:
        return None
    make = partial(rename_event, context.catalog, event, new)
    return Fix(f"call it {new!r}, and {event.type!r} an alias of it", make, is_safe=False)


def _mended(event: EventSchema, context: Context) -> str | None:
    stem = event.document.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    version = Version.parse(event.version)
    verbs = {verb.lower() for verb in context.config.past_tense_verbs}
    return mended(event.type, event.domain, stem, version.major if version else 1, verbs)
