"""For programs: one JSON object, described by ``diff.schema.json`` beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable

from governance.compat.answer import Refuted, Unknown
from governance.compat.change.model import Change, Kind
from governance.compat.verdict import Break, Comparison, Verdict
from governance.compat.words import required_bump
from governance.diff import Teller
from governance.report import Look
from governance.schema.json import Json, JsonObject


def render(comparison: Comparison, _: Look) -> str:
    """Return the comparison as one JSON object; keys may be added by later versions only."""
    whole = {
        "against": comparison.label or None,
        "required_bump": required_bump(comparison).label,
        "events": [_event(one) for one in comparison.events],
    }
    text = json.dumps(whole, ensure_ascii=False, indent=2)
    return text.encode(errors="backslashreplace").decode() + "\n"


def _event(verdict: Verdict) -> JsonObject:
    change, earlier = verdict.change, [one for one in verdict.breaks if one.past is not None]
    hit = verdict.hit(verdict.breaks)
    # Whoever reads an event that went, or moved, finds none any more, whatever it looks at.
    is_away = change.kind is Kind.REMOVED or verdict.streams is not None
    old = change.old.type if change.old else verdict.type
    return {
        "event": verdict.type,
        "kind": change.kind.name.lower(),
        "previous_event": old if old != verdict.type else None,
        "before": _version(verdict.before),
        "declared": _version(verdict.declared),
        "expected": _version(verdict.expected),
        "required_bump": verdict.required.label,
        "promises": list(verdict.promise.directions),
        "breaks": list(verdict.broken),
        "changes": [_change(verdict, one) for one in change.changes],
        "earlier": [
            {"version": one.past.version, "direction": one.direction, **_shown([one])}
            for one in earlier
            if one.past is not None
        ],
        "stream": None
        if verdict.streams is None
        else dict(zip(("before", "after"), verdict.streams, strict=True)),
        "impact": [
            {
                "participant": reader.participant,
                "group": reader.group,
                "reads": None if reader.reads is None else list(reader.reads),
                "broken": is_hit or is_away,
            }
            for reader, is_hit in hit.items()
        ]
        if verdict.breaks or is_away
        else [],
    }


def _version(version: object) -> str | None:
    return None if version is None else str(version)


def _change(verdict: Verdict, change: Change) -> JsonObject:
    breaks = [one for one in verdict.breaks if one.change is change]
    pointer, old_pointer, origin = change.new_pointer, change.old_pointer, None
    if change.origin is not None:
        starts = dict(change.origin.events).get(verdict.type, ("",))
        pointer = old_pointer = starts[0]
        origin = {
            "file": change.origin.file,
            "pointer": change.origin.pointer + change.pointer,
            "events": [one.event for one in change.origin.events],
        }
    return {
        "operation": change.operation.name.lower(),
        "pointer": pointer,
        "old_pointer": old_pointer,
        "detail": change.detail or None,
        "breaks": [one.direction for one in breaks],
        **_shown(breaks),
        "approved_by": next((one.approval.owner for one in breaks if one.approval), None),
        "origin": origin,
    }


def _shown(breaks: Iterable[Break]) -> dict[str, Json]:
    """Return the events that prove breaks, and why others could not be decided."""
    breaks = list(breaks)
    witnesses = {
        one.direction: one.answer.witness for one in breaks if isinstance(one.answer, Refuted)
    }
    reasons = [one.answer.reason for one in breaks if isinstance(one.answer, Unknown)]
    return {
        "witness": next(iter(witnesses.values()), None),
        "witnesses": witnesses,
        "undecided": reasons[0] if reasons else None,
    }


TELLER = Teller("json", "for programs, one stable object", render)
