"""KEB7xx: versioning, section 7 of rule 101."""

from functools import partial

from governance.catalog.edits import write
from governance.catalog.model import EventSchema
from governance.catalog.version import Version
from governance.finding import Fix


def version_fix(event: EventSchema, version: Version | None) -> Fix | None:
    """Return what writes the version that a change calls for, where there is one."""
    if version is None:
        return None
    make = partial(write, event.at("/event_version"), str(version))
    return Fix(f"write `event_version: {version}`", make)
