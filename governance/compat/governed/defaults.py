"""The defaults that the client fills in, and what filling them in makes of an instance.

Source: design.md, section 5: a reader fills in defaults, because the client does.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.compat.answer import Schema
from governance.compat.engine.form import Forms, UndecidedError
from governance.compat.engine.read import read
from governance.compat.engine.solve import BudgetError, Solver
from governance.compat.governed.parts import Document, Part
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import escape

_CONDITIONS = ("not", "if")
_WATCHING = frozenset({"patternProperties", "propertyNames", "minProperties", "maxProperties"})


class Defaults:
    """The defaults that are filled in, by what they belong to.

    Args:
        document: The document.
        known: What was found of it before, if anything: see ``certain``.
    """

    def __init__(
        self, document: Document, known: dict[tuple[str, ...], JsonObject] | None = None
    ) -> None:
        self.document = document
        self._forms = Forms()
        self._solver = Solver(self._forms)
        self._known = {} if known is None else known

    def accepts(self, schema: Schema, value: Json) -> bool:
        """Say whether a schema accepts a value, as written."""
        try:
            return self._solver.holds(read(self._forms, schema), value)
        except BudgetError:
            raise UndecidedError("it takes too long to see what a default does") from None

    def certain(self, pointers: tuple[str, ...]) -> JsonObject:
        """Return the defaults of an object's fields that are filled in whatever else it holds.

        Args:
            pointers: The schemas of the object.
        """
        if pointers not in self._known:
            self._known[pointers] = dict(self._of(self.document.certain(*pointers)))
        return self._known[pointers]

    def _of(self, parts: list[Part]) -> Iterator[tuple[str, Json]]:
        told: dict[str, list[str]] = {}
        for part in parts:
            for name in as_object(part.schema.get("properties")):
                told.setdefault(name, []).append(f"{part.pointer}/properties/{escape(name)}")
        for name, pointers in told.items():
            around = [one.schema for one in self.document.certain(*pointers)]
            defaults = [one["default"] for one in around if "default" in one]
            if defaults and all(self._is_valid(one, defaults[0]) for one in pointers):
                yield name, defaults[0]

    def _is_valid(self, pointer: str, value: Json) -> bool:
        document = self.document
        return self.accepts(Schema(document.root, document.dialect, pointer), value)

    def of_branch(self, branch: Part, around: tuple[str, ...]) -> JsonObject:
        """Return the defaults that a branch of a choice fills in when it holds.

        Args:
            branch: The branch.
            around: The schemas of the same object that it stands in.
        """
        found = self.certain((*around, branch.pointer))
        own = {
            name
            for part in self.document.certain(branch.pointer)
            for name in as_object(part.schema.get("properties"))
        }
        found = {name: value for name, value in found.items() if name in own}
        if not found:
            return found
        is_apart = self._is_apart(branch)
        spoken = set[str]()
        for part in (one for pointer in around for one in self.document.parts(pointer)):
            is_other = branch.chain[-1] not in part.chain and part.pointer != branch.pointer
            if is_other and not (is_apart and part.excludes(branch)):
                if _counts(part.schema):
                    return {}
                spoken |= _spoken(part.schema)
            for keyword in _CONDITIONS:
                spoken |= self._spoken_in(f"{part.pointer}/{keyword}", set())
        return {name: value for name, value in found.items() if name not in spoken}

    def _is_apart(self, branch: Part) -> bool:
        choice, _ = branch.chain[-1]
        branches = as_list(self.document.at(choice))
        pointers = [f"{choice}/{number}" for number in range(len(branches))]
        return choice.endswith("/if") or (
            bool(pointers) and self.document.are_told_apart(pointers, by_default=False)
        )

    def _spoken_in(self, pointer: str, seen: set[str]) -> set[str]:
        """Return the fields that a condition speaks of."""
        if pointer in seen:
            return set()
        seen.add(pointer)
        names = set[str]()
        for part in self.document.parts(pointer):
            names |= _spoken(part.schema)
            for keyword in _CONDITIONS:
                names |= self._spoken_in(f"{part.pointer}/{keyword}", seen)
        return names


def _counts(schema: JsonObject) -> bool:
    """Say whether a schema looks at fields that it does not name."""
    values = [*as_list(schema.get("enum")), schema.get("const")]
    return (
        not _WATCHING.isdisjoint(schema)
        or schema.get("additionalProperties", True) is not True
        or isinstance(schema.get("unevaluatedProperties"), dict)
        or any(isinstance(one, dict) for one in values)
    )


def _spoken(schema: JsonObject) -> set[str]:
    """Return the fields that a schema speaks of by name."""
    names = set(as_object(schema.get("properties")))
    names.update(one for one in as_list(schema.get("required")) if isinstance(one, str))
    for keyword in ("dependentRequired", "dependentSchemas"):
        names.update(as_object(schema.get(keyword)))
    return names
