"""Two schemas without what both say alike: a stand-in takes the place of each such field.

Let an event show that what a writer may write is not all read, or not all written by another, and
exchange in it the value of a field that both schemas describe alike: it still shows it. So if no
event with stand-ins shows it, none does. One that does gets real values for its stand-ins, and is
good for nothing until it is confirmed on the schemas as they are.

This holds where a field is looked at by nothing but its own schema, and where whatever a writer of
that schema writes is read by its reader; a default that a schema around it refuses is not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from governance.compat.answer import Refuted, Schema
from governance.compat.contains import sought
from governance.compat.engine.search import NONE
from governance.compat.governed.closed import as_writer
from governance.compat.governed.parts import CONDITIONS, LEADING
from governance.schema.dialect import DRAFT_04, DRAFT_2020_12, Dialect
from governance.schema.json import Json, JsonObject, as_list, as_object
from governance.schema.pointer import PointerError, resolve

_NOTHING = Schema(root=False, dialect=DRAFT_2020_12)
# An object or array that says no more than these looks at the value of no field.
_PLAIN = frozenset(
    "$schema $comment title description examples example deprecated readOnly writeOnly type "
    "properties required additionalProperties items minItems maxItems $defs definitions".split()
)
_HOLDING = ("$defs", "definitions")
_STRUCTURE = LEADING.union(CONDITIONS)
# Schemas are compared, and searched for references, as Python writes them: that is fast, and
# unlike `==` it tells 1 from true. What looks like a reference in a text does no harm.
_REFERS, _DEFAULTS = "'$ref'", "'default'"
_REFERENCE = re.compile(r"'\$ref': '#/(\$defs|definitions)/([^/%~'\\]+)'")
_NAMES = re.compile(r"'\$(?:id|anchor|vocabulary|dynamic\w+|recursive\w+)'")


class Focus:
    """Two schemas with stand-ins.

    Attributes:
        old: The old schema.
        new: The new schema.
    """

    def __init__(self, pair: _Pair, old: Json, new: Json) -> None:
        self.old = pair.old.document(old)
        self.new = pair.new.document(new)
        self._pair = pair
        self._values: JsonObject = {}

    def completed(self, witness: Json) -> Json:
        """Return an event with values in the place of stand-ins, or NONE where there are none.

        Raises:
            UndecidedError: One of their schemas can't be read.
        """
        missing = sorted(self._pair.left_out.keys() & _texts(witness) - self._values.keys())
        if missing:
            fields = {name: self._pair.left_out[name] for name in missing}
            record = {"type": "object", "properties": fields, "required": missing}
            found = sought(_NOTHING, as_writer(self._pair.old.document(record)))
            if not isinstance(found, Refuted):
                return NONE
            self._values.update(found.witness)
        return self._with_values(witness)

    def _with_values(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {name: self._with_values(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._with_values(one) for one in value]
        return self._values.get(value, value) if isinstance(value, str) else value


def focused(old: Schema, new: Schema) -> Focus | None:
    """Return two schemas with stand-ins for what both say alike; None where they say nothing so."""
    if old.dialect is not new.dialect or old.dialect is DRAFT_04:
        return None
    try:
        was, now = _side(old), _side(new)
        if not (was.is_simple and now.is_simple):
            return None
        pair = _Pair(was, now)
        made = pair.focused(was.schema, now.schema)
        return Focus(pair, *made) if pair.left_out else None
    except RecursionError:
        return None


class _Side(NamedTuple):
    """A schema and the document that its references lead through.

    Attributes:
        root: The document.
        schema: The schema.
        dialect: How to read it.
        is_simple: Whether all references lead to definitions at the top of the document.
    """

    root: Json
    schema: Json
    dialect: Dialect
    is_simple: bool

    def definition(self, key: tuple[str, str]) -> Json:
        return as_object(as_object(self.root).get(key[0])).get(key[1])

    def led(self, text: str) -> dict[tuple[str, str], Json]:
        """Return the definitions that a text refers to, directly or through others."""
        found: dict[tuple[str, str], Json] = {}
        todo = [text]
        for one in todo:
            for key in _REFERENCE.findall(one):
                if key not in found:
                    found[key] = self.definition(key)
                    todo.append(repr(found[key]))
        return found

    def document(self, schema: Json) -> Schema:
        """Return a schema as a document of its own, with the definitions that it refers to."""
        root = {keyword: one for keyword, one in schema.items() if keyword not in _HOLDING}
        for (holder, name), one in self.led(repr(root)).items():
            root = {**root, holder: {**as_object(root.get(holder)), name: one}}
        return Schema(root, self.dialect)


def _side(schema: Schema) -> _Side:
    text = repr(schema.root)
    is_led = len(_REFERENCE.findall(text)) == text.count(_REFERS)
    try:
        found = resolve(schema.root, schema.pointer)
    except PointerError:
        found = None
    is_simple = isinstance(found, dict) and is_led and _NAMES.search(text) is None
    return _Side(schema.root, found, schema.dialect, is_simple)


class _Pair:
    """The old and the new side.

    Attributes:
        old: The old side.
        new: The new side.
        left_out: Schemas that both sides say alike, by stand-in.
    """

    def __init__(self, old: _Side, new: _Side) -> None:
        self.old = old
        self.new = new
        self.left_out: JsonObject = {}
        self._stand_ins: dict[str, str] = {}

    def focused(self, old: Json, new: Json) -> tuple[Json, Json]:
        """Return two schemas of the same value with stand-ins for what both say alike."""
        if not (_is_plain(old) and _is_plain(new)):
            return old, new
        made = {**old}, {**new}
        if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
            made[0]["items"], made[1]["items"] = self.focused(old["items"], new["items"])
        if "properties" in old and "properties" in new:
            made[0]["properties"], made[1]["properties"] = self._fields(old, new)
        return made

    def _fields(self, old: JsonObject, new: JsonObject) -> tuple[JsonObject, JsonObject]:
        was, now = {**old["properties"]}, {**new["properties"]}
        needed = as_list(old.get("required")), as_list(new.get("required"))
        for name in [one for one in was if one in now]:
            # A default may fill in for one that only one side needs.
            if (name in needed[0]) is not (name in needed[1]):
                continue
            stand_in = self._stand_in(was[name], now[name])
            if stand_in is None:
                was[name], now[name] = self.focused(was[name], now[name])
            # An object that declares no field at all would be open to any.
            elif name in needed[0] or min(len(was), len(now)) == 1:
                was[name] = now[name] = stand_in
            else:
                del was[name], now[name]
        return was, now

    def _stand_in(self, old: Json, new: Json) -> JsonObject | None:
        """Return what can take the place of both; None where they are not alike."""
        text = repr(old)
        if text != repr(new) or not self._is_read_as_written(old, text):
            return None
        name = self._stand_ins.setdefault(text, f"(stand-in {len(self._stand_ins)})")
        self.left_out[name] = old
        return {"enum": [name]}

    def _is_read_as_written(self, schema: Json, text: str) -> bool:
        """Say whether what both sides say alike means the same, and troubles no reader."""
        if _REFERS in text:
            led, theirs = self.old.led(text), self.new.led(text)
            here = repr(led)
            if here != repr(theirs) or _DEFAULTS in here:
                return False
        return _DEFAULTS not in text or _has_plain_defaults(schema)


def _is_plain(schema: Json) -> bool:
    return (
        isinstance(schema, dict)
        and all(one in _PLAIN or _is_note(one) for one in schema)
        and isinstance(schema.get("properties", {}), dict)
        and isinstance(schema.get("required", []), list)
    )


def _is_note(keyword: str) -> bool:
    return str(keyword).startswith("x-") and keyword != "x-extensible-enum"


def _has_plain_defaults(schema: Json) -> bool:
    """Say whether only fields of plain objects that hold nothing have a default."""
    if not isinstance(schema, dict) or _STRUCTURE.isdisjoint(schema):
        return True
    if not _is_plain(schema):
        return _DEFAULTS not in repr(schema)
    below = [*as_object(schema.get("properties")).values(), schema.get("items")]
    return _DEFAULTS not in repr(schema.get("additionalProperties")) and all(
        map(_has_plain_defaults, below)
    )


def _texts(value: Json) -> set[str]:
    found, todo = set[str](), [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            found.add(one)
        elif isinstance(one, dict | list):
            todo.extend(one.values() if isinstance(one, dict) else one)
    return found
