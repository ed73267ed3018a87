"""Which base fields stand in legacy events, and what is left of a schema without them.

The envelope brings them to every event, so they leave ``properties`` and ``required``, and so does
what held nothing else: a branch of ``allOf``, a reference to a component, the component.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from governance.catalog import envelope
from governance.catalog.envelope import COMPONENT, FILE, LEGACY_NAMES, NAMES
from governance.catalog.model import Catalog, EventSchema, SourceFile
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import Target
from governance.errors import CatalogError
from governance.schema.json import Json, JsonObject, as_list, as_object, as_text
from governance.schema.pointer import ancestors, join

# A schema that says no more than this says nothing that the event does not say itself.
_SAYS_NOTHING = frozenset({"type", "title", "description", "$comment"})
_SHARED = "/components/schemas/"


class Source(NamedTuple):
    """What the old schema of an event says of where it comes from.

    Attributes:
        fields: The base fields that named the source.
        publishers: Who is named as a value of one.
    """

    fields: tuple[str, ...]
    publishers: tuple[str, ...]


class Lift:
    """The base fields of some legacy files.

    Args:
        catalog: The catalog that the files are part of.
        files: The files that are adopted.
        are_named: Whether the publishers that a field names are kept elsewhere.

    Attributes:
        cuts: What leaves each file: by path and pointer of a mapping or list, names or numbers.
        words: What the schema of a base field says that the envelope does not, by place.
        sources: Where each event comes from, by path and pointer of the event.
        stripped: The components that lost fields, by path and pointer: whether nothing is left.

    Raises:
        CatalogError: A component is both the base of an event and the schema of a field.
    """

    def __init__(
        self, catalog: Catalog, files: Iterable[SourceFile], *, are_named: bool = False
    ) -> None:
        self._catalog = catalog
        self._kept_elsewhere = frozenset({"default", "const"} if are_named else ())
        self._paths = {file.document.path for file in files}
        self.cuts: dict[tuple[str, str], dict[str, None]] = {}
        self.words: dict[tuple[str, str], str] = {}
        self.sources: dict[tuple[str, str], Source] = {}
        self.stripped: dict[tuple[str, str], bool] = {}
        self._refs = set[tuple[str, str]]()
        self._known: dict[tuple[str, str], bool] = {}
        self._found: dict[tuple[str, str], list[tuple[str, JsonObject]]] = {}
        events = [event for file in catalog.files for event in file.events if event.legacy]
        for event in events:
            if event.document.path in self._paths and event.payload is not None:
                self._event(event)
        self._refuse_other_uses()
        self._drop_components()

    def _event(self, event: EventSchema) -> None:
        tree = event.payload
        if tree is None:
            return
        place = (event.document.path, event.pointer)
        self._lift(Target(event.document, event.pointer, tree.schema, tree))
        named = [(name, said) for name, said in self._found[place] if name in LEGACY_NAMES]
        fields = dict.fromkeys(name for name, _ in named)
        people = dict.fromkeys(one for _, said in named for one in _people(said))
        self.sources[place] = Source(tuple(fields), tuple(people))

    def _lift(self, here: Target) -> bool:
        """Say whether nothing is left of a schema but for base fields, and note what leaves it."""
        place = path, pointer = here.document.path, here.pointer
        if place in self._known:
            return self._known[place]
        self._known[place] = False
        found: list[tuple[str, JsonObject]] = []
        self._found[place] = found
        schema = as_object(here.schema)
        gone = dict.fromkeys(self._fields(here, found))
        required = as_list(schema.get("required"))
        named = [number for number, name in enumerate(required) if _is_base(name)]
        if named and self._cut(place, "required", named, len(required)):
            gone["required"] = None
        gone |= dict.fromkeys(self._brought(here, found))
        if gone and path in self._paths:
            self.cuts.setdefault(place, {}).update(gone)
        is_hollow = bool(gone) and schema.keys() - gone.keys() <= _SAYS_NOTHING
        words = [as_text(schema.get(key)) for key in ("title", "description", "$comment")]
        if is_hollow and any(words):
            said = " ".join(" ".join(filter(None, words)).split())
            is_branch = "/allOf/" in pointer
            self.words[place] = said if is_branch else f"{pointer.rpartition('/')[2]}: {said}"
        is_own = self._catalog.by_path[path].relative.rsplit(".", 1)[0] == FILE
        self._known[place] = is_hollow or (is_own and pointer == _SHARED + COMPONENT)
        return self._known[place]

    def _fields(self, here: Target, found: list[tuple[str, JsonObject]]) -> list[str]:
        declared = as_object(as_object(here.schema).get("properties"))
        names = envelope.base_fields(here.schema)
        for name in names:
            found.append((name, as_object(declared[name])))
            said = _said(name, declared[name], self._kept_elsewhere)
            if said:
                place = (here.document.path, f"{here.pointer}/properties/{name}")
                self.words[place] = said
        place = here.document.path, here.pointer
        return (
            ["properties"] if names and self._cut(place, "properties", names, len(declared)) else []
        )

    def _brought(self, here: Target, found: list[tuple[str, JsonObject]]) -> list[str]:
        """Return the keywords that bring a schema nothing but base fields."""
        schema, place = as_object(here.schema), (here.document.path, here.pointer)
        gone = []
        target = self._target(here)
        if target is not None:
            if self._lift(target):
                gone.append("$ref")
            found += self._found[target.document.path, target.pointer]
        branches = as_list(schema.get("allOf"))
        hollow = []
        for number, branch in enumerate(branches):
            below = here._replace(pointer=f"{here.pointer}/allOf/{number}", schema=branch)
            if self._lift(below):
                hollow.append(number)
            found += self._found[below.document.path, below.pointer]
        if hollow and self._cut(place, "allOf", hollow, len(branches)):
            gone.append("allOf")
        return gone

    def _target(self, here: Target) -> Target | None:
        ref = as_object(here.schema).get("$ref")
        if ref is None or here.tree.dialect.overrides_siblings:
            return None
        self._refs.add((here.document.path, here.pointer))
        try:
            return follow(self._catalog, here.tree, ref)
        except RefError:
            return None

    def _cut(
        self, place: tuple[str, str], keyword: str, tokens: Iterable[str | int], count: int
    ) -> bool:
        """Note what leaves a mapping or list; say whether nothing is left in it."""
        texts = [str(token) for token in tokens]
        if len(texts) == count:
            return True
        if place[0] in self._paths:
            self.cuts.setdefault((place[0], place[1] + join(keyword)), {}).update(
                dict.fromkeys(texts)
            )
        return False

    def _refuse_other_uses(self) -> None:
        """Refuse where a component that loses fields is more than the base of events."""
        changed = {place for place in self.cuts if place[1].startswith(_SHARED)}
        roots = {(path, join(*_head(pointer))) for path, pointer in changed}
        self.stripped = {place: self._known.get(place, False) for place in sorted(roots)}
        for tree in self._catalog.trees.values():
            for node in tree.having("$ref"):
                if (tree.document.path, tree.pointer + node.pointer) in self._refs:
                    continue
                try:
                    target = follow(self._catalog, tree, node.schema["$ref"])
                except RefError:
                    continue
                reached = {(target.document.path, one) for one in ancestors(target.pointer)}
                for _, pointer in reached & self.stripped.keys():
                    name = pointer.rpartition("/")[2]
                    raise CatalogError(
                        f"{node.at('/$ref')}: {name} is the base of events, and used here as "
                        f"well: write out here what is meant, then adopt the catalog"
                    )

    def _drop_components(self) -> None:
        for (path, pointer), is_hollow in self.stripped.items():
            if not is_hollow:
                continue
            root = self._catalog.by_path[path].document.root
            schemas = root["components"]["schemas"]
            gone = self.cuts.setdefault((path, "/components/schemas"), {})
            gone[_head(pointer)[-1]] = None
            if len(gone) == len(schemas):
                above = self.cuts.setdefault((path, "/components"), {})
                above["schemas"] = None
                if len(above) == len(root["components"]):
                    self.cuts.setdefault((path, ""), {})["components"] = None


def _head(pointer: str) -> list[str]:
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:4]]


def _is_base(name: Json) -> bool:
    return isinstance(name, str) and name in NAMES


def _people(said: JsonObject) -> list[str]:
    """Return who is named as a value of a source."""
    values = [said.get("default"), said.get("const"), *as_list(said.get("enum"))]
    return [value for value in values if as_text(value)]


def _said(name: str, schema: Json, elsewhere: frozenset[str]) -> str:
    """Return in one line what a schema says of a base field that the envelope does not say."""
    known = as_object(envelope.shipped()["properties"].get(LEGACY_NAMES.get(name, name)))
    said = as_object(schema)
    words = " ".join((as_text(said.get("description")) or "").split())
    passed = {"description", *(elsewhere if name in LEGACY_NAMES else ())}
    rest = {k: v for k, v in said.items() if k not in passed and known.get(k) != v}
    told = json.dumps(rest, ensure_ascii=False) if rest else ""
    return f"{name}: {words}{' ' if words and told else ''}{told}" if words or told else ""
