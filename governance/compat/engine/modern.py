"""Bring a schema of any dialect to one that knows ``unevaluatedProperties``.

What is to be rewritten further should be easy to rewrite: in the schema made here, every ``$ref``
is a JSON Pointer from the root, no subschema has a name or a base of its own, and no keyword means
what an older draft meant by it.

Source: JSON Schema 2019-09, with the migration notes of drafts 06, 07 and 2019-09; OpenAPI
Specification 3.0.3, section 4.7.24.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote

from governance.compat.answer import Schema
from governance.compat.engine.form import UndecidedError
from governance.compat.engine.resources import Resources, Site
from governance.schema.dialect import DRAFT_2019_09, DRAFT_2020_12, OPENAPI_30, Dialect, Holds
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import PointerError, join, resolve

_MODERN = (DRAFT_2019_09, DRAFT_2020_12)
_DYNAMIC = frozenset({"$dynamicRef", "$recursiveRef"})
_NAMING = frozenset({"id", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"})
_LED = _DYNAMIC | _NAMING
_CONTAINERS = ("$defs", "definitions")


def modern(schema: Schema) -> Schema:
    """Return a schema that says the same in dialect 2019-09 or 2020-12.

    Args:
        schema: A schema of any dialect.

    Returns:
        The schema itself where nothing has to change. Pointers stay, save that what stood under
        ``dependencies`` is found under ``dependentSchemas``.

    Raises:
        UndecidedError: A reference leads nowhere, or where it leads depends on who follows it.
    """
    if schema.dialect in _MODERN and not mentions(schema.root, _LED, only_pointers=True):
        return schema
    return _Renewal(schema).made()


def fragment(pointer: str) -> str:
    """Return the ``$ref`` to a JSON Pointer from the root."""
    return "#" + quote(pointer, safe="/~$!&'()*+,;=:@", errors="replace")


def pointer_of(ref: Json) -> str | None:
    """Return the JSON Pointer that a ``$ref`` names; None for one that leads out of the document.

    What a document may lead out to are the metaschemas, which everybody knows by heart.
    """
    return unquote(ref[1:]) if isinstance(ref, str) and ref.startswith("#") else None


class _Renewal:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.old = schema.dialect
        self.new: Dialect = self.old if self.old in _MODERN else DRAFT_2019_09
        self.resources = Resources(schema.root, self.old)
        self.pointers = _pointers(schema.root)
        self.sites = {schema.pointer: self.resources.at(schema.pointer)}
        self.renewed: dict[str, Json] = {}
        if mentions(schema.root, _DYNAMIC) and self._has_several():
            raise UndecidedError("where a dynamic reference leads depends on who follows it")

    def made(self) -> Schema:
        todo = [self.schema.pointer]
        # A queue: a chain of references may be longer than Python's stack.
        for pointer in todo:
            if pointer not in self.renewed:
                self.renewed[pointer] = self._renew(self.sites[pointer], todo)
        root = self.schema.root
        # The root comes first, and then what lies in parts of it that no keyword knows.
        for pointer in sorted(self.renewed, key=len):
            root = put(root, pointer, self.renewed[pointer])
        if isinstance(root, dict) and "$schema" in root:
            root = {**root, "$schema": self.new.uri}
        return Schema(root, self.new, self.schema.pointer)

    def _has_several(self) -> bool:
        """Say whether parts of the document are resources of their own."""
        word = "$id"
        below = dict(self.schema.root) if isinstance(self.schema.root, dict) else {}
        below.pop(word, None)
        return mentions(below, frozenset({word}))

    def _renew(self, site: Site, todo: list[str]) -> Json:
        schema = site.schema
        if not isinstance(schema, dict):
            return schema
        made: JsonObject = {}
        overridden = self.old.overrides_siblings and "$ref" in schema
        for keyword, value in schema.items():
            if keyword in _CONTAINERS:
                made[keyword] = self._below(site, Holds.MAP, value, todo)
            elif keyword == "$ref" or keyword in _DYNAMIC & self.old.keywords.keys():
                self._refer(made, keyword, site, value, todo)
            elif overridden or keyword in _NAMING:
                continue
            elif keyword in self.old.keywords:
                made[keyword] = self._below(site, self.old.keywords[keyword], value, todo)
            elif keyword not in self.new.keywords:
                made[keyword] = value
        if self.old is not self.new:
            _respell(made, schema, self.old)
        return made

    def _below(self, site: Site, holds: Holds, value: Json, todo: list[str]) -> Json:
        def renew(one: Json) -> Json:
            return self._renew(self.resources.within(site, one), todo)

        if holds is Holds.VALUE:
            return value
        if isinstance(value, list) and holds in (Holds.ARRAY, Holds.ITEMS):
            return [renew(one) for one in value]
        if isinstance(value, dict) and holds in (Holds.MAP, Holds.DEPENDENCIES):
            return {name: renew(one) for name, one in value.items()}
        return renew(value)

    def _refer(
        self, made: JsonObject, keyword: str, site: Site, ref: Json, todo: list[str]
    ) -> None:
        led = self._led(keyword, site, ref, todo)
        if "$ref" not in made and "$ref" in led:
            made.update(led)
        elif led:
            made["allOf"] = [*as_list(made.get("allOf")), led]

    def _led(self, keyword: str, site: Site, ref: Json, todo: list[str]) -> JsonObject:
        try:
            target = _FOLLOW[keyword](self.resources, site, ref)
        except UndecidedError:
            # It matters only where a value meets it, and must not lead somewhere by accident.
            is_remote = isinstance(ref, str) and "://" in ref
            return {"$ref": ref if is_remote else fragment(join("leads nowhere", str(ref)))}
        if isinstance(target.schema, bool):
            return {} if target.schema else {"not": {}}
        pointer = self.pointers.get(id(target.schema))
        if pointer is None:
            return {"$ref": target.base}
        self.sites.setdefault(pointer, target)
        todo.append(pointer)
        return {"$ref": fragment(pointer)}


_FOLLOW: dict[str, Callable[[Resources, Site, Json], Site]] = {
    "$ref": Resources.follow,
    "$dynamicRef": Resources.follow_dynamic,
    "$recursiveRef": lambda resources, site, _: resources.follow_recursive(site),
}


def _respell(made: JsonObject, said: JsonObject, old: Dialect) -> None:
    """Bring the spellings of an older dialect over to 2019-09, in place."""
    dependencies = as_object(made.pop("dependencies", None))
    schemas = {k: v for k, v in dependencies.items() if not isinstance(v, list)}
    names = {k: v for k, v in dependencies.items() if isinstance(v, list)}
    made.update({"dependentSchemas": schemas} if schemas else {})
    made.update({"dependentRequired": names} if names else {})
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool):
            is_open = made.pop(exclusive)
            if is_open and bound in made:
                made[exclusive] = made.pop(bound)
    # Without `type`, it does nothing.
    if old is OPENAPI_30 and said.get("nullable") is True and "type" in made:
        listed = made["type"] if isinstance(made["type"], list) else [made["type"]]
        made["type"] = [*listed, *(() if "null" in listed else ("null",))]
    if old is OPENAPI_30:
        made.pop("nullable", None)


def mentions(value: Json, words: frozenset[str], *, only_pointers: bool = False) -> bool:
    """Say whether an object in a value has one of these members.

    Args:
        value: The value.
        words: The names.
        only_pointers: Whether a ``$ref`` that is no pointer from the root counts as well.
    """
    # Asked of every document several times over, so without recursion: that is three times as fast.
    todo = [value]
    for one in todo:
        if isinstance(one, dict):
            ref = one.get("$ref", "#") if only_pointers else "#"
            if isinstance(ref, str) and not ref.startswith("#/") and ref != "#":
                return True
            if not words.isdisjoint(one):
                return True
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False


def _pointers(root: Json) -> dict[int, str]:
    """Return the pointer of every object in a document, by where the object lies in memory."""
    found: dict[int, str] = {}
    todo = [(root, "")]
    while todo:
        value, pointer = todo.pop()
        if isinstance(value, dict):
            # One that stands in several places says the same in each.
            if id(value) in found:
                continue
            found[id(value)] = pointer
            todo += [(one, pointer + join(name)) for name, one in value.items()]
        elif isinstance(value, list):
            todo += [(one, f"{pointer}/{number}") for number, one in enumerate(value)]
    return found


def put(root: Json, pointer: str, value: Json) -> Json:
    """Return a document with a value put at a pointer; the rest is shared, not copied."""
    if not pointer:
        return value
    above, _, last = pointer.rpartition("/")
    try:
        holder = resolve(root, above)
    except PointerError:
        # It stood where the new dialect has no place for it.
        raise UndecidedError(f"a reference leads to {pointer}, which nothing applies") from None
    if isinstance(holder, list):
        return put(root, above, [*holder[: int(last)], value, *holder[int(last) + 1 :]])
    name = last.replace("~1", "/").replace("~0", "~")
    return put(root, above, {**holder, name: value})
