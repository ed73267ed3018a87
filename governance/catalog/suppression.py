"""Suppression comments: ``# keb: ignore[KEB605] until 2027-01-31: reason``.

Behind a value the comment covers its own line; on a line of its own, the key or item that follows,
with all it holds.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from governance.catalog.document import Document, Place

_COMMENT = r"#[ \t]*keb:[ \t]*([^\r\n]*)"
_IGNORE = r"ignore\[([^\]]*)\](?:[ \t]+until[ \t]+([^: \t]+))?[ \t]*(?::[ \t]*(.*))?"


class Suppression(NamedTuple):
    """One suppression comment.

    Attributes:
        place: The comment itself, with the pointer of the value that it stands with.
        rules: What stands between the brackets: ids or names of rules.
        until: The last day on which it holds; None where no day is named.
        reason: Why; empty where none is given.
        malformed: What is wrong with the comment; empty where nothing is.
        first_line: First line that it covers: a finding that starts there is meant.
        last_line: Last line that it covers.
    """

    place: Place
    rules: tuple[str, ...]
    until: date | None
    reason: str
    malformed: str
    first_line: int
    last_line: int

    def is_over(self, today: date) -> bool:
        """Say whether its last day is past: it then suppresses nothing any more."""
        return self.until is not None and self.until < today


class Outcome(NamedTuple):
    """What became of one suppression.

    Attributes:
        suppression: The comment.
        used: What stands between its brackets and has a finding that the comment covers.
        judged: What stands between its brackets and was checked at all in this run.
        unknown: What stands between its brackets and is no rule.
    """

    suppression: Suppression
    used: frozenset[str]
    judged: frozenset[str]
    unknown: frozenset[str]


def suppressions(document: Document) -> Iterator[Suppression]:
    """Yield the suppression comments of a file, in document order; JSON has none."""
    if not document.mentions(b"keb:") or document.path.endswith(".json"):
        return
    for found in re.finditer(_COMMENT, document.text):
        if not document.is_in_scalar(found.start()):
            yield _read(document, found.start(), found.end(), found[1].rstrip())


def _read(document: Document, start: int, end: int, said: str) -> Suppression:
    line, column = document.lines.position(start)
    alone = not document.lines.text(line)[: column - 1].strip()
    offset = document.next_value(end) if alone else start
    pointer = document.pointer_at(offset)
    first, last = line, line
    if alone and offset < len(document.text):
        first, last = (document.lines.position(one)[0] for one in document.whole(pointer))
    rules, until, reason, malformed = _parse(said)
    place = Place(document, pointer, offsets=(start, end))
    return Suppression(place, rules, until, reason, malformed, first, last)


def _parse(said: str) -> tuple[tuple[str, ...], date | None, str, str]:
    found = re.fullmatch(_IGNORE, said)
    if found is None:
        return (), None, "", "it does not read like `ignore[RULE]: reason`"
    rules = tuple(name for name in re.split(r"[,\s]+", found[1]) if name)
    reason = (found[3] or "").strip()
    try:
        until = date.fromisoformat(found[2]) if found[2] else None
    except ValueError:
        return rules, None, reason, f"{found[2]!r} is no date of the form 2027-01-31"
    if not rules:
        return rules, until, reason, "it names no rule between the brackets"
    return rules, until, reason, "" if reason else "it gives no reason behind a colon"
