"""Fill in defaults, as the client does it before a handler sees an event.

Source: design.md, section 5.
"""

from __future__ import annotations

from governance.compat.answer import Schema
from governance.compat.engine.holds import is_found
from governance.compat.engine.modern import modern
from governance.compat.governed.defaults import Defaults
from governance.compat.governed.parts import Document, Part
from governance.compat.governed.tolerant import as_reader
from governance.schema.json import Json, JsonObject, as_object
from governance.schema.pointer import escape, split

_REST = ("additionalProperties", "unevaluatedProperties")


def fill(schema: Schema, instance: Json) -> Json:
    """Return an instance with the defaults filled in, as the client does it for a handler.

    A field that is left out and has a default gets it: own properties first, then those that
    ``$ref`` and ``allOf`` bring, then those of the branches that accept the object so far. A
    default is filled in where all schemas of the field that hold whatever comes accept it. One in
    a branch of a choice is not where another schema that may hold as well speaks of the same field,
    or looks at fields that it does not name: it would decide which branch it is.

    Raises:
        UndecidedError: The schema can't be read.
    """
    return Filler(schema)(instance)


class Filler:
    """Fills in the defaults of one schema, as ``fill`` does; what follows from it is kept.

    Any thread may call it: what is kept is the same whoever finds it.

    Args:
        schema: The schema.
    """

    def __init__(self, schema: Schema) -> None:
        renewed = modern(schema)
        self.document = Document(renewed.root, renewed.dialect)
        self.certain: dict[tuple[str, ...], JsonObject] = {}
        self.readings: dict[str, tuple[Schema, ...]] = {}
        self._pointers = (schema.pointer,)

    def __call__(self, instance: Json) -> Json:
        """Return an instance with the defaults filled in.

        Raises:
            UndecidedError: The schema can't be read.
        """
        return _Filling(self).filled(self._pointers, instance)


class _Filling:
    def __init__(self, filler: Filler) -> None:
        self.document = filler.document
        # What may be asked of an instance has a bound: each has its own.
        self.defaults = Defaults(filler.document, filler.certain)
        self._readings = filler.readings

    def filled(self, pointers: tuple[str, ...], value: Json) -> Json:
        if isinstance(value, list):
            parts = self._active(pointers, value)
            return [
                self.filled(_items(parts, self.document, at), one) for at, one in enumerate(value)
            ]
        if not isinstance(value, dict):
            return value
        value = {**value, **_left_out(self.defaults.certain(tuple(sorted(pointers))), value)}
        parts = self._active(pointers, value)
        return {name: self.filled(self._fields(parts, name), one) for name, one in value.items()}

    def _active(self, pointers: tuple[str, ...], value: Json) -> list[Part]:
        """Return the schemas that hold for a value; defaults of branches are filled into it."""
        roots = tuple(sorted(pointers))
        # Each with the schemas around it, down to the branch that it is in.
        active = [(part, roots) for part in self.document.certain(*pointers)]
        known = set[str]()
        for part, around in active:
            for pointer, choice in self.document.below(part.pointer, part.schema):
                schema = self.document.at(pointer)
                if choice is None or pointer in known or not self._holds(pointer, choice, value):
                    continue
                known.add(pointer)
                if isinstance(value, dict) and isinstance(schema, dict):
                    branch = Part(pointer, schema, (choice,))
                    value.update(_left_out(self.defaults.of_branch(branch, around), value))
                within = tuple(sorted({*around, pointer}))
                active += [(one, within) for one in self.document.certain(pointer)]
        return [part for part, _ in active]

    def _holds(self, pointer: str, choice: tuple[str, str], value: Json) -> bool:
        where, branch = choice
        if where.endswith("/if"):
            condition = Schema(self.document.root, self.document.dialect, where)
            return self.defaults.accepts(condition, value) is (branch == "then")
        if where == pointer:
            return isinstance(value, dict) and split(where)[-1] in value
        if pointer not in self._readings:
            shape = Schema(self.document.root, self.document.dialect, pointer)
            # One that its own defaults make refuse the value is one that would have held.
            self._readings[pointer] = tuple(as_reader(shape, fills=it) for it in (True, False))
        return any(self.defaults.accepts(one, value) for one in self._readings[pointer])

    def _fields(self, parts: list[Part], name: str) -> tuple[str, ...]:
        found = []
        for part in parts:
            named = f"{part.pointer}/properties/{escape(name)}"
            if name in as_object(part.schema.get("properties")):
                found.append(named)
                continue
            matching = [
                f"{part.pointer}/patternProperties/{escape(pattern)}"
                for pattern in as_object(part.schema.get("patternProperties"))
                if is_found(pattern, name)
            ]
            rest = [f"{part.pointer}/{one}" for one in _REST if one in part.schema]
            found += matching or rest[:1]
        return tuple(found)


def _items(parts: list[Part], document: Document, at: int) -> tuple[str, ...]:
    found = []
    for part in parts:
        places = {(one.keyword, one.name): one.pointer for one in document.children(part)}
        named = places.get(("prefixItems", str(at)))
        rest = places.get(("items", ""), places.get(("additionalItems", "")))
        found += [one for one in (named or rest,) if one is not None]
    return tuple(found)


def _left_out(defaults: JsonObject, value: JsonObject) -> JsonObject:
    return {name: one for name, one in defaults.items() if name not in value}
