"""What a writer may write: a schema closed, because the client refuses undeclared fields.

Source: design.md, section 5 (the governed content model).
"""

from __future__ import annotations

from operator import eq
from typing import NamedTuple, TypeAlias

from governance.compat.answer import Schema
from governance.compat.engine.modern import fragment, mentions, modern
from governance.compat.governed.copies import Copies
from governance.compat.governed.parts import (
    CONDITIONS,
    IN_PLACE,
    LEADING,
    Child,
    Document,
    Part,
    Place,
)
from governance.schema.dialect import Holds
from governance.schema.json import Json, JsonObject, as_list, as_object, identity, types_of
from governance.schema.pointer import join

_OPENING = frozenset({"additionalProperties", "unevaluatedProperties"})
# Whatever says one of these says which undeclared fields there may be.
_SAYS = frozenset({*_OPENING, "patternProperties"})
_CHOICES = ("allOf", "anyOf", "oneOf")
_ALTERED = frozenset({"$ref", "x-extensible-enum"})
_LEADING = LEADING.union(CONDITIONS)
# What a schema may say besides its one branch, so that closing the branch closes it all.
_ASIDE = frozenset(
    "$schema $comment $defs definitions title description default examples example deprecated "
    "readOnly writeOnly type format discriminator externalDocs xml".split()
)


class Whole(NamedTuple):
    """What the schemas that speak of one value agree on, when it is closed.

    Attributes:
        loose: Keyword and name of the properties and items that several of them speak of: what
            stands there is not closed by one of them, which would not know the others.
        free: Branches of a choice in which anything may be.
    """

    loose: frozenset[tuple[str, str]] = frozenset()
    free: frozenset[str] = frozenset()


class Closed(NamedTuple):
    """A schema stands for the whole of a value."""


class Plain(NamedTuple):
    """A schema is taken as it is written.

    Attributes:
        is_listed: Whether ``x-extensible-enum`` counts as an enum.
    """

    is_listed: bool


_Mode: TypeAlias = Whole | Plain | Closed


def as_writer(schema: Schema) -> Schema:
    """Return the plain JSON Schema of what a writer may write.

    An object that declares fields is closed, unless it says by ``additionalProperties``,
    ``unevaluatedProperties`` or ``patternProperties`` what else there may be:

    - Where several schemas speak of one object (``$ref``, ``allOf``, ``anyOf``, ``oneOf``,
      ``then``, ``else``, ``dependentSchemas``), they declare its fields together, and the
      outermost closes it. Of ``anyOf``, one branch has to account for all that is below.
    - An object that declares no field is free-form (KEB609) and stays open, and so does a branch
      of a choice between shapes that declares none.
    - What stands under ``not``, ``if``, ``contains`` and ``propertyNames`` says when something
      holds, not what may be written: it stays as it is.
    - Whoever declares fields and forgets ``type`` sends objects, not texts.
    - ``x-extensible-enum`` is an enum.

    Args:
        schema: A schema of any dialect.

    Returns:
        A schema of dialect 2019-09 or 2020-12, that allows nothing which ``schema`` refuses.

    Raises:
        UndecidedError: It leads on without end, or where a reference leads can't be told.
    """
    return _Closing(modern(schema)).made()


class _Closing:
    def __init__(self, schema: Schema) -> None:
        self.document = Document(schema.root, schema.dialect)
        self.copies = Copies[_Mode](self.document, schema.pointer, Closed())
        self.together: dict[tuple[tuple[str, bool], ...], str] = {}

    def made(self) -> Schema:
        return self.copies.assemble(self._rewrite)

    def _rewrite(self, pointer: str, mode: _Mode) -> Json:
        schema = self.document.at(pointer)
        if not isinstance(schema, dict):
            return schema
        if isinstance(mode, Plain):
            return self._plain(schema, mode)
        if isinstance(mode, Whole):
            return self._part(pointer, schema, mode)
        closed = self._closed(pointer, schema)
        if isinstance(closed, dict) and "properties" in schema and "type" not in schema:
            return {**closed, "type": "object"}
        return closed

    def _plain(self, schema: Json, mode: Plain) -> Json:
        """Return a schema as it is, with its references led to schemas that are so as well."""
        if not isinstance(schema, dict) or not mentions(schema, _ALTERED):
            return schema
        made: JsonObject = {}
        for keyword, value in schema.items():
            holds = self.document.dialect.keywords.get(keyword, Holds.VALUE)
            if keyword == "$ref":
                made[keyword] = self.copies.lead(value, mode)
            elif holds is Holds.VALUE or not isinstance(value, dict | list):
                made[keyword] = value
            elif isinstance(value, list):
                made[keyword] = [self._plain(one, mode) for one in value]
            elif holds is Holds.MAP:
                made[keyword] = {name: self._plain(one, mode) for name, one in value.items()}
            else:
                made[keyword] = self._plain(value, mode)
        return _listed(made) if mode.is_listed else made

    def _closed(self, pointer: str, schema: JsonObject) -> Json:
        """Return the schema that stands for the whole of a value."""
        if _LEADING.isdisjoint(schema):
            return _listed(schema)
        said = {one for one in schema if one not in _ASIDE and not one.startswith("x-")}
        only = said.pop() if len(said) == 1 else ""
        if only == "$ref" and self.document.target(schema) is not None:
            return _listed({**schema, "$ref": self.copies.lead(schema["$ref"], Closed())})
        if only in _CHOICES and isinstance(schema[only], list):
            branches = [f"{pointer}/{only}/{number}" for number in range(len(schema[only]))]
            if len(branches) == 1 or (only != "allOf" and self.document.are_told_apart(branches)):
                closed = [self._rewrite(branch, Closed()) for branch in branches]
                return _listed({**schema, only: closed})
        parts = self.document.parts(pointer)
        shared = self.document.shared(parts)
        is_to_close = _is_to_close(schema, parts, self.document)
        free = _free(parts) if is_to_close else frozenset[str]()
        if free and any("unevaluatedProperties" in part.schema for part in parts):
            # What is opened in one part would be open for another that asks what was evaluated.
            is_to_close, free = False, frozenset()
        whole = Whole(frozenset(shared.joint) | shared.crossed, free)
        made = self._part(pointer, schema, whole)
        for (keyword, name), several in shared.joint.items():
            joint = {"$ref": self.copies.lead(fragment(self._together(several)), Closed())}
            below: JsonObject = {keyword: {name: joint} if name else joint}
            # Said in this way, it asserts the same and evaluates nothing: a field is not declared
            # by what would describe it on some condition.
            quiet: JsonObject = {"not": {"not": below}}
            made["allOf"] = [*as_list(made.get("allOf")), quiet]
        return _shut(made, parts, has_free=bool(free)) if is_to_close else made

    def _together(self, several: list[tuple[Part, Child]]) -> str:
        """Return the pointer of a schema that says what several say, each on its condition."""
        key = tuple((child.pointer, bool(part.chain)) for part, child in several)
        if key not in self.together:
            branches: list[JsonObject] = []
            for pointer, is_conditional in key:
                led: JsonObject = {"$ref": fragment(pointer)}
                # Where it does not hold, it declares nothing, and where it does, it is asked for
                # where it stands.
                branches.append({"anyOf": [True, led]} if is_conditional else led)
            self.together[key] = self.document.add({"allOf": branches})
        return self.together[key]

    def _part(self, pointer: str, schema: JsonObject, whole: Whole) -> JsonObject:
        """Return one of the schemas that speak of a value; another one closes it."""
        made: JsonObject = {}
        for keyword, value in schema.items():
            made[keyword] = self._keyword(f"{pointer}/{keyword}", keyword, value, whole)
        if pointer in whole.free:
            made.setdefault("additionalProperties", True)
        if isinstance(schema.get("oneOf"), list) and made["oneOf"] != schema["oneOf"]:
            branches = [f"{pointer}/oneOf/{number}" for number in range(len(schema["oneOf"]))]
            if not self.document.are_told_apart(branches):
                # Closed, two branches may be told apart that are not, as they are written.
                made["allOf"] = [*as_list(made.get("allOf")), {"anyOf": made["oneOf"]}]
                as_written = Plain(is_listed=False)
                made["oneOf"] = [self._plain(one, as_written) for one in schema["oneOf"]]
        return _listed(made)

    def _keyword(self, pointer: str, keyword: str, value: Json, whole: Whole) -> Json:
        if keyword == "$ref":
            return self.copies.lead(value, whole)
        if keyword in CONDITIONS:
            return self._plain(value, Plain(is_listed=False))
        holds = self.document.dialect.keywords.get(keyword, Holds.VALUE)
        if holds is Holds.VALUE or keyword in ("$defs", "contentSchema"):
            return value
        is_same = keyword in IN_PLACE
        if isinstance(value, list):
            places = [None if is_same else ("prefixItems", str(one)) for one in range(len(value))]
            return [
                self._below(f"{pointer}/{number}", whole, place)
                for number, place in enumerate(places)
            ]
        if holds is Holds.MAP and isinstance(value, dict):
            return {
                name: self._below(pointer + join(name), whole, None if is_same else (keyword, name))
                for name in value
            }
        return self._below(pointer, whole, None if is_same else (keyword, ""))

    def _below(self, pointer: str, whole: Whole, place: Place | None) -> Json:
        """Return a subschema: of the same value where no place is given, else of a part of it."""
        if place is None:
            return self._rewrite(pointer, whole)
        return self._rewrite(pointer, Plain(is_listed=True) if place in whole.loose else Closed())


def _is_to_close(schema: JsonObject, parts: tuple[Part, ...], document: Document) -> bool:
    if "type" in schema and "object" not in types_of(schema):
        return False
    if not any(as_object(part.schema.get("properties")) for part in parts):
        return False
    return not any(
        not part.chain and (not _SAYS.isdisjoint(part.schema) or _leads_out(part, document))
        for part in parts
    )


def _shut(made: JsonObject, parts: tuple[Part, ...], *, has_free: bool) -> JsonObject:
    """Close an object, in place."""
    certain, conditional = set[str](), set[str]()
    for part in parts:
        names = conditional if part.chain else certain
        names.update(as_object(part.schema.get("properties")))
        conditional.update(as_object(as_object(part.schema.get("if")).get("properties")))
    is_told = conditional <= certain and not any(
        part.chain and not _SAYS.isdisjoint(part.schema) for part in parts
    )
    if not is_told or has_free:
        made["unevaluatedProperties"] = False
        return made
    # The same, and easier to judge.
    own = as_object(made.get("properties"))
    made["properties"] = {**own, **dict.fromkeys(sorted(certain - own.keys()), True)}
    made["additionalProperties"] = False
    return made


def _leads_out(part: Part, document: Document) -> bool:
    return "$ref" in part.schema and document.target(part.schema) is None


def _free(parts: tuple[Part, ...]) -> frozenset[str]:
    """Return the parts that leave an object open, if they hold: they declare no field of it.

    So does one with ``patternProperties``.
    """
    declaring = [part.chain for part in parts if as_object(part.schema.get("properties"))]
    saying = {part.chain for part in parts if not _SAYS.isdisjoint(part.schema)}
    found = set()
    for part in parts:
        if not part.chain:
            continue
        choice, number = part.chain[-1]
        if "patternProperties" in part.schema and _OPENING.isdisjoint(part.schema):
            found.add(part.pointer)
        if part.pointer != f"{choice}/{number}" or part.chain in saying:
            continue
        kinds = types_of(part.schema)
        is_shape = choice.endswith(("/anyOf", "/oneOf")) and ("object" in kinds or not kinds)
        # Fields that are declared around a choice, or further in, hold for this branch of it.
        if is_shape and not any(all(map(eq, part.chain, one)) for one in declaring):
            found.add(part.pointer)
    return frozenset(found)


def _listed(schema: JsonObject) -> JsonObject:
    """Return a schema whose ``x-extensible-enum`` is an enum."""
    values = schema.get("x-extensible-enum")
    if not isinstance(values, list) or not values:
        return schema
    if isinstance(schema.get("enum"), list):
        known = set(map(identity, values))
        values = [one for one in schema["enum"] if identity(one) in known]
    return {**schema, "enum": values}
