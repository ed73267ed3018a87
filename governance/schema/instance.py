"""Validate instances, and schemas themselves, with the validator that costs microseconds."""

# The validator loads it on first use, where an interrupt would be a panic.
import decimal  # noqa: F401  loaded for the validator's sake
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import jsonschema_rs

from governance.schema.dialect import (
    DRAFT_04,
    DRAFT_06,
    DRAFT_07,
    DRAFT_2019_09,
    DRAFT_2020_12,
    OPENAPI_30,
    Dialect,
    without_nullable,
)
from governance.schema.json import Json, JsonObject
from governance.schema.pointer import join

_DRAFTS = {
    DRAFT_04: jsonschema_rs.Draft4Validator,
    DRAFT_06: jsonschema_rs.Draft6Validator,
    DRAFT_07: jsonschema_rs.Draft7Validator,
    DRAFT_2019_09: jsonschema_rs.Draft201909Validator,
    DRAFT_2020_12: jsonschema_rs.Draft202012Validator,
    OPENAPI_30: jsonschema_rs.Draft202012Validator,
}

# What these ask for is plain JSON; the others hold further errors.
_ASKING = frozenset(
    "type enum const format required additionalProperties unevaluatedProperties pattern minimum "
    "maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems "
    "minProperties maxProperties".split()
)


# The validator makes all its errors at once, and each holds a copy of what it refuses, at some 180
# bytes a value: ten thousand required fields against ten thousand others take 18 GB.
_MOST_HELD = 2_000_000


class SchemaNotUsableError(Exception):
    """The validator can't work with a schema; the text is its reason."""


class Violation(NamedTuple):
    """One way in which an instance breaks a schema.

    Attributes:
        pointer: JSON Pointer into the instance.
        schema_pointer: JSON Pointer into the schema, to the keyword that refuses.
        keyword: The keyword that refuses.
        message: What is wrong, in one sentence.
        asked: What the keyword asks for: the bound, the types, the missing or surplus names.
    """

    pointer: str
    schema_pointer: str
    keyword: str
    message: str
    asked: Json = None


class Validator:
    """A compiled schema.

    Args:
        schema: A self-contained schema: every ``$ref`` stays within it.
        dialect: How to read it.

    Attributes:
        schema: The schema; of OpenAPI, as JSON Schema says the same.
        dialect: How it is read.
        accepts: Says whether a value that came out of JSON keeps to the schema, with nothing in
            between; any other may be a ValueError.

    Raises:
        SchemaNotUsableError: The schema is invalid, or a reference in it leads nowhere.
    """

    __slots__ = ("_compiled", "_held", "accepts", "dialect", "schema")

    def __init__(self, schema: JsonObject, dialect: Dialect) -> None:
        if dialect is OPENAPI_30:
            schema = without_nullable(schema)
        self.schema = schema
        # Counted when it is asked for: nearly all that is judged is right.
        self._held = 0
        self.dialect = DRAFT_2020_12 if dialect is OPENAPI_30 else dialect
        try:
            self._compiled = _DRAFTS[dialect](schema, validate_formats=True, retriever=_never_fetch)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise SchemaNotUsableError(str(error)) from error
        self.accepts: Callable[[Json], bool] = self._compiled.is_valid

    def is_valid(self, instance: Json) -> bool:
        """Say whether an instance keeps to the schema, in a microsecond or less."""
        try:
            return self._compiled.is_valid(instance)
        except ValueError:
            return False

    def violations(self, instance: Json) -> Iterator[Violation]:
        """Yield every way in which an instance breaks the schema, in the validator's order.

        Formats are asserted. An instance that JSON can't carry breaks any schema. Where both are
        very large, only the first is told.
        """
        try:
            if self._compiled.is_valid(instance):
                return
            if self._is_too_large(instance):
                self._compiled.validate(instance)
            yield from map(_violation, self._compiled.iter_errors(instance))
        except jsonschema_rs.ValidationError as error:
            yield _violation(error)
        except ValueError as error:
            yield Violation("", "", "", str(error))

    def _is_too_large(self, instance: Json) -> bool:
        self._held = self._held or _size(self.schema)
        # Written out, each value takes two signs at least: nearly always that says enough.
        most = len(repr(instance)) // 2
        return self._held * most > _MOST_HELD and self._held * _size(instance) > _MOST_HELD


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    path = [str(step) for step in error.schema_path]
    keyword = error.kind.name
    asked = getattr(error.kind, "value", None) if keyword in _ASKING else None
    return Violation(join(*error.instance_path), join(*path), keyword, error.message, asked)


def _size(value: Json) -> int:
    """Return how many values a value holds, itself included."""
    size, todo = 1, [value]
    while todo:
        one = todo.pop()
        below = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        size += len(below)
        todo += [part for part in below if isinstance(part, (dict, list))]
    return size


def _never_fetch(uri: str) -> Json:
    raise LookupError(f"{uri} is not in the catalog, and nothing is ever fetched")


def finder(pattern: str) -> Callable[[str], bool]:
    """Return the test whether a text holds a match, by the validator's engine.

    It reads gigabytes a second, whatever the pattern, where ``re`` reads a hundred megabytes.

    Args:
        pattern: What both engines read alike: no lookaround and no back reference.
    """
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid


@cache
def _metaschema(dialect: Dialect) -> Validator:
    uri = DRAFT_2020_12.uri if dialect is OPENAPI_30 else dialect.uri
    reading = DRAFT_2020_12 if dialect is OPENAPI_30 else dialect
    return Validator({"$ref": uri + ("#" if reading.overrides_siblings else "")}, reading)


def schema_violations(schema: Json, dialect: Dialect) -> Iterator[Violation]:
    """Yield every way in which a schema breaks the metaschema of its dialect."""
    if dialect is OPENAPI_30 and isinstance(schema, dict):
        schema = without_nullable(schema)
    return _metaschema(dialect).violations(schema)
