"""Reports kept from earlier runs, by all that decides about them; safe to delete, never wrong.

A report depends on the content of the catalog, the settings, the day, the code that judges and the
code that it stands on. All of that is in the key, so an entry is exactly right or never found.
"""

from __future__ import annotations

import json

from governance import store
from governance.finding import Finding, Related, Report, Severity, Witness
from governance.schema.json import Json
from governance.source import Excerpt, Span

key = store.key

# Enough for the branches that a person switches between; the oldest go first.
MOST_ENTRIES = 64


def find(entry: str) -> Report | None:
    """Return the report that was kept under a key; None where none can be read."""
    text = store.find(entry)
    if text is None:
        return None
    try:
        kept = json.loads(text)
        findings = tuple(map(_finding, kept["findings"]))
        return Report(**{**kept, "findings": findings})
    except (ValueError, TypeError, KeyError):
        return None


def _finding(row: list[Json]) -> Finding:
    kept = Finding(*row)
    return kept._replace(
        severity=Severity(kept.severity),
        span=Span(*kept.span),
        excerpt=Excerpt(*kept.excerpt),
        related=tuple(
            Related(label, file, Span(*span), Excerpt(*excerpt))
            for label, file, span, excerpt in kept.related
        ),
        witnesses=tuple(Witness(*one) for one in kept.witnesses),
    )


def keep(entry: str, report: Report) -> None:
    """Keep a report under a key; a folder that can't be written to is no reason to fail."""
    store.keep(entry, json.dumps(report._asdict()), MOST_ENTRIES)
