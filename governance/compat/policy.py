"""What an event promises its readers, and which version a change calls for.

Source: design.md, section 5; Semantic Versioning 2.0.0.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from governance.catalog.model import EventSchema
from governance.catalog.version import Version
from governance.compat.change.model import Effect

BACKWARD, FORWARD = "backward", "forward"
DIRECTIONS = (BACKWARD, FORWARD)
_TRANSITIVE = "_transitive"
_ASKED = {"full": DIRECTIONS, "backward": (BACKWARD,), "forward": (FORWARD,), "none": ()}
_SET = frozenset({Effect.WIDENS, Effect.NARROWS, Effect.MOVES, Effect.UNDECIDED})


class Bump(IntEnum):
    """Which part of a version a change raises; a greater one tells readers more."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def label(self) -> str:
        """The word for it in every report."""
        return self.name.lower()


class Promise:
    """What an event promises its readers.

    Args:
        modes: What ``compatibility`` says, before and after: what was promised can't be taken back
            by the change that breaks it, so both count.
    """

    __slots__ = ("directions", "is_transitive")

    def __init__(self, *modes: str) -> None:
        asked = {one for mode in modes for one in _ASKED.get(_plain(mode), DIRECTIONS)}
        self.directions = tuple(one for one in DIRECTIONS if one in asked)
        self.is_transitive = any(mode.endswith(_TRANSITIVE) for mode in modes)


def _plain(mode: str) -> str:
    return mode.removesuffix(_TRANSITIVE)


def mode_of(event: EventSchema, otherwise: str) -> str:
    """Return what an event's ``compatibility`` says, or what holds where it says nothing."""
    said = event.declaration.get("compatibility")
    return said if isinstance(said, str) and not event.legacy else otherwise


def bump_for(effect: Effect, *, breaks_promise: bool) -> Bump:
    """Return the bump that a change calls for.

    Args:
        effect: What it does to the set of payloads that may be published.
        breaks_promise: Whether it breaks a direction that the event promises.
    """
    if breaks_promise:
        return Bump.MAJOR
    if effect in _SET:
        return Bump.MINOR
    return Bump.PATCH if effect is Effect.WORDS else Bump.NONE


def bumped(version: Version, bump: Bump) -> Version:
    """Return the version that follows one.

    A pre-release leads to the release that it announces, where that is raised by as much.
    """
    major, minor, patch = version[:3]
    if version.prerelease and bump is not Bump.NONE and bump <= _announced(version):
        return Version(major, minor, patch)
    match bump:
        case Bump.MAJOR:
            return Version(major + 1, 0, 0)
        case Bump.MINOR:
            return Version(major, minor + 1, 0)
        case Bump.PATCH:
            return Version(major, minor, patch + 1)
    return version


def _announced(version: Version) -> Bump:
    """Return which part a pre-release raises: the last that is not zero."""
    if version.patch:
        return Bump.PATCH
    return Bump.MINOR if version.minor else Bump.MAJOR


def free_major(event: EventSchema, taken: Collection[str]) -> int:
    """Return the next major version whose event type nobody has declared."""
    family = ".".join(event.name.segments)
    version = Version.parse(event.version)
    major = event.name.major or (version.major if version else 0)
    return next(
        n for n in range(major + 1, major + len(taken) + 2) if f"{family}.v{n}" not in taken
    )
