"""Random legacy catalogs in random styles: each is adopted with nothing lost, or refused."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import count
from typing import TypeAlias

from hypothesis import given, note, settings
from hypothesis import strategies as st

from governance.catalog.files import RawFile
from governance.catalog.load import load
from governance.rewrite.adopt import adopt
from governance.rewrite.fit import legacy_files
from governance.rewrite.mapping import Mapping
from governance.rewrite.naming import propose
from governance.schema.json import Json, JsonObject
from tests.test_adopt import assert_nothing_is_lost

Lines: TypeAlias = Iterator[str]

_TEXTS = st.sampled_from(
    [
        "plain words",
        "with: colon",
        "a, b",
        "it's",
        'a "quote"',
        "two\nlines",
        "# no",
        "tail\n",
        "",
    ]
)
_SIMPLE = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "boolean", "object"])},
    optional={
        "nullable": st.booleans(),
        "description": _TEXTS,
        "example": st.one_of(_TEXTS, st.integers(), st.lists(_TEXTS, max_size=2)),
        "minimum": st.integers(0, 9),
        "exclusiveMinimum": st.booleans(),
    },
)
_FIELDS = st.sampled_from(
    [
        *("event_id", "timestamp_iso", "source_agent_id", "source_component_id", "correlation_id"),
        *("task_id", "name", "state", "odd key", "yes"),
    ]
)


def _objects(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"properties": st.dictionaries(_FIELDS, inner, max_size=5)},
        optional={
            "type": st.just("object"),
            "description": _TEXTS,
            "required": st.lists(_FIELDS, max_size=4, unique=True),
            "nullable": st.just(value=True),
        },
    )


def _lists(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"type": st.just("array"), "items": inner})


_SCHEMAS = st.recursive(_SIMPLE, lambda inner: _objects(inner) | _lists(inner), max_leaves=6)
_BASE = st.just({"$ref": "#/components/schemas/BaseEvent"})
_EVENTS = st.builds(
    lambda said, branches: said | ({"allOf": branches} if branches else {}),
    _objects(_SCHEMAS),
    st.lists(_BASE | _objects(_SCHEMAS), max_size=2),
)
_NAMES = st.sampled_from(
    ["TaskAssignedEvent", "TaskStarted", "Task.Thing.Bent.v2", "task_stopped", "TaskOddity"]
)
_CATALOGS = st.builds(
    lambda events, base: {**events, "components": {"schemas": {"BaseEvent": base}}},
    st.dictionaries(_NAMES, _EVENTS, min_size=1, max_size=3),
    _objects(_SIMPLE),
)


class Style:
    """Writes values as YAML in a style that changes from place to place.

    Args:
        chance: Decides.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._number = count(1)

    def text(self, root: JsonObject) -> str:
        """Return a file."""
        text = "\n".join([*self._remarks(""), *self._mapping(root, 0)]) + "\n"
        return text.replace("\n", "\r\n") if self._chance.random() < 0.2 else text

    def _mapping(self, said: JsonObject, column: int) -> Lines:
        for key, value in said.items():
            yield from self._remarks(" " * column)
            if not column and self._chance.random() < 0.5:
                yield ""
            yield from self._entry(f"{' ' * column}{self._key(key)}:", value, column)

    def _entry(self, start: str, value: Json, column: int) -> Lines:
        if not isinstance(value, dict | list) or not value or self._chance.random() < 0.3:
            if isinstance(value, str) and "\n" in value and value.strip():
                sign = "|" if value.endswith("\n") else "|-"
                yield f"{start} {sign}"
                yield from (f"{' ' * column}   {line}" for line in value.splitlines())
            elif isinstance(value, dict | list) and value and self._chance.random() < 0.3:
                yield from self._spread(start, value, column)
            else:
                yield f"{start} {self._flow(value)}{self._remark()}"
        elif isinstance(value, dict):
            yield start + self._remark()
            yield from self._mapping(value, column + self._chance.choice([2, 2, 3, 4]))
        else:
            yield start + self._remark()
            yield from self._sequence(value, column + self._chance.choice([0, 2]))

    def _sequence(self, said: list[Json], column: int) -> Lines:
        for one in said:
            yield from self._remarks(" " * column)
            if isinstance(one, dict) and one:
                first, *rest = self._mapping(one, column + 2)
                # A remark or a blank line above the first key has no place behind the dash.
                while not first.strip() or first.lstrip().startswith("#"):
                    first, *rest = rest
                yield f"{' ' * column}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{' ' * column}- {self._flow(one)}{self._remark()}"

    def _spread(self, start: str, value: Json, column: int) -> Lines:
        """Yield a collection in brackets over several lines."""
        pad, brackets = " " * (column + 2), "{}" if isinstance(value, dict) else "[]"
        yield f"{start} {brackets[0]}{self._remark()}"
        if isinstance(value, dict):
            shown = [f"{self._key(key)}: {self._flow(one)}" for key, one in value.items()]
        else:
            shown = [self._flow(one) for one in value]
        for number, one in enumerate(shown):
            comma = "," if number + 1 < len(shown) or self._chance.random() < 0.3 else ""
            yield f"{pad}{one}{comma}{self._remark()}"
        yield f"{' ' * column}{brackets[1]}{self._remark()}"

    def _flow(self, value: Json) -> str:
        if isinstance(value, dict):
            inner = ", ".join(f"{self._key(k)}: {self._flow(v)}" for k, v in value.items())
            return f"{{ {inner} }}" if inner and self._chance.random() < 0.5 else f"{{{inner}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(self._flow, value))}]"
        if isinstance(value, str) and value.isidentifier() and value != "yes":
            return value
        return json.dumps(value)

    def _key(self, key: str) -> str:
        is_plain = key not in {"yes", "odd key"} and self._chance.random() < 0.8
        return key if is_plain else json.dumps(key)

    def _remark(self) -> str:
        return f" # remark {next(self._number)}" if self._chance.random() < 0.3 else ""

    def _remarks(self, pad: str) -> list[str]:
        few = self._chance.choice([0, 0, 0, 1, 2])
        return [f"{pad}# above {next(self._number)}" for _ in range(few)]


@given(_CATALOGS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_and_every_payload_is_equal(
    root: JsonObject, chance: random.Random
) -> None:
    text = Style(chance).text(root)
    old = load((RawFile("task_events.yaml", "task_events.yaml", text.encode(), None),))
    note(text)
    assert old.files[0].document.root == root
    proposals = propose(old, legacy_files(old), Mapping({}, {}), ())
    # It raises where a payload would not be equal, or anything be lost.
    plan = adopt(old, proposals)
    made = plan.files[0].text
    new = load((RawFile("task_events.yaml", "task_events.yaml", made.encode(), None),))
    assert len(new.events) == len(old.events)
    assert all(one.verdict.words == "equal, proven" for one in plan.files[0].events)
    assert_nothing_is_lost(old, new)
