"""Approved breaks: one small file each, written by ``keb-govern approve`` and reviewed with it.

They lie in ``.keb-approvals/`` of the catalog folder, a file a change.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from governance.catalog.document import Document, Place
from governance.catalog.files import RawFile
from governance.catalog.load import load_file
from governance.catalog.version import Version
from governance.schema.json import as_date, as_object, as_text


class Approval(NamedTuple):
    """A break that a team has agreed to.

    Attributes:
        document: The file.
        event: The event type, or one of those that a change in a shared schema reaches.
        fingerprint: What the change is known by.
        version: The version of the event that brings the break; None where it has none. Releases
            before it are given up: a later change need not fit them.
        reason: Why.
        owner: Who answers for it.
        day: The day on which it was approved; None where none can be read.
    """

    document: Document
    event: str
    fingerprint: str
    version: Version | None
    reason: str
    owner: str
    day: date | None

    def at(self, key: str = "") -> Place:
        """Return the place of a key in the file."""
        return self.document.at(f"/{key}" if key else "")

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that lack a value, without which nothing is approved."""
        held = {
            "event": self.event,
            "fingerprint": self.fingerprint,
            "reason": self.reason,
            "owner": self.owner,
            "date": self.day,
        }
        return tuple(key for key, value in held.items() if not value)


def approvals(raws: tuple[RawFile, ...]) -> tuple[Approval, ...]:
    """Return the approvals that files hold, in their order; anything can be read."""
    return tuple(_approval(load_file(raw).document) for raw in raws)


def _approval(document: Document) -> Approval:
    said = as_object(document.root)
    event, fingerprint, reason, owner = (
        as_text(said.get(key)) or "" for key in ("event", "fingerprint", "reason", "owner")
    )
    version = Version.parse(said.get("version"))
    return Approval(document, event, fingerprint, version, reason, owner, as_date(said.get("date")))
