"""What one consumer has been handed and has not acknowledged, as far as it knows."""

from __future__ import annotations

import heapq
import json

from governance.bus.fate import Fate
from governance.bus.recent import Recent


class Pending:
    """The entries of one consumer.

    Attributes:
        held: Those that are neither acknowledged nor given away, with the number of the attempt.
            Others must not claim them.
        done: Those that are handled, and not yet acknowledged as far as anybody knows; with the id
            of the event.
        recent: Those that were acknowledged lately.
        buried: Those of them that went to the dead letters: from there they may come back.
    """

    def __init__(self) -> None:
        self.held: dict[bytes, int] = {}
        self.done: dict[bytes, str] = {}
        self.recent = Recent()
        self.buried = Recent()
        self._due: list[tuple[float, bytes]] = []
        self._errors: dict[bytes, list[str]] = {}
        # What could not be moved to the dead letters yet: no handler gets it once more.
        self._fates: dict[bytes, Fate] = {}

    def acknowledged(self) -> None:
        """Note that all that is done is acknowledged."""
        done, held = self.done, self.held
        self.recent.add(done)
        for entry_id in done:
            held.pop(entry_id, None)
        if self._errors:
            for entry_id in done:
                self._errors.pop(entry_id, None)
        self.done = {}

    def drop(self, entry_id: bytes) -> None:
        """Forget an entry: it is no longer ours."""
        self.held.pop(entry_id, None)
        self.done.pop(entry_id, None)
        self._errors.pop(entry_id, None)
        self._fates.pop(entry_id, None)

    def postpone(self, entry_id: bytes, until: float, fate: Fate | None = None) -> None:
        """Let an entry come again later; one with a fate is not handled then."""
        heapq.heappush(self._due, (until, entry_id))
        if fate is not None:
            self._fates[entry_id] = fate

    def due(self, now: float, most: int) -> list[bytes]:
        """Return what was postponed until now, and forget that it was."""
        due = list[bytes]()
        while self._due and self._due[0][0] <= now and len(due) < most:
            due.append(heapq.heappop(self._due)[1])
        return due

    def next_due(self) -> float | None:
        """Return until when the next entry is postponed."""
        return self._due[0][0] if self._due else None

    def failed(self, entry_id: bytes, told: str) -> list[str]:
        """Note what a handler raised; return that of all attempts."""
        errors = self._errors.setdefault(entry_id, [])
        errors.append(told)
        return errors

    def fate(self, entry_id: bytes, attempt: int, attempts: int) -> Fate | None:
        """Return what becomes of an entry that comes again; None where it is tried again."""
        if entry_id in self._fates:
            return self._fates[entry_id]
        if attempt <= attempts:
            return None
        told = self._errors.get(entry_id, ["handed out and never acknowledged"])
        return Fate("attempts", json.dumps(told), attempt - 1)

    def forget_unhandled(self) -> None:
        """Forget what was read and not handled: it is read again, as pending under our name."""
        waiting = {entry_id for _, entry_id in self._due}
        for entry_id in [one for one in self.held if one not in waiting and one not in self.done]:
            del self.held[entry_id]

    def forget_group(self) -> None:
        """Forget everything that the group had handed out: it is gone."""
        self.held.clear()
        self._due.clear()

    def unfinished(self) -> list[tuple[bytes, int]]:
        """Return what is held, and how many attempts at it there have been."""
        waiting = {entry_id for _, entry_id in self._due}
        # What was not handed to the handler was no attempt.
        return [(one, n if one in waiting else n - 1) for one, n in self.held.items()]
