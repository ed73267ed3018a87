"""Versions of events: Semantic Versioning."""

from __future__ import annotations

import re
from typing import NamedTuple

from governance.schema.json import Json

# The expression that semver.org offers, with groups for what we use.
_SEMVER = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
# More is allowed, and overkill to its own authors (semver.org, "Does SemVer have a size limit").
_LONGEST = 255


class Version(NamedTuple):
    """One version, such as ``1.4.0-rc.1+build.7``.

    Attributes:
        major: Counts changes that break somebody.
        minor: Counts compatible changes.
        patch: Counts changes of words.
        prerelease: What stands behind the hyphen; empty where nothing does.
        build: What stands behind the plus sign; empty where nothing does.

    Source: Semantic Versioning 2.0.0.
    """

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    build: str = ""

    @classmethod
    def parse(cls, said: Json) -> Version | None:
        """Return the version that a value says; None where it is none."""
        found = _SEMVER.fullmatch(said) if isinstance(said, str) and len(said) <= _LONGEST else None
        if found is None:
            return None
        major, minor, patch = (int(part) for part in found.group(1, 2, 3))
        return cls(major, minor, patch, found[4] or "", found[5] or "")

    @property
    def precedence(self) -> tuple[object, ...]:
        """Sort key: a version that comes later is greater; the build says nothing.

        Source: Semantic Versioning 2.0.0, section 11.
        """
        parts = tuple(
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in self.prerelease.split(".")
        )
        return (*self[:3], not self.prerelease, parts)

    def __str__(self) -> str:
        """Return the version as it is written."""
        tail = (f"-{self.prerelease}" if self.prerelease else "") + (
            f"+{self.build}" if self.build else ""
        )
        return f"{self.major}.{self.minor}.{self.patch}{tail}"
