"""Does the reader's schema accept every instance that the writer's allows?"""

from __future__ import annotations

from governance.compat.answer import Answer, Proven, Refuted, Schema, Unknown
from governance.compat.engine.confirm import doubted
from governance.compat.engine.form import Forms, UndecidedError
from governance.compat.engine.read import read
from governance.compat.engine.search import NONE
from governance.compat.engine.shrink import shrunk, size
from governance.compat.engine.solve import MOST_STEPS, BudgetError, Solver
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import Json

_LARGEST = 50_000
_NOTHING = Schema(root=False, dialect=DRAFT_2020_12)


def contains(
    reader: Schema, writer: Schema, most_steps: int = MOST_STEPS, *, assert_formats: bool = False
) -> Answer:
    """Say whether the reader's schema accepts every instance that the writer's allows, as written.

    Args:
        reader: The schema that has to accept.
        writer: The schema whose instances are meant.
        most_steps: How many steps the search may take before it gives up.
        assert_formats: Whether ``format`` asserts something; else it is an annotation.

    Returns:
        Proven, or an instance that shows the contrary, or why neither was established. Whatever
        is wrong with a schema is such a reason.

    Source: design.md, section 5.
    """
    answer = sought(reader, writer, most_steps, assert_formats=assert_formats)
    if not isinstance(answer, Refuted):
        return answer
    doubt = doubted(reader, writer, answer.witness, assert_formats=assert_formats)
    return answer if doubt is None else Unknown(doubt)


def sought(
    reader: Schema, writer: Schema, most_steps: int = MOST_STEPS, *, assert_formats: bool = False
) -> Answer:
    """Say the same as `contains` with a witness that nobody has confirmed: not to be shown."""
    try:
        witness = _witness(reader, writer, most_steps, assert_formats=assert_formats)
    except UndecidedError as error:
        return Unknown(str(error))
    except BudgetError:
        return Unknown("it takes more work than the budget allows")
    except RecursionError:
        return Unknown("the schemas are nested too deeply")
    return Proven() if witness is NONE else Refuted(witness)


def _witness(reader: Schema, writer: Schema, most_steps: int, *, assert_formats: bool) -> Json:
    forms = Forms()
    solver = Solver(forms, most_steps)
    wanted = (
        read(forms, writer, assert_formats=assert_formats),
        -read(forms, reader, assert_formats=assert_formats),
    )
    witness = solver.solve(wanted)
    if witness is NONE:
        return NONE
    if size(witness, _LARGEST) > _LARGEST:
        raise UndecidedError("the witness that was found is too large to be confirmed")
    return shrunk(witness, lambda value: all(solver.holds(one, value) for one in wanted))


def satisfiable(schema: Schema) -> Answer:
    """Say whether a schema allows any instance: the witness is one, Proven means that none exists.

    Returns:
        What `contains` answers for a reader that refuses everything.
    """
    return contains(_NOTHING, schema)
