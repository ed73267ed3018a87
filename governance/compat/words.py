"""Changes, witnesses and readers in words that a person can act on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from governance.compat.answer import Answer, Refuted, Unknown
from governance.compat.change.model import Change, Kind, Operation
from governance.compat.impact import Path, Reader, fields, shown
from governance.compat.policy import BACKWARD, Bump
from governance.compat.verdict import Break, Comparison, Verdict
from governance.schema.json import Json, JsonObject

# Of a change: what is said of its subject, with what changed in place of the braces.
_SAID = {
    Operation.ADDED: "is new ({})",
    Operation.REMOVED: "is gone (it was {})",
    Operation.RENAMED: "goes by another name ({})",
    Operation.REQUIRED: "must now be there",
    Operation.OPTIONAL: "may now be left out",
    Operation.TYPE: "has another type ({})",
    Operation.NULLABLE: "has another type ({})",
    Operation.ENUM: "lists other values ({})",
    Operation.CONST: "has another only value ({})",
    Operation.BOUND: "has another bound ({})",
    Operation.PATTERN: "is matched by another pattern ({})",
    Operation.ITEMS: "describes its items differently",
    Operation.OPENED: "now allows fields that it does not declare ({})",
    Operation.CLOSED: "no longer allows fields that it does not declare ({})",
    Operation.BRANCH_ADDED: "has one more form ({})",
    Operation.BRANCH_REMOVED: "has one form less ({})",
    Operation.CONDITION: "has another condition ({})",
    Operation.REFERENCE: "refers to something else ({})",
    Operation.DIALECT: "is read by another dialect ({})",
    Operation.REPLACED: "is another schema altogether",
    Operation.REORDERED: "stands in another order",
    Operation.DEFAULT: "has another default ({})",
    Operation.FORMAT: "has another format ({})",
    Operation.DESCRIPTION: "is described in other words",
    Operation.EXAMPLES: "has other examples",
    Operation.ANNOTATION: "says something else ({})",
}
_FAILS = {
    True: "readers of the new schema{} fail on events already in the stream",
    False: "readers still on the old schema{} fail on new events",
}
# A witness in a message is cut where nobody would read on.
_LONG_TEXT, _MANY_ITEMS, _FEW_ITEMS, _FEW_FIELDS = 40, 6, 2, 3
# Further changes are a number.
_FEW_CHANGES = 3


def named(change: Change, event: str) -> str:
    """Return what changed, as a clause such as "`priority` must now be there".

    Args:
        change: The change.
        event: The event type, the subject of what is about no field.
    """
    said = _SAID[change.operation]
    if not change.detail:
        said = said.replace(" ({})", "").replace(" (it was {})", "")
    return f"{subject(change, event)} {said.format(change.detail)}"


def subject(change: Change, event: str) -> str:
    """Return what a change is about: a field by its way, else the payload, shape or event."""
    # A field that is required and not declared has no place of its own.
    name = change.detail if change.operation in {Operation.REQUIRED, Operation.OPTIONAL} else ""
    way = ".".join(filter(None, (shown(fields(change.pointer)), name)))
    if change.origin is not None:
        component = change.origin.pointer.rpartition("/")[2]
        return f"`{component}.{way}`" if way else f"`{component}`"
    if way:
        return f"`{way}`"
    if not change.pointer and change.keyword and change.operation is Operation.ANNOTATION:
        return event
    return "the payload" if change.pointer.startswith("/data") else event


def failing(one: Break) -> str:
    """Return who fails on what where something breaks, or may fail where nobody can tell."""
    return _FAILS[one.direction == BACKWARD].format(
        "" if isinstance(one.answer, Refuted) else " may"
    )


def shown_by(answer: Answer, ways: Iterable[Path]) -> str:
    """Return what shows a break, to follow on what fails: an event in short, or why there is none.

    Args:
        answer: What the engine says.
        ways: The fields that the break is about: of an event that is what is shown.
    """
    match answer:
        case Refuted(witness):
            return f", such as {glimpse(witness, ways)}"
        case Unknown(reason):
            return f": {reason}"
    return ""


def glimpse(value: Json, ways: Iterable[Path]) -> str:
    """Return the parts of an event that some ways of fields lead to, and how much is left out.

    ``{"items": [{"price": -1, … 2 more}], … 4 more}``: two further fields of the item, four of the
    event.
    """
    return _seen(value, {way for way in ways if way}, 0)


def _seen(value: Json, ways: set[Path], depth: int) -> str:
    if isinstance(value, list) and value:
        below = {way[1:] for way in ways if len(way) > 1}
        more = f", … {len(value) - 1} more" if len(value) > 1 else ""
        return f"[{_seen(value[0], below, depth + 1)}{more}]"
    if isinstance(value, dict):
        wanted = {way[0] for way in ways} & value.keys()
        names = [name for name in value if name in wanted] or _plainest(value, depth)
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: "
            + _seen(value[name], {way[1:] for way in ways if way[:1] == (name,)} - {()}, depth + 1)
            for name in names
        ]
        left = len(value) - len(names)
        return "{" + ", ".join([*parts, *([f"… {left} more"] if left else [])]) + "}"
    return json.dumps(in_short(value), ensure_ascii=False)


def _plainest(value: JsonObject, depth: int) -> list[str]:
    """Return the few fields of an object that tell what it is, where none is asked for."""
    plain = [name for name, one in value.items() if not isinstance(one, (dict, list)) or not one]
    return plain[: max(1, _FEW_FIELDS - depth)]


def in_short(value: Json) -> Json:
    """Return a value as a person reads it: of many items the first few, of a long text too."""
    if isinstance(value, str) and len(value) > _LONG_TEXT:
        return f"{value[:_LONG_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        more = [f"… ({len(value)} items)"] if len(value) > _MANY_ITEMS else []
        return [in_short(one) for one in value[: _FEW_ITEMS if more else _MANY_ITEMS]] + more
    if isinstance(value, dict):
        return {name: in_short(one) for name, one in value.items()}
    return value


def impact(verdict: Verdict, breaks: Iterable[Break]) -> str:
    """Return whom breaks hit, as a sentence; without any, who reads an event that went or moved.

    Args:
        verdict: What is said of the event.
        breaks: What breaks.
    """
    breaks = tuple(breaks)
    hit, ways = verdict.hit(breaks), verdict.paths(breaks)
    if not hit:
        return "No participant subscribes to it."
    if verdict.change.kind is Kind.REMOVED:
        return f"It was read by {', '.join(map(_who, hit))}."
    if verdict.streams is not None and not breaks:
        return f"It is read by {', '.join(map(_who, hit))}."
    struck = [one for one, is_hit in hit.items() if is_hit]
    spared = sorted({one.participant for one, is_hit in hit.items() if not is_hit})
    rest = f" Not affected: {', '.join(spared)}." if spared else ""
    if not struck:
        return f"It breaks none of its readers.{rest}"
    whom = f"{len(struck)} of {len(hit)} readers" if len(hit) > 1 else "its only reader"
    return f"It breaks {whom}: {', '.join(_look(one, ways) for one in struck)}.{rest}"


def _look(reader: Reader, ways: tuple[Path, ...]) -> str:
    reads = reader.looks_at(ways)
    does = "may read everything" if reads is None else f"reads {', '.join(f'`{r}`' for r in reads)}"
    return f"{_who(reader)} {does}"


def _who(reader: Reader) -> str:
    return reader.participant + (f" (group `{reader.group}`)" if reader.group else "")


def summed_up(verdict: Verdict) -> str:
    """Return what changed about an event, the first changes by name."""
    said = [named(one, verdict.type) for one in verdict.change.changes]
    old = verdict.change.old
    if old is not None and verdict.change.kind is Kind.RENAMED:
        said = [f"it was called {old.type!r}", *said]
    if len(said) > _FEW_CHANGES:
        said = [*said[: _FEW_CHANGES - 1], f"{len(said) - _FEW_CHANGES + 1} more changes"]
    return "; ".join(said)


def headline(comparison: Comparison) -> str:
    """Return what became of a catalog as a whole, in one line."""
    if not comparison.label:
        return "There is nothing to compare with."
    if not comparison.events:
        return f"Nothing changed since {comparison.label}."
    counts = [
        (sum(one.change.kind is kind for one in comparison.events), kind.name.lower())
        for kind in Kind
    ]
    told = [f"{count} {what}" for count, what in counts if count]
    first, _, rest = told[0].partition(" ")
    told[0] = f"{first} event{'' if first == '1' else 's'} {rest}"
    breaking = sum(one.is_breaking for one in comparison.events)
    if breaking:
        told.append(f"{breaking} break{'s' if breaking == 1 else ''} readers")
    return f"Compared with {comparison.label}: {', '.join(told)}."


def required_bump(comparison: Comparison) -> Bump:
    """Return the greatest bump that any event calls for."""
    return max((one.required for one in comparison.events), default=Bump.NONE)


def fate(verdict: Verdict) -> str:
    """Return what became of an event, with its versions, in half a line."""
    change = verdict.change
    if change.kind is Kind.ADDED:
        return f"added, {verdict.declared or 'without a version'}"
    if change.kind is Kind.REMOVED:
        return f"removed, it was {verdict.before or 'without a version'}, {_farewell(verdict)}"
    versions = f"{verdict.before or 'no version'}"
    if verdict.before != verdict.declared:
        versions += f" -> {verdict.declared or 'no version'}"
    name = f"renamed from {change.old.type}, " if change.old and change.kind is Kind.RENAMED else ""
    moved = f", moved from {verdict.streams[0]} to {verdict.streams[1]}" if verdict.streams else ""
    return f"{name}{versions}{moved}"


def _farewell(verdict: Verdict) -> str:
    old = verdict.change.old
    if old is None or old.deprecated is None:
        return "never deprecated"
    return f"deprecated {f'until {old.sunset}' if old.sunset else 'without a sunset'}"


def next_step(verdict: Verdict) -> str:
    """Return what an event needs, such as another version; empty where all is right."""
    if verdict.change.kind in {Kind.ADDED, Kind.REMOVED}:
        return ""
    if verdict.is_breaking:
        return (
            f"needs a new major version, {verdict.expected or 'beside the old one'}: "
            "`keb-govern bump` lays it out"
        )
    if verdict.streams is not None:
        stream, _ = verdict.streams
        return f"has to stay on {stream}, where its readers are: only a new major version may move"
    if verdict.expected is None or verdict.expected == verdict.declared:
        return ""
    return f"calls for a {verdict.required.label} bump: it should be {verdict.expected}"


def judgement(one: Break) -> str:
    """Return what a break means: for whom, and whether that was promised or approved."""
    said = failing(one)
    if one.approval is not None:
        return f"{said} (approved by {one.approval.owner})"
    if not one.is_promised:
        return f"{said} (which its `compatibility` allows)"
    return said
