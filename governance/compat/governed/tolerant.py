"""What a reader may read: a schema that unknown fields never trouble, with defaults filled in.

Source: design.md, section 5 (the governed content model).
"""

from __future__ import annotations

import json
from enum import Enum
from typing import NamedTuple

from governance.compat.answer import Schema
from governance.compat.engine.form import UndecidedError
from governance.compat.engine.holds import is_found
from governance.compat.engine.modern import mentions, modern
from governance.compat.governed.copies import Copies
from governance.compat.governed.defaults import Defaults
from governance.compat.governed.parts import CONDITIONS, LEADING, Child, Document, Part, Place
from governance.schema.dialect import Holds
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import escape, join

_CLOSING = ("additionalProperties", "unevaluatedProperties")
_CONDITIONS = ("not", "if")
_CHOICES = ("anyOf", "oneOf", "then", "else", "dependentSchemas")
_COUNTING = frozenset({"minProperties", "maxProperties"})
_LEADING = LEADING.union(CONDITIONS)
_ASIDE = frozenset({"$ref", "title", "description", "default", "examples", "deprecated"})


def as_reader(schema: Schema, *, fills: bool = True) -> Schema:
    """Return the plain JSON Schema of what a reader may read.

    - Unknown fields never trouble it: ``additionalProperties: false`` and ``unevaluatedProperties:
      false`` mean nothing, while a schema given there still holds. What stands under ``not`` and
      ``if`` stays as it is: tolerance never makes a reader refuse more.
    - For the same reason, a ``oneOf`` whose branches are told apart by their closedness takes what
      exactly one branch accepts as written; of what none accepts as written, it takes all that one
      accepts when it ignores unknown fields.
    - Defaults are filled in before (`fill`): a field with one is never missing, and every keyword
      that looks at such a field sees its default where the field is left out.
    - ``x-extensible-enum`` means nothing.

    Args:
        schema: A schema of any dialect.
        fills: Whether defaults count.

    Returns:
        A schema of dialect 2019-09 or 2020-12.

    Raises:
        UndecidedError: It leads on without end, or what a default does can't be said in a schema.
    """
    return _Tolerance(modern(schema), fills=fills).made()


class _Reading(Enum):
    """How a schema is read."""

    TOLERANT = "unknown fields are ignored"
    STRICT = "as written, with the defaults filled in"
    CONDITION = "as written: it asks about a value, and fills nothing in"


class _Mode(NamedTuple):
    """How a schema is read, and of what.

    Attributes:
        reading: How.
        roots: The schemas of the same value around it, whose defaults are filled in.
        filled: Names and defaults, as JSON, of fields that are filled in.
    """

    reading: _Reading
    roots: tuple[str, ...]
    filled: tuple[tuple[str, str], ...]


class _Tolerance:
    def __init__(self, schema: Schema, *, fills: bool) -> None:
        self.document = Document(schema.root, schema.dialect)
        self.defaults = Defaults(self.document)
        self.fills = fills and mentions(schema.root, frozenset({"default"}))
        self.is_closed_somewhere = _closes(schema.root)
        # Where the schemas of some roots tell of a field or item.
        self._told: dict[tuple[str, ...], dict[Place, list[str]]] = {}
        first = _Reading.TOLERANT
        self.copies = Copies[_Mode](self.document, schema.pointer, _Mode(first, (), ()))

    def made(self) -> Schema:
        return self.copies.assemble(self._rewrite)

    def _rewrite(self, pointer: str, mode: _Mode) -> Json:
        # A schema that is led to without anything around it stands for the whole of a value.
        return self._part(pointer, mode) if mode.roots else self._whole(pointer, mode.reading, ())

    def _whole(
        self, pointer: str, reading: _Reading, beside: tuple[str, ...], *, is_asked: bool = False
    ) -> Json:
        """Return a schema of a value of its own, of which some other schemas speak as well."""
        schema = self.document.at(pointer)
        if not isinstance(schema, dict):
            return schema
        if not beside and _LEADING.isdisjoint(schema):
            return schema
        if not beside and not is_asked and schema.keys() <= _ASIDE:
            ref = self.copies.lead(schema["$ref"], _Mode(reading, (), ()))
            return {**schema, "$ref": ref}
        is_asked = is_asked or reading is _Reading.CONDITION
        roots = beside if is_asked else tuple(sorted({pointer, *beside}))
        found = self.defaults.certain(roots) if self.fills else {}
        # Without roots it would be taken for a whole again.
        return self._part(pointer, _Mode(reading, roots or ("-",), _filled(found)))

    def _part(self, pointer: str, mode: _Mode) -> Json:
        """Return one of the schemas that speak of a value."""
        schema = self.document.at(pointer)
        if not isinstance(schema, dict):
            return schema
        made: JsonObject = {}
        for keyword, value in schema.items():
            made[keyword] = self._keyword(pointer, keyword, value, mode)
        if mode.reading is _Reading.TOLERANT:
            made.update({one: True for one in _CLOSING if schema.get(one) is False})
            if isinstance(schema.get("oneOf"), list) and self._is_told_by_closedness(pointer):
                self._loosen(made, pointer, mode)
        if self.fills and schema.get("uniqueItems") is True and self._fills_items(pointer, schema):
            raise UndecidedError("items that have defaults are compared with each other")
        if mode.filled:
            self._see_defaults(made, Part(pointer, schema, ()), mode)
        return made

    def _keyword(self, pointer: str, keyword: str, value: Json, mode: _Mode) -> Json:
        where = f"{pointer}/{keyword}"
        holds = self.document.dialect.keywords.get(keyword, Holds.VALUE)
        if keyword == "$ref":
            return self.copies.lead(value, mode)
        if keyword in _CONDITIONS:
            return self._part(where, mode._replace(reading=_Reading.CONDITION))
        if keyword in _CHOICES or keyword == "allOf":
            return self._in_place(where, keyword, value, mode)
        if holds is Holds.VALUE or keyword in ("$defs", "contentSchema"):
            return value
        return self._below(where, keyword, value, mode)

    def _in_place(self, where: str, keyword: str, value: Json, mode: _Mode) -> Json:
        """Return what a keyword says of the same value."""
        if keyword in ("then", "else"):
            choice = f"{where.rpartition('/')[0]}/if", keyword
            return self._branch(where, choice, mode)
        if keyword == "dependentSchemas":
            below = {name: where + join(name) for name in value}
            return {name: self._branch(one, (one, ""), mode) for name, one in below.items()}
        branches = [f"{where}/{number}" for number in range(len(value))]
        if keyword == "allOf":
            return [self._part(one, mode) for one in branches]
        return [self._branch(one, (where, str(at)), mode) for at, one in enumerate(branches)]

    def _below(self, where: str, keyword: str, value: Json, mode: _Mode) -> Json:
        """Return what a keyword says of properties or items."""
        if isinstance(value, list):
            return [
                self._child(f"{where}/{number}", ("prefixItems", str(number)), mode)
                for number in range(len(value))
            ]
        if keyword in ("properties", "patternProperties") and isinstance(value, dict):
            return {name: self._child(where + join(name), (keyword, name), mode) for name in value}
        if keyword == "contains":
            return self._contained(where, mode)
        return self._child(where, (keyword, ""), mode)

    def _child(self, pointer: str, place: Place, mode: _Mode) -> Json:
        return self._whole(pointer, mode.reading, self._beside(pointer, place, mode))

    def _contained(self, pointer: str, mode: _Mode) -> Json:
        """Return what is asked about items: it fills in nothing that they do not get elsewhere."""
        beside = self._beside(pointer, ("items", ""), mode)
        around = as_object(self.document.at(pointer.rpartition("/")[0]))
        # The more items fit, the more is refused.
        reading = _Reading.CONDITION if "maxContains" in around else mode.reading
        return self._whole(pointer, reading, beside, is_asked=True)

    def _beside(self, pointer: str, place: Place, mode: _Mode) -> tuple[str, ...]:
        """Return the schemas that hold for the same field or item, whatever comes."""
        if not self.fills:
            return ()
        if mode.roots not in self._told:
            told = self._told[mode.roots] = {}
            for part in self.document.certain(*mode.roots):
                for child in self.document.children(part):
                    told.setdefault((child.keyword, child.name), []).append(child.pointer)
        return tuple(one for one in self._told[mode.roots].get(place, ()) if one != pointer)

    def _branch(self, pointer: str, choice: tuple[str, str], mode: _Mode) -> Json:
        """Return a branch of a choice, with the defaults that it fills in itself."""
        schema = self.document.at(pointer)
        if not self.fills or mode.reading is _Reading.CONDITION or not isinstance(schema, dict):
            return self._part(pointer, mode)
        branch = Part(pointer, schema, (choice,))
        own = self.defaults.of_branch(branch, mode.roots)
        filled = _filled({**_unfilled(mode), **own})
        roots = tuple(sorted({*mode.roots, branch.pointer}))
        return self._part(branch.pointer, mode._replace(roots=roots, filled=filled))

    def _is_told_by_closedness(self, pointer: str) -> bool:
        branches = as_list(self.document.at(f"{pointer}/oneOf"))
        pointers = [f"{pointer}/oneOf/{number}" for number in range(len(branches))]
        return (
            self.is_closed_somewhere
            and (_closes(branches) or mentions(branches, frozenset({"$ref"})))
            and not self.document.are_told_apart(pointers, by_default=not self.fills)
        )

    def _loosen(self, made: JsonObject, pointer: str, mode: _Mode) -> None:
        tolerant = made.pop("oneOf")
        strict = mode._replace(reading=_Reading.STRICT)
        as_written = self._keyword(pointer, "oneOf", self.document.at(f"{pointer}/oneOf"), strict)
        alone: JsonObject = {"anyOf": [{"oneOf": as_written}, {"not": {"anyOf": as_written}}]}
        made["allOf"] = [*as_list(made.get("allOf")), {"anyOf": tolerant}, alone]

    def _fills_items(self, pointer: str, schema: JsonObject) -> bool:
        return any(
            self.defaults.certain((child.pointer,)) or _mentions_default(child.schema)
            for child in self.document.children(Part(pointer, schema, ()))
            if child.keyword.lower().endswith("items")
        )

    def _see_defaults(self, made: JsonObject, part: Part, mode: _Mode) -> None:
        """Make a schema see the defaults of fields that are left out."""
        filled = _unfilled(mode)
        if not _COUNTING.isdisjoint(made) or any(map(_holds_object, _values(made))):
            raise UndecidedError("the fields of an object that has defaults are counted or listed")
        required = [one for one in as_list(made.get("required")) if one not in filled]
        dependent = {
            one: [name for name in as_list(names) if name not in filled]
            for one, names in as_object(made.get("dependentRequired")).items()
        }
        for one in dependent.keys() & filled.keys():
            required += [name for name in dependent[one] if name not in required]
        made.update({"dependentRequired": dependent} if dependent else {})
        # A default that a schema refuses is refused wherever the field is left out.
        required += [
            name for name, value in filled.items() if not self._takes(part, mode, name, value)
        ]
        made.pop("required", None)
        made.update({"required": required} if required else {})
        schemas = as_object(made.get("dependentSchemas"))
        told = [schemas[name] for name in schemas if name in filled]
        if told:
            objects: JsonObject = {"if": {"type": "object"}, "then": {"allOf": told}}
            made["allOf"] = [*as_list(made.get("allOf")), objects]

    def _takes(self, part: Part, mode: _Mode, name: str, value: Json) -> bool:
        """Say whether what a schema itself says of a field lets its default pass."""
        for child in self._of_field(part, name):
            is_ignored = child.schema is False and mode.reading is _Reading.TOLERANT
            if child.keyword in _CLOSING and is_ignored:
                continue
            if child.keyword == "unevaluatedProperties":
                raise UndecidedError("unevaluatedProperties may look at a default")
            schema = Schema(self.document.root, self.document.dialect, child.pointer)
            if not self.defaults.accepts(schema, value):
                return False
        names = Schema(self.document.root, self.document.dialect, f"{part.pointer}/propertyNames")
        return "propertyNames" not in part.schema or self.defaults.accepts(names, name)

    def _of_field(self, part: Part, name: str) -> list[Child]:
        schema, pointer = part.schema, part.pointer
        found = []
        if name in as_object(schema.get("properties")):
            below = f"{pointer}/properties/{escape(name)}"
            found.append(Child("properties", name, below, schema["properties"][name]))
        for pattern, one in as_object(schema.get("patternProperties")).items():
            if is_found(pattern, name):
                below = f"{pointer}/patternProperties/{escape(pattern)}"
                found.append(Child("patternProperties", pattern, below, one))
        if not found and "additionalProperties" in schema:
            one = schema["additionalProperties"]
            found.append(Child("additionalProperties", "", f"{pointer}/additionalProperties", one))
        if "unevaluatedProperties" in schema and schema["unevaluatedProperties"] is not True:
            declared = {
                known
                for one in self.document.certain(pointer)
                for known in as_object(one.schema.get("properties"))
            }
            if name not in declared:
                one = schema["unevaluatedProperties"]
                found.append(Child("unevaluatedProperties", "", "", one))
        return found


def _filled(defaults: JsonObject) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, json.dumps(value)) for name, value in defaults.items()))


def _unfilled(mode: _Mode) -> JsonObject:
    return {name: json.loads(text) for name, text in mode.filled}


def _values(schema: JsonObject) -> list[Json]:
    return [*as_list(schema.get("enum")), *([schema["const"]] if "const" in schema else [])]


def _mentions_default(schema: Json) -> bool:
    below = [one for word, one in as_object(schema).items() if word != "default"]
    return any(mentions(one, frozenset({"default"})) for one in below)


def _holds_object(value: Json) -> bool:
    return isinstance(value, dict)


def _closes(value: Json) -> bool:
    todo = [value]
    for one in todo:
        if isinstance(one, dict):
            if any(one.get(keyword) is False for keyword in _CLOSING):
                return True
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False
