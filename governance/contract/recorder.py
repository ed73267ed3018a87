"""Which fields of a payload a handler looks at.

A handler gets payloads that note what is asked of them. What reads past Python's own methods, such
as a validator written in another language, is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from governance.bus.event import Event
from governance.schema.json import Json
from governance.schema.pointer import join

ANY = "*"
"""What stands in a pointer for any item of a list."""


class Recorder:
    """Notes what handlers look at, by event type."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[tuple[str, ...], None]] = {}

    def watch(self, handler: Callable[[Event], object]) -> Callable[[Event], object]:
        """Return a handler that does the same, and is watched."""
        return lambda event: handler(self.watched(event))

    def watched(self, event: Event) -> Event:
        """Return an event whose payload notes what is asked of it."""
        seen = self._seen.setdefault(event.type, {})

        def note(at: tuple[str, ...]) -> None:
            # The latest stands last.
            seen.pop(at, None)
            seen[at] = None

        return event._replace(data=SeenObject(event.data, (), note))

    def last(self, event_type: str) -> str:
        """Return a JSON Pointer to what was looked at last; empty where nothing was."""
        tokens = list(self._seen.get(event_type, {()}))[-1:]
        return join(*(token for one in tokens for token in one if token != _WHOLE))

    def reads(self, event_type: str) -> tuple[str, ...]:
        """Return JSON Pointers into ``data`` to what was looked at, sorted.

        What was only passed through on the way to something in it is left out; ``*`` stands for
        any item of a list. The empty pointer means that all of it was looked at.
        """
        seen = self._seen.get(event_type, {}).keys()
        passed = {one[:length] for one in seen for length in range(len(one))}
        # Who takes the whole of something, and a field of it as well, takes the whole.
        wholes = {one[:-1] for one in seen if one[-1:] == (_WHOLE,)}
        kept = {one for one in seen - passed if one[-1:] != (_WHOLE,)} | wholes
        return tuple(
            sorted(join(*one) for one in kept if not any(_is_below(one, whole) for whole in wholes))
        )


_WHOLE = "\0whole"
_Note = Callable[[tuple[str, ...]], None]


def _is_below(one: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return len(one) > len(whole) and one[: len(whole)] == whole


class _Seen:
    """Where a value stands, and whom it tells."""

    _at: tuple[str, ...]
    _note: _Note

    def _told(self, token: str, value: Json) -> Json:
        at = (*self._at, token)
        self._note(at)
        return _wrapped(value, at, self._note)

    def _all(self) -> None:
        self._note((*self._at, _WHOLE))


class SeenObject(dict[str, Json], _Seen):
    """An object that notes which of its fields are asked for."""

    def __init__(self, value: dict[str, Json], at: tuple[str, ...], note: _Note) -> None:
        super().__init__(value)
        self._at, self._note = at, note

    def __getitem__(self, key: str) -> Json:
        if not super().__contains__(key):
            self._note((*self._at, str(key)))
        return self._told(key, super().__getitem__(key))

    def __contains__(self, key: object) -> bool:
        self._note((*self._at, str(key)))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Json:
        """Return a field, or else the default."""
        try:
            return self[key]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        self._all()
        return super().__iter__()

    def keys(self) -> Any:
        """Return every name."""
        self._all()
        return super().keys()

    def values(self) -> Any:
        """Return every value."""
        self._all()
        return super().values()

    def items(self) -> Any:
        """Return every field."""
        self._all()
        return super().items()

    def copy(self) -> dict[str, Json]:
        """Return a copy that notes nothing more."""
        self._all()
        return dict(super().items())

    def __eq__(self, other: object) -> bool:
        self._all()
        return super().__eq__(other)

    def __or__(self, other: Any) -> Any:
        self._all()
        return super().__or__(other)

    __hash__ = None  # type: ignore[assignment]


class SeenList(list[Json], _Seen):
    """A list that notes that one of its items is asked for, whichever it is."""

    def __init__(self, value: list[Json], at: tuple[str, ...], note: _Note) -> None:
        super().__init__(value)
        self._at, self._note = at, note

    def __getitem__(self, index: Any) -> Any:
        value = super().__getitem__(index)
        if isinstance(index, slice):
            return SeenList(value, self._at, self._note)
        return self._told(ANY, value)

    def __iter__(self) -> Iterator[Json]:
        for value in super().__iter__():
            yield self._told(ANY, value)

    def __contains__(self, value: object) -> bool:
        self._note((*self._at, ANY))
        return super().__contains__(value)

    def __eq__(self, other: object) -> bool:
        self._all()
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


def _wrapped(value: Json, at: tuple[str, ...], note: _Note) -> Json:
    if isinstance(value, dict):
        return SeenObject(value, at, note)
    return SeenList(value, at, note) if isinstance(value, list) else value
