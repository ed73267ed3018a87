"""What the schema of a legacy event says of its payload alone: without the base fields.

Source: rule 101, "What is already out there": there one schema describes an event as a whole.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from governance.catalog.envelope import COMPONENT, FILE, NAMES
from governance.catalog.model import Catalog
from governance.schema.dialect import DRAFT_2020_12, OPENAPI_30
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import PointerError, resolve

# What a legacy declaration says of the event, beside being the schema of it.
OF_EVENT = ("event_version", "description", "owner", "aliases", "compatibility", "legacy")


def is_of_event(key: str, value: Json) -> bool:
    """Say whether a legacy declaration speaks of the event there, not of its schema."""
    return key in OF_EVENT or (key == "deprecated" and isinstance(value, dict))


def base_names(catalog: Catalog) -> frozenset[str]:
    """Return the names of all base fields, those included that a catalog adds to the envelope."""
    schemas = [
        component.tree.schema
        for file in catalog.files
        for component in file.components
        if file.relative.rsplit(".", 1)[0] == FILE and component.name == COMPONENT
    ]
    return NAMES.union(*(as_object(one.get("properties")) for one in schemas))


def payload_of(schema: Json, base: frozenset[str]) -> JsonObject:
    """Return the schema of a legacy event without the base fields, of an object.

    Args:
        schema: The schema, with all that it refers to.
        base: The names of the base fields.
    """
    made: JsonObject = copy.deepcopy(as_object(schema))
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


def later_keywords(keywords: Iterable[str]) -> list[str]:
    """Return those of some keywords that OpenAPI 3.0 does not know, and JSON Schema does."""
    return sorted(
        keyword
        for keyword in keywords
        if keyword in DRAFT_2020_12.keywords and keyword not in OPENAPI_30.keywords
    )


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
