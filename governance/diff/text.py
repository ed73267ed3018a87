"""For people: each event that something became of, what breaks for whom, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.change.model import Change, Kind
from governance.compat.verdict import Comparison, Verdict
from governance.compat.words import (
    fate,
    headline,
    impact,
    judgement,
    named,
    next_step,
    shown_by,
)
from governance.diff import Teller
from governance.report import Look
from governance.report.text import printable

_BOLD, _RED, _YELLOW = "1", "31", "33"


def render(comparison: Comparison, look: Look) -> str:
    """Return the whole story of a change, an event after the other."""
    blocks = [printable(headline(comparison))]
    blocks += ["\n".join(_event(comparison, one, look)) for one in comparison.events]
    return "\n\n".join(blocks) + "\n"


def _event(comparison: Comparison, verdict: Verdict, look: Look) -> Iterator[str]:
    def paint(text: str, color: str) -> str:
        return f"\x1b[{color}m{printable(text)}\x1b[0m" if look.color else printable(text)

    yield f"{paint(verdict.type, _BOLD)}: {printable(fate(verdict))}"
    step = next_step(verdict)
    if step:
        yield f"  {paint(step, _RED if verdict.is_breaking else _YELLOW)}"
    yield from map(printable, _below(comparison, verdict))


def _below(comparison: Comparison, verdict: Verdict) -> Iterator[str]:
    for change in verdict.change.changes:
        yield from _change(comparison, verdict, change)
    for one in verdict.breaks:
        if one.past is not None:
            yield f"  against release {one.past.version}: {named(one.change, verdict.type)}"
            yield f"      {judgement(one)}{shown_by(one.answer, verdict.paths([one]))}"
    counted = [one for one in verdict.breaks if one.is_promised]
    if counted or verdict.streams or verdict.change.kind is Kind.REMOVED:
        yield f"  {impact(verdict, counted)}"


def _change(comparison: Comparison, verdict: Verdict, change: Change) -> Iterator[str]:
    before, now = comparison.places(verdict, change)
    where = f"{now}" if before is None else f"{now}, before {before}"
    breaks = [one for one in verdict.breaks if one.change is change and one.past is None]
    sign = "!" if any(one.counts for one in breaks) else "-"
    yield f"  {sign} {named(change, verdict.type)}  ({where})"
    for one in breaks:
        yield f"      {judgement(one)}{shown_by(one.answer, verdict.paths([one]))}"


TELLER = Teller("text", "for people, event by event", render)
