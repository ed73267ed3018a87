"""What was done lately, for the day that the server forgets it and hands it out again."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 10_000


class Recent:
    """The last entries that are done: at least 10,000, and no more than twice that."""

    def __init__(self) -> None:
        self._now: dict[bytes, str] = {}
        self._before: dict[bytes, str] = {}

    def add(self, done: dict[bytes, str]) -> None:
        """Remember entries, each with the id of its event; those without one are not missed."""
        self._now.update(done)
        if len(self._now) >= _MOST:
            self._now, self._before = {}, self._now

    def forget(self, entry_ids: Iterable[bytes]) -> None:
        """Forget entries: they are to be handled again."""
        for entry_id in entry_ids:
            self._now.pop(entry_id, None)
            self._before.pop(entry_id, None)

    def has(self, entry_id: bytes, fields: list[bytes]) -> bool:
        """Say whether an entry is one of them.

        A server that has lost its stream may give a place to another event: that one is none.
        """
        event_id = self._now.get(entry_id) or self._before.get(entry_id) or None
        return event_id is not None and event_id.encode() in fields
