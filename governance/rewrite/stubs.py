"""A first ``participants.yaml``: who publishes what, as far as the old schemas said it."""

from __future__ import annotations

from collections.abc import Iterable

from governance.catalog.flow import flow

FILE = "participants.yaml"
_HEAD = """\
# Who publishes what, as far as the old schemas named it. Whoever knows more adds what each
# participant does (`description`), what else it publishes, and what it reads (`subscribes`).
participants:
"""


def participants(published: Iterable[tuple[str, str]]) -> str:
    """Return the text of the file; empty where nobody is known.

    Args:
        published: Each participant with an event type that it publishes.
    """
    by_name: dict[str, list[str]] = {}
    for name, event in published:
        by_name.setdefault(name, []).append(event)
    lines = []
    for name, events in sorted(by_name.items()):
        lines += [f"  {flow(name)}:", "    publishes:"]
        lines += [f"      - {flow(event)}" for event in sorted(set(events))]
    return _HEAD + "\n".join(lines) + "\n" if lines else ""
