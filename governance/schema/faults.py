"""What makes a schema invalid, in words: the metaschema judges, this says it so that it helps.

Source: the metaschemas of JSON Schema draft-04 to 2020-12.
"""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from governance.schema.dialect import DRAFT_04, DRAFT_07, OPENAPI_30, Dialect, Holds
from governance.schema.instance import schema_violations
from governance.schema.json import Json, JsonObject, as_object, identity, kind_of, shown
from governance.schema.pointer import split

TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
# What people who come from elsewhere call a type, and what to write here.
_OTHER_TYPES = {
    **dict.fromkeys(("str", "text", "char", "varchar"), "type: string"),
    **dict.fromkeys(("int", "long", "int32", "int64", "short"), "type: integer"),
    **dict.fromkeys(("float", "double", "decimal", "numeric"), "type: number"),
    **dict.fromkeys(("bool",), "type: boolean"),
    **dict.fromkeys(("list", "tuple", "set"), "type: array"),
    **dict.fromkeys(("dict", "map", "mapping", "struct", "json"), "type: object"),
    **dict.fromkeys(("none", "nil", "undefined"), 'type: "null"'),
    **dict.fromkeys(("datetime", "date-time", "timestamp"), "type: string, format: date-time"),
    **dict.fromkeys(("url",), "type: string, format: uri"),
    **dict.fromkeys(("guid",), "type: string, format: uuid"),
    **{
        name: f"type: string, format: {name}"
        for name in ("date", "time", "duration", "uuid", "uri", "email", "hostname", "ipv4", "ipv6")
    },
}
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
# YAML 1.2 reads these as texts, where YAML 1.1 read them as booleans.
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
}
_NAMES = frozenset({"required", "dependentRequired", "dependencies"})
_URIS = frozenset({"$id", "id", "$schema"})
_ANCHORS = frozenset({"$anchor", "$dynamicAnchor"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_ARRAYS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
# What a keyword must be; the others have messages of their own.
_MUST = {
    keyword: must
    for must, keywords in {
        "a whole number of 0 or more": "minLength maxLength minItems maxItems minProperties "
        "maxProperties minContains maxContains",
        "a number": "minimum maximum exclusiveMinimum exclusiveMaximum",
        "a number above 0": "multipleOf",
        "true or false": "uniqueItems deprecated readOnly writeOnly $recursiveAnchor",
        "a text": "title description format pattern contentEncoding contentMediaType $comment $ref "
        "$id id $schema $anchor $dynamicAnchor $dynamicRef $recursiveRef",
    }.items()
    for keyword in keywords.split()
}


class SchemaFault(NamedTuple):
    """One thing that makes a schema invalid.

    Attributes:
        pointer: JSON Pointer to the offending value, from the root of the schema.
        message: What is wrong, as one sentence without a full stop.
        help: What to do about it, as a sentence.
    """

    pointer: str
    message: str
    help: str


class _Spot(NamedTuple):
    """A refused place: the innermost keyword on the way to it, and the steps below that keyword."""

    pointer: str
    value: Json
    keyword: str
    steps: tuple[str, ...]
    is_schema: bool


def schema_faults(schema: JsonObject, dialect: Dialect) -> Iterator[SchemaFault]:
    """Yield what makes a schema invalid in its dialect, one fault for each place.

    Args:
        schema: The schema; its references are not followed, nor are its patterns read.
        dialect: How to read it.
    """
    spoken = set[str]()
    for spot in _spots(schema, dialect):
        for fault in _faults(spot, dialect):
            if fault.pointer not in spoken:
                spoken.add(fault.pointer)
                yield fault


def _spots(schema: Json, dialect: Dialect, base: str = "") -> Iterator[_Spot]:
    """Yield the places that the metaschema refuses, as far inside as can be told."""
    for violation in schema_violations(schema, dialect):
        spot = _spot(schema, dialect, violation.pointer)
        if dialect is OPENAPI_30 and spot.value is True and spot.keyword in _BOUNDS:
            # The bound itself stood under the other keyword before the conversion.
            above = violation.pointer.removesuffix(spot.keyword)
            spot = _spot(schema, dialect, above + _BOUNDS[spot.keyword])
        below = base + spot.pointer
        if violation.keyword == "anyOf" and spot.keyword != "type":
            # All the metaschema says is "neither a schema nor a list of them": look inside.
            yield from _inside(spot._replace(pointer=below), dialect)
        elif violation.keyword == "required":
            for bound in _BOUNDS.keys() & as_object(spot.value).keys():
                if _BOUNDS[bound] not in spot.value:
                    yield _Spot(f"{below}/{bound}", spot.value[bound], bound, (), is_schema=False)
        # A pattern is a language of its own, and a reference with an umlaut can be followed.
        elif violation.keyword not in {"format", "propertyNames"} or spot.keyword in _URIS:
            yield spot._replace(pointer=below)


def _inside(spot: _Spot, dialect: Dialect) -> Iterator[_Spot]:
    if isinstance(spot.value, dict):
        yield from _spots(spot.value, dialect, spot.pointer)
    elif isinstance(spot.value, list) and spot.value:
        holds_schemas = spot.keyword == "items"
        for number, child in enumerate(spot.value):
            place = f"{spot.pointer}/{number}"
            if isinstance(child, dict) and holds_schemas:
                yield from _spots(child, dialect, place)
            elif not isinstance(child, bool if holds_schemas else str):
                steps = (*spot.steps, str(number))
                yield _Spot(place, child, spot.keyword, steps, is_schema=holds_schemas)
    else:
        yield spot


def _spot(schema: Json, dialect: Dialect, pointer: str) -> _Spot:
    value, keyword, nests, is_schema = schema, "", False, True
    steps: tuple[str, ...] = ()
    for token in split(pointer):
        if isinstance(value, list):
            value = value[int(token)] if int(token) < len(value) else None
        else:
            value = as_object(value).get(token)
        if is_schema:
            keyword, steps = token, ()
            holds = dialect.keywords.get(token, DRAFT_07.keywords.get(token, Holds.VALUE))
            nests = holds is not Holds.VALUE
            is_schema = holds is Holds.SCHEMA or (
                holds is Holds.ITEMS and not isinstance(value, list)
            )
        else:
            steps = (*steps, token)
            is_schema = nests and len(steps) == 1
            if holds is Holds.DEPENDENCIES and isinstance(value, list):
                is_schema = False
    return _Spot(pointer, value, keyword, steps, is_schema)


def _faults(spot: _Spot, dialect: Dialect) -> Iterator[SchemaFault]:
    if spot.is_schema:
        yield _no_schema(spot, dialect)
    elif spot.keyword == "type":
        yield from _no_type(spot)
    elif spot.keyword in _NAMES:
        yield from _no_names(spot)
    else:
        yield SchemaFault(spot.pointer, *_said(spot, dialect))


def _no_schema(spot: _Spot, dialect: Dialect) -> SchemaFault:
    name, value = spot.steps[-1] if spot.steps else spot.keyword, spot.value
    subject = repr(name) if spot.steps else f"`{name}`"
    if name.isdecimal() and spot.keyword not in _MAPS:
        subject = f"item {int(name) + 1} of `{spot.keyword}`"
    message = f"{subject} must be a schema, which {shown(value)} is not"
    help_ = "Write an object such as `{type: string}`."
    if isinstance(value, bool):
        message = f"{dialect.name} knows no schema `{shown(value)}`"
        help_ = f"Write `{'{}' if value else '{not: {}}'}`."
    elif value is None:
        message = f"{subject} must be a schema, and is empty"
        help_ = "Say what it may hold, such as `{type: string}`."
    elif isinstance(value, str):
        help_ = _schema_meant(value.lower(), dialect) or help_
    elif isinstance(value, list) and spot.keyword == "items":
        message = "`items` must be one schema, not a list of them"
        help_ = "Write `prefixItems` for one schema each, or one schema for all of them."
    return SchemaFault(spot.pointer, message, help_)


def _schema_meant(written: str, dialect: Dialect) -> str | None:
    if written in _BOOLEANS and dialect is not DRAFT_04:
        return f"Write `{_BOOLEANS[written]}`, without quotes."
    if written in TYPES:
        return f"Write `{{type: {_as_yaml(written)}}}`."
    return f"Write `{{{_OTHER_TYPES[written]}}}`." if written in _OTHER_TYPES else None


def _no_type(spot: _Spot) -> Iterator[SchemaFault]:
    listed = spot.value if isinstance(spot.value, list) else [spot.value]
    if not listed:
        yield SchemaFault(spot.pointer, "`type` lists no type", "Name one, or delete `type`.")
    repeated = _repeated(listed)
    for number, name in enumerate(listed):
        place = f"{spot.pointer}/{number}" if isinstance(spot.value, list) else spot.pointer
        if number in repeated:
            yield SchemaFault(place, f"`type` lists {shown(name)} twice", "Delete one of the two.")
        elif name is None:
            yield SchemaFault(place, "`type` is null, not a text", 'Write `"null"`, in quotes.')
        elif not isinstance(name, str):
            message = f"{shown(name)} is no type"
            yield SchemaFault(place, message, f"The types are {', '.join(TYPES)}.")
        elif name not in TYPES:
            yield SchemaFault(place, f"there is no type {name!r}", _type_meant(name))


def _repeated(listed: list[Json]) -> list[int]:
    """Return the places of the values that stand further up already."""
    seen = set[Hashable]()
    return [
        number
        for number, value in enumerate(listed)
        if (one := identity(value)) in seen or seen.add(one)  # type: ignore[func-returns-value]
    ]


def _type_meant(name: str) -> str:
    small = name.lower().strip()
    if small in TYPES:
        return f"Write `{_as_yaml(small)}`."
    if small in _OTHER_TYPES:
        return f"Write `{_OTHER_TYPES[small]}`."
    if small == "any":
        return "Leave `type` out: then any value will do."
    from difflib import get_close_matches  # noqa: PLC0415  only for a mistake

    near = get_close_matches(small[:20], TYPES, 1)
    return f"Did you mean {near[0]!r}?" if near else f"The types are {', '.join(TYPES)}."


def _no_names(spot: _Spot) -> Iterator[SchemaFault]:
    names, place = spot.value, spot.pointer
    subject = f"`{spot.keyword}`"
    if spot.steps and not spot.steps[-1].isdecimal():
        subject = f"`{spot.keyword}` of {spot.steps[0]!r}"
    if isinstance(names, list):
        if not names:
            message = f"{subject} is empty, which draft-04 does not allow"
            yield SchemaFault(place, message, "Delete it, or name a field.")
        for number in _repeated(names):
            message = f"{subject} names {shown(names[number])} twice"
            yield SchemaFault(f"{place}/{number}", message, "Delete one of the two.")
    elif spot.steps and spot.steps[-1].isdecimal():
        help_ = f"Write {str(shown(names))!r}, in quotes, if that is its name."
        yield SchemaFault(place, f"{shown(names)} is no field name, which is a text", help_)
    elif spot.keyword == "required" and isinstance(names, bool):
        message = "`required` must be a list of field names, not true or false"
        yield SchemaFault(place, message, _required_above(place, demanded=names))
    elif spot.steps or spot.keyword == "required":
        message = f"{subject} must be a list of field names, which {shown(names)} is not"
        one = f"[{names}]" if isinstance(names, str) else "[FIELD, FIELD]"
        yield SchemaFault(place, message, f"Write `{one}`.")
    else:
        message = f"{subject} must be an object, which {shown(names)} is not"
        yield SchemaFault(place, message, "Write `{FIELD: [FIELD, FIELD]}`.")


def _required_above(pointer: str, *, demanded: bool) -> str:
    if not demanded:
        return "Delete it: a field that is not under `required` is optional."
    *_, above, name, _ = ("", "", *split(pointer))
    if above == "properties":
        return f"Delete it here, and list {name!r} under `required` beside `properties`."
    return "Name the fields that must be there: `required: [FIELD, FIELD]`."


def _said(spot: _Spot, dialect: Dialect) -> tuple[str, str]:
    keyword, value = spot.keyword, spot.value
    subject = f"{'/'.join(spot.steps)!r} under `{keyword}`" if spot.steps else f"`{keyword}`"
    if keyword in _BOUNDS and (isinstance(value, bool) or dialect is DRAFT_04):
        return _no_exclusive_bound(spot, dialect)
    if isinstance(value, str) and keyword in _ANCHORS:
        help_ = "Start with a letter; letters, digits, `-`, `_` and `.` may follow."
        return f"{subject} must be a plain name, not {shown(value)}", help_
    if isinstance(value, str) and keyword in _URIS:
        return f"{subject} must be a URI without `#`, not {shown(value)}", "Delete it, or mend it."
    if keyword in _MUST:
        return f"{subject} must be {_MUST[keyword]}, not {shown(value)}", _in_its_place(spot)
    return _no_collection(spot, subject)


def _in_its_place(spot: _Spot) -> str:
    keyword, value, must = spot.keyword, spot.value, _MUST[spot.keyword]
    if keyword == "$ref":
        return 'Write a reference such as `$ref: "#/components/schemas/NAME"`.'
    if must == "true or false":
        meant = _BOOLEANS.get(str(value).lower())
        return f"Write `{keyword}: {meant}`, without quotes." if meant else "Write `true`."
    if must == "a text":
        in_quotes = kind_of(value) in {"integer", "number", "boolean"}
        return f"Write `{keyword}: '{shown(value)}'`." if in_quotes else "Write a text."
    if isinstance(value, str) and value.strip().lstrip("-").replace(".", "", 1).isdecimal():
        return f"Write `{keyword}: {value.strip()}`, without quotes."
    if kind_of(value) == "integer" and (value == 0 or keyword.startswith("min")):
        return "Delete it: it would hold for every value."
    return f"Write a number, such as `{keyword}: 1`, or delete it."


def _no_collection(spot: _Spot, subject: str) -> tuple[str, str]:
    keyword, value = spot.keyword, spot.value
    if keyword in {"enum", "examples"}:
        help_ = f"Write `{keyword}: [{shown(value)}]`."
        if isinstance(value, dict | list) or value is None:
            help_ = f"Write `{keyword}: [VALUE, VALUE]`, or delete it."
        return f"{subject} must be a list of values, not {shown(value)}", help_
    if keyword in _ARRAYS and value == []:
        return f"{subject} is empty, so it says nothing", "Delete it, or give it a schema."
    if keyword in _ARRAYS:
        message = f"{subject} must be a list of schemas, not {_kind(value)}"
        return message, "Put `- ` before each schema."
    if keyword in _MAPS:
        help_ = "Write `NAME: {type: string}` under it, one line each."
        if isinstance(value, list):
            help_ = "Write `NAME: SCHEMA`, without the `- ` before it."
        return f"{subject} must be an object of schemas by name, not {_kind(value)}", help_
    return f"{subject} must not be {shown(value)}", "Correct it, or delete it."


def _kind(value: Json) -> str:
    kinds = {"array": "a list", "object": "an object", "null": "empty"}
    return kinds.get(kind_of(value), shown(value))


def _no_exclusive_bound(spot: _Spot, dialect: Dialect) -> tuple[str, str]:
    bound = _BOUNDS[spot.keyword]
    if dialect is DRAFT_04 and isinstance(spot.value, bool):
        message = f"`{spot.keyword}` has no `{bound}` beside it that it could speak of"
        return message, f"Add `{bound}`, or delete `{spot.keyword}`."
    if dialect is DRAFT_04:
        message = f"in draft-04 `{spot.keyword}` must be true or false, not {shown(spot.value)}"
        return message, f"Write `{bound}: {shown(spot.value)}` and `{spot.keyword}: true`."
    message = f"`{spot.keyword}` must be a number, not {shown(spot.value)}"
    if spot.value:
        return message, f"Write the number of `{bound}` here, and delete `{bound}`."
    return message, f"Delete it: `{bound}` alone means the same."


def _as_yaml(type_name: str) -> str:
    return '"null"' if type_name == "null" else type_name
