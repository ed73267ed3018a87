"""Other names for events, shared schemas and fields, wherever they are spoken of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from governance.catalog.document import Place
from governance.catalog.edits import Edits, Made
from governance.catalog.model import Catalog, Component, EventSchema, Subscription
from governance.catalog.reach import Reach, values_by_key, whole
from governance.catalog.references import led
from governance.catalog.tree import Node, SchemaTree
from governance.schema.json import as_list, as_object
from governance.schema.pointer import join, resolve, split

# What stands under these speaks of the same object as what stands beside them.
_IN_PLACE = ("/allOf/", "/anyOf/", "/oneOf/", "/if", "/then", "/else", "/dependentSchemas/", "/not")


def rename_event(catalog: Catalog, event: EventSchema, name: str) -> Made:
    """Return the edits that give an event another name; the old one becomes an alias."""
    edits = Edits().rename(event.at(), name)
    add_alias(edits, event, event.type)
    for person in catalog.participants:
        for said, place in person.publishes:
            if said == event.type:
                edits.write(place, name)
        for one in person.subscribes:
            if one.event == event.type:
                edits.write(event_of(one), name)
    for other in catalog.events:
        if (other.deprecated or {}).get("replaced_by") == event.type:
            edits.write(other.at("/deprecated/replaced_by"), name)
    return _led_on(catalog, edits, event.at(), name).made()


def add_alias(edits: Edits, event: EventSchema, alias: str) -> None:
    """List a further name of an event."""
    if alias in event.aliases:
        return
    if isinstance(event.declaration.get("aliases"), list):
        edits.append(event.at("/aliases"), alias)
    else:
        behind = "description" if "description" in event.declaration else "event_version"
        edits.add(event.at(), "aliases", [alias], behind)


def event_of(subscription: Subscription) -> Place:
    """Return where a subscription names its event; it may be that name and nothing more."""
    place = subscription.place
    said = resolve(place.document.root, place.pointer)
    return subscription.at("/event") if isinstance(said, dict) else place


def rename_component(catalog: Catalog, component: Component, name: str) -> Made:
    """Return the edits that give a shared schema another name."""
    # By a discriminator, the name is part of what is sent.
    if any(tree.having("discriminator") for tree in catalog.trees.values()):
        return ()
    return _led_on(catalog, Edits().rename(component.at(), name), component.at(), name).made()


def rename_field(catalog: Catalog, field: Node, name: str) -> Made:
    """Return the edits that give a field another name.

    In all that is said of its object: ``properties``, ``required`` and the like, examples and
    other values, the ``reads`` of participants, and references.
    """
    edits, old = Edits(), field.name or ""
    fields = set[tuple[str, str]]()
    for node in _same_object(field):
        if old in as_object(node.schema.get("properties")):
            at = node.at(f"/properties{join(old)}")
            fields.add((at.document.path, at.pointer))
            _led_on(catalog, edits.rename(at, name), at, name)
        _in_lists(edits, node, old, name)
    reach = Reach(catalog, fields)
    for place, steps, payload in _reads_by_step(catalog).get(old, ()):
        flags = list(reach.steps(steps, whole(payload)))
        if any(flags):
            made = (name if is_it else step for step, is_it in zip(steps, flags, strict=True))
            edits.write(place, join(*made))
    for value, place, start in values_by_key(catalog).get(old, ()):
        for pointer in reach.pointers(value, start):
            edits.rename(place._replace(pointer=place.pointer + pointer), name)
    return edits.made()


def _led_on(catalog: Catalog, edits: Edits, moved: Place, name: str) -> Edits:
    """Let references lead on to what has another name."""
    around, _, last = moved.pointer.rpartition("/")
    if split(f"/{last}")[0] not in _steps_of_refs(catalog):
        return edits
    goes = {(moved.document.path, moved.pointer): around + join(name)}
    for ref in led(catalog, goes, set(catalog.by_path)):
        document = catalog.by_path[ref.path].document
        edits.write(Place(document, ref.pointer), ref.ref)
    return edits


def _same_object(field: Node) -> Iterator[Node]:
    """Yield the schemas that speak of the object that a field is part of."""
    top = field.parent
    while top is not None and top.parent is not None and top.step.startswith(_IN_PLACE):
        top = top.parent
    wanted = set[int]()
    for node in field.tree.nodes:
        is_part = node.parent is not None and id(node.parent) in wanted
        if node is top or (is_part and node.step.startswith(_IN_PLACE)):
            wanted.add(id(node))
            yield node


def _in_lists(edits: Edits, node: Node, old: str, name: str) -> None:
    """Rename a field in the lists and maps of an object that name fields."""
    lists = {"/required": as_list(node.schema.get("required"))}
    for keyword in ("dependentRequired", "dependencies", "dependentSchemas"):
        for key, said in as_object(node.schema.get(keyword)).items():
            lists[f"/{keyword}{join(key)}"] = as_list(said)
            if key == old:
                edits.rename(node.at(f"/{keyword}{join(old)}"), name)
    for pointer, names in lists.items():
        for number, one in enumerate(names):
            if one == old:
                edits.write(node.at(f"{pointer}/{number}"), name)


class _Read(NamedTuple):
    """What a participant reads: where that is said, the steps, and the schema that it is about."""

    place: Place
    steps: list[str]
    payload: SchemaTree


@lru_cache(maxsize=1)
def _reads_by_step(catalog: Catalog) -> dict[str, list[_Read]]:
    found: dict[str, list[_Read]] = {}
    for person in catalog.participants:
        for one in person.subscribes:
            event = catalog.by_name.get(one.event)
            if event is not None and event.payload is not None and one.reads is not None:
                for read in _of_subscription(one, event.payload):
                    for step in set(read.steps):
                        found.setdefault(step, []).append(read)
    return found


def _of_subscription(one: Subscription, payload: SchemaTree) -> Iterator[_Read]:
    # As written, since an entry that is no text would shift the numbers.
    said = resolve(one.place.document.root, f"{one.place.pointer}/reads")
    for number, read in enumerate(said):
        if isinstance(read, str) and read.startswith("/"):
            yield _Read(one.at(f"/reads/{number}"), split(read), payload)


@lru_cache(maxsize=1)
def _steps_of_refs(catalog: Catalog) -> set[str]:
    """Return each step of the pointers in all references."""
    refs = {
        node.schema["$ref"]
        for tree in catalog.trees.values()
        for node in tree.having("$ref")
        if isinstance(node.schema["$ref"], str)
    }
    return {
        step.replace("~1", "/").replace("~0", "~")
        for ref in refs
        for step in unquote(ref.partition("#")[2]).split("/")
    }
