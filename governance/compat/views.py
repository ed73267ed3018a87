"""The content models: plain JSON Schema, and what the client makes of it on both sides.

Source: design.md, section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import ParamSpec

from governance.compat.answer import (
    Answer,
    Judgement,
    Proven,
    Refuted,
    Schema,
    Unknown,
    View,
)
from governance.compat.contains import contains, sought
from governance.compat.engine.confirm import doubted
from governance.compat.engine.form import UndecidedError
from governance.compat.engine.modern import mentions
from governance.compat.engine.search import NONE
from governance.compat.governed.closed import as_writer
from governance.compat.governed.filling import Filler, fill
from governance.compat.governed.focus import focused
from governance.compat.governed.tolerant import as_reader
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import Json

__all__ = ["Filler", "Judgement", "Step", "View", "as_reader", "as_writer", "fill", "judge"]

_Asked = ParamSpec("_Asked")
_NOTHING = Schema(root=False, dialect=DRAFT_2020_12)
_ANYTHING = Schema(root=True, dialect=DRAFT_2020_12)
_DEFAULT = frozenset({"default"})
_BUG = "the event that was found is none that a client would publish; this is a bug of keb-govern"


def judge(old: Schema, new: Schema, view: View) -> Judgement:
    """Say in which directions a change of a schema is compatible.

    Args:
        old: The schema as it was.
        new: The schema as it is.
        view: How both are meant.

    Returns:
        An answer for each direction. In the governed view, a witness is an event that the writer's
        client would have published: its schema allows it as written too, and the reader's refuses
        it even without unknown fields and with its defaults filled in.
    """
    return Step(old, new, view).judgement


def _answered(question: Callable[_Asked, Answer]) -> Callable[_Asked, Answer]:
    """Return a question whose answer says so where a schema is too odd for it."""

    @wraps(question)
    def answered(*args: _Asked.args, **kwargs: _Asked.kwargs) -> Answer:
        try:
            return question(*args, **kwargs)
        except UndecidedError as error:
            return Unknown(str(error))
        except RecursionError:
            return Unknown("the schemas are nested too deeply")
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            return Unknown(f"a schema is malformed: {error}")

    return answered


class Step:
    """The step from one schema to another; what several questions about it share is made once.

    Args:
        old: The schema as it was.
        new: The schema as it is.
        view: How both are meant.
    """

    def __init__(self, old: Schema, new: Schema, view: View) -> None:
        self._focus = focus = focused(old, new) if view is View.GOVERNED else None
        self._old = _Side(old, None if focus is None else focus.old)
        self._new = _Side(new, None if focus is None else focus.new)
        self.view = view

    @cached_property
    def backward(self) -> Answer:
        """Whether the new reader can read all that an old writer writes."""
        return self._read(self._new, self._old)

    @cached_property
    def forward(self) -> Answer:
        """Whether the old reader can read all that a new writer writes."""
        return self._read(self._old, self._new)

    @property
    def judgement(self) -> Judgement:
        """Both, as `judge` says it."""
        return Judgement(self.backward, self.forward)

    @cached_property
    def written(self) -> Judgement:
        """Whether new writers may write all that old ones may, and old ones all that new ones may.

        The witnesses are not to be shown: they are confirmed, but chosen for what they show.
        """
        if self.view is View.AS_WRITTEN:
            return self.judgement
        old, new = self._old, self._new
        return Judgement(
            self._rewritten(new, old, self.backward), self._rewritten(old, new, self.forward)
        )

    def is_shown_by(self, direction: str, witness: Json) -> bool:
        """Say whether an instance, known from elsewhere, shows that a direction breaks."""
        return isinstance(self._told_by(direction, witness), Refuted)

    @_answered
    def _told_by(self, direction: str, witness: Json) -> Answer:
        is_backward = direction == Judgement._fields[0]
        reader, writer = (self._new, self._old) if is_backward else (self._old, self._new)
        if self.view is View.AS_WRITTEN:
            doubt = doubted(reader.schema, writer.schema, witness)
            return Refuted(witness) if doubt is None else Unknown(doubt)
        doubt = doubted(reader.reader, writer.writer, witness)
        doubt = doubt or doubted(_NOTHING, writer.schema, witness)
        if doubt is not None or self._is_mended(reader, witness):
            return Unknown(doubt or "its defaults mend it")
        return Refuted(witness)

    def _is_mended(self, reader: _Side, witness: Json) -> bool:
        """Say whether a reader that fills in its defaults can read a witness all the same."""
        if not mentions(reader.schema.root, _DEFAULT):
            return False
        filled = fill(reader.schema, witness)
        return doubted(as_reader(reader.schema, fills=False), _ANYTHING, filled) is not None

    @_answered
    def _read(self, reader: _Side, writer: _Side) -> Answer:
        if self.view is View.AS_WRITTEN:
            return contains(reader.schema, writer.schema)
        answer = self._contained(reader, writer, is_read=True)
        if not isinstance(answer, Refuted):
            return answer
        doubt = doubted(_NOTHING, writer.schema, answer.witness)
        if doubt is not None or self._is_mended(reader, answer.witness):
            return Unknown(_BUG)
        return answer

    @_answered
    def _rewritten(self, now: _Side, was: _Side, read: Answer) -> Answer:
        # What readers refuse, a writer of the same schema hardly writes.
        if isinstance(read, Refuted) and not doubted(now.writer, was.writer, read.witness):
            return read
        return self._contained(now, was, is_read=False)

    def _contained(self, one: _Side, writer: _Side, *, is_read: bool) -> Answer:
        """Say whether one side, as a reader or as a writer, allows all that a writer writes."""
        near = self._contained_near(one, writer, is_read=is_read)
        return contains(one.seen(is_read=is_read), writer.writer) if near is None else near

    def _contained_near(self, one: _Side, writer: _Side, *, is_read: bool) -> Answer | None:
        """Return the same, told by what differs; None where that does not tell."""
        if self._focus is None or one.near is None or writer.near is None:
            return None
        try:
            answer = sought(one.near.seen(is_read=is_read), writer.near.writer)
            if not isinstance(answer, Refuted):
                return answer if isinstance(answer, Proven) else None
            witness = self._focus.completed(answer.witness)
        except UndecidedError:
            return None
        if witness is NONE or doubted(one.seen(is_read=is_read), writer.writer, witness):
            return None
        return Refuted(witness)


class _Side:
    """One of the two schemas, as readers and writers see it.

    Args:
        schema: The schema.
        near: The same with stand-ins, if any.
    """

    def __init__(self, schema: Schema, near: Schema | None = None) -> None:
        self.schema = schema
        self.near = None if near is None else _Side(near)

    @cached_property
    def reader(self) -> Schema:
        return as_reader(self.schema)

    @cached_property
    def writer(self) -> Schema:
        return as_writer(self.schema)

    def seen(self, *, is_read: bool) -> Schema:
        return self.reader if is_read else self.writer
