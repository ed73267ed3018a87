"""For a pull request: the result first, what breaks with its proof, all else folded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from governance.compat.answer import Refuted
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

# Of a long event the first lines tell enough; the JSON holds it whole.
_MOST_LINES = 60
# What Markdown or HTML would act upon, outside of code.
_MARKUP = re.compile(r"([\\<>\[\]*_#|!])")


def render(comparison: Comparison, _: Look) -> str:
    """Return the story of a change: result, breaks, then a folded list of every event."""
    parts = [f"### {_plain(headline(comparison))}"]
    if comparison.events:
        parts.append(f"Required bump: **{required_bump(comparison).label}**")
    parts += [_breaking(one) for one in comparison.events if one.is_breaking]
    if comparison.events:
        rows = "\n".join(_row(one) for one in comparison.events)
        count = len(comparison.events)
        parts.append(
            f"<details><summary>Every event that changed ({count})</summary>\n\n"
            f"| event | version | bump | change |\n|---|---|---|---|\n{rows}\n\n</details>"
        )
    return "\n\n".join(parts) + "\n"


def _breaking(verdict: Verdict) -> str:
    return "\n".join(_told(verdict))


def _told(verdict: Verdict) -> Iterator[str]:
    counted = [one for one in verdict.breaks if one.counts]
    yield f"#### `{verdict.type}` {_plain(fate(verdict))}"
    yield ""
    yield f"{_plain(next_step(verdict))}."
    yield ""
    for change, breaks in by_change(counted):
        yield f"- {_plain(named(change, verdict.type))}"
        for one in breaks:
            since = f" of release {one.past.version}" if one.past else ""
            yield f"  - {_plain(judgement(one).rstrip(','))}{since}: {_proof(verdict, one)}"
    yield f"\n{_plain(impact(verdict, counted))}"
    yield from _witness(counted)


def _proof(verdict: Verdict, one: Break) -> str:
    if not isinstance(one.answer, Refuted):
        return _plain(shown_by(one.answer, ()))
    shown = glimpse(one.answer.witness, verdict.paths([one]))
    return f"`{shown}`" if "`" not in shown else f"`` {shown} ``"


def _witness(breaks: list[Break]) -> Iterator[str]:
    for direction in ("backward", "forward"):
        answers = [one.answer for one in breaks if one.direction == direction]
        proof = next((one for one in answers if isinstance(one, Refuted)), None)
        if proof is not None:
            lines = json.dumps(proof.witness, ensure_ascii=False, indent=2).split("\n")
            cut = ["…"] if len(lines) > _MOST_LINES else []
            body = "\n".join([*lines[:_MOST_LINES], *cut]).replace("```", "`\u200b``")
            yield (
                f"\n<details><summary>The event ({direction})</summary>\n\n"
                f"```json\n{body}\n```\n\n</details>"
            )


def _row(verdict: Verdict) -> str:
    said = "<br>".join(_plain(named(one, verdict.type)) for one in verdict.change.changes)
    cells = (f"`{verdict.type}`", _plain(fate(verdict)), verdict.required.label, said or " ")
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is, save for what stands in backquotes."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:
        return _MARKUP.sub(r"\\\1", text.replace("`", "'"))
    return "`".join(
        part.replace("|", "\\|") if number % 2 else _MARKUP.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )


TELLER = Teller("markdown", "for a pull request, the result first", render)
