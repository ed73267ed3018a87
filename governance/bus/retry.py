"""How long to wait before the next try, and which refusals pass by themselves."""

from __future__ import annotations

import random

from governance.bus.commands import ReplyError

# The server is on its way up, on its way to another role, or out of memory: it will answer again.
_PASSING = frozenset(
    {
        "LOADING",
        "READONLY",
        "MASTERDOWN",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "OOM",
        "NOREPLICAS",
        "BUSY",
        "MISCONF",
        "MOVED",
        "ASK",
    }
)
# Nobody but a person can do something about these.
_CLOSED = frozenset({"NOAUTH", "WRONGPASS", "NOPERM", "TLS"})
# The group is gone, or may be: see ``consumer``.
_LOST = frozenset({"NOGROUP", "UNBLOCKED"})


def is_passing(error: ReplyError) -> bool:
    """Say whether a refusal passes by itself."""
    return error.code in _PASSING


def is_closed(error: ReplyError) -> bool:
    """Say whether the server lets nobody in who says what we say."""
    return error.code in _CLOSED


def is_lost(error: ReplyError) -> bool:
    """Say whether the group may be gone."""
    return error.code in _LOST


class Backoff:
    """Waits that grow, each of a random part of its bound, so that clients do not come in step.

    Args:
        first_s: Bound of the first wait.
        most_s: Bound of every later one, at most.
    """

    def __init__(self, first_s: float, most_s: float) -> None:
        self.first_s = first_s
        self.most_s = most_s
        self._tries = 0

    def next_s(self) -> float:
        """Return how long to wait now."""
        self._tries += 1
        return self.after_s(self._tries - 1)

    def after_s(self, tries: int) -> float:
        """Return how long to wait after so many tries."""
        bound = min(self.most_s, self.first_s * 2.0 ** min(tries, 30))
        return random.uniform(bound / 2, bound)  # noqa: S311  nobody gains by guessing it

    def reset(self) -> None:
        """Start from the beginning: it works again."""
        self._tries = 0
