"""A promise that was not kept: what tells a person which event broke it, and where."""

from __future__ import annotations

import json
from pathlib import Path
from traceback import extract_tb

from governance.schema.json import Json

_MOST = 2_000
_OURS = Path(__file__).parents[1]


class BrokenPromiseError(AssertionError):
    """A promise of an event, a producer or a handler was not kept.

    Args:
        event_type: The event type.
        promise: What was promised, as a sentence without a full stop.
        event: The payload, or the whole event, that shows the contrary.
        pointer: JSON Pointer into it, to what it is about; empty for all of it.
        found: What was found instead.
    """

    def __init__(
        self, event_type: str, promise: str, event: Json, pointer: str, found: str
    ) -> None:
        self.event_type = event_type
        self.promise = promise
        self.event = event
        self.pointer = pointer
        self.found = found
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return what a person needs to see, in a line each."""
        shown = json.dumps(self.event, ensure_ascii=False, default=str)
        cut = shown if len(shown) <= _MOST else f"{shown[:_MOST]}… ({len(shown)} characters)"
        about = [f"  event:   {cut}", f"  pointer: {self.pointer or '/'}"]
        lines = [
            f"{self.event_type} breaks a promise",
            f"  promise: {self.promise}",
            *(about if self.event is not None else ()),
            *(f"  {line}" for line in f"found:   {self.found}".splitlines()),
        ]
        return "\n".join(lines)


def told(error: BaseException) -> str:
    """Return what an error says, with the line of the handler or producer that it came from."""
    frames = [
        one
        for one in extract_tb(error.__traceback__)
        if not Path(one.filename).is_relative_to(_OURS)
    ]
    said = f"{type(error).__name__}: {error}"
    if not frames:
        return said
    last = frames[-1]
    name = Path(last.filename)
    shown = name.relative_to(Path.cwd()) if name.is_relative_to(Path.cwd()) else Path(name.name)
    return f"{said}\n         {shown.as_posix()}:{last.lineno}, in {last.name}: {last.line}"
