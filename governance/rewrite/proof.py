"""The proof that adoption changed no payload: what was allowed is allowed, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from governance.catalog.legacy import base_names, later_keywords, payload_of
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, bundle
from governance.compat.answer import Proven, Refuted, Schema, Unknown
from governance.compat.views import View, judge
from governance.schema.dialect import DRAFT_2020_12, OPENAPI_30, without_nullable
from governance.schema.json import Json, identity, shown

_EQUAL = "equal, proven"


class Verdict(NamedTuple):
    """Whether an event carries the same as before.

    Attributes:
        is_equal: Whether that is proven.
        words: What is to be said of it, in a line.
    """

    is_equal: bool
    words: str


def verdict(old: Catalog, before: EventSchema, new: Catalog, after: EventSchema) -> Verdict:
    """Say whether the payload of an event is the same before and after.

    Before, it is what the legacy schema says, read as OpenAPI 3.0, without the base fields, of an
    object: every event is one. Keywords that OpenAPI 3.0 does not know count where all else would
    differ, and are named.

    Args:
        old: The legacy catalog.
        before: The event in it.
        new: The governed catalog.
        after: The event in that.
    """
    if before.payload is None or after.payload is None:
        return Verdict(is_equal=False, words="its schema is gone")
    base = base_names(old)
    try:
        said = payload_of(bundle(old, before.payload), base)
        says = payload_of(bundle(new, after.payload), base)
    except RefError as error:
        said = without_nullable(payload_of(before.payload.schema, base))
        return _unbundled(said, payload_of(after.payload.schema, base), str(error))
    dialect = before.payload.dialect
    now = Schema(says, after.payload.dialect)
    difference = _difference(Schema(said, dialect), now)
    if not difference:
        return Verdict(is_equal=True, words=_EQUAL)
    later = later_keywords(before.payload.keywords())
    if dialect is OPENAPI_30 and later:
        modern = Schema(without_nullable(said), DRAFT_2020_12)
        if not _difference(modern, now):
            named = ", ".join(f"`{keyword}`" for keyword in later)
            return Verdict(
                is_equal=True,
                words=f"{_EQUAL}; {named} holds from now on, which OpenAPI 3.0 does not know",
            )
    return Verdict(is_equal=False, words=difference)


def _unbundled(said: Json, says: Json, why: str) -> Verdict:
    """Judge two payloads of which a reference can't be followed, by what they say."""
    if identity(said) == identity(says):
        return Verdict(is_equal=True, words=f"the same as before, unproven: {why}")
    return Verdict(is_equal=False, words=f"{why}; mend the reference first")


def _difference(before: Schema, after: Schema) -> str:
    """Return what differs between two payloads; empty where nothing does."""
    for view in (View.AS_WRITTEN, View.GOVERNED):
        judgement = judge(before, after, view)
        for answer, words in (
            (judgement.backward, "was allowed, and is not"),
            (judgement.forward, "was not allowed, and is"),
        ):
            match answer:
                case Proven():
                    continue
                case Refuted(witness):
                    return f"{shown(witness)} {words}"
                case Unknown(reason):
                    if identity(before.root) != identity(after.root):
                        return f"whether it is the same can't be decided: {reason}"
    return ""
