"""Every place of a payload, and payloads that differ from it at one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from governance.schema.json import Json
from governance.schema.pointer import join

GONE: Json = object()
"""What stands at a place where nothing shall stand."""


class Spot(NamedTuple):
    """One place of a payload.

    Attributes:
        tokens: The way to it, as the tokens of a JSON Pointer.
        value: What stands there.
    """

    tokens: tuple[str | int, ...]
    value: Json

    @property
    def pointer(self) -> str:
        """Its JSON Pointer."""
        return join(*self.tokens)


def spots(value: Json, tokens: tuple[str | int, ...] = ()) -> Iterator[Spot]:
    """Yield every place, outer ones first; of a list the first item stands for all."""
    yield Spot(tokens, value)
    if isinstance(value, dict):
        for key, below in value.items():
            yield from spots(below, (*tokens, key))
    elif isinstance(value, list) and value:
        yield from spots(value[0], (*tokens, 0))


def put(value: Json, tokens: tuple[str | int, ...], new: Json) -> Json:
    """Return a value with another one at a place; with ``GONE`` the key is left out."""
    if not tokens:
        return new
    token, *below = tokens
    if isinstance(value, list):
        changed = put(value[int(token)], tuple(below), new)
        return [changed if number == token else one for number, one in enumerate(value)]
    if not below and new is GONE:
        return {key: one for key, one in value.items() if key != token}
    return {**value, token: put(value.get(token), tuple(below), new)}
