"""The content models: plain JSON Schema, and what the client makes of it on both sides.

Source: design.md, section 5.
"""

from __future__ import annotations

from enum import Enum

from governance.compat.answer import Answer, Judgement, Refuted, Schema, Unknown
from governance.compat.contains import contains
from governance.compat.engine.confirm import doubted
from governance.compat.engine.form import UndecidedError
from governance.compat.governed.closed import as_writer
from governance.compat.governed.filling import fill
from governance.compat.governed.tolerant import as_reader
from governance.schema.dialect import DRAFT_2020_12

__all__ = ["Judgement", "View", "as_reader", "as_writer", "fill", "judge"]

_NOTHING = Schema(root=False, dialect=DRAFT_2020_12)
_ANYTHING = Schema(root=True, dialect=DRAFT_2020_12)
_BUG = "the event that was found is none that a client would publish; this is a bug of keb-govern"


class View(Enum):
    """How the schemas are meant."""

    AS_WRITTEN = "plain JSON Schema: an object is open unless it says otherwise"
    GOVERNED = "a writer sends only what is declared, a reader ignores the rest and fills defaults"


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
    if view is View.AS_WRITTEN:
        return Judgement(contains(new, old), contains(old, new))
    return Judgement(_governed(new, old), _governed(old, new))


def _governed(reader: Schema, writer: Schema) -> Answer:
    try:
        answer = contains(as_reader(reader), as_writer(writer))
        if not isinstance(answer, Refuted):
            return answer
        read = fill(reader, answer.witness)
        reading = as_reader(reader, fills=False)
    except UndecidedError as error:
        return Unknown(str(error))
    except RecursionError:
        return Unknown("the schemas are nested too deeply")
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return Unknown(f"a schema is malformed: {error}")
    doubt = doubted(_NOTHING, writer, answer.witness) or doubted(reading, _ANYTHING, read)
    return answer if doubt is None else Unknown(_BUG)
