"""What an instance breaks, in words that a person can act on.

Source: JSON Schema 2020-12 validation, section 6; each sentence says what the keyword asks for.
"""

from collections.abc import Iterator
from typing import NamedTuple

from governance.schema.instance import Violation
from governance.schema.json import Json, as_list, kind_of, shown
from governance.schema.pointer import join, resolve, split

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_FORMATS = {
    "date-time": "a date and time such as 2026-11-23T09:30:00Z",
    "date": "a date such as 2026-11-23",
    "time": "a time such as 09:30:00Z",
    "duration": "a duration such as PT5M",
    "uuid": "a UUID such as 7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
    "email": "an email address",
    "uri": "a URI such as https://example.com/items/1",
    "uri-reference": "a URI or a part of one",
    "hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "regex": "a regular expression",
    "json-pointer": "a JSON Pointer such as /task_id",
}
# Each keyword, with what it asks for in place of the braces.
_DEMANDS = {
    "const": "be {}",
    "minimum": "be at least {}",
    "maximum": "be at most {}",
    "exclusiveMinimum": "be more than {}",
    "exclusiveMaximum": "be less than {}",
    "multipleOf": "be a multiple of {}",
    "minLength": "have at least {} characters",
    "maxLength": "have at most {} characters",
    "pattern": "match the pattern {}",
    "minItems": "have at least {} items",
    "maxItems": "have at most {} items",
    "minProperties": "have at least {} fields",
    "maxProperties": "have at most {} fields",
    "uniqueItems": "not hold the same item twice",
    "contains": "hold an item that fits `contains`",
    "anyOf": "fit one of the schemas under `anyOf`",
    "oneOf": "fit exactly one of the schemas under `oneOf`",
    "not": "not fit the schema under `not`",
    "falseSchema": "be left out, its schema is `false`",
    "propertyNames": "have other field names, `propertyNames` refuses one",
    "unevaluatedItems": "have fewer items, `unevaluatedItems` refuses further ones",
    "additionalItems": "have fewer items, `additionalItems` refuses further ones",
}
_SURPLUS = frozenset({"additionalProperties", "unevaluatedProperties"})
_CONTAINERS = {"array": "a list", "object": "an object"}
_MOST_VALUES = 8


def demand(violation: Violation) -> str:
    """Return what the keyword asks for, to follow the word "must": ``be at least 1``.

    Args:
        violation: Any but a missing or a surplus field, which have names of their own.
    """
    asked = violation.asked
    if violation.keyword == "type":
        return f"be {type_words(asked)}"
    if violation.keyword == "enum":
        return f"be one of {values(as_list(asked))}"
    if violation.keyword == "format":
        return f"be {_FORMATS.get(str(asked), f'of the format {asked}')}"
    said = _DEMANDS.get(violation.keyword, f"fit `{violation.keyword}`")
    if "{}" in said and asked is None and violation.keyword != "const":
        return f"fit `{violation.keyword}`"
    if asked == 1 and "{} " in said:
        said = said.removesuffix("s")
    return said.format(shown(asked))


def type_words(types: Json) -> str:
    """Return the types that a ``type`` keyword lists, in words: ``text or null``."""
    names = [types] if isinstance(types, str) else as_list(types)
    ordered = sorted(map(str, names), key=lambda name: name == "null")
    return " or ".join(_TYPES.get(name, name) for name in ordered)


def values(listed: list[Json]) -> str:
    """Return values as a message lists them; a long list is cut short."""
    named = ", ".join(shown(value) for value in listed[:_MOST_VALUES])
    more = len(listed) - _MOST_VALUES
    return f"{named} and {more} more" if more > 0 else named


def field_path(pointer: str) -> str:
    """Return a pointer into an instance as people write it: ``items[0].price``."""
    steps = (f"[{step}]" if step.isdecimal() else f".{step}" for step in split(pointer))
    return "".join(steps).removeprefix(".")


class Refusal(NamedTuple):
    """One thing that is wrong with an instance, in words.

    Attributes:
        pointer: JSON Pointer into the instance; for a missing field, to where it should be.
        keyword: The keyword that refuses.
        field: The missing or surplus field; None where a value is refused.
        sentence: What is wrong, such as "`items[0].price` is 'x', and must be a number".
    """

    pointer: str
    keyword: str
    field: str | None
    sentence: str


def refusals(violation: Violation, instance: Json, whole: str) -> Iterator[Refusal]:
    """Yield what a violation says, in words; several fields that are refused are several things.

    Args:
        violation: What the validator says.
        instance: The instance that it speaks of.
        whole: What to call the instance as a whole, such as ``the example``.
    """
    at, keyword, asked = violation.pointer, violation.keyword, violation.asked
    value = resolve(instance, at)
    if keyword == "required" and isinstance(asked, str):
        below = at + join(asked)
        yield Refusal(below, keyword, asked, f"`{field_path(below)}` is missing")
    elif keyword in _SURPLUS and isinstance(asked, list):
        yield from (undeclared(at, name) for name in asked)
    elif violation.schema_pointer.endswith("/additionalProperties") and isinstance(value, dict):
        # The validator's short cut for an object that declares nothing and allows nothing.
        yield from (undeclared(at, name) for name in value)
    elif keyword:
        subject = f"`{field_path(at)}`" if at else whole
        found = _CONTAINERS.get(kind_of(value), shown(value))
        yield Refusal(at, keyword, None, f"{subject} is {found}, and must {demand(violation)}")
    else:
        yield Refusal(at, "", None, f"{whole} can't be sent as JSON: {violation.message}")


def undeclared(pointer: str, name: str) -> Refusal:
    """Return the refusal of a field that the object at a pointer does not declare."""
    below = pointer + join(name)
    return Refusal(below, "additionalProperties", name, f"`{field_path(below)}` is not declared")
