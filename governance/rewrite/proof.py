"""The proof that adoption changed no payload: what was allowed is allowed, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote

from governance.catalog.envelope import COMPONENT, FILE, NAMES
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, bundle
from governance.compat.answer import Proven, Refuted, Schema, Unknown
from governance.compat.views import View, judge
from governance.rewrite.head import OF_EVENT
from governance.schema.dialect import DRAFT_2020_12, OPENAPI_30, without_nullable
from governance.schema.json import Json, JsonObject, as_list, as_object, identity, shown
from governance.schema.pointer import PointerError, resolve

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
    base = NAMES | _own_base_fields(old)
    try:
        said = _payload(bundle(old, before.payload), base)
        says = _payload(bundle(new, after.payload), base)
    except RefError as error:
        said = without_nullable(_payload(before.payload.schema, base))
        return _unbundled(said, _payload(after.payload.schema, base), str(error))
    dialect = before.payload.dialect
    now = Schema(says, after.payload.dialect)
    difference = _difference(Schema(said, dialect), now)
    if not difference:
        return Verdict(is_equal=True, words=_EQUAL)
    later = [one for one in before.payload.keywords() if one in DRAFT_2020_12.keywords]
    later = sorted(set(later) - OPENAPI_30.keywords.keys())
    if dialect is OPENAPI_30 and later:
        modern = Schema(without_nullable(said), DRAFT_2020_12)
        if not _difference(modern, now):
            named = ", ".join(f"`{keyword}`" for keyword in later)
            return Verdict(
                is_equal=True,
                words=f"{_EQUAL}; {named} holds from now on, which OpenAPI 3.0 does not know",
            )
    return Verdict(is_equal=False, words=difference)


def _own_base_fields(catalog: Catalog) -> frozenset[str]:
    """Return the base fields that the catalog adds to the envelope."""
    schemas = [
        component.tree.schema
        for file in catalog.files
        for component in file.components
        if file.relative.rsplit(".", 1)[0] == FILE and component.name == COMPONENT
    ]
    return frozenset(name for one in schemas for name in as_object(one.get("properties")))


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


def _payload(schema: JsonObject, base: frozenset[str]) -> JsonObject:
    """Return the schema of an event without the base fields, of an object."""
    made: JsonObject = copy.deepcopy(schema)
    for key in OF_EVENT:
        made.pop(key, None)
    for part in _parts(made, made, set()):
        declared, required = as_object(part.get("properties")), as_list(part.get("required"))
        own = {name: said for name, said in declared.items() if name not in base}
        asked = [one for one in required if not isinstance(one, str) or one not in base]
        # Where nothing is left the keyword goes too, as it does in the text.
        for keyword, was, now in (("properties", declared, own), ("required", required, asked)):
            if was != now:
                part[keyword] = now
            if was and not now:
                del part[keyword]
    if made.setdefault("type", "object") == "object":
        made.pop("nullable", None)
    return made


def _parts(schema: Json, root: JsonObject, seen: set[int]) -> Iterator[JsonObject]:
    """Yield a schema and all that holds with it, by ``$ref`` and ``allOf``."""
    if not isinstance(schema, dict) or id(schema) in seen:
        return
    seen.add(id(schema))
    yield schema
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref.startswith("#"):
        with suppress(PointerError):
            yield from _parts(resolve(root, unquote(ref[1:])), root, seen)
    for branch in as_list(as_object(schema).get("allOf")):
        yield from _parts(branch, root, seen)
