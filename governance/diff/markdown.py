"""For a pull request: the result first, what breaks with its proof, all else folded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from governance.compat.answer import Refuted
from governance.compat.change.model import Change, Kind, Origin
from governance.compat.verdict import Break, Comparison, Verdict, by_change
from governance.compat.words import (
    fate,
    glimpse,
    headline,
    impact,
    judgement,
    named,
    next_step,
    required_bump,
    shown_by,
)
from governance.diff import Teller
from governance.report import Look
from governance.report.markdown import code, fenced, plain

# Of a long event the first lines tell enough, of many changes the first few; the JSON holds all.
_MOST_LINES = 60
_MOST_CHANGES = 10
_MOST_EVENTS = 20
# GitHub takes comments of 65,536 characters; what breaks may take the greater part of that.
_MOST_BROKEN, _MOST_TOLD = 40_000, 60_000
_ALL = "`keb-govern diff` tells them all."


def render(comparison: Comparison, _: Look) -> str:
    """Return the story of a change: result, breaks, then a folded list of every event."""
    parts = [f"### {plain(headline(comparison))}"]
    if comparison.events:
        parts.append(f"Required bump: **{required_bump(comparison).label}**")
        parts += _fitting(_blocks(comparison), _MOST_BROKEN)
        parts.append(_folded(comparison, _MOST_TOLD - sum(map(len, parts))))
    return "\n\n".join(parts) + "\n"


def _fitting(blocks: Iterable[str], room: int) -> list[str]:
    """Return the blocks that fit, and how many do not."""
    blocks, kept = list(blocks), list[str]()
    for one in blocks:
        room -= len(one)
        if room < 0:
            break
        kept.append(one)
    left = len(blocks) - len(kept)
    return [*kept, f"And {left} more like these: {_ALL}"] if left else kept


def _blocks(comparison: Comparison) -> Iterator[str]:
    """Yield what a reviewer must see: each shared schema that breaks events, then each event."""
    shared: dict[Origin, list[tuple[Verdict, list[Break]]]] = {}
    for verdict in comparison.events:
        for change, breaks in by_change(one for one in verdict.breaks if one.counts):
            if change.origin is not None:
                origin = change.origin._replace(events=())
                cases = shared.setdefault(origin, [])
                if cases and cases[-1][0] is verdict:
                    cases[-1][1].extend(breaks)
                else:
                    cases.append((verdict, breaks))
    for origin, cases in shared.items():
        yield "\n".join(_of_shared(origin, cases))
    for verdict in comparison.events:
        own = [one for one in verdict.breaks if one.counts and one.change.origin is None]
        if own or verdict.change.kind is Kind.REMOVED or verdict.streams:
            yield "\n".join(_of_event(verdict, own))


def _of_shared(origin: Origin, cases: list[tuple[Verdict, list[Break]]]) -> Iterator[str]:
    verdict, breaks = cases[0]
    name = origin.pointer.rpartition("/")[2]
    count = f"{len(cases)} events" if len(cases) > 1 else "1 event"
    yield f"#### {code(name)} in {code(origin.file)} breaks {count}"
    yield ""
    yield from _changes(verdict, breaks)
    yield "\nWhat refers to it:\n"
    for one, own in cases[:_MOST_EVENTS]:
        yield f"- {code(one.type)} {plain(next_step(one))}. {plain(impact(one, own))}"
    if cases[_MOST_EVENTS:]:
        yield f"- And {len(cases) - _MOST_EVENTS} more events: {_ALL}"
    yield from _witness(breaks)


def _of_event(verdict: Verdict, breaks: list[Break]) -> Iterator[str]:
    yield f"#### {code(verdict.type)} {plain(fate(verdict))}"
    step = next_step(verdict)
    if step:
        yield f"\nIt {plain(step)}."
    if breaks:
        yield ""
        yield from _changes(verdict, breaks)
    yield f"\n{plain(impact(verdict, breaks))}"
    yield from _witness(breaks)


def _changes(verdict: Verdict, breaks: list[Break]) -> Iterator[str]:
    for change, own in by_change(breaks):
        yield f"- {plain(named(change, verdict.type))}"
        for one in own:
            since = f" of release {one.past.version}" if one.past else ""
            yield f"  - {plain(judgement(one))}{since}{_proof(verdict, one)}"


def _proof(verdict: Verdict, one: Break) -> str:
    if not isinstance(one.answer, Refuted):
        return plain(shown_by(one.answer, ()))
    return f", such as {code(glimpse(one.answer.witness, verdict.paths([one])))}"


def _witness(breaks: list[Break]) -> Iterator[str]:
    for direction in ("backward", "forward"):
        answers = [one.answer for one in breaks if one.direction == direction]
        proof = next((one for one in answers if isinstance(one, Refuted)), None)
        if proof is not None:
            lines = json.dumps(proof.witness, ensure_ascii=False, indent=2).split("\n")
            cut = ["…"] if len(lines) > _MOST_LINES else []
            body = fenced("\n".join([*lines[:_MOST_LINES], *cut]), "json")
            yield (
                f"\n<details><summary>An event that shows it ({direction})</summary>\n\n"
                f"{body}\n\n</details>"
            )


def _folded(comparison: Comparison, room: int) -> str:
    rows = list[str]()
    for one in comparison.events:
        rows.append(_row(one))
        room -= len(rows[-1])
        if room < 0:
            break
    count, left = len(comparison.events), len(comparison.events) - len(rows)
    more = f"\n\nAnd {left} more events: {_ALL}" if left else ""
    listing = "\n".join(rows)
    return (
        f"<details><summary>Every event that changed ({count})</summary>\n\n"
        f"| event | version | bump | change |\n|---|---|---|---|\n{listing}{more}\n\n</details>"
    )


def _row(verdict: Verdict) -> str:
    cells = (
        code(verdict.type),
        plain(fate(verdict)),
        verdict.required.label,
        "<br>".join(_listed(verdict, verdict.change.changes)) or " ",
    )
    # Within code too, a table asks for the backslash.
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _listed(verdict: Verdict, changes: tuple[Change, ...]) -> Iterator[str]:
    for one in changes[:_MOST_CHANGES]:
        owners = {b.approval.owner for b in verdict.breaks if b.change is one and b.approval}
        agreed = f" (a break, approved by {min(owners)})" if owners else ""
        yield plain(f"{named(one, verdict.type)}{agreed}")
    if changes[_MOST_CHANGES:]:
        yield f"and {len(changes) - _MOST_CHANGES} more"


TELLER = Teller("markdown", "for a pull request, the result first", render)
