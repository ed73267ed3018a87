"""What one change is known by, wherever the lines around it move."""

from __future__ import annotations

import json
from hashlib import blake2b

from governance.catalog.model import Catalog, EventSchema
from governance.compat.change.model import Change, EventChange, Operation, Origin
from governance.schema.json import Json
from governance.schema.pointer import PointerError, resolve

_BYTES = 8
# Of these the keyword alone is the change, and what is around it may be a whole payload.
_OF_KEYWORD = frozenset(
    {Operation.OPENED, Operation.CLOSED, Operation.BRANCH_ADDED, Operation.BRANCH_REMOVED}
)
_WORDS = frozenset({"description", "title", "$comment", "examples", "example"})
_NAMED = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)
_VALUES = frozenset({"enum", "const", "default", "x-extensible-enum"})


def fingerprint(old: Catalog, new: Catalog, event: EventChange, change: Change) -> str:
    """Return what a change is known by: 16 hex digits.

    It depends on what was changed, where, and what stood and stands there, save for words: the same
    change made again has the same one, and any other has another. A change in a shared schema has
    one, whatever events it reaches.

    Args:
        old: The catalog of before.
        new: The catalog of now.
        event: What became of the event.
        change: One of its changes.
    """
    origin = change.origin
    where = [event.event] if origin is None else [origin.file, origin.pointer]
    before = _changed(change, _value(old, event.old, origin, change.old_pointer))
    after = _changed(change, _value(new, event.new, origin, change.new_pointer))
    # What stands at one place may lose two branches: the detail tells them apart.
    what = [change.operation.name, change.keyword, change.detail]
    said = [*where, *what, change.old_pointer, change.new_pointer, before, after]
    text = json.dumps(said, sort_keys=True)
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()


def _changed(change: Change, value: Json) -> Json:
    """Return the part of a value that a change is about."""
    if change.operation in _OF_KEYWORD and isinstance(value, dict):
        value = {change.keyword: value.get(change.keyword)}
    return _wordless(value)


def _wordless(value: Json, *, is_map: bool = False) -> Json:
    """Return a schema without what only describes it; of a map, the names stay."""
    if isinstance(value, list):
        return [_wordless(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: one
        if key in _VALUES and not is_map
        else _wordless(one, is_map=key in _NAMED and not is_map)
        for key, one in value.items()
        if is_map or key not in _WORDS
    }


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
