"""Validate instances, and schemas themselves, with the validator that costs microseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

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


class SchemaNotUsableError(Exception):
    """The validator can't work with a schema; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an instance breaks a schema.

    Attributes:
        pointer: JSON Pointer into the instance.
        schema_pointer: JSON Pointer into the schema, to the keyword that refuses.
        keyword: The keyword that refuses.
        message: What is wrong, in one sentence.
    """

    pointer: str
    schema_pointer: str
    keyword: str
    message: str


class Validator:
    """A compiled schema.

    Args:
        schema: A self-contained schema: every ``$ref`` stays within it.
        dialect: How to read it.

    Raises:
        SchemaNotUsableError: The schema is invalid, or a reference in it leads nowhere.
    """

    __slots__ = ("_compiled",)

    def __init__(self, schema: JsonObject, dialect: Dialect) -> None:
        if dialect is OPENAPI_30:
            schema = without_nullable(schema)
        try:
            self._compiled = _DRAFTS[dialect](schema, validate_formats=True, retriever=_never_fetch)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise SchemaNotUsableError(str(error)) from error

    def violations(self, instance: Json) -> Iterator[Violation]:
        """Yield every way in which an instance breaks the schema, in the validator's order.

        Formats are asserted. An instance that JSON can't carry breaks any schema.
        """
        try:
            if self._compiled.is_valid(instance):
                return
            yield from map(_violation, self._compiled.iter_errors(instance))
        except ValueError as error:
            yield Violation("", "", "", str(error))


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    path = [str(step) for step in error.schema_path]
    return Violation(join(*error.instance_path), join(*path), error.kind.name, error.message)


def _never_fetch(uri: str) -> Json:
    raise LookupError(f"{uri} is not in the catalog, and nothing is ever fetched")


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
