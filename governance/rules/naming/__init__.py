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


def better_name(event: EventSchema, context: Context) -> tuple[str, Fix | None]:
    """Return the advice that every rule about event types gives, and what does as it says.

    That is the whole name as it should be. Legacy files are brought over as a whole, names and all,
    by `keb-govern adopt`.
    """
    stem = event.document.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    version = Version.parse(event.version)
    verbs = {verb.lower() for verb in context.config.past_tense_verbs}
    new = mended(event.type, event.domain, stem, version.major if version else 1, verbs)
    if new is None or new == event.type:
        return _GRAMMAR, None
    if new in context.catalog.by_type:
        taken = f"That would be {new!r}, which is there already: merge both, or tell them apart."
        return taken, None
    while_used = "while the old name is in use, list it under `aliases`."
    if VERB in new:
        happened = f"with what happened, in the past tense, for {VERB}"
        return f"Call it {new!r}, {happened}; {while_used}", None
    fix = None
    if not event.legacy and new not in context.catalog.by_name:
        make = partial(rename_event, context.catalog, event, new)
        fix = Fix(f"call it {new!r}, and {event.type!r} an alias of it", make, is_safe=False)
    return f"Call it {new!r}; {while_used}", fix
