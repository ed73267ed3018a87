"""What released versions of an event allowed: it lies in the streams still."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from governance.baseline.point import locate
from governance.baseline.releases import History, Release, history
from governance.catalog.approval import approvals
from governance.catalog.files import read_approvals
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.version import Version
from governance.compat.policy import BACKWARD, FORWARD, Promise, mode_of
from governance.contract.generate import Generator, Sample
from governance.errors import BaselineError, CatalogError
from governance.wire import Judge, Side


class Former(NamedTuple):
    """A version that an event once had.

    Attributes:
        version: What ``event_version`` said.
        samples: Payloads that it allowed, which today's readers promise to read.
        reader: Judges as its readers do, who promise to read what is published today.
    """

    version: str
    samples: tuple[Sample, ...] = ()
    reader: Judge | None = None


class Releases:
    """Released versions, from the history of the catalog folder.

    Args:
        folder: The catalog folder.
        compatibility: What holds for an event that does not say.
        max_file_bytes: Larger files are not read.
    """

    def __init__(self, folder: Path, compatibility: str, max_file_bytes: int) -> None:
        self._compatibility = compatibility
        self._history = _history(folder, max_file_bytes)
        self._agreed = approvals(read_approvals(folder, max_file_bytes))

    def of(self, event: EventSchema) -> list[Former]:
        """Return the versions towards which an event promises something, the oldest first."""
        promise = Promise(mode_of(event, self._compatibility))
        if self._history is None or not promise.directions:
            return []
        by_version = {one.version: one for one in self._history.releases_of(event.type)}
        by_version.pop(str(event.version), None)
        kept = [one for one in by_version.values() if self._is_kept(event, one)]
        releases = kept[0 if promise.is_transitive else -1 :]
        found = [_former(self._history.catalog_of(one), one, promise) for one in releases]
        return [one for one in found if one is not None]

    def _is_kept(self, event: EventSchema, release: Release) -> bool:
        """Say whether a release is not given up by a break that came later, and was agreed to."""
        given_up = [
            one.version.precedence
            for one in self._agreed
            if one.event == event.type and one.version is not None and not one.missing
        ]
        said = Version.parse(release.version)
        return not given_up or (said is not None and said.precedence >= max(given_up))


def _former(catalog: Catalog, release: Release, promise: Promise) -> Former | None:
    """Return a released version; None where its schema was broken."""
    try:
        samples = Generator(catalog).of(catalog.by_type[release.event]).allowed
    except (CatalogError, KeyError):
        return None
    return Former(
        release.version,
        samples if BACKWARD in promise.directions else (),
        Judge(catalog, Side.READER) if FORWARD in promise.directions else None,
    )


def _history(folder: Path, max_file_bytes: int) -> History | None:
    """Return what was released; None where there is no repository, or not the whole of one."""
    try:
        return history(locate(folder, "HEAD", os.environ), max_file_bytes)
    except BaselineError:
        return None
