"""What followed from what: the tree of events that belong together, rebuilt from the streams.

Each event names the one that it follows from (``causation_id``) and what all of them belong to
(``correlation_id``; of the first event that is its own id, where nobody said another).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from governance.bus.entries import Seen

_DEEPEST = 50


class Step(NamedTuple):
    """One event in its tree.

    Attributes:
        seen: The event, as it lies in its stream first.
        depth: How many events it follows from.
        is_last: For each of these, then for itself: whether it is the last that follows from its
            cause; of a very long chain, for its end.
        again: Where else the event lies.
        is_cut: Whether it follows from an event that was not found.
    """

    seen: Seen
    depth: int
    is_last: tuple[bool, ...]
    again: tuple[Seen, ...]
    is_cut: bool


def belongs(seen: Seen, name: str) -> bool:
    """Say whether an event is part of what has a correlation id."""
    return name in {seen.text("correlation_id"), seen.text("event_id")}


def tree(events: Iterable[Seen]) -> Iterator[Step]:
    """Yield events by cause and effect: each before those that follow from it.

    Args:
        events: The events, in the order of time.
    """
    copies = dict[str, list[Seen]]()
    for seen in events:
        copies.setdefault(seen.text("event_id") or seen.entry.id, []).append(seen)
    effects = dict[str, list[str]]()
    roots = list[str]()
    for name, (first, *_) in copies.items():
        cause = first.text("causation_id")
        is_known = cause in copies and cause != name
        (effects.setdefault(cause, []) if is_known else roots).append(name)
    told = set[str]()
    # Events that follow from each other in a circle hang on no root: the first of them is one.
    for root in (*roots, *copies):
        if root not in told:
            yield from _below(root, copies, effects, told)


def _below(
    root: str, copies: dict[str, list[Seen]], effects: dict[str, list[str]], told: set[str]
) -> Iterator[Step]:
    todo: list[tuple[str, int, tuple[bool, ...]]] = [(root, 0, ())]
    while todo:
        name, depth, is_last = todo.pop()
        if name in told:
            continue
        told.add(name)
        first, *again = copies[name]
        is_cut = depth == 0 and bool(first.text("causation_id"))
        yield Step(first, depth, is_last, tuple(again), is_cut)
        below = [one for one in effects.get(name, ()) if one not in told]
        todo += reversed(
            [(one, depth + 1, (*is_last, one == below[-1])[-_DEEPEST:]) for one in below]
        )
