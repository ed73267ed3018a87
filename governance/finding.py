"""What a check has found: plain frozen values that rules make and reporters read."""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import NamedTuple

from governance.source import Edit, Excerpt, Span


class Severity(IntEnum):
    """How bad a finding is; a greater one is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word for it in every report and in the settings."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> "Severity":
        """Return the severity that a word stands for.

        Raises:
            KeyError: No severity is called that.
        """
        return cls[label.upper()]


class Related(NamedTuple):
    """A further place that a finding speaks of.

    Attributes:
        label: What it is to the finding, such as ``before``.
        file: Path as the catalog was named; of a catalog from git with the ref before a colon.
        span: Where in the file.
        excerpt: What stands around the start of the span.
    """

    label: str
    file: str
    span: Span
    excerpt: Excerpt


class Witness(NamedTuple):
    """An event that proves a break in compatibility.

    Attributes:
        direction: Which side can't read it: ``backward`` (new readers) or ``forward`` (old ones).
        event: The event's payload, as JSON.
    """

    direction: str
    event: str


class FileEdit(NamedTuple):
    """An edit of one file.

    Attributes:
        path: Path as the catalog was named.
        edit: The edit; a byte order mark stands before offset 0.
    """

    path: str
    edit: Edit


class Fix(NamedTuple):
    """What mends a finding: text edits.

    Attributes:
        does: What it does, as an order: ``put it in quotes``.
        edits: Makes the edits, where somebody asks for them; none where the text is laid out so
            that an edit would reach further than meant.
        is_safe: Whether no reader of the bus could tell the difference, or the file then says what
            it meant beyond doubt.
    """

    does: str
    edits: Callable[[], Iterable[FileEdit]]
    is_safe: bool = True

    @property
    def label(self) -> str:
        """The word for it in every report."""
        return SAFE if self.is_safe else UNSAFE


SAFE, UNSAFE = "safe", "unsafe"


class Finding(NamedTuple):
    """One defect at one place.

    Attributes:
        rule: Id of the rule, such as ``KEB501``.
        name: Name of the rule, which states the defect.
        severity: How bad it is, after the settings.
        file: Path as the catalog was named, with forward slashes.
        span: Where in the file.
        event: Event type that it concerns, if any.
        pointer: JSON Pointer (RFC 6901) within the event's declaration, or within the file where
            there is no event.
        message: What is wrong.
        help: What to do next.
        excerpt: What stands around the start of the span; empty where that holds a secret.
        related: Further places that it speaks of.
        witnesses: Events that prove it, at most one a direction.
        change: The change of a schema that it is about: what was done, and behind a colon what the
            change is known by (``required:228ff0008c762c2c``), which no line around it decides;
            empty where it is about none.
        fix: ``safe`` or ``unsafe`` where `keb-govern fix` can mend it, else empty.
    """

    rule: str
    name: str
    severity: Severity
    file: str
    span: Span
    event: str | None
    pointer: str
    message: str
    help: str
    excerpt: Excerpt
    related: tuple[Related, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    change: str = ""
    fix: str = ""

    @property
    def order(self) -> tuple[str, Span, str, str, str]:
        """Sort key: by file, place, rule; the rest makes it total."""
        return self.file, self.span, self.rule, self.pointer, self.message


class Report(NamedTuple):
    """The verdict on a catalog.

    Attributes:
        findings: Sorted by file, place and rule.
        files: How many files were judged.
        events: How many events they declare.
        against: How messages call what it was compared with; empty where there was nothing.
        known: How many more findings are on the list of known ones.
        changed: How many of the events something became of, those that are gone included.
        breaking: How many of those break what they promise.
        required_bump: The greatest bump that any of those calls for: ``major``, ``minor``,
            ``patch`` or ``none``; empty where there was nothing to compare with.
    """

    findings: tuple[Finding, ...]
    files: int
    events: int
    against: str = ""
    known: int = 0
    changed: int = 0
    breaking: int = 0
    required_bump: str = ""

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity."""
        return sum(finding.severity is severity for finding in self.findings)
