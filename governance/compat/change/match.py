"""Which fields and branches of two schemas stand for the same, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from governance.schema.json import Json, JsonObject, as_list, as_object, as_text, identity, types_of

T = TypeVar("T", str, int)


class Match(NamedTuple, Generic[T]):
    """What stands for what.

    Attributes:
        kept: The same thing on both sides, old and new, in the order of the new side.
        gone: What is on the old side alone.
        come: What is on the new side alone.
        is_reordered: Whether what was kept stands in another order.
    """

    kept: tuple[tuple[T, T], ...]
    gone: tuple[T, ...]
    come: tuple[T, ...]
    is_reordered: bool


def fields(old: JsonObject, new: JsonObject) -> Match[str]:
    """Match the ``properties`` of two objects: by name, by ``renamed_from``, by what they say.

    A field that is gone and one that came are the same if they say the same, and enough to be told
    by: a description, or fields, values or forms of their own.
    """
    kept = {name: name for name in new if name in old}
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    for one, was in [*_declared(come, gone, new), *_look_alikes(come, gone, old, new)]:
        if one in come and was in gone:
            kept[one] = was
            come.remove(one)
            gone.remove(was)
    return _match([(kept[name], name) for name in new if name in kept], gone, come, list(old))


def branches(old: list[Json], new: list[Json], *, by_place: bool) -> Match[int]:
    """Match the branches of two unions: the equal ones, then by what tells them apart.

    Args:
        old: The old branches.
        new: The new branches.
        by_place: Whether what is left is matched in order, if it is equally many.
    """
    found: dict[int, int] = {}
    for key in (identity, _tag):
        waiting: dict[object, list[int]] = {}
        for was, branch in enumerate(old):
            if was not in found.values():
                waiting.setdefault(key(branch), []).append(was)
        for number, branch in enumerate(new):
            known = waiting.get(key(branch), [])
            if number not in found and known and key(branch) is not None:
                found[number] = known.pop(0)
    gone = [was for was in range(len(old)) if was not in found.values()]
    come = [number for number in range(len(new)) if number not in found]
    if not by_place:
        nameless_old = [was for was in gone if _tag(old[was]) is None]
        nameless_new = [number for number in come if _tag(new[number]) is None]
    else:
        nameless_old, nameless_new = gone, come
    if len(nameless_old) == len(nameless_new):
        found.update(zip(nameless_new, nameless_old, strict=True))
    kept = [(found[number], number) for number in range(len(new)) if number in found]
    gone = [was for was in gone if was not in found.values()]
    come = [number for number in come if number not in found]
    return _match(kept, gone, come, list(range(len(old))))


def tags(schema: Json) -> list[tuple[str, Json]]:
    """Return the fields of an object that can have one value only, with that value."""
    return [
        (name, said["const"])
        for name, said in as_object(as_object(schema).get("properties")).items()
        if isinstance(said, dict) and "const" in said
    ]


def _match(
    kept: list[tuple[T, T]], gone: Sequence[T], come: Sequence[T], order: list[T]
) -> Match[T]:
    places = [order.index(was) for was, _ in kept]
    return Match(tuple(kept), tuple(gone), tuple(come), places != sorted(places))


def _declared(come: list[str], gone: list[str], new: JsonObject) -> Iterator[tuple[str, str]]:
    for one in come:
        said = as_object(new[one]).get("renamed_from")
        for was in as_list(said) or [said]:
            if was in gone:
                yield one, was


def _look_alikes(
    come: list[str], gone: list[str], old: JsonObject, new: JsonObject
) -> Iterator[tuple[str, str]]:
    for one in come:
        if not _is_telling(new[one]):
            continue
        alike = identity(new[one])
        candidates = [was for was in gone if identity(old[was]) == alike]
        rivals = [other for other in come if identity(new[other]) == alike]
        # Of several that look alike nobody can say which became which.
        if len(candidates) == len(rivals) == 1:
            yield one, candidates[0]


def _is_telling(schema: Json) -> bool:
    said = as_object(schema)
    return as_text(said.get("description")) is not None or any(
        keyword in said for keyword in ("title", "properties", "enum", "const", "oneOf", "anyOf")
    )


def _tag(branch: Json) -> object:
    """Return what tells a branch from its neighbours; None where nothing does."""
    said = as_object(branch)
    constants = tags(said)
    if constants:
        return ("const", identity([list(one) for one in constants]))
    for keyword in ("$ref", "title"):
        if isinstance(said.get(keyword), str):
            return (keyword, said[keyword])
    types = types_of(said)
    # An object may be any of several; of the other types there is seldom more than one.
    return ("type", types) if types and "object" not in types else None
