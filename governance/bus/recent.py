"""What was done lately, for the day that the server forgets it and hands it out again."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 10_000


class Recent:
    """The last entries that are done: at least 10,000, and no more than twice that."""

    def __init__(self) -> None:
        # As they came: nearly always nobody ever asks for them.
        self._now: list[dict[bytes, str]] = []
        self._before: list[dict[bytes, str]] = []
        self._count = 0

    def add(self, done: dict[bytes, str]) -> None:
        """Remember entries, each with the id of its event; those without one are not missed.

        Args:
            done: The entries; nobody may change it from then on.
        """
        self._now.append(done)
        self._count += len(done)
        if self._count >= _MOST:
            self._now, self._before, self._count = [], self._now, 0

    def forget(self, entry_ids: Iterable[bytes]) -> None:
        """Forget entries: they are to be handled again."""
        for entry_id in entry_ids:
            for turn in (self._now, self._before):
                _joined(turn).pop(entry_id, None)

    def has(self, entry_id: bytes, fields: list[bytes]) -> bool:
        """Say whether an entry is one of them.

        A server that has lost its stream may give a place to another event: that one is none.
        """
        event_id = _joined(self._now).get(entry_id) or _joined(self._before).get(entry_id) or None
        return event_id is not None and event_id.encode() in fields


def _joined(turn: list[dict[bytes, str]]) -> dict[bytes, str]:
    """Make one of several, and return it."""
    first = turn[0] if turn else {}
    for one in turn[1:]:
        first.update(one)
    del turn[1:]
    return first
