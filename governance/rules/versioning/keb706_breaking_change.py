"""KEB706: a change within a major version breaks readers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from governance.compat.answer import Refuted
from governance.compat.verdict import Break, Comparison, Verdict, by_change
from governance.compat.words import failing, impact, named, shown_by
from governance.finding import Severity, Witness
from governance.rules import Complaint, Context, Rule, listed, whole_comparison


def _check(comparison: Comparison, _: Context) -> Iterator[Complaint]:
    for cases in _by_change(comparison).values():
        yield _complaint(comparison, cases)


# One change, with what it breaks in each of the events that it reaches.
_Cases = list[tuple[Verdict, list[Break]]]


def _by_change(comparison: Comparison) -> dict[object, _Cases]:
    """Return the breaks that were proven, by the change: one cause is one finding."""
    found: dict[object, _Cases] = {}
    for verdict in comparison.events:
        for change, breaks in by_change(one for one in verdict.breaks if one.counts):
            if any(isinstance(one.answer, Refuted) for one in breaks):
                origin = change.origin
                place = (verdict.type,) if origin is None else (origin.file, origin.pointer)
                key = (*place, change.operation, change.old_pointer, change.new_pointer)
                found.setdefault(key, []).append((verdict, breaks))
    return found


def _complaint(comparison: Comparison, cases: _Cases) -> Complaint:
    verdict, breaks = cases[0]
    change, past = breaks[0].change, breaks[0].past
    ways = verdict.paths(breaks)
    said = "; ".join(f"{failing(one)}{shown_by(one.answer, ways)}" for one in breaks)
    since = f" since {verdict.type} {past.version}" if past else ""
    message = f"{named(change, verdict.type)}{since}: {said}"
    before, place = comparison.places(verdict, change)
    if past is not None:
        before = None if change.old_pointer is None else past.event.at(change.old_pointer)
    return Complaint(
        place,
        message,
        _advice(cases),
        related=(("before", before),) if before else (),
        witnesses=tuple(
            Witness(one.direction, json.dumps(one.answer.witness, ensure_ascii=False))
            for one in breaks
            if isinstance(one.answer, Refuted)
        ),
        change=breaks[0].mark,
    )


def _advice(cases: _Cases) -> str:
    events = [verdict.type for verdict, _ in cases]
    told = [impact(verdict, breaks) for verdict, breaks in cases]
    if len(cases) == 1:
        hit = told[0]
    else:
        rows = [f"{event}: {said}" for event, said in zip(events, told, strict=True)]
        hit = f"It reaches {len(events)} events. {' '.join(rows[:3])}"
        hit += f" And {listed(events[3:])}." if events[3:] else ""
    return (
        f"{hit} Undo it, or run `keb-govern bump` to lay it out as a new major version beside the "
        "old one; where the break is wanted in place, `keb-govern approve` writes down who says so."
    )


RULE = Rule(
    id="KEB706",
    name="breaking-change",
    severity=Severity.ERROR,
    section="7",
    rationale="Events stay in the stream and are read again, and readers are not all changed on "
    "one day. A change that one side can't read stops whoever is on that side.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data:
      type: object
      properties:
        task_id: {type: string}
        priority: {type: integer}
      required: [task_id]
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data:
      type: object
      properties:
        task_id: {type: string}
        priority: {type: integer}
      required: [task_id, priority]
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data:
      type: object
      properties:
        task_id: {type: string}
        priority: {type: integer}
      required: [task_id]
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data:
      type: object
      properties:
        task_id: {type: string}
        priority: {type: integer, default: 3}
      required: [task_id, priority]
""",
    check=whole_comparison(_check),
)
