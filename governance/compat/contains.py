"""Does the reader's schema accept every instance that the writer's allows?"""

from __future__ import annotations

from governance.compat.answer import Answer, Proven, Refuted, Schema, Unknown
from governance.compat.confirm import is_confirmed
from governance.compat.form import Forms, UndecidedError
from governance.compat.read import read
from governance.compat.shrink import shrunk
from governance.compat.solve import MOST_STEPS, NONE, BudgetError, Solver
from governance.schema.dialect import DRAFT_2020_12


def contains(reader: Schema, writer: Schema, most_steps: int = MOST_STEPS) -> Answer:
    """Say whether the reader's schema accepts every instance that the writer's allows, as written.

    Args:
        reader: The schema that has to accept.
        writer: The schema whose instances are meant.
        most_steps: How many steps the search may take before it gives up.

    Returns:
        Proven, or an instance that shows the contrary, or why neither was established. Whatever
        is wrong with a schema is such a reason.

    Source: design.md, section 5.
    """
    forms = Forms()
    solver = Solver(forms, most_steps)
    try:
        wanted = read(forms, writer), -read(forms, reader)
        witness = solver.solve(wanted)
        if witness is NONE:
            return Proven()
        witness = shrunk(witness, lambda value: all(solver.holds(one, value) for one in wanted))
    except UndecidedError as error:
        return Unknown(str(error))
    except BudgetError:
        return Unknown("it takes more work than the budget allows")
    except RecursionError:
        return Unknown("the schemas are nested too deeply")
    if not is_confirmed(reader, writer, witness):
        return Unknown("the witness was not confirmed by jsonschema; this is a bug of keb-govern")
    return Refuted(witness)


def satisfiable(schema: Schema) -> Answer:
    """Say whether a schema allows any instance: the witness is one, Proven means that none exists.

    Returns:
        What `contains` answers for a reader that refuses everything.
    """
    return contains(Schema(False, DRAFT_2020_12), schema)
