"""What became of each event between two catalogs; what is shared is compared and judged once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.legacy import base_names, later_keywords, payload_of
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, bundle, follow, leading_to
from governance.catalog.tree import SchemaTree
from governance.compat.answer import Judgement, Proven, Schema, View
from governance.compat.change.judge import Judged, judged, undecided
from governance.compat.change.model import (
    WORDS,
    Change,
    Effect,
    EventChange,
    Kind,
    Operation,
    Origin,
    Reach,
)
from governance.compat.change.pair import Difference, Lead, Pair
from governance.compat.change.text import step
from governance.compat.change.walk import differences
from governance.schema.dialect import DRAFT_2020_12, without_nullable
from governance.schema.json import Json, as_list, as_text, identity
from governance.schema.pointer import resolve, within

_SOUND = Judgement(Proven(), Proven())
_NOT_SAID = frozenset({"event_version", "data", "renamed_from"})
_SAID = {"description": Operation.DESCRIPTION, "examples": Operation.EXAMPLES}


def catalog_changes(old: Catalog, new: Catalog) -> tuple[EventChange, ...]:
    """Return what became of each event between two catalogs, in the governed view.

    A change in a shared schema is compared and judged once. A new ``event_version`` alone is no
    change; examples that follow from a change of the payload are none of their own.

    Args:
        old: The old catalog.
        new: The new catalog.

    Returns:
        The events that something became of, by event type.
    """
    return _Comparison(old, new).events()


class _Tree:
    """A schema of a catalog, bundled where it can be: references lead through the catalog."""

    def __init__(self, catalog: Catalog, tree: SchemaTree, root: Json) -> None:
        self.root = root
        self.dialect = tree.dialect
        self._catalog = catalog
        self._tree = tree

    def lead(self, pointer: str, ref: Json) -> Lead:
        """Return where a reference leads; one that can't be followed is known by its text."""
        # A bundle says it in its own way.
        ref = resolve(self._tree.schema, pointer).get("$ref", ref)
        try:
            target = follow(self._catalog, self._tree, ref)
        except RefError:
            return Lead("?", "", str(ref))
        own = self._tree
        if target.document is own.document and within(target.pointer, own.pointer):
            return Lead("", target.pointer.removeprefix(own.pointer))
        file = _file(self._catalog, target.document)
        if target.tree is own:
            # It stands where nothing is compared by itself, so its text counts.
            return Lead(file, target.pointer, repr(target.schema))
        return Lead(file, target.pointer)


# The file of a schema tree and its pointer in there: what it is known by in both catalogs.
_Key = tuple[str, str]


class _Lead(NamedTuple):
    """A reference out of a schema tree: where it stands, and the tree it leads to.

    The tree is not known where the reference leads beside all that is compared by itself.
    """

    pointer: str
    key: _Key | None


class _Comparison:
    def __init__(self, old: Catalog, new: Catalog) -> None:
        self.old = old
        self.new = new
        self._leads: dict[int, tuple[_Lead, ...]] = {}
        self._shared: dict[_Key, tuple[Change, ...]] = {}
        self._reached: dict[_Key, list[Reach]] = {}

    def events(self) -> tuple[EventChange, ...]:
        old, new = self.old.by_type, self.new.by_type
        went = [event for event in self.old.by_type.values() if event.type not in new]
        came = [event for event in self.new.by_type.values() if event.type not in old]
        renamed = list(_renamed(went, came))
        touched = _touched(self.old, self.new)
        kept = [
            (old[name], event)
            for name, event in new.items()
            if name in old
            and (old[name] is not event or _file(self.new, event.document) in touched)
        ]
        compared = [self._compared(*pair) for pair in [*kept, *renamed]]
        found = [self._with_origins(one) for one in compared if one is not None]
        was = {event.type for event, _ in renamed}
        now = {event.type for _, event in renamed}
        found += [_alone(Kind.REMOVED, event) for event in went if event.type not in was]
        found += [_alone(Kind.ADDED, event) for event in came if event.type not in now]
        return tuple(sorted(found, key=lambda one: one.event))

    def of(self, old: EventSchema, new: EventSchema) -> EventChange | None:
        made = self._compared(old, new)
        return None if made is None else self._with_origins(made)

    def _compared(self, old: EventSchema, new: EventSchema) -> EventChange | None:
        reach = self._reach(new)
        shared = [one for key in reach for one in self._changes_in(key)]
        payload = self._payload(old, new, shared)
        keys = [key for key in reach if self._changes_in(key)]
        for key in keys:
            self._reached.setdefault(key, []).append(Reach(new.type, reach[key]))
        said = _said(old, new, [*payload.changes, *shared])
        kind = Kind.CHANGED if old.type == new.type else Kind.RENAMED
        if kind is Kind.CHANGED and not (payload.changes or said or keys):
            return None
        effect = Effect.WORDS if said and payload.effect is Effect.NOTHING else payload.effect
        changes = (*payload.changes, *said)
        return EventChange(kind, new.type, old, new, changes, payload.judgement, effect)

    def _with_origins(self, one: EventChange) -> EventChange:
        """Return what became of an event with the changes of shared schemas that reach it."""
        if one.new is None:
            return one
        shared = [
            change._replace(origin=Origin(*key, self._events(key)))
            for key in self._reach(one.new)
            for change in self._changes_in(key)
        ]
        return one._replace(changes=(*one.changes, *shared))

    def _events(self, key: _Key) -> tuple[Reach, ...]:
        return tuple(sorted(self._reached.get(key, ())))

    def _payload(self, old: EventSchema, new: EventSchema, shared: list[Change]) -> Judged:
        if old.payload is None or new.payload is None:
            return _without_schema(old, new)
        if old.legacy and not new.legacy:
            made = self._adopted(old.payload, new.payload, shared)
        else:
            made = self._judged(old.payload, new.payload, shared)
        before = old.payload.pointer.removeprefix(old.pointer)
        after = new.payload.pointer.removeprefix(new.pointer)
        return made._replace(changes=tuple(_below(one, before, after) for one in made.changes))

    def _judged(self, old: SchemaTree, new: SchemaTree, shared: list[Change]) -> Judged:
        is_same = self._is_same(old, new)
        if is_same and not shared:
            return Judged(_SOUND, Effect.NOTHING, ())
        try:
            roots = bundle(self.old, old), bundle(self.new, new)
        except RefError as error:
            return undecided(self._differences(old, new, old.schema, new.schema), str(error))
        found = [] if is_same else self._differences(old, new, *roots)
        before, after = Schema(roots[0], old.dialect), Schema(roots[1], new.dialect)
        return judged(before, after, found, View.GOVERNED, elsewhere=shared)

    def _adopted(self, old: SchemaTree, new: SchemaTree, shared: list[Change]) -> Judged:
        """Judge the payload of a legacy event beside its governed form; no base field is part."""
        try:
            whole, now = bundle(self.old, old), bundle(self.new, new)
        except RefError as error:
            return undecided(self._differences(old, new, old.schema, new.schema), str(error))
        was = payload_of(whole, base_names(self.old))
        if later_keywords(old.keywords()):
            # They were meant to hold, and do from now on.
            before = Schema(without_nullable(was), DRAFT_2020_12)
        else:
            before = Schema(was, old.dialect)
        found = self._differences(old, new, before.root, now)
        made = judged(before, Schema(now, new.dialect), found, View.GOVERNED, elsewhere=shared)
        is_same = made.effect is Effect.WORDS and made.judgement == _SOUND
        return Judged(_SOUND, Effect.NOTHING, ()) if is_same else made

    def _differences(
        self, old: SchemaTree, new: SchemaTree, before: Json, after: Json
    ) -> list[Difference]:
        return differences(_Tree(self.old, old, before), _Tree(self.new, new, after), "", "")

    def _is_same(self, old: SchemaTree, new: SchemaTree) -> bool:
        """Say whether nothing differs: nearly every schema of a catalog is as it was."""
        return (
            all(one.key is not None for one in self._leads_of(new))
            and _file(self.old, old.document) == _file(self.new, new.document)
            and old.dialect is new.dialect
            and (old.schema is new.schema or repr(old.schema) == repr(new.schema))
        )

    def _changes_in(self, key: _Key) -> tuple[Change, ...]:
        """Return what changed in a shared schema itself."""
        if key not in self._shared:
            # A schema may refer to itself through others.
            self._shared[key] = ()
            old, new = _tree_of(self.old, key), _tree_of(self.new, key)
            if old is not None and new is not None:
                below = [one for lead in self._closure(new) for one in self._changes_in(lead)]
                self._shared[key] = self._judged(old, new, below).changes
        return self._shared[key]

    def _reach(self, event: EventSchema) -> dict[_Key, tuple[str, ...]]:
        """Return the shared schemas that an event refers to, with the references that lead on."""
        if event.payload is None:
            return {}
        prefix = event.payload.pointer.removeprefix(event.pointer)
        reach: dict[_Key, list[str]] = {}
        for lead in self._leads_of(event.payload):
            tree = _tree_of(self.new, lead.key)
            if tree is not None and lead.key is not None:
                for key in (lead.key, *self._closure(tree)):
                    places = reach.setdefault(key, [])
                    if prefix + lead.pointer not in places:
                        places.append(prefix + lead.pointer)
        return {key: tuple(places) for key, places in sorted(reach.items())}

    def _closure(self, tree: SchemaTree) -> list[_Key]:
        """Return the shared schemas that a schema tree refers to, directly or through others."""
        found: dict[_Key, None] = {}
        todo = [tree]
        for here in todo:
            for lead in self._leads_of(here):
                below = _tree_of(self.new, lead.key)
                if lead.key is not None and below is not None and lead.key not in found:
                    found[lead.key] = None
                    todo.append(below)
        return list(found)

    def _leads_of(self, tree: SchemaTree) -> tuple[_Lead, ...]:
        if id(tree) not in self._leads:
            self._leads[id(tree)] = tuple(_leads(self.new, tree))
        return self._leads[id(tree)]


def _touched(old: Catalog, new: Catalog) -> set[str]:
    """Return the files that differ between two catalogs, and those that refer to them."""
    before, after = old.by_relative, new.by_relative
    names = before.keys() | after.keys()
    return leading_to(new, {name for name in names if before.get(name) is not after.get(name)})


def _leads(catalog: Catalog, tree: SchemaTree) -> Iterator[_Lead]:
    for node in tree.having("$ref"):
        try:
            target = follow(catalog, tree, node.schema["$ref"])
        except RefError:
            continue
        own = target.document is tree.document and within(target.pointer, tree.pointer)
        if own:
            continue
        place = (_file(catalog, target.document), target.tree.pointer)
        yield _Lead(node.pointer, None if target.tree is tree else place)


def _file(catalog: Catalog, document: Document) -> str:
    return catalog.by_path[document.path].relative


def _tree_of(catalog: Catalog, key: _Key | None) -> SchemaTree | None:
    file = catalog.by_relative.get(key[0]) if key is not None else None
    if file is None or key is None:
        return None
    return catalog.trees.get((file.document.path, key[1]))


def _renamed(
    went: list[EventSchema], came: list[EventSchema]
) -> Iterator[tuple[EventSchema, EventSchema]]:
    """Yield each event that goes by another name: by its aliases, or because it says the same."""
    left = list(went)
    for event in came:
        known = {*event.names, *_texts(event.declaration.get("renamed_from"))}
        alike = [was for was in left if was.type in known] or [
            was for was in left if _is_same(was, event)
        ]
        if len(alike) == 1:
            left.remove(alike[0])
            yield alike[0], event


def _texts(said: Json) -> list[str]:
    return [text for text in map(as_text, as_list(said) or [said]) if text is not None]


def _is_same(old: EventSchema, new: EventSchema) -> bool:
    """Say whether two events are described in the same words and carry the same."""
    described = as_text(old.declaration.get("description"))
    return described is not None and all(
        identity(old.declaration.get(key)) == identity(new.declaration.get(key))
        for key in ("description", "data")
    )


def _alone(kind: Kind, event: EventSchema) -> EventChange:
    old, new = (event, None) if kind is Kind.REMOVED else (None, event)
    return EventChange(kind, event.type, old, new, (), _SOUND, Effect.NOTHING)


def _said(old: EventSchema, new: EventSchema, around: Iterable[Change]) -> list[Change]:
    """Return what is said differently about an event beside its payload."""
    # In the legacy layout the declaration is the schema.
    if old.legacy or new.legacy or old.declaration is new.declaration:
        return []
    is_changed = any(
        one.operation not in WORDS and one.operation is not Operation.REORDERED for one in around
    )
    before, after = old.declaration, new.declaration
    keys = [*after, *(key for key in before if key not in after)]
    said = Pair(before, after, "", "")
    return [
        _words(key, said)
        for key in keys
        if key not in _NOT_SAID
        # Examples follow from the payload that they are examples of.
        and not (key == "examples" and is_changed)
        and _differs(before.get(key), after.get(key))
    ]


def _differs(old: Json, new: Json) -> bool:
    # Nearly all is as it was, and then its text is the same, which is quick to see.
    return repr(old) != repr(new) and identity(old) != identity(new)


def _words(keyword: str, said: Pair) -> Change:
    operation = _SAID.get(keyword, Operation.ANNOTATION)
    detail = step(said, keyword) if operation is Operation.ANNOTATION else ""
    return Change(operation, "", "", keyword, detail, "", _SOUND, Effect.WORDS)


def _below(one: Change, old: str, new: str) -> Change:
    """Return a change of a payload with pointers that start at the event."""
    before = None if one.old_pointer is None else old + one.old_pointer
    after = None if one.new_pointer is None else new + one.new_pointer
    return one._replace(old_pointer=before, new_pointer=after, judged_at=old + one.judged_at)


def _without_schema(old: EventSchema, new: EventSchema) -> Judged:
    """Return the judgement of payloads of which one at least is no schema."""
    if identity(old.declaration.get("data")) == identity(new.declaration.get("data")):
        return Judged(_SOUND, Effect.NOTHING, ())
    difference = Difference(Operation.REPLACED, "/data", "/data", "", "", "/data", None, "/data")
    return undecided([difference], "the payload is no schema")


def event_change(
    old: Catalog, was: EventSchema, new: Catalog, event: EventSchema
) -> EventChange | None:
    """Return what became of one event between two catalogs; None where nothing did.

    Args:
        old: The old catalog, with all that the event refers to.
        was: The event in it.
        new: The new catalog.
        event: The event in it.
    """
    return _Comparison(old, new).of(was, event)
