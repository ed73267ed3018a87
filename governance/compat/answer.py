"""The question whether a reader can read all that a writer writes: its subject and answers."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from governance.schema.dialect import Dialect
from governance.schema.json import Json


class View(Enum):
    """How the schemas are meant."""

    AS_WRITTEN = "plain JSON Schema: an object is open unless it says otherwise"
    GOVERNED = "a writer sends only what is declared, a reader ignores the rest and fills defaults"


class Schema(NamedTuple):
    """A schema to be judged.

    Attributes:
        root: The whole document, in which references are followed: an object or a boolean.
        dialect: How to read it.
        pointer: JSON Pointer of the judged schema from the root.
    """

    root: Json
    dialect: Dialect
    pointer: str = ""


class Proven(NamedTuple):
    """Every instance that the writer's schema allows is accepted by the reader's."""


class Refuted(NamedTuple):
    """The writer's schema allows an instance that the reader's refuses.

    Attributes:
        witness: Such an instance; the ``jsonschema`` library confirms both.
    """

    witness: Json


class Unknown(NamedTuple):
    """It could not be decided.

    Attributes:
        reason: Why, in one line.
    """

    reason: str


Answer: TypeAlias = Proven | Refuted | Unknown


class Judgement(NamedTuple):
    """What becomes of events when a schema changes.

    Attributes:
        backward: Whether the new reader can read all that an old writer writes.
        forward: Whether the old reader can read all that a new writer writes.
    """

    backward: Answer
    forward: Answer
