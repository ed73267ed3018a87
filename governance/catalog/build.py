"""Build a tree of plain values from parser events, and note where each value and key stands."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from governance.catalog.problem import Kind, NotReadableError, Problem
from governance.catalog.scalars import is_word, loses_zero, not_finite, read_differently, resolve
from governance.catalog.yaml_events import (
    TOO_DEEP_ADVICE,
    Event,
    Events,
    syntax_problem,
    yaml_events,
)
from governance.schema.json import Json, JsonObject, kind_of
from governance.source import Lines

# Far beyond any schema that a person reads, far below what recursion can bear.
DEEPEST = 100
# How many values all aliases of a file together may stand for.
MOST_EXPANDED = 50_000

_MISSING = object()
_STRING_TAGS = {"tag:yaml.org,2002:str", "!"}
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float")}
# The tags of the core schema (YAML 1.2.2, section 10.3); any other asks for a type of its own.
_CORE_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", *_STRING_TAGS, *_PLAIN_TAGS}


class Places:
    """Where every node of one file stands, in document order.

    A key is a node too, right before its value.

    Attributes:
        starts: Code point offset where each node begins.
        ends: Offset where a scalar ends; for a collection where its last bracket or line ends, at
            the latest.
        nexts: Number of the first node after a collection; 0 for scalars.
        aliases: Number of an alias node to the number of the node it stands for.
        hidden: Numbers of the keys that the tree leaves out: repeated ones, and those that are no
            text.
    """

    __slots__ = ("aliases", "ends", "hidden", "nexts", "starts")

    def __init__(self) -> None:
        self.starts = array("I")
        self.ends = array("I")
        self.nexts = array("I")
        self.aliases: dict[int, int] = {}
        self.hidden: set[int] = set()

    def after(self, node: int) -> int:
        """Return the number of the node that follows ``node`` and all that it holds."""
        return self.nexts[node] or node + 1

    def keys(self, mapping: int, upto: int) -> Iterator[int]:
        """Yield the numbers of a mapping's keys in the tree that stand before the node ``upto``."""
        key = mapping + 1
        while key < upto:
            if key not in self.hidden:
                yield key
            key = self.after(key + 1)


class Built(NamedTuple):
    """A file's tree of plain values, its places, and the problems met on the way."""

    root: Json
    places: Places
    problems: tuple[Problem, ...]


def build(text: str, *, is_json: bool) -> Built:
    """Read a text, YAML unless ``is_json``, into plain values; never raises for what it holds."""
    builder = _Builder(text, is_json=is_json)
    try:
        parser = _json_events(text) if is_json else yaml_events(text)
        root = builder.stream(parser)
    except NotReadableError as stop:
        return Built(None, Places(), (*builder.problems, stop.problem))
    except yaml.YAMLError as error:
        return Built(None, Places(), (*builder.problems, syntax_problem(text, error)))
    return Built(root, builder.places, tuple(builder.problems))


def _json_events(text: str) -> Events:
    from governance.catalog.json_events import JsonEvents  # noqa: PLC0415  most catalogs are YAML

    return JsonEvents(text)


class _Builder:
    """One pass over the events of one file."""

    def __init__(self, text: str, *, is_json: bool) -> None:
        self.text = text
        self.is_json = is_json
        self.places = Places()
        self.problems: list[Problem] = []
        # Values of plain scalars and texts of keys seen before: most of them recur, and equal ones
        # share memory.
        self._plain: dict[str, Json] = {}
        self._keys: dict[str, str] = {}
        self._anchors: dict[str, tuple[Json, int, int]] = {}
        self._expanded = 0
        self._lines: Lines | None = None
        # Of mappings with a repeated key: the numbers of the keys before it, and where they end.
        self._seen: dict[int, tuple[dict[str, int], int]] = {}

    def stream(self, parser: Events) -> Json:  # noqa: C901, PLR0915  hot: calls cost a fifth
        """Return the tree of the one document of a stream; None where there is none."""
        # Every scalar of a catalog goes through here: local names and one function, not a method a
        # kind of node.
        get = parser.get_event
        places, plain, keys = self.places, self._plain, self._keys
        scalar: Event = ScalarEvent  # a name of its own, so that no checker narrows by it
        start_at, end_at, next_at = places.starts.append, places.ends.append, places.nexts.append

        def node(event: Event, depth: int) -> Json:  # noqa: C901, PLR0912  as above
            kind = type(event)
            start_at(event.start_mark.index)
            end_at(event.end_mark.index)
            next_at(0)
            if kind is ScalarEvent:
                if event.anchor is not None:
                    value = self._scalar(event)
                    self._anchors[event.anchor] = (value, len(places.starts) - 1, 1)
                    return value
                if event.implicit[0]:
                    value = plain.get(event.value, _MISSING)
                    return self._scalar(event) if value is _MISSING else value
                return event.value if event.implicit[1] else self._scalar(event)
            if kind is AliasEvent:
                return self._alias(event)
            if depth == DEEPEST:
                message = f"values are nested more than {DEEPEST} levels deep"
                raise _stop(
                    event,
                    Kind.TOO_DEEP,
                    message,
                    TOO_DEEP_ADVICE,
                )
            here = len(places.starts) - 1
            expanded = self._expanded
            tree: Json
            if kind is MappingStartEvent:
                tree = {}
                while type(inner := get()) is scalar:
                    start_at(inner.start_mark.index)
                    end_at(inner.end_mark.index)
                    next_at(0)
                    key = keys.get(inner.value)
                    if key is None:
                        key = self._new_key(inner)
                    if key in tree:
                        self._repeated_key(inner, tree, here)
                        node(get(), depth + 1)
                    else:
                        tree[key] = node(get(), depth + 1)
                if type(inner) is not MappingEndEvent:
                    raise _stop(
                        inner,
                        Kind.NOT_JSON,
                        "a key must be text",
                        "Write the key as one plain word.",
                    )
            else:
                tree = []
                while type(inner := get()) is not SequenceEndEvent:
                    tree.append(node(inner, depth + 1))
            places.ends[here] = inner.end_mark.index
            places.nexts[here] = len(places.starts)
            self._check_tag(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = (
                    tree,
                    here,
                    len(places.starts) - here + self._expanded - expanded,
                )
            return tree

        get()
        if type(get()) is StreamEndEvent:
            return None
        root = node(get(), 0)
        # It holds itself and the parser; the collector is off while a catalog loads.
        node = None  # type: ignore[assignment]  # nothing calls it any more
        get()
        following = get()
        if type(following) is not StreamEndEvent:
            at = following.start_mark.index
            advice = "Keep one document in a file: move what follows to a file of its own."
            raise NotReadableError(
                Problem(
                    Kind.SEVERAL_DOCUMENTS, at, at + 3, "a second YAML document starts here", advice
                )
            )
        return root

    def _scalar(self, event: Event) -> Json:
        """Return the value of a scalar that is met for the first time, or that has a tag."""
        text: str = event.value
        if event.implicit[1] or event.tag in _STRING_TAGS:
            return text
        if event.tag is None and is_word(text):
            self._plain[text] = text
            return text
        value = resolve(text)
        if self.is_json:
            self._plain[text] = value
        elif event.tag is not None and event.tag not in _PLAIN_TAGS:
            self._check_tag(event)
        elif not_finite(text):
            self._report(
                event,
                Kind.NOT_JSON,
                f"JSON has no number {text!r}",
                f'Leave the value out, or write the text "{text}".',
            )
        elif (seen := read_differently(text)) is not None:
            self._report(
                event,
                Kind.AMBIGUOUS_SCALAR,
                f"{text!r} is {_name(value)} here, but a reader of YAML 1.1 sees {seen}",
                f'Put it in quotes: "{text}".'
                if isinstance(value, str)
                else f'Write {json.dumps(value)}, or "{text}" if it is text.',
            )
        elif isinstance(value, float) and loses_zero(text, value):
            self._report(
                event,
                Kind.LOST_ZERO,
                f"{text!r} is read as the number {value}: the last zero is lost",
                f'If it is text, such as a version, put it in quotes: "{text}".',
            )
        else:
            self._plain[text] = value
        return value

    def _new_key(self, event: Event) -> str:
        """Look at a key that is met for the first time, and return it.

        One with a problem is looked at each time.
        """
        text: str = event.value
        if event.implicit[0] and not is_word(text):
            value, seen = resolve(text), read_differently(text)
            if text == "<<":
                self._report(
                    event,
                    Kind.NOT_JSON,
                    "the merge key '<<' is gone from YAML 1.2: what it stands for is not read",
                    "Write the keys out, or share them as a component and refer to it by $ref.",
                )
                return text
            if not isinstance(value, str) or seen is not None:
                seen = seen if isinstance(value, str) else f"{_name(value)}, not text,"
                self._report(
                    event,
                    Kind.AMBIGUOUS_SCALAR,
                    f"the key {text!r} is {seen} to some readers of YAML",
                    f'Put it in quotes: "{text}".',
                )
                return text
        elif event.tag is not None:
            self._check_tag(event)
        self._keys[text] = text
        return text

    def _alias(self, event: Event) -> Json:
        """Return what an alias stands for, shared, not copied."""
        name = event.anchor
        if name not in self._anchors:
            # The parser itself does not track anchors; one that is still open here holds its own
            # alias.
            message = f"the alias *{name} stands for nothing that is complete before it"
            advice = "Define the anchor before its alias; a value can't hold itself."
            self._report(event, Kind.ALIAS, message, advice)
            return None
        value, target, size = self._anchors[name]
        self._expanded += size
        if self._expanded > MOST_EXPANDED:
            message = f"the aliases of this file stand for more than {MOST_EXPANDED} values"
            raise _stop(
                event, Kind.ALIAS, message, "Share what they stand for as components, by $ref."
            )
        self.places.aliases[len(self.places.starts) - 1] = target
        return value

    def _repeated_key(self, event: Event, tree: JsonObject, mapping: int) -> None:
        here = len(self.places.starts) - 1
        first = self._first(event.value, tree, mapping)
        self.places.hidden.add(here)
        if self._lines is None:
            self._lines = Lines(self.text)
        line, _ = self._lines.position(self.places.starts[first])
        self._report(
            event,
            Kind.DUPLICATE_KEY,
            f"the key {event.value!r} stands here a second time; the first is on line {line}",
            "Delete one of the two: readers differ in which one they keep.",
        )

    def _first(self, name: str, tree: JsonObject, mapping: int) -> int:
        """Return the number of a key of an unfinished mapping; a search goes on from the last."""
        places = self.places
        seen, key = self._seen.get(mapping, ({}, mapping + 1))
        if name not in seen:
            for other in islice(tree, len(seen), None):
                while key in places.hidden:
                    key = places.after(key + 1)
                seen[other] = key
                key = places.after(key + 1)
            self._seen[mapping] = seen, key
        return seen[name]

    def _check_tag(self, event: Event) -> None:
        if event.tag is not None and event.tag not in _CORE_TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._report(
                event,
                Kind.NOT_JSON,
                f"the tag {tag} has no meaning in JSON",
                "Delete the tag.",
            )

    def _report(self, event: Event, kind: Kind, message: str, advice: str) -> None:
        self.problems.append(
            Problem(kind, event.start_mark.index, event.end_mark.index, message, advice)
        )


def _stop(event: Event, kind: Kind, message: str, advice: str) -> NotReadableError:
    return NotReadableError(
        Problem(kind, event.start_mark.index, event.end_mark.index, message, advice)
    )


def _name(value: Json) -> str:
    if isinstance(value, str):
        return "text"
    kind = "number" if isinstance(value, float) else kind_of(value)
    return f"the {kind} {json.dumps(value)}"
