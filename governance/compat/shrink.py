"""Make a witness small: what people read in a pull request holds nothing that it does not need."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from governance.compat.form import UndecidedError
from governance.schema.json import Json

_MOST_TRIES = 400


def shrunk(witness: Json, is_one: Callable[[Json], bool]) -> Json:
    """Return a witness from which nothing can be left out.

    Args:
        witness: A witness.
        is_one: Says whether a value still is one.
    """
    tries = _MOST_TRIES
    changed = True
    while changed and tries:
        changed = False
        for smaller in _smaller(witness):
            tries -= 1
            if _holds(is_one, smaller):
                witness, changed = smaller, True
                break
            if not tries:
                break
    return witness


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
