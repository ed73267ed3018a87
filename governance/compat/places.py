"""Where a witness is decided: what in the reader's schema refuses it, what in the writer's allows.

The answer of `contains` does not depend on anything here: this only says where to look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, urljoin

import jsonschema_rs

from governance.compat.answer import Schema
from governance.compat.engine.form import UndecidedError
from governance.compat.engine.resources import Resources, Site
from governance.schema.dialect import (
    DRAFT_04,
    DRAFT_06,
    DRAFT_07,
    DRAFT_2019_09,
    DRAFT_2020_12,
    OPENAPI_30,
    without_nullable,
)
from governance.schema.instance import Violation, finder
from governance.schema.json import Json, JsonObject, as_list, as_object, shown
from governance.schema.pointer import join, split
from governance.schema.words import demand, field_path

# References within a document that has no name of its own start from here; nothing is fetched.
_ROOT = "http://keb-govern.invalid/document"
_DRAFTS = {
    DRAFT_04: jsonschema_rs.Draft4,
    DRAFT_06: jsonschema_rs.Draft6,
    DRAFT_07: jsonschema_rs.Draft7,
    DRAFT_2019_09: jsonschema_rs.Draft201909,
    DRAFT_2020_12: jsonschema_rs.Draft202012,
}
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_EITHER = ("anyOf", "oneOf")
# What a content model makes of ``dependencies``.
_DEPENDENT = ("dependentSchemas", "dependentRequired")
_SURPLUS = frozenset({"additionalProperties", "unevaluatedProperties"})
# The later the keyword that a branch fails at, the likelier this branch was meant.
_TELLS_APART = ("const", "enum", "type")
# Draft-04 says beside a bound that it is excluded.
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_ABSENT = object()
_UNUSABLE = (ValueError, jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError)


class Deciding(NamedTuple):
    """Where a witness is decided.

    Attributes:
        reader_pointer: JSON Pointer into the reader's document, to what refuses the witness.
        writer_pointer: JSON Pointer into the writer's document, to what describes the same part of
            the witness.
        instance_pointer: JSON Pointer into the witness, to the part that is refused; for a missing
            field, to where it should be.
        message: What refuses it, as one sentence without a full stop.
    """

    reader_pointer: str
    writer_pointer: str
    instance_pointer: str
    message: str


def deciding(
    reader: Schema, writer: Schema, witness: Json, judged: Schema | None = None
) -> Deciding:
    """Return where it is decided that a reader refuses a witness of a writer.

    Args:
        reader: The schema that refuses it; the most telling one of several refusals is named.
        writer: The schema that allows it.
        witness: An instance; formats are not asserted.
        judged: What a content model makes of the reader's schema; it refuses the witness then, and
            the place is still told in the schema as written.
    """
    written = _Tree(reader)
    refusal = _refusal(written, _Tree(judged) if judged else written, witness)
    place = _described(_Tree(writer), witness, split(refusal.instance_pointer), refusal.keyword)
    return Deciding(refusal.pointer, place, refusal.instance_pointer, refusal.message)


class _Spot(NamedTuple):
    """A subschema, or a part of one, and where it stands in the document."""

    pointer: str
    site: Site


class _Refusal(NamedTuple):
    pointer: str
    keyword: str
    instance_pointer: str
    message: str


class _Tree:
    """A schema to be walked through, references included."""

    def __init__(self, schema: Schema) -> None:
        root = schema.root
        if isinstance(root, dict):
            root = without_nullable(root) if schema.dialect is OPENAPI_30 else root
            # How to read it has been decided, and the validator knows no other dialects.
            root = {keyword: value for keyword, value in root.items() if keyword != "$schema"}
        self.root = root
        self.dialect = DRAFT_2020_12 if schema.dialect is OPENAPI_30 else schema.dialect
        self.resources = Resources(root, self.dialect)
        self.uri = urljoin(_ROOT, self.resources.start.base)
        self.start = _Spot(schema.pointer, self.resources.at(schema.pointer))
        self._pointers: dict[int, str] = {}

    def validator(self, pointer: str) -> jsonschema_rs.Validator:
        """Return a validator for the schema at a pointer.

        Raises:
            ValueError: There is none for this schema, or another of `_UNUSABLE`.
        """
        schema = {"$schema": self.dialect.uri, "$ref": f"{self.uri}#{quote(pointer)}"}
        registry = jsonschema_rs.Registry(
            [(self.uri, self.root)], draft=_DRAFTS[self.dialect], retriever=_never_fetch
        )
        return jsonschema_rs.validator_for(
            schema, registry=registry, retriever=_never_fetch, validate_formats=False
        )

    def allows(self, spot: _Spot, instance: Json) -> bool:
        """Say whether a subschema allows an instance; one that can't be judged does."""
        try:
            return instance is _ABSENT or self.validator(spot.pointer).is_valid(instance)
        except _UNUSABLE:
            return True

    def walk(self, spot: _Spot, steps: Sequence[str | int]) -> _Spot:
        """Return where some steps of an evaluation lead, as far as there is something."""
        for step in steps:
            value = spot.site.schema
            if step in _REFERENCES and isinstance(as_object(value).get(str(step)), str):
                spot = self.follow(spot, str(step))
                continue
            below = self.below(spot, step)
            if below is None and step in _DEPENDENT:
                below = self.below(spot, "dependencies")
            if below is None:
                break
            spot = below
        return spot

    def below(self, spot: _Spot, *steps: str | int) -> _Spot | None:
        """Return what stands some steps below, or None."""
        for step in steps:
            value = spot.site.schema
            is_item = isinstance(value, list) and isinstance(step, int) and step < len(value)
            if not is_item and not (isinstance(value, dict) and step in value):
                return None
            value = value[step]
            site = self.resources.within(spot.site, value)
            spot = _Spot(spot.pointer + join(step), site)
        return spot

    def follow(self, spot: _Spot, keyword: str) -> _Spot:
        """Return what a reference leads to.

        Raises:
            UndecidedError: It leads out of the document, or nowhere.
        """
        ref = spot.site.schema[keyword]
        if keyword == "$dynamicRef":
            site = self.resources.follow_dynamic(spot.site, ref)
        elif keyword == "$recursiveRef":
            site = self.resources.follow_recursive(spot.site)
        else:
            site = self.resources.follow(spot.site, ref)
        return _Spot(self._pointer_of(site.schema, spot.pointer + join(keyword)), site)

    def _pointer_of(self, schema: Json, otherwise: str) -> str:
        if not self._pointers:
            todo = [("", self.root)]
            while todo:
                pointer, value = todo.pop()
                if isinstance(value, dict):
                    self._pointers.setdefault(id(value), pointer)
                    todo += [(pointer + join(name), below) for name, below in value.items()]
                elif isinstance(value, list):
                    todo += [(pointer + join(at), below) for at, below in enumerate(value)]
        return self._pointers.get(id(schema), otherwise)


def _never_fetch(uri: str) -> Json:
    raise LookupError(f"{uri} is not in the document, and nothing is ever fetched")


def _refusal(written: _Tree, judged: _Tree, witness: Json) -> _Refusal:
    try:
        errors = list(judged.validator(judged.start.pointer).iter_errors(witness))
        if errors:
            error = _most_telling(errors)
            return _in_words(error, _spot(written, error), _spot(judged, error), witness)
    except (*_UNUSABLE, UndecidedError):
        pass
    return _Refusal(written.start.pointer, "", "", "the schema as a whole refuses it")


# Errors are `Json` from here on: what their kind holds, the validator's stubs do not say.
def _most_telling(errors: list[Json]) -> Json:
    """Return the error that is nearest to the root; within branches, that of the one meant."""
    error = min(errors, key=lambda one: (len(one.instance_path), one.kind.name in _EITHER))
    while error.kind.name in _EITHER and all(error.kind.context):
        inner = [_most_telling(branch) for branch in error.kind.context]
        ranks = [_likelihood(one) for one in inner]
        if ranks.count(max(ranks)) > 1:
            break
        error = inner[ranks.index(max(ranks))]
    return error


def _likelihood(error: Json) -> tuple[int, int]:
    keyword = error.kind.name
    is_late = keyword not in _TELLS_APART
    return len(error.instance_path), 9 if is_late else _TELLS_APART.index(keyword)


def _spot(tree: _Tree, error: Json) -> _Spot:
    # The first step is the reference by which the validator was led to the schema.
    _, *steps = error.evaluation_path
    spot = tree.walk(tree.start, steps)
    if spot.site.schema is True and error.kind.name in _BOUNDS:
        return tree.walk(tree.start, [*steps[:-1], _BOUNDS[error.kind.name]])
    return spot


def _in_words(error: Json, written: _Spot, judged: _Spot, witness: Json) -> _Refusal:
    at, keyword, pointer = join(*error.instance_path), error.kind.name, written.pointer
    asked = judged.site.schema
    value = witness
    for step in error.instance_path:
        value = value[step]
    if keyword == "required":
        missing = error.kind.property
        pointer += _entry(written.site.schema, missing, value)
        below = at + join(missing)
        said = f"`{field_path(below)}` is required here, and the writer need not send it"
        return _Refusal(pointer, "properties", below, said)
    surplus = _surplus(error, value)
    if surplus is not None:
        below = at + join(surplus)
        said = f"`{field_path(below)}` is not allowed here, and the writer may send it"
        return _Refusal(pointer, "additionalProperties", below, said)
    if keyword == "propertyNames":
        name, wanted = error.kind.error.instance, _demand(error.kind.error, asked)
        said = f"the field name {shown(name)} must {wanted}, and the writer may use it"
        return _Refusal(pointer, keyword, at + join(name), said)
    subject = f"`{field_path(at)}`" if at else "the value"
    wanted = "is not allowed here"
    if keyword != "falseSchema":
        wanted = f"must {_demand(error, asked)}"
    return _Refusal(
        pointer, keyword, at, f"{subject} {wanted}, and the writer may send {_found(value)}"
    )


def _entry(schema: Json, missing: str, value: JsonObject) -> str:
    """Return where a list of required names, or one of the lists by name, names a missing one."""
    listed = {join(name): schema[name] for name in value if name in as_object(schema)}
    for pointer, names in {"": schema, **listed}.items():
        if missing in as_list(names):
            return pointer + join(names.index(missing))
    return ""


def _surplus(error: Json, value: Json) -> str | None:
    """Return the field that should not be there, if that is what an error is about."""
    keyword = error.kind.name
    if keyword in _SURPLUS:
        return next(iter(error.kind.unexpected), None)
    if keyword != "falseSchema" or not error.evaluation_path:
        return None
    # The validator's short cut for an object that declares nothing and allows nothing.
    is_short = error.evaluation_path[-1] in _SURPLUS and isinstance(value, dict)
    return next(iter(value), None) if is_short else None


def _demand(error: Json, asked: Json) -> str:
    if error.kind.name == "oneOf" and not all(error.kind.context):
        fitting = sum(not branch for branch in error.kind.context)
        return f"fit exactly one of the schemas under `oneOf` here, not {fitting}"
    said = demand(Violation("", "", error.kind.name, "", asked))
    return (said.partition(",")[0] if error.kind.name.endswith("Items") else said) + " here"


def _found(value: Json) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        fields = f"{len(value)} field{'' if len(value) == 1 else 's'}"
        return f"an object of {fields}" if value else "an empty object"
    return shown(value)


def _described(tree: _Tree, witness: Json, steps: list[str], keyword: str) -> str:
    """Return the pointer of what describes a part of an instance, or the nearest above it.

    Args:
        tree: The schema that describes it.
        witness: The instance.
        steps: The way to the part, which need not be there.
        keyword: What is looked for first, where several schemas describe the part.
    """
    value = witness
    spots = list(_applying(tree, tree.start, value))
    for step in steps:
        below = [inner for spot in spots for inner in _children(tree, spot, step, value)]
        if not below:
            return _most_fitting(spots, keyword)
        value = _part(value, step)
        spots = [inner for spot in below for inner in _applying(tree, spot, value)]
    return _most_fitting(spots, keyword)


def _most_fitting(spots: list[_Spot], keyword: str) -> str:
    for spot in spots:
        schema = spot.site.schema
        if isinstance(schema, dict) and keyword in schema and not isinstance(schema[keyword], dict):
            return spot.pointer + join(keyword)
    for spot in spots:
        if isinstance(spot.site.schema, bool) or any(
            word in spot.site.schema for word in _TELLS_APART
        ):
            return spot.pointer
    return spots[0].pointer


def _part(value: Json, step: str) -> Json:
    if isinstance(value, dict):
        return value.get(step, _ABSENT)
    is_item = isinstance(value, list) and step.isdecimal() and int(step) < len(value)
    return value[int(step)] if is_item else _ABSENT


def _children(tree: _Tree, spot: _Spot, step: str, value: Json) -> Iterator[_Spot]:
    """Yield the schemas that one schema has for a member of an object, or an item of an array."""
    schema = as_object(spot.site.schema)
    ways = _ways_to_item(schema, int(step)) if isinstance(value, list) else _ways(schema, step)
    for way in ways:
        found = tree.below(spot, *way)
        if found is not None and found.site.schema is not False:
            yield found


def _ways(schema: Json, name: str) -> list[tuple[str, ...]]:
    ways: list[tuple[str, ...]] = []
    if name in as_object(schema.get("properties")):
        ways.append(("properties", name))
    patterns = as_object(schema.get("patternProperties"))
    ways += [("patternProperties", pattern) for pattern in patterns if _is_found(pattern, name)]
    return ways or [("additionalProperties",), ("unevaluatedProperties",)]


def _ways_to_item(schema: Json, index: int) -> list[tuple[str | int, ...]]:
    for keyword, others in (("prefixItems", "items"), ("items", "additionalItems")):
        if isinstance(schema.get(keyword), list):
            is_own = index < len(schema[keyword])
            return [(keyword, index) if is_own else (others,)]
    return [("items",), ("unevaluatedItems",)]


def _is_found(pattern: str, text: str) -> bool:
    try:
        return finder(pattern)(text)
    except ValueError:
        return False


def _applying(tree: _Tree, start: _Spot, value: Json) -> Iterator[_Spot]:
    """Yield the schemas that hold for a value together with one, itself first.

    Args:
        tree: The schema that it is part of.
        start: The one to start from.
        value: The value; where it is absent, every branch may hold.
    """
    todo, seen = [start], set[str]()
    while todo:
        spot = todo.pop()
        if spot.pointer in seen:
            continue
        seen.add(spot.pointer)
        yield spot
        if isinstance(spot.site.schema, dict):
            todo += reversed(list(_beside(tree, spot, value)))


def _beside(tree: _Tree, spot: _Spot, value: Json) -> Iterator[_Spot]:
    schema = spot.site.schema
    for keyword in _REFERENCES:
        if isinstance(schema.get(keyword), str) and keyword in tree.dialect.keywords:
            try:
                yield tree.follow(spot, keyword)
            except UndecidedError:
                continue
    if "$ref" in schema and tree.dialect.overrides_siblings:
        return
    for way in _branches(schema, value):
        branch = tree.below(spot, *way)
        if branch is not None and (way[0] not in _EITHER or tree.allows(branch, value)):
            yield branch
    condition = tree.below(spot, "if")
    if condition is not None:
        branch = tree.below(spot, "then" if tree.allows(condition, value) else "else")
        if branch is not None:
            yield branch


def _branches(schema: Json, value: Json) -> Iterator[tuple[str | int, ...]]:
    for keyword in ("allOf", *_EITHER):
        yield from ((keyword, number) for number in range(len(as_list(schema.get(keyword)))))
    if isinstance(value, dict):
        for keyword in ("dependentSchemas", "dependencies"):
            yield from ((keyword, name) for name in as_object(schema.get(keyword)) if name in value)
