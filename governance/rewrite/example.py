"""An example of an event that nobody has seen yet: by what others of the catalog show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from governance.catalog.model import Catalog
from governance.compat.engine.formats import sample
from governance.rewrite.field import Field
from governance.schema.json import Json, JsonObject, as_list, as_object, as_text, identity, types_of

_DEEPEST = 8
_LISTS = ("enum", "x-extensible-enum", "examples")


def example(catalog: Catalog, fields: Iterable[Field]) -> JsonObject:
    """Return a payload with every field.

    A value is taken from an event whose field has the same name and schema. Where there is none, it
    is the simplest that the schema allows.
    """
    return {one.name: _value(catalog, one) for one in fields}


def _value(catalog: Catalog, field: Field) -> Json:
    wanted = _plain(field.schema)
    for schema, value in _shown(catalog, field.name):
        if identity(_plain(schema)) == identity(wanted):
            return value
    return _made(catalog, field.schema, field.name, 0)


def _plain(schema: JsonObject) -> JsonObject:
    """Return a schema without words; what is shared goes by its name, wherever it stands."""
    said = {key: value for key, value in schema.items() if key != "description"}
    ref = as_text(said.get("$ref"))
    return {**said, "$ref": ref.rpartition("/")[2]} if ref else said


def _shown(catalog: Catalog, name: str) -> Iterator[tuple[JsonObject, Json]]:
    """Yield what the examples of the catalog show for fields of a name, with their schemas."""
    for event in catalog.events:
        fields = as_object(as_object(event.declaration.get("data")).get("properties"))
        if isinstance(fields.get(name), dict):
            for _, one in event.examples:
                if name in as_object(one):
                    yield fields[name], one[name]


def _made(catalog: Catalog, schema: JsonObject, name: str, depth: int) -> Json:
    listed = [schema[key] for key in ("const", "default") if key in schema]
    listed += [schema[key][0] for key in _LISTS if as_list(schema.get(key))]
    if listed:
        return listed[0]
    ref = as_text(schema.get("$ref"))
    if ref and depth < _DEEPEST:
        return _made(catalog, _shared(catalog, ref.rpartition("/")[2]), name, depth + 1)
    kind = min(types_of(schema) - {"null"}, default="object")
    if kind == "array":
        inner = _made(catalog, as_object(schema.get("items")), name, depth + 1)
        return [inner] * max(1, _least(schema, "minItems"))
    if kind == "object":
        fields = as_object(schema.get("properties")).items()
        return {one: _made(catalog, as_object(said), one, depth + 1) for one, said in fields}
    return _scalar(kind, schema, name)


def _shared(catalog: Catalog, name: str) -> JsonObject:
    components = (one for file in catalog.files for one in file.components)
    return next((one.tree.schema for one in components if one.name == name), {})


def _scalar(kind: str, schema: JsonObject, name: str) -> Json:
    if kind == "string":
        return _text(schema, name)
    return False if kind == "boolean" else _number(schema)


def _text(schema: JsonObject, name: str) -> str:
    known = sample(schema.get("format", "")) if isinstance(schema.get("format"), str) else ()
    least = _least(schema, "minLength")
    most = schema.get("maxLength")
    text = known[0] if known else name.replace("_", " ")
    return text.ljust(least, ".")[: most if isinstance(most, int) and not known else None]


def _number(schema: JsonObject) -> Json:
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(low, int | float):
        return low
    return min(1, high) if isinstance(high, int | float) else 1


def _least(schema: JsonObject, key: str) -> int:
    said = schema.get(key)
    return min(said, 100) if isinstance(said, int) else 0
