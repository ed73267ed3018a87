"""KEB804: a participant reads a field that the event has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import write
from governance.catalog.envelope import BASE_FIELDS
from governance.catalog.model import Catalog, Subscription
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import SchemaTree
from governance.finding import SAFE, UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, closest, each_subscription, listed
from governance.schema.json import Json, JsonObject, as_list, as_object, types_of
from governance.schema.pointer import join, resolve, split

_POINTER = re.compile(r"(/([^/~]|~[01])*)+")
_ITEM = re.compile(r"[0-9]+|-|\*")
_ONE_OF = ("anyOf", "oneOf")
_PERHAPS = ("if", "then", "else")
_PERHAPS_BY_NAME = ("dependentSchemas", "dependencies")
_FURTHER = ("additionalProperties", "unevaluatedProperties")
_ITEMS = ("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains")


class _Below:
    """What stands one step below some schemas.

    Attributes:
        schemas: The schemas that the step leads to, each with the schema that it is part of.
        is_open: Whether something may stand there that no schema tells of.
        names: The fields that are declared there.
        is_list: Whether there is a list, of whose items one must be named.
    """

    __slots__ = ("is_list", "is_open", "names", "schemas")

    def __init__(self) -> None:
        self.schemas: list[tuple[Json, SchemaTree]] = []
        self.is_open = False
        self.names = set[str]()
        self.is_list = False


def _check(subscription: Subscription, context: Context) -> Iterator[Complaint]:
    catalog = context.catalog
    event = catalog.by_name.get(subscription.event)
    if event is None or event.payload is None or not subscription.reads:
        return
    place = subscription.place
    # As written, since an entry that is no text would shift the numbers.
    for number, read in enumerate(as_list(resolve(place.document.root, place.pointer + "/reads"))):
        # Of what is no JSON Pointer, KEB112 speaks; the empty one is all of `data`.
        if isinstance(read, str) and _POINTER.fullmatch(read):
            found = _missing(read, event.payload, catalog)
            if found is not None:
                message = f"{event.type!r} has no {found[0]!r}, which the subscription reads"
                if found[0] != read:
                    message = f"{event.type!r} has no {found[0]!r}, and so nothing at {read!r}"
                at, fix = subscription.at(f"/reads/{number}"), None
                if found[2]:
                    # Where nothing but the first step is wrong, nothing else can be meant.
                    is_safe = found[2] == read.removeprefix("/data")
                    fix = Fix(f"write {found[2]!r}", partial(write, at, found[2]), is_safe=is_safe)
                yield Complaint(at, message, found[1], fix=fix)


def _missing(read: str, tree: SchemaTree, catalog: Catalog) -> tuple[str, str, str] | None:
    """Return where a pointer starts to lead nowhere, what to do, and what is likely meant.

    None where it may lead on; nothing is meant where nobody can know.
    """
    steps = split(read)
    if _is_declared(steps, tree, catalog):
        return None
    here: list[tuple[Json, SchemaTree]] = [(tree.schema, tree)]
    for number, step in enumerate(steps):
        below = _step(here, step, catalog)
        if below.is_open:
            return None
        if not below.schemas:
            before, behind = join(*steps[:number]), join(*steps[number + 1 :])
            return join(*steps[: number + 1]), *_advice(before, step, behind, below)
        here = below.schemas
    return None


def _is_declared(steps: list[str], tree: SchemaTree, catalog: Catalog) -> bool:
    """Say whether nothing but ``properties`` and ``$ref`` leads to a field, as is mostly so."""
    schema: Json = tree.schema
    for step in steps:
        if "$ref" in schema:
            try:
                target = follow(catalog, tree, schema["$ref"])
            except RefError:
                return False
            schema, tree = target.schema, target.tree
        schema = as_object(as_object(as_object(schema).get("properties")).get(step))
        if not schema:
            return False
    return True


def _advice(before: str, step: str, behind: str, below: _Below) -> tuple[str, str]:
    if below.is_list and not _ITEM.fullmatch(step):
        meant = f"{before}/0{join(step)}{behind}"
        return f"{before!r} is a list: name an item of it, as in '{meant}'.", meant
    near = closest(step, below.names)
    if near:
        meant = f"{before}{join(near)}{behind}"
        return f"Did you mean '{meant}'?", meant
    if not before and step == "data" and behind:
        return f"The pointer starts within `data`: write {behind!r}.", behind
    if not before and step in BASE_FIELDS:
        return (
            "Take it out: every reader has the base fields, and `reads` is about `data` alone."
        ), ""
    if not below.names:
        return f"Take it out: {repr(before) if before else 'the payload'} has no fields.", ""
    pointers = [repr(before + join(name)) for name in sorted(below.names)]
    one_of = "one of " if len(pointers) > 1 else ""
    return f"Take it out, or read {one_of}{listed(pointers)}.", ""


def _step(here: list[tuple[Json, SchemaTree]], step: str, catalog: Catalog) -> _Below:
    walk = _Walk(step, catalog)
    for schema, tree in here:
        walk.look(schema, tree)
    return walk.below


class _Walk:
    """One step of a pointer through every schema that may speak of a value."""

    def __init__(self, step: str, catalog: Catalog) -> None:
        self.step = step
        self.catalog = catalog
        self.below = _Below()
        self.kept = set[int]()

    def look(self, schema: Json, tree: SchemaTree) -> None:
        """Take in a schema and all its branches."""
        waiting, seen = [(schema, tree, False)], set[tuple[int, bool]]()
        while waiting:
            said, part, is_told = waiting.pop()
            if (id(said), is_told) in seen:
                continue
            seen.add((id(said), is_told))
            together = self._together(said, part)
            for one, its_tree in together:
                self._take(one, its_tree)
            is_told = is_told or any(_tells(one) for one, _ in together)
            branches = [found for one, its_tree in together for found in _branches(one, its_tree)]
            waiting += [(one, its_tree, is_told) for one, its_tree in branches]
            # Where there is a choice, each branch tells for itself.
            is_choice = any(as_list(one.get(key)) for one, _ in together for key in _ONE_OF)
            self.below.is_open |= not is_told and not is_choice

    def _together(self, schema: Json, tree: SchemaTree) -> list[tuple[JsonObject, SchemaTree]]:
        """Return a schema with all that holds beside it, by ``$ref`` and ``allOf``."""
        found: list[tuple[JsonObject, SchemaTree]] = []
        waiting, seen = [(schema, tree)], set[int]()
        while waiting:
            said, part = waiting.pop()
            if id(said) in seen:
                continue
            seen.add(id(said))
            if not isinstance(said, dict):
                # What is no schema says nothing that could be relied on.
                said = {"enum": []} if said is False else {}
            if "$ref" in said:
                try:
                    target = follow(self.catalog, part, said["$ref"])
                    waiting.append((target.schema, target.tree))
                except RefError:
                    self.below.is_open = True
                if part.dialect.overrides_siblings:
                    continue
            self.below.is_open |= "$dynamicRef" in said or "$recursiveRef" in said
            found.append((said, part))
            waiting += [(one, part) for one in as_list(said.get("allOf"))]
        return found

    def _take(self, said: JsonObject, tree: SchemaTree) -> None:
        properties = as_object(said.get("properties"))
        self.below.names.update(name for name in properties if properties[name] is not False)
        children = [properties[self.step]] if self.step in properties else []
        # Whether a pattern fits is the business of a validator; here it may.
        children += as_object(said.get("patternProperties")).values()
        if self.step not in properties:
            children += [said.get(key) for key in _FURTHER]
        is_array = "array" in types_of(said) or any(key in said for key in _ITEMS)
        self.below.is_list |= is_array
        if is_array and _ITEM.fullmatch(self.step):
            held = [said.get(key) for key in _ITEMS]
            children += [one for value in held for one in (as_list(value) or [value])]
            self.below.is_open |= not any(key in said for key in _ITEMS)
        for child in children:
            self.below.is_open |= child is True
            if isinstance(child, dict) and id(child) not in self.kept:
                self.kept.add(id(child))
                self.below.schemas.append((child, tree))


def _tells(said: JsonObject) -> bool:
    """Say whether a schema tells which fields a value has, or that it has none."""
    types = types_of(said)
    if types and "object" not in types:
        return True
    if "enum" in said or "const" in said:
        values = [*as_list(said.get("enum")), said.get("const")]
        return not any(isinstance(value, (dict, list)) for value in values)
    told = [said.get(key) for key in ("properties", "patternProperties", *_FURTHER)]
    return any(isinstance(one, (dict, bool)) for one in told)


def _branches(said: JsonObject, tree: SchemaTree) -> Iterator[tuple[Json, SchemaTree]]:
    for key in _ONE_OF:
        yield from ((one, tree) for one in as_list(said.get(key)))
    for key in _PERHAPS:
        if isinstance(said.get(key), dict):
            yield said[key], tree
    for key in _PERHAPS_BY_NAME:
        for one in as_object(said.get(key)).values():
            if isinstance(one, dict):
                yield one, tree


RULE = Rule(
    id="KEB804",
    name="reads-unknown-field",
    severity=Severity.ERROR,
    section="8",
    rationale="`reads` tells whom a change breaks. A field that is not there means that the reader "
    "gets nothing where it looks, or that the next change is judged by a wrong list.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        priority: {type: integer}
# file: participants.yaml
participants:
  SecretsAgent:
    subscribes:
      - {event: Task.Assignment.Created.v1, group: secrets_agent_group, reads: [/prority]}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        priority: {type: integer}
# file: participants.yaml
participants:
  SecretsAgent:
    subscribes:
      - {event: Task.Assignment.Created.v1, group: secrets_agent_group, reads: [/priority]}
""",
    check=each_subscription(_check),
    fixes=(SAFE, UNSAFE),
)
