"""The file of an approved break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from governance.catalog.files import APPROVALS
from governance.compat.change.model import Change
from governance.compat.verdict import Comparison, Verdict, by_change
from governance.compat.words import named
from governance.schema.json import Json

_HEAD = """\
# A break that was agreed to, written by `keb-govern approve` and reviewed with the change itself.
# It fits this one change: made differently, it has to be approved anew.
"""


class Open(NamedTuple):
    """A change that breaks a promise, and that nobody has agreed to.

    Attributes:
        verdict: What is said of the event, of a change in a shared schema the first that it breaks.
        change: The change.
        breaks: The directions that break.
        fingerprint: What the change is known by.
    """

    verdict: Verdict
    change: Change
    breaks: tuple[str, ...]
    fingerprint: str

    @property
    def title(self) -> str:
        """What changed, in one line."""
        return f"{self.verdict.type}: {named(self.change, self.verdict.type)}"

    @property
    def path(self) -> str:
        """Where its approval stands, from the catalog folder."""
        return f"{APPROVALS}/{self.verdict.type}-{self.fingerprint}.yaml"


class Consent(NamedTuple):
    """Who agrees, and why.

    Attributes:
        reason: Why.
        owner: Who answers for it.
        day: When.
    """

    reason: str
    owner: str
    day: date


def open_breaks(comparison: Comparison) -> Iterator[Open]:
    """Yield each change that breaks a promise and is approved by nobody, once."""
    seen = set[str]()
    for verdict in comparison.events:
        for change, breaks in by_change(one for one in verdict.breaks if one.counts):
            mark = breaks[0].fingerprint
            if mark not in seen:
                seen.add(mark)
                yield Open(verdict, change, tuple(one.direction for one in breaks), mark)


def approval(one: Open, consent: Consent) -> str:
    """Return the text of the file that approves a break."""
    said: dict[str, Json] = {
        "event": one.verdict.type,
        "change": named(one.change, one.verdict.type),
        "breaks": list(one.breaks),
        "version": str(one.verdict.declared) if one.verdict.declared else None,
        "fingerprint": one.fingerprint,
        "reason": consent.reason,
        "owner": consent.owner,
        "date": consent.day.isoformat(),
    }
    lines = (
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in said.items()
        if value is not None
    )
    return _HEAD + "".join(lines)
