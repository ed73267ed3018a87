"""The schema resources of one document: what ``$id``, anchors and references mean within it.

Source: JSON Schema core 2020-12, sections 8.2 and 9; drafts 04 to 2019-09 where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from governance.compat.engine.form import UndecidedError
from governance.schema.dialect import DRAFT_04, DRAFT_2019_09, Dialect, Holds
from governance.schema.json import Json
from governance.schema.pointer import PointerError, split

# What later references to an anchor mean, by name: the outermost resource that declared it wins.
Scope = frozenset[tuple[str, int]]

_RECURSIVE = "$recursiveAnchor"


class Site(NamedTuple):
    """A schema with what its references depend on.

    Attributes:
        schema: The schema.
        base: URI of the resource that it is part of.
        scope: Dynamic anchors declared by the resources on the way to it.
    """

    schema: Json
    base: str
    scope: Scope


class Resources:
    """The resources of one document.

    Args:
        root: The document.
        dialect: How to read it.
    """

    def __init__(self, root: Json, dialect: Dialect) -> None:
        self.root = root
        self.dialect = dialect
        self._id = "id" if dialect is DRAFT_04 else "$id"
        base = self._named(root, "") or ""
        self._roots: dict[str, Json] = {base: root}
        self._anchors: dict[tuple[str, str], Json] = {}
        self._dynamic: dict[str, list[tuple[str, Json]]] = {}
        self._sites: list[tuple[Json, str]] = []
        self._indexed: set[str] = set()
        # Only documents with dynamic references need to know where their anchors are.
        self._is_dynamic = _mentions(root, "$dynamicRef")
        self.start = self._entered(root, base, frozenset())

    def within(self, site: Site, schema: Json) -> Site:
        """Return the site of a subschema of a site."""
        base = self._named(schema, site.base)
        if base is None:
            return Site(schema, site.base, site.scope)
        return self._entered(schema, base, site.scope)

    def at(self, pointer: str) -> Site:
        """Return the site that a JSON Pointer from the root of the document names.

        Raises:
            UndecidedError: There is none.
        """
        return self._walk(self.start, pointer, pointer)

    def follow(self, site: Site, ref: Json) -> Site:
        """Return what a ``$ref`` leads to.

        Raises:
            UndecidedError: It leads out of the document, or nowhere.
        """
        if not isinstance(ref, str):
            raise UndecidedError("a reference is not a text")
        uri, fragment = urldefrag(ref)
        base = urljoin(site.base, uri) if uri else site.base
        root = self._resource(base, ref)
        start = site if base == site.base else self._entered(root, base, site.scope)
        start = Site(root, base, start.scope)
        fragment = unquote(fragment)
        if not fragment or fragment.startswith("/"):
            return self._walk(start, fragment, ref)
        self._index(base)
        if (base, fragment) not in self._anchors:
            raise UndecidedError(f"the reference {ref} leads nowhere")
        return Site(self._anchors[base, fragment], base, start.scope)

    def follow_dynamic(self, site: Site, ref: Json) -> Site:
        """Return what a ``$dynamicRef`` leads to: the outermost declaration of its anchor."""
        found = self.follow(site, ref)
        name = urldefrag(ref)[1]
        if not isinstance(found.schema, dict) or found.schema.get("$dynamicAnchor") != name:
            return found
        return self._outermost(found, name)

    def follow_recursive(self, site: Site) -> Site:
        """Return what a ``$recursiveRef`` leads to: the outermost resource that asks for it."""
        found = self.follow(site, "#")
        if not isinstance(found.schema, dict) or found.schema.get(_RECURSIVE) is not True:
            return found
        return self._outermost(found, _RECURSIVE)

    def _outermost(self, found: Site, name: str) -> Site:
        for known, number in found.scope:
            if known == name:
                schema, base = self._sites[number]
                return Site(schema, base, found.scope)
        return found

    def _named(self, schema: Json, base: str) -> str | None:
        """Return the URI that a schema gives itself, or None."""
        named = schema.get(self._id) if isinstance(schema, dict) else None
        if not isinstance(named, str) or named.startswith("#"):
            return None
        if self.dialect.overrides_siblings and "$ref" in schema:
            return None
        return urldefrag(urljoin(base, named))[0]

    def _entered(self, root: Json, base: str, scope: Scope) -> Site:
        """Return the site of the root of a resource; its dynamic anchors join the scope."""
        if not isinstance(root, dict) or self.dialect.overrides_siblings:
            return Site(root, base, scope)
        known = {name for name, _ in scope}
        added = set()
        if self.dialect is DRAFT_2019_09:
            if root.get(_RECURSIVE) is True and _RECURSIVE not in known:
                added.add((_RECURSIVE, self._site(root, base)))
        elif self._is_dynamic:
            self._index(base)
            for name, schema in self._dynamic.get(base, ()):
                if name not in known:
                    added.add((name, self._site(schema, base)))
        return Site(root, base, scope | added)

    def _site(self, schema: Json, base: str) -> int:
        for number, (known, where) in enumerate(self._sites):
            if known is schema and where == base:
                return number
        self._sites.append((schema, base))
        return len(self._sites) - 1

    def _resource(self, base: str, ref: str) -> Json:
        if base not in self._roots:
            self._index(base)
        if base not in self._roots:
            self._roots[base] = _metaschema(base, ref)
            self._is_dynamic |= _mentions(self._roots[base], "$dynamicRef")
        return self._roots[base]

    def _walk(self, start: Site, pointer: str, ref: str) -> Site:
        site = start
        try:
            tokens = split(pointer)
        except PointerError:
            raise UndecidedError(f"the reference {ref} leads nowhere") from None
        value = site.schema
        for token in tokens:
            if isinstance(value, dict) and token in value:
                value = value[token]
            elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
                value = value[int(token)]
            else:
                raise UndecidedError(f"the reference {ref} leads nowhere")
            site = self.within(site, value) if isinstance(value, dict) else site
        return Site(value, site.base, site.scope)

    def _index(self, uri: str) -> None:
        """Find the resources and anchors of the document, and of another that has a URI."""
        start = self._named(self.root, "") or ""
        todo = []
        for base in (start, uri):
            if base in self._roots and base not in self._indexed:
                self._indexed.add(base)
                self._declare(self._roots[base], base)
                todo.append((self._roots[base], base))
        while todo:
            schema, base = todo.pop()
            for below in _subschemas(schema, self.dialect):
                named = self._named(below, base)
                where = base if named is None else named
                if named is not None:
                    self._roots.setdefault(named, below)
                self._declare(below, where)
                todo.append((below, where))

    def _declare(self, schema: Json, base: str) -> None:
        if not isinstance(schema, dict):
            return
        named = schema.get(self._id)
        if self.dialect.overrides_siblings and isinstance(named, str) and "#" in named[:-1]:
            uri, fragment = urldefrag(named)
            self._anchors.setdefault((urljoin(base, uri) if uri else base, fragment), schema)
        for keyword in ("$anchor", "$dynamicAnchor"):
            name = schema.get(keyword)
            if isinstance(name, str) and keyword in self.dialect.keywords:
                self._anchors.setdefault((base, name), schema)
                if keyword == "$dynamicAnchor":
                    self._dynamic.setdefault(base, []).append((name, schema))


def _subschemas(schema: Json, dialect: Dialect) -> Iterator[Json]:
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        holds = dialect.keywords.get(keyword)
        # The old word is still read in newer documents.
        if holds is None and keyword == "definitions":
            holds = Holds.MAP
        if isinstance(value, dict):
            if holds in (Holds.MAP, Holds.DEPENDENCIES):
                yield from (one for one in value.values() if isinstance(one, dict))
            elif holds in (Holds.SCHEMA, Holds.ITEMS):
                yield value
        elif isinstance(value, list) and holds in (Holds.ARRAY, Holds.ITEMS):
            yield from (one for one in value if isinstance(one, dict))


def _metaschema(uri: str, ref: str) -> Json:
    """Return one of the schemas of schemas, which every validator knows by heart."""
    from jsonschema_specifications import REGISTRY  # noqa: PLC0415  costs start-up time

    try:
        return REGISTRY.contents(uri)
    except LookupError:
        raise UndecidedError(f"the reference {ref} leads out of the document") from None


def _mentions(value: Json, word: str) -> bool:
    todo = [value]
    for one in todo:
        if isinstance(one, dict):
            if word in one:
                return True
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False
