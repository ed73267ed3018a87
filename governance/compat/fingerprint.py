"""What one change is known by, wherever the lines around it move."""

from __future__ import annotations

import json
from hashlib import blake2b

from governance.catalog.model import Catalog, EventSchema
from governance.compat.change.model import Change, EventChange, Origin
from governance.schema.json import Json
from governance.schema.pointer import PointerError, resolve

_BYTES = 8


def fingerprint(old: Catalog, new: Catalog, event: EventChange, change: Change) -> str:
    """Return what a change is known by: 16 hex digits.

    It depends on what was changed, where, and what stood and stands there: the same change made
    again has the same one, and any other has another. A change in a shared schema has one, whatever
    events it reaches.

    Args:
        old: The catalog of before.
        new: The catalog of now.
        event: What became of the event.
        change: One of its changes.
    """
    origin = change.origin
    where = [event.event] if origin is None else [origin.file, origin.pointer]
    before = _value(old, event.old, origin, change.old_pointer)
    after = _value(new, event.new, origin, change.new_pointer)
    said = [*where, change.operation.name, change.old_pointer, change.new_pointer, before, after]
    text = json.dumps(said, sort_keys=True)
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()


def _value(
    catalog: Catalog, event: EventSchema | None, origin: Origin | None, pointer: str | None
) -> Json:
    """Return what stands at a pointer of a change; None where there is nothing."""
    if pointer is None or event is None:
        return None
    root, start = event.document.root, event.pointer
    if origin is not None:
        file = catalog.by_relative.get(origin.file)
        root, start = file.document.root if file else None, origin.pointer
    try:
        return resolve(root, start + pointer)
    except PointerError:
        return None
