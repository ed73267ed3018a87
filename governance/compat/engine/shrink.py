"""Make a witness small: what people read in a pull request holds nothing that it does not need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from governance.compat.engine.form import UndecidedError
from governance.schema.json import Json

# To try one is as much work as the witness is large.
_MOST_TRIES = 400
_MOST_WORK = 100_000


def shrunk(witness: Json, is_one: Callable[[Json], bool]) -> Json:
    """Return a witness from which nothing can be left out.

    Args:
        witness: A witness.
        is_one: Says whether a value still is one.
    """
    tries = min(_MOST_TRIES, _MOST_WORK // size(witness))
    changed = True
    while changed:
        changed = False
        for smaller in islice(_smaller(witness), tries):
            tries -= 1
            if _holds(is_one, smaller):
                witness, changed = smaller, True
                break
    return witness


def size(value: Json, most: int = 10**9) -> int:
    """Return how many values a value holds, itself included, or a number above ``most``."""
    total, todo = 0, [value]
    while todo and total <= most:
        one = todo.pop()
        total += 1
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
    return total


def _holds(is_one: Callable[[Json], bool], value: Json) -> bool:
    try:
        return is_one(value)
    except UndecidedError:
        return False


def _smaller(value: Json) -> Iterator[Json]:
    """Yield the value with one thing less, the largest things first."""
    if isinstance(value, dict):
        for name in value:
            yield {key: one for key, one in value.items() if key != name}
        for name, one in value.items():
            for smaller in _smaller(one):
                yield {**value, name: smaller}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, one in enumerate(value):
            for smaller in _smaller(one):
                yield [*value[:index], smaller, *value[index + 1 :]]
