"""What one change between two schemas is: its name, where it stands, and what it does."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from governance.catalog.model import EventSchema
from governance.compat.answer import Answer, Judgement, Proven


class Operation(Enum):
    """What was done; the name in lower case is what machine-readable output says."""

    ADDED = "a field is declared that was not"
    REMOVED = "a field is no longer declared"
    RENAMED = "a field goes by another name"
    REQUIRED = "a field must now be there"
    OPTIONAL = "a field may now be left out"
    TYPE = "values have another type, with all that follows from it"
    NULLABLE = "null is now allowed, or no longer is"
    ENUM = "the listed values are others"
    CONST = "the only value is another"
    BOUND = "a bound on size, count, step or length is another"
    PATTERN = "a text is matched by another pattern"
    ITEMS = "the items of a list are described where they were not, or no longer are"
    OPENED = "fields that are not declared are now allowed, or more of them"
    CLOSED = "fields that are not declared are no longer allowed, or fewer of them"
    BRANCH_ADDED = "there is one more schema to choose from, or to fit"
    BRANCH_REMOVED = "there is one schema less to choose from, or to fit"
    CONDITION = "a condition came, went, or became another"
    REFERENCE = "a reference leads elsewhere"
    DIALECT = "the schema is read by the rules of another dialect"
    REPLACED = "a schema became `true` or `false`, or was one"
    REORDERED = "the same stands in another order"
    DEFAULT = "the default is another"
    FORMAT = "the format is another"
    DESCRIPTION = "the words that describe it are others"
    EXAMPLES = "the examples are others"
    ANNOTATION = "something else is said that allows and refuses nothing"


# What these change can't be told from the events that are written: only what is said of them.
WORDS = frozenset(
    {
        Operation.DEFAULT,
        Operation.FORMAT,
        Operation.DESCRIPTION,
        Operation.EXAMPLES,
        Operation.ANNOTATION,
    }
)


class Effect(Enum):
    """What becomes of the set of instances that a writer may write."""

    NOTHING = "nothing is said differently"
    WORDS = "the same is allowed; only what is said differs"
    WIDENS = "more is allowed"
    NARROWS = "less is allowed"
    MOVES = "some is no longer allowed, and some now is"
    UNDECIDED = "it could not be decided what is allowed"


class Reach(NamedTuple):
    """An event that a change in a shared schema reaches.

    Attributes:
        event: The event type.
        pointers: JSON Pointers, from the event, of the references that lead there, directly or
            through other shared schemas.
    """

    event: str
    pointers: tuple[str, ...]


class Origin(NamedTuple):
    """The shared schema that a change stands in.

    Attributes:
        file: Path of its file from the catalog folder.
        pointer: Where it stands in the file.
        events: The events that the change reaches, by event type.
    """

    file: str
    pointer: str
    events: tuple[Reach, ...]


class Change(NamedTuple):
    """One change.

    Attributes:
        operation: What was done.
        old_pointer: JSON Pointer of the changed subschema in the old schema; None where it is new.
        new_pointer: The same in the new schema; None where it is gone.
        keyword: The keyword of the subschema that changed; of a field that came or went, the one
            that declares it.
        detail: What changed, in short: ``maxLength 64 -> 32``; empty where the rest says it all.
        judged_at: JSON Pointer, in the old schema, of the smallest subschema that decides what the
            change does: what a witness is an instance of.
        judgement: What the change alone breaks.
        effect: What the change alone does to the set of instances that may be written.
        origin: The shared schema that it stands in, and that its pointers start from; None where
            it stands in the schema itself.
        shown: Instances of the whole schema that show what it breaks, by direction, where others
            break something too; else the whole schema's own witness shows it.
    """

    operation: Operation
    old_pointer: str | None
    new_pointer: str | None
    keyword: str
    detail: str
    judged_at: str
    judgement: Judgement
    effect: Effect
    origin: Origin | None = None
    shown: tuple[tuple[str, Answer], ...] = ()

    @property
    def pointer(self) -> str:
        """Where it is, or where it was if it is gone."""
        return (self.old_pointer if self.new_pointer is None else self.new_pointer) or ""

    @property
    def breaks(self) -> tuple[str, ...]:
        """The directions that it breaks, or that could not be decided."""
        return broken(self.judgement)


class Kind(Enum):
    """What became of an event."""

    ADDED = "it is new"
    REMOVED = "it is gone"
    RENAMED = "it goes by another name"
    CHANGED = "something in it, or in what it refers to, is another"


class EventChange(NamedTuple):
    """What became of one event.

    Attributes:
        kind: What became of it.
        event: Its event type: the new one, or the old one if it is gone.
        old: The event in the old catalog; None where it is new.
        new: The event in the new catalog; None where it is gone.
        changes: Each change. Pointers start at the event (``/data/properties/x``), of a change in a
            shared schema (see its ``origin``) at that schema; the same one is in every event that
            it reaches.
        judgement: What all changes of the payload break together.
        effect: What they do together to the set of payloads that may be published; of an event
            that came or went, nothing.
    """

    kind: Kind
    event: str
    old: EventSchema | None
    new: EventSchema | None
    changes: tuple[Change, ...]
    judgement: Judgement
    effect: Effect


def broken(judgement: Judgement) -> tuple[str, ...]:
    """Return the directions in which a judgement is anything but a proof."""
    return tuple(
        direction
        for direction, answer in zip(judgement._fields, judgement, strict=True)
        if not isinstance(answer, Proven)
    )
