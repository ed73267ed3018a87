"""The dialects of JSON Schema, each a frozen value; a keyword says where its subschemas stand."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from governance.schema.json import Json, JsonObject


class Holds(Enum):
    """What the value of a keyword holds."""

    VALUE = "no schema"
    SCHEMA = "a schema"
    ARRAY = "an array of schemas"
    MAP = "an object of schemas"
    ITEMS = "a schema or an array of schemas"
    DEPENDENCIES = "an object of schemas or of arrays of names"


class Dialect(NamedTuple):
    """One dialect of JSON Schema.

    Attributes:
        name: Short name, as `compat` and the case files spell it.
        uri: What ``$schema`` says.
        keywords: Every keyword of the dialect, with what its value holds.
        definitions: Keyword under which reusable schemas stand.
        overrides_siblings: Whether ``$ref`` makes a validator ignore the keywords beside it.
    """

    name: str
    uri: str
    keywords: Mapping[str, Holds]
    definitions: str = "$defs"
    overrides_siblings: bool = False

    def __hash__(self) -> int:
        """Return the hash of the name, which tells dialects apart."""
        return hash(self.name)


def _table(**rows: str) -> dict[str, Holds]:
    return {
        keyword: Holds[holds] for holds, keywords in rows.items() for keyword in keywords.split()
    }


# Drafts 04 to 07 grow; each row is what the specification of that draft adds or drops.
_DRAFT_04 = _table(
    SCHEMA="additionalItems additionalProperties not",
    ARRAY="allOf anyOf oneOf",
    MAP="definitions patternProperties properties",
    ITEMS="items",
    DEPENDENCIES="dependencies",
    VALUE="id $schema $ref title description default multipleOf maximum exclusiveMaximum minimum "
    "exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties "
    "minProperties required enum type format",
)
_DRAFT_06 = {
    **{keyword: holds for keyword, holds in _DRAFT_04.items() if keyword != "id"},
    **_table(SCHEMA="contains propertyNames", VALUE="$id const examples"),
}
_DRAFT_07 = {
    **_DRAFT_06,
    **_table(
        SCHEMA="if then else", VALUE="$comment readOnly writeOnly contentMediaType contentEncoding"
    ),
}
_2019_09 = {
    **{
        keyword: holds
        for keyword, holds in _DRAFT_07.items()
        if keyword not in {"definitions", "dependencies"}
    },
    **_table(
        SCHEMA="unevaluatedItems unevaluatedProperties contentSchema",
        MAP="$defs dependentSchemas",
        VALUE="$anchor $vocabulary $recursiveRef $recursiveAnchor dependentRequired maxContains "
        "minContains deprecated",
    ),
}
_2020_12 = {
    **{
        keyword: holds
        for keyword, holds in _2019_09.items()
        if keyword not in {"additionalItems", "$recursiveRef", "$recursiveAnchor"}
    },
    **_table(SCHEMA="items", ARRAY="prefixItems", VALUE="$dynamicRef $dynamicAnchor"),
}
# OpenAPI Specification 3.0.3, section 4.7.24 (Schema Object).
_OPENAPI_30 = {
    **_table(
        SCHEMA="additionalProperties items not",
        ARRAY="allOf anyOf oneOf",
        MAP="properties",
        VALUE="$ref title description default multipleOf maximum exclusiveMaximum minimum "
        "exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties "
        "minProperties required enum type format nullable discriminator readOnly writeOnly xml "
        "externalDocs example examples deprecated",
    )
}


def _old_draft(name: str, keywords: dict[str, Holds]) -> Dialect:
    uri = f"http://json-schema.org/{name}/schema"
    return Dialect(name, uri, keywords, "definitions", overrides_siblings=True)


DRAFT_04 = _old_draft("draft-04", _DRAFT_04)
DRAFT_06 = _old_draft("draft-06", _DRAFT_06)
DRAFT_07 = _old_draft("draft-07", _DRAFT_07)
DRAFT_2019_09 = Dialect("2019-09", "https://json-schema.org/draft/2019-09/schema", _2019_09)
DRAFT_2020_12 = Dialect("2020-12", "https://json-schema.org/draft/2020-12/schema", _2020_12)
OPENAPI_30 = Dialect(
    "openapi-3.0", "https://spec.openapis.org/oas/3.0/schema", _OPENAPI_30, "definitions"
)

DIALECTS = (DRAFT_04, DRAFT_06, DRAFT_07, DRAFT_2019_09, DRAFT_2020_12, OPENAPI_30)
_BY_URI = {dialect.uri: dialect for dialect in DIALECTS}


def dialect_of(schema: Json, otherwise: Dialect = DRAFT_2020_12) -> Dialect:
    """Return the dialect that the ``$schema`` of a schema names, or ``otherwise``."""
    uri = schema.get("$schema") if isinstance(schema, dict) else None
    return _BY_URI.get(uri.rstrip("#"), otherwise) if isinstance(uri, str) else otherwise


def without_nullable(schema: JsonObject) -> JsonObject:
    """Return an OpenAPI 3.0 schema as one of 2020-12.

    ``nullable`` becomes a type, boolean bounds become numbers.

    Source: OpenAPI Specification 3.0.3, section 4.7.24.1 (without ``type``, nullable does nothing).
    """
    made: JsonObject = {}
    for keyword, value in schema.items():
        holds = _OPENAPI_30.get(keyword, Holds.VALUE)
        if keyword == "nullable":
            continue
        if isinstance(value, dict) and holds is Holds.SCHEMA:
            made[keyword] = without_nullable(value)
        elif isinstance(value, dict) and (holds is Holds.MAP or keyword == "definitions"):
            made[keyword] = {
                k: without_nullable(v) if isinstance(v, dict) else v for k, v in value.items()
            }
        elif isinstance(value, list) and holds is Holds.ARRAY:
            made[keyword] = [without_nullable(v) if isinstance(v, dict) else v for v in value]
        else:
            made[keyword] = value
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if made.get(exclusive) is True and bound in made:
            made[exclusive] = made.pop(bound)
        elif isinstance(made.get(exclusive), bool):
            del made[exclusive]
    if schema.get("nullable") is True and "type" in made:
        types = made["type"] if isinstance(made["type"], list) else [made["type"]]
        made["type"] = [*types, *(() if "null" in types else ("null",))]
    return made
