"""Confirm a witness with a validator that knows nothing of our normal form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from governance.compat.answer import Schema
from governance.compat.engine.modern import modern
from governance.schema import instance as instances
from governance.schema.ambiguity import blowup
from governance.schema.dialect import (
    DRAFT_04,
    DRAFT_06,
    DRAFT_07,
    DRAFT_2019_09,
    DRAFT_2020_12,
    OPENAPI_30,
)
from governance.schema.json import Json

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

# No engine needs long for a text this short, whatever the pattern.
_HARMLESS = 20
_MOST_TRIES = 10**7
_REPEATS = frozenset("*+{")
_MALFORMED = (ValueError, TypeError, AttributeError, ArithmeticError)
_CLASSES = {
    DRAFT_04: "Draft4Validator",
    DRAFT_06: "Draft6Validator",
    DRAFT_07: "Draft7Validator",
    DRAFT_2019_09: "Draft201909Validator",
    DRAFT_2020_12: "Draft202012Validator",
}


def doubted(
    reader: Schema, writer: Schema, witness: Json, *, assert_formats: bool = False
) -> str | None:
    """Return why a witness is not confirmed, or None if it is.

    It is if jsonschema finds it valid for the writer's schema, and not for the reader's. That
    takes a fourteenth of a second to load, so it is loaded for the first witness.
    """
    accepts = _accepts_with_formats if assert_formats else _accepts
    if _may_hang(writer.root, witness) or _may_hang(reader.root, witness):
        return "a pattern may take validators for ever on a long text: nothing was confirmed"
    for schema, expected in ((writer, True), (reader, False)):
        said = accepts(schema, witness)
        if said is None:
            return "jsonschema fails on one of the schemas, so the witness was not confirmed"
        if said is not expected:
            return "the witness was not confirmed by jsonschema; this is a bug of keb-govern"
    return None


def _accepts_with_formats(schema: Schema, instance: Json) -> bool | None:
    """Say what the one validator says that knows all formats without further packages."""
    try:
        validator = instances.Validator(schema.root, schema.dialect)
    except instances.SchemaNotUsableError:
        return None
    return next(validator.violations(instance), None) is None


def _may_hang(root: Json, witness: Json) -> bool:
    """Say whether a validator might take a pattern of a schema to a text, and never come back."""
    longest = max(map(len, _texts(witness)), default=0)
    if longest <= _HARMLESS:
        return False
    patterns = {text for text in _texts(root) if not _REPEATS.isdisjoint(text)}
    found = (one for one in map(blowup, patterns) if one is not None)
    return any(not one.degree or longest**one.degree > _MOST_TRIES for one in found)


def _texts(value: Json) -> Iterator[str]:
    todo = [value]
    for one in todo:
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            todo += one.values()
        elif isinstance(one, list):
            todo += one


def _accepts(schema: Schema, instance: Json) -> bool | None:
    """Say what jsonschema says, or None where it can't."""
    # Broken references and patterns, and depth: whatever it fails at, it has not confirmed.
    from referencing.exceptions import Unresolvable  # noqa: PLC0415  costs start-up time

    try:
        return bool(_validator(schema).is_valid(instance))
    except (RecursionError, Unresolvable, re.error, LookupError, *_MALFORMED):
        return None


def _validator(schema: Schema) -> Validator:
    """Return a validator of one schema; the whole document stays in reach of its references."""
    import jsonschema  # noqa: PLC0415  costs start-up time
    from jsonschema_specifications import REGISTRY  # noqa: PLC0415  costs start-up time

    # The validator knows no OpenAPI.
    schema = modern(schema) if schema.dialect is OPENAPI_30 else schema
    made = getattr(jsonschema, _CLASSES[schema.dialect])
    validator: Validator = made(schema.root, registry=REGISTRY)
    if schema.pointer:
        validator = validator.evolve(schema={"$ref": "#" + quote(schema.pointer)})
    return validator
