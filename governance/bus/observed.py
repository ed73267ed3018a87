"""What an auditor finds on the bus, and how it adds it up.

Thousands of events have the same defect: they are one finding, with how many there were and where
the first of them is.

Source: rule 101, section 11.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from governance.catalog.document import Place
from governance.finding import Finding
from governance.rules import Rule
from governance.source import Excerpt

_ITEM = re.compile(r"/[0-9]+(?=/|$)")
_MOST_SOURCES = 5


class Remark(NamedTuple):
    """One defect of one event.

    Attributes:
        defect: The rule that it breaks.
        message: What is wrong, without a full stop.
        help: What to do.
        pointer: JSON Pointer into the event.
        detail: What tells it from other defects of the kind at this pointer.
    """

    defect: Rule
    message: str
    help: str
    pointer: str = ""
    detail: str = ""

    def key(self, subject: str) -> tuple[str, str, str, str]:
        """Return what is the same for all events with this defect."""
        return self.defect.id, subject, _ITEM.sub("/*", self.pointer), self.detail


class Tally:
    """How often a defect was seen.

    Args:
        remark: What was said of the first event.
        place: Where in the catalog it belongs.
        event: The event type, as the catalog has it.
        first: The first event: ``ENTRY of STREAM``; empty where it is about no event.
    """

    __slots__ = ("_place", "_sources", "count", "event", "first", "remark")

    def __init__(self, remark: Remark, place: Place, event: str | None, first: str) -> None:
        self.remark = remark
        self.event = event
        self.first = first
        self.count = 0
        self._place = place
        self._sources = dict[str, None]()

    def add(self, source: str) -> None:
        """Count one more, sent by somebody."""
        self.count += 1
        if source and len(self._sources) <= _MOST_SOURCES:
            self._sources[source] = None

    def finding(self, total: int) -> Finding:
        """Return what is reported.

        Args:
            total: How many events there were that might have had the defect.
        """
        remark, place = self.remark, self._place
        span = place.span
        return Finding(
            rule=remark.defect.id,
            name=remark.defect.name,
            severity=remark.defect.severity,
            file=place.document.path,
            span=span,
            event=self.event,
            pointer=remark.pointer,
            message=f"{remark.message}{self._counted(total)}",
            help=remark.help,
            excerpt=place.document.lines.excerpt(span) if self.event else Excerpt(""),
        )

    def _counted(self, total: int) -> str:
        if not self.first:
            return ""
        names = list(self._sources)
        shown = names[:_MOST_SOURCES] + (["others"] if len(names) > _MOST_SOURCES else [])
        by = f", sent by {', '.join(shown)}" if shown else ""
        return f" ({self.count} of {total}, first {self.first}{by})"
