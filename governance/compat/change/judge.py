"""What a difference does: the old schema is judged against itself with that difference alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from governance.compat.answer import Answer, Judgement, Proven, Refuted, Schema, Unknown, View
from governance.compat.change.edit import placed
from governance.compat.change.model import WORDS, Change, Effect, Operation, broken
from governance.compat.change.pair import Difference
from governance.schema.json import Json, as_object
from governance.schema.pointer import PointerError, resolve, split

if TYPE_CHECKING:
    from governance.compat.views import Step

_SOUND = Judgement(Proven(), Proven())
_SET = frozenset({Effect.WIDENS, Effect.NARROWS, Effect.MOVES, Effect.UNDECIDED})


class Judged(NamedTuple):
    """Two schemas, judged as a whole and change by change.

    Attributes:
        judgement: What all changes together break.
        effect: What they do together to the set of instances that may be written.
        changes: Each of them.
    """

    judgement: Judgement
    effect: Effect
    changes: tuple[Change, ...]


def judged(
    old: Schema,
    new: Schema,
    found: Sequence[Difference],
    view: View,
    *,
    elsewhere: Iterable[Change] = (),
) -> Judged:
    """Judge two schemas and each of their differences.

    What all changes together don't break, none of them breaks. What they break although none of
    them does so alone is put down to each of those that change what may be written.

    Args:
        old: The old schema.
        new: The new schema.
        found: What differs.
        view: The content model.
        elsewhere: Changes in shared schemas that the two refer to.
    """
    around = tuple(elsewhere)
    operations = [one.operation for one in found] + [one.operation for one in around]
    if all(map(_is_silent, operations)):
        changes = tuple(_silent(one) for one in found)
        return Judged(_SOUND, _strongest(changes, around), changes)
    step = _step(old, new, view)
    whole, effect = step.judgement, _effect(step)
    if len(found) == 1 and not around and found[0].judged_at == old.pointer:
        return Judged(whole, effect, (_change(found[0], whole, effect),))
    loud = [one for one in found if not _is_silent(one.operation)]
    # What a change does that is alone with words is what all do together.
    known = effect if len(loud) == 1 and not around else None
    changes = tuple(_judged_alone(one, old, new, whole, view, known) for one in found)
    together = Judged(whole, effect, changes)
    blamed = _blamed(changes, around, together, old.pointer)
    if sum(bool(one.breaks) for one in (*blamed, *around)) > 1:
        pairs = zip(found, blamed, strict=True)
        blamed = tuple(_shown(one, change, step, old, new) for one, change in pairs)
    return together._replace(changes=blamed)


def undecided(found: Iterable[Difference], reason: str) -> Judged:
    """Return what is known of differences that can't be judged, each for the same reason.

    Args:
        found: What differs.
        reason: Why, in one line.
    """
    unknown = Judgement(Unknown(reason), Unknown(reason))
    changes = tuple(
        _silent(one) if _is_silent(one.operation) else _change(one, unknown, Effect.UNDECIDED)
        for one in found
    )
    return Judged(unknown, Effect.UNDECIDED, changes)


def _is_silent(operation: Operation) -> bool:
    return operation in WORDS or operation is Operation.REORDERED


def _silent(one: Difference) -> Change:
    effect = Effect.NOTHING if one.operation is Operation.REORDERED else Effect.WORDS
    return _change(one, _SOUND, effect)


def _change(one: Difference, judgement: Judgement, effect: Effect) -> Change:
    place = (one.old_pointer, one.new_pointer)
    return Change(one.operation, *place, one.keyword, one.detail, one.judged_at, judgement, effect)


def _strongest(changes: Iterable[Change], around: Iterable[Change]) -> Effect:
    has_words = any(one.effect is Effect.WORDS for one in (*changes, *around))
    return Effect.WORDS if has_words else Effect.NOTHING


def _judged_alone(  # noqa: PLR0913, PLR0917 - the question, and what is known of its answer
    one: Difference, old: Schema, new: Schema, whole: Judgement, view: View, known: Effect | None
) -> Change:
    if _is_silent(one.operation):
        return _silent(one)
    if known is not None and whole == _SOUND:
        return _change(one, whole, known)
    before = old._replace(pointer=one.judged_at)
    step = _step(before, _alone(one, before, new), view)
    # What comes true of all changes together is true of each.
    kept = Judgement(
        whole.backward if isinstance(whole.backward, Proven) else step.backward,
        whole.forward if isinstance(whole.forward, Proven) else step.forward,
    )
    effect = _effect(step) if known is None else known
    return _change(one, kept, effect)


def _shown(one: Difference, change: Change, whole: Step, old: Schema, new: Schema) -> Change:
    """Return a change with instances of the whole that show it, and not what else breaks."""
    if not change.breaks:
        return change
    alone = _step(old, _alone(one, old, new), whole.view)
    answers = ((way, getattr(alone, way)) for way in change.breaks)
    shown = tuple(
        (way, answer)
        for way, answer in answers
        if isinstance(answer, Refuted) and whole.is_shown_by(way, answer.witness)
    )
    return change._replace(shown=shown)


def _alone(one: Difference, before: Schema, new: Schema) -> Schema:
    """Return the old schema with one difference alone."""
    if one.operation is Operation.DIALECT:
        return before._replace(dialect=new.dialect)
    root = placed(before.root, _steps(before.root, one.owner), one.edited)
    return before._replace(root=_with_definitions(root, one.edited, new.root))


def _steps(root: Json, pointer: str) -> list[str]:
    resolve(root, pointer)
    return split(pointer)


def _with_definitions(root: Json, content: Json, source: Json) -> Json:
    """Return a document with what some content refers to, taken from another where it has none."""
    todo = list(_references(content))
    for pointer in todo:
        if _found(root, pointer) is None:
            wanted = _found(source, pointer)
            if wanted is not None:
                root = _planted(root, split(pointer), wanted)
                todo.extend(_references(wanted))
    return root


def _references(content: Json) -> Iterator[str]:
    if isinstance(content, dict):
        ref = content.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/"):
            yield unquote(ref[1:])
    below = content.values() if isinstance(content, dict) else content
    if isinstance(content, dict | list):
        for value in below:
            yield from _references(value)


def _found(root: Json, pointer: str) -> Json:
    try:
        return resolve(root, pointer)
    except PointerError:
        return None


def _planted(root: Json, tokens: Sequence[str], value: Json) -> Json:
    if not tokens:
        return value
    # A path through a list can't be made; the engine then says that the reference leads nowhere.
    if not isinstance(root, dict):
        return root
    return {**root, tokens[0]: _planted(as_object(root.get(tokens[0])), tokens[1:], value)}


def _step(old: Schema, new: Schema, view: View) -> Step:
    # The engine costs a run as much as all its rules; who changes words alone does without.
    from governance.compat.views import Step  # noqa: PLC0415  as said

    return Step(old, new, view)


def _effect(step: Step) -> Effect:
    """Return what becomes of the set of instances that may be written."""
    wider, narrower = step.written
    return _EFFECTS.get((_word(wider), _word(narrower)), Effect.UNDECIDED)


_EFFECTS = {
    ("yes", "yes"): Effect.WORDS,
    ("yes", "no"): Effect.WIDENS,
    ("no", "yes"): Effect.NARROWS,
    ("no", "no"): Effect.MOVES,
}


def _word(answer: Answer) -> str:
    return {Proven: "yes", Refuted: "no", Unknown: "unknown"}[type(answer)]


def _blamed(
    changes: tuple[Change, ...], around: tuple[Change, ...], whole: Judged, start: str
) -> tuple[Change, ...]:
    """Return the changes, with what they break only together put down to each of them."""
    for direction in broken(whole.judgement):
        if any(direction in one.breaks for one in (*changes, *around)):
            continue
        answer = getattr(whole.judgement, direction)
        guilty = _suspects(changes)
        changes = tuple(
            one._replace(
                judgement=one.judgement._replace(**{direction: answer}),
                effect=one.effect if one.effect in _SET else whole.effect,
                judged_at=start,
            )
            if number in guilty
            else one
            for number, one in enumerate(changes)
        )
    return changes


def _suspects(changes: tuple[Change, ...]) -> set[int]:
    """Return the numbers of the changes that may have a part in what they do together."""
    moving = {number for number, one in enumerate(changes) if one.effect in _SET}
    loud = {number for number, one in enumerate(changes) if not _is_silent(one.operation)}
    return moving or loud or set(range(len(changes)))
