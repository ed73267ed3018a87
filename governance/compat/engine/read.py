"""Read a schema of any dialect into the normal form: one function a keyword.

Source: JSON Schema core and validation, drafts 04 to 2020-12, in the order of the latter; OpenAPI
Specification 3.0.3, section 4.7.24.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from governance.compat.answer import Schema
from governance.compat.engine.form import (
    FALSE,
    KINDS,
    TRUE,
    Broken,
    Cases,
    Contains,
    Format,
    Forms,
    Formula,
    Item,
    Least,
    Literal,
    Loop,
    Matching,
    MaxItems,
    MaxLength,
    MaxProperties,
    MinItems,
    MinLength,
    MinProperties,
    Most,
    MultipleOf,
    Names,
    One,
    Others,
    Pattern,
    Property,
    Required,
    Rest,
    Type,
    UndecidedError,
    Unique,
)
from governance.compat.engine.resources import Resources, Scope, Site
from governance.schema.dialect import DRAFT_2020_12, OPENAPI_30, Dialect
from governance.schema.json import Json, JsonObject

# A schema, by where it lies in memory, and what its references depend on.
_Place = tuple[int, str, Scope]

_DEEPEST = 200
_MOST_CASES = 2048


class Evaluated(NamedTuple):
    """What a schema evaluates of an object or an array, in one of the ways to satisfy it.

    Attributes:
        literals: What holds if the value satisfies it in this way.
        every_property: Whether all properties are.
        names: Names of properties that are.
        patterns: Patterns of names of properties that are.
        many: How many items are, from the first one.
        items: What an item is that is evaluated, whatever its index.
    """

    literals: frozenset[Literal] = frozenset()
    every_property: bool = False
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    many: int = 0
    items: frozenset[Literal] = frozenset()

    def is_contradictory(self) -> bool:
        """Say whether it demands a thing and its contrary."""
        return any(-literal in self.literals for literal in self.literals)

    def also(self, other: Evaluated) -> Evaluated:
        """Return what both evaluate together."""
        return Evaluated(
            self.literals | other.literals,
            self.every_property or other.every_property,
            self.names | other.names,
            self.patterns | other.patterns,
            max(self.many, other.many),
            self.items | other.items,
        )


def read(forms: Forms, schema: Schema, *, assert_formats: bool = False) -> Literal:
    """Return the literal that says what a schema says.

    Args:
        forms: Where its formulas go.
        schema: The schema.
        assert_formats: Whether ``format`` asserts something.

    Raises:
        UndecidedError: The schema can't be read.
    """
    try:
        resources = Resources(schema.root, schema.dialect)
        reader = _Reader(forms, resources)
        reader.asserts_formats = assert_formats
        return reader.literal(resources.at(schema.pointer))
    except RecursionError:
        raise UndecidedError("the schema is nested too deeply") from None
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        raise UndecidedError(f"the schema is malformed: {error}") from error


class _Reader:
    def __init__(self, forms: Forms, resources: Resources) -> None:
        self.forms = forms
        self.resources = resources
        self.dialect = resources.dialect
        self.asserts_formats = False
        self.known: dict[_Place, Literal] = {}
        self.open: dict[_Place, Literal | None] = {}
        self._evaluated: dict[_Place, list[Evaluated]] = {}

    def literal(self, site: Site) -> Literal:
        """Return what a schema says, read once for each place that it is seen from."""
        schema = site.schema
        if isinstance(schema, bool):
            return TRUE if schema else FALSE
        if not isinstance(schema, dict):
            raise UndecidedError("a schema is neither an object nor a boolean")
        key = (id(schema), site.base, site.scope)
        if key in self.open:
            if self.open[key] is None:
                self.open[key] = self.forms.literal(Loop())
            return self.open[key] or FALSE
        if key in self.known:
            return self.known[key]
        self.open[key] = None
        if len(self.open) > _DEEPEST:
            raise UndecidedError("the schema is nested too deeply")
        made = self.forms.all(self._assertions(site, schema))
        loop = self.open.pop(key)
        if loop is not None:
            formula = self.forms[loop]
            if isinstance(formula, Loop):
                formula.target = made
        self.known[key] = made
        return made

    def below(self, site: Site, schema: Json) -> Literal:
        """Return what a subschema of a site says."""
        return self.literal(self.resources.within(site, schema))

    def _assertions(self, site: Site, schema: JsonObject) -> Iterator[Literal]:
        if "$ref" in schema and self.dialect.overrides_siblings:
            yield _followed(self, site, Resources.follow, schema["$ref"])
            return
        for keyword in schema:
            function = _KEYWORDS.get(keyword)
            if function is not None and keyword in self.dialect.keywords:
                yield from function(self, site, schema)
        if self.asserts_formats and isinstance(schema.get("format"), str):
            yield self.forms.literal(Format(schema["format"]))
        yield from self._note(schema)
        for keyword, unevaluated in _UNEVALUATED.items():
            if keyword in schema and keyword in self.dialect.keywords:
                yield unevaluated(self, site, schema)

    def _note(self, schema: JsonObject) -> Iterator[Literal]:
        examples = schema.get("examples")
        values = [schema[word] for word in ("default", "example") if word in schema]
        values += examples if isinstance(examples, list) else []
        format_ = schema.get("format")
        if values or isinstance(format_, str):
            yield self.forms.note(format_ if isinstance(format_, str) else "", values)

    # What is evaluated.

    def evaluated(self, site: Site) -> list[Evaluated]:
        """Return the ways in which a schema can be satisfied, with what each evaluates."""
        key = (id(site.schema), site.base, site.scope)
        if key not in self._evaluated:
            self._evaluated[key] = self.ways(site)
        return self._evaluated[key]

    def ways(self, site: Site) -> list[Evaluated]:
        """Return the same, worked out anew."""
        schema = site.schema
        if not isinstance(schema, dict):
            return [Evaluated()]
        ways = [self._own(site, schema)]
        for condition, applied in self._applied(site, schema):
            told = self.evaluated(applied)
            if told == [Evaluated()]:
                continue
            if condition != TRUE:
                held = [way._replace(literals=way.literals | {condition}) for way in told]
                told = [*held, Evaluated(literals=frozenset({-condition}))]
            if len(ways) * len(told) > _MOST_CASES:
                raise UndecidedError("unevaluated keywords have too many cases")
            both = dict.fromkeys(one.also(other) for one, other in product(ways, told))
            ways = [way for way in both if not way.is_contradictory()]
        return ways

    def _own(self, site: Site, schema: JsonObject) -> Evaluated:
        said = schema.keys() & self.dialect.keywords.keys()
        items: frozenset[Literal] = frozenset()
        # The text of 2019-09 says otherwise, but no validator follows it there.
        if "contains" in said:
            items = frozenset({self.below(site, schema["contains"])})
        everything = {"additionalProperties", "unevaluatedProperties"}
        prefix, has_rest = _prefix(schema, self.dialect)
        return Evaluated(
            names=frozenset(schema["properties"]) if "properties" in said else frozenset(),
            patterns=frozenset(schema["patternProperties"])
            if "patternProperties" in said
            else frozenset(),
            every_property=bool(everything & said),
            many=len(prefix),
            items=items | ({TRUE} if has_rest or "unevaluatedItems" in said else frozenset()),
        )

    def _applied(self, site: Site, schema: JsonObject) -> Iterator[tuple[Literal, Site]]:
        """Yield the schemas applied in place, each with the condition on which it evaluates."""
        within = self.resources.within
        for keyword, follow in _REFERENCES.items():
            if keyword in schema and keyword in self.dialect.keywords:
                yield TRUE, follow(self.resources, site, schema[keyword])
        for one in schema.get("allOf", ()):
            yield TRUE, within(site, one)
        for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            yield self.below(site, one), within(site, one)
        for name, one in schema.get("dependentSchemas", {}).items():
            has_it = (_objects(self), self.forms.literal(Required(name)))
            yield self.forms.all(has_it), within(site, one)
        if "if" in schema:
            condition = self.below(site, schema["if"])
            yield condition, within(site, schema["if"])
            for keyword, case in (("then", condition), ("else", -condition)):
                if keyword in schema:
                    yield case, within(site, schema[keyword])


def _prefix(schema: JsonObject, dialect: Dialect) -> tuple[list[Json], bool]:
    """Return the schemas of the first items, and whether one is given for all others."""
    if dialect is DRAFT_2020_12:
        return schema.get("prefixItems", []), "items" in schema
    items = schema.get("items")
    if isinstance(items, list):
        return items, "additionalItems" in schema
    return [], "items" in schema


def _unevaluated(reader: _Reader, site: Site, without: str) -> list[Evaluated]:
    schema = {key: value for key, value in site.schema.items() if key != without}
    # Not kept: what is made here lives no longer than the call, and another may take its place.
    return reader.ways(site._replace(schema=schema))


def _unevaluated_properties(reader: _Reader, site: Site, schema: JsonObject) -> Literal:
    rest = reader.below(site, schema["unevaluatedProperties"])
    cases = []
    for way in _unevaluated(reader, site, "unevaluatedProperties"):
        condition = reader.forms.all(way.literals)
        if condition != FALSE:
            asked = Others(way.names, way.patterns, rest)
            free = way.every_property or rest == TRUE
            said = TRUE if free else reader.forms.literal(asked)
            cases.append((condition, said))
    return _cases(reader, cases)


def _unevaluated_items(reader: _Reader, site: Site, schema: JsonObject) -> Literal:
    rest = reader.below(site, schema["unevaluatedItems"])
    cases = []
    for way in _unevaluated(reader, site, "unevaluatedItems"):
        condition = reader.forms.all(way.literals)
        if condition != FALSE:
            either = reader.forms.any([rest, *way.items])
            asked = Rest(way.many, either)
            cases.append((condition, TRUE if either == TRUE else reader.forms.literal(asked)))
    return _cases(reader, cases)


def _cases(reader: _Reader, cases: list[tuple[Literal, Literal]]) -> Literal:
    if len(cases) == 1 and cases[0][0] == TRUE:
        return cases[0][1]
    return reader.forms.literal(Cases(tuple(cases)))


_UNEVALUATED: dict[str, Callable[[_Reader, Site, JsonObject], Literal]] = {
    "unevaluatedItems": _unevaluated_items,
    "unevaluatedProperties": _unevaluated_properties,
}

_Follow = Callable[[Resources, Site, Json], Site]
_REFERENCES: dict[str, _Follow] = {
    "$ref": Resources.follow,
    "$dynamicRef": Resources.follow_dynamic,
    "$recursiveRef": lambda resources, site, _: resources.follow_recursive(site),
}

_Function = Callable[[_Reader, Site, JsonObject], Iterable[Literal]]
_KEYWORDS: dict[str, _Function] = {}


def _keyword(name: str) -> Callable[[_Function], _Function]:
    def register(function: _Function) -> _Function:
        _KEYWORDS[name] = function
        return function

    return register


def exact(number: Json) -> Fraction:
    """Return the number that a JSON number stands for: as it is written, not as it is stored.

    Raises:
        TypeError: It is no number.
        ValueError: It is not finite.
    """
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError(f"{number!r} is no number")
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def _text(said: Json) -> str:
    if not isinstance(said, str):
        raise TypeError(f"{said!r} is no text")
    return said


def _count(said: Json) -> int:
    number = exact(said)
    if number.denominator != 1 or number < 0:
        raise ValueError(f"{said!r} is no count")
    return int(number)


@_keyword("$ref")
@_keyword("$dynamicRef")
@_keyword("$recursiveRef")
def _reference(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    for keyword, follow in _REFERENCES.items():
        if keyword in schema and keyword in reader.dialect.keywords:
            yield _followed(reader, site, follow, schema[keyword])


def _followed(reader: _Reader, site: Site, follow: _Follow, ref: Json) -> Literal:
    """Return what a reference says; one that is broken matters only where a value meets it."""
    try:
        target = follow(reader.resources, site, ref)
    except UndecidedError as error:
        return reader.forms.literal(Broken(str(error)))
    return reader.literal(target)


@_keyword("allOf")
def _all_of(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    for one in schema["allOf"]:
        yield reader.below(site, one)


@_keyword("anyOf")
def _any_of(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    yield reader.forms.any([reader.below(site, one) for one in schema["anyOf"]])


@_keyword("oneOf")
def _one_of(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    branches = [reader.below(site, one) for one in schema["oneOf"]]
    branches = [one for one in branches if one != FALSE]
    if len(branches) > 1:
        yield reader.forms.literal(One(tuple(sorted(branches))))
    else:
        yield branches[0] if branches else FALSE


@_keyword("not")
def _not(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    yield -reader.below(site, schema["not"])


@_keyword("if")
def _if(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    if "then" in schema or "else" in schema:
        condition = reader.below(site, schema["if"])
        then = reader.below(site, schema.get("then", True))
        otherwise = reader.below(site, schema.get("else", True))
        yield reader.forms.literal(Cases(((condition, then), (-condition, otherwise))))


@_keyword("dependentSchemas")
def _dependent_schemas(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    for name, one in schema["dependentSchemas"].items():
        yield _dependent(reader, name, reader.below(site, one))


@_keyword("dependentRequired")
def _dependent_required(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    for name, names in schema["dependentRequired"].items():
        yield _dependent(reader, name, _all_required(reader, names))


@_keyword("dependencies")
def _dependencies(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    for name, one in schema["dependencies"].items():
        # Draft-03 wrote a single name without the array, and some validators still read it.
        if isinstance(one, str):
            raise UndecidedError("a dependency is a text, which this dialect does not define")
        listed = isinstance(one, list)
        yield _dependent(
            reader, name, _all_required(reader, one) if listed else reader.below(site, one)
        )


def _dependent(reader: _Reader, name: str, then: Literal) -> Literal:
    return _for_objects(reader, reader.forms.any([-reader.forms.literal(Required(name)), then]))


def _all_required(reader: _Reader, names: list[Json]) -> Literal:
    return reader.forms.all(reader.forms.literal(Required(_text(name))) for name in names)


def _for_objects(reader: _Reader, literal: Literal) -> Literal:
    # `-Required` speaks of objects alone, so other types need a way past it.
    return reader.forms.any([-_objects(reader), literal])


def _objects(reader: _Reader) -> Literal:
    return reader.forms.literal(Type(frozenset({"object"})))


@_keyword("prefixItems")
def _prefix_items(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    yield from _items_at(reader, site, schema["prefixItems"])


@_keyword("items")
def _items(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    said = schema["items"]
    if isinstance(said, list) and "prefixItems" not in reader.dialect.keywords:
        yield from _items_at(reader, site, said)
        if "additionalItems" in schema and "additionalItems" in reader.dialect.keywords:
            yield _rest(reader, len(said), reader.below(site, schema["additionalItems"]))
        return
    known = "prefixItems" in reader.dialect.keywords
    start = len(schema.get("prefixItems", ())) if known else 0
    yield _rest(reader, start, reader.below(site, said))


def _items_at(reader: _Reader, site: Site, said: list[Json]) -> Iterator[Literal]:
    for index, one in enumerate(said):
        literal = reader.below(site, one)
        if literal != TRUE:
            yield reader.forms.literal(Item(index, literal))


def _rest(reader: _Reader, start: int, literal: Literal) -> Literal:
    if literal == FALSE:
        return reader.forms.literal(MaxItems(start))
    return TRUE if literal == TRUE else reader.forms.literal(Rest(start, literal))


@_keyword("contains")
def _contains(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    least, most = 1, None
    if "minContains" in reader.dialect.keywords:
        least = _count(schema.get("minContains", 1))
        most = _count(schema["maxContains"]) if "maxContains" in schema else None
    if least or most is not None:
        yield reader.forms.literal(Contains(reader.below(site, schema["contains"]), least, most))


@_keyword("properties")
def _properties(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    for name, one in schema["properties"].items():
        literal = reader.below(site, one)
        if literal != TRUE:
            yield reader.forms.literal(Property(name, literal))


@_keyword("patternProperties")
def _pattern_properties(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    for pattern, one in schema["patternProperties"].items():
        literal = reader.below(site, one)
        if literal != TRUE:
            yield reader.forms.literal(Matching(pattern, literal))


@_keyword("additionalProperties")
def _additional_properties(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    literal = reader.below(site, schema["additionalProperties"])
    if literal != TRUE:
        names = frozenset(schema.get("properties", ()))
        # Draft-04 and later all look at both neighbours.
        patterns = frozenset(schema.get("patternProperties", ()))
        yield reader.forms.literal(Others(names, patterns, literal))


@_keyword("propertyNames")
def _property_names(reader: _Reader, site: Site, schema: JsonObject) -> Iterator[Literal]:
    literal = reader.below(site, schema["propertyNames"])
    if literal != TRUE:
        yield reader.forms.literal(Names(literal))


_INTEGER = MultipleOf(Fraction(1))


@_keyword("type")
def _type(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    said = schema["type"]
    names = set(said if isinstance(said, list) else [said])
    if reader.dialect is OPENAPI_30 and schema.get("nullable") is True:
        names.add("null")
    kinds = {"number" if name == "integer" else name for name in names}
    if not kinds <= set(KINDS):
        raise ValueError(f"{said!r} is no type")
    if kinds != set(KINDS):
        yield reader.forms.literal(Type(frozenset(kinds)))
    if "integer" in names and "number" not in names:
        yield reader.forms.literal(_INTEGER)


@_keyword("enum")
def _enum(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    if not isinstance(schema["enum"], list):
        raise TypeError("enum is no array")
    yield reader.forms.values_of(schema["enum"])


@_keyword("const")
def _const(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    yield reader.forms.values_of([schema["const"]])


@_keyword("multipleOf")
def _multiple_of(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    divisor = exact(schema["multipleOf"])
    if divisor <= 0:
        raise ValueError("multipleOf is not above zero")
    yield reader.forms.literal(MultipleOf(divisor))


@_keyword("minimum")
def _minimum(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    is_open = schema.get("exclusiveMinimum") is True
    yield reader.forms.literal(Least(exact(schema["minimum"]), is_open))


@_keyword("maximum")
def _maximum(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    is_open = schema.get("exclusiveMaximum") is True
    yield reader.forms.literal(Most(exact(schema["maximum"]), is_open))


@_keyword("exclusiveMinimum")
def _exclusive_minimum(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    # In draft-04 a boolean, read beside the bound that it belongs to.
    if not isinstance(schema["exclusiveMinimum"], bool):
        yield reader.forms.literal(Least(exact(schema["exclusiveMinimum"]), is_open=True))


@_keyword("exclusiveMaximum")
def _exclusive_maximum(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    if not isinstance(schema["exclusiveMaximum"], bool):
        yield reader.forms.literal(Most(exact(schema["exclusiveMaximum"]), is_open=True))


@_keyword("pattern")
def _pattern(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    yield reader.forms.literal(Pattern(_text(schema["pattern"])))


@_keyword("uniqueItems")
def _unique_items(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    if schema["uniqueItems"] is True:
        yield reader.forms.literal(Unique())


@_keyword("required")
def _required(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
    # A boolean in draft-03, and in what people remember of it.
    if not isinstance(schema["required"], list):
        raise TypeError("required is no array")
    for name in schema["required"]:
        yield reader.forms.literal(Required(_text(name)))


def _counted(name: str, atom: Callable[[int], Formula]) -> None:
    @_keyword(name)
    def _(reader: _Reader, _: Site, schema: JsonObject) -> Iterator[Literal]:
        yield reader.forms.literal(atom(_count(schema[name])))


_COUNTS: dict[str, Callable[[int], Formula]] = {
    "minLength": MinLength,
    "maxLength": MaxLength,
    "minItems": MinItems,
    "maxItems": MaxItems,
    "minProperties": MinProperties,
    "maxProperties": MaxProperties,
}
for _name, _atom in _COUNTS.items():
    _counted(_name, _atom)
