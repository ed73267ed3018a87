"""Random catalogs in random styles, and random words: an event is added, and nothing else."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

from hypothesis import given, note, settings
from hypothesis import strategies as st

from governance.catalog.document import Document
from governance.catalog.draft import comments
from governance.catalog.files import RawFile
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.rewrite.field import Field
from governance.rewrite.new import Event, Role, add
from governance.schema.json import JsonObject, identity
from tests.test_adopt_property import Style

_TYPE = "Task.Assignment.Withdrawn.v1"
_WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text("a: #'\"-\n\t{}[],&*!|>%@\\`\x85\u2028\ufeff", max_size=12),
    st.sampled_from(
        ["no", "1e3", "0x1f", "2026-11-23", "~", "null", "=", "<<", "- a", "? b", "it's"]
    ),
    st.text("word ", min_size=150, max_size=250).map(str.strip),
)
_EVENT = st.fixed_dictionaries(
    {"event_version": st.just("1.0.0")},
    optional={
        "description": st.sampled_from(["plain words", "with: colon", "two\nlines\n", "# no", ""]),
        "data": st.just({"type": "object", "properties": {"id": {"type": "string"}}}),
        "examples": st.just([{"id": "a"}]),
    },
)
_NAMES = st.sampled_from(["Task.Made.v1", "Task.Ended.v1", "odd key", "TaskLost"])
_PERSON = st.fixed_dictionaries(
    {},
    optional={
        "description": st.just("Does: something."),
        "publishes": st.lists(_NAMES, max_size=2),
        "subscribes": st.lists(
            st.fixed_dictionaries({"event": _NAMES}, optional={"group": st.just("a_group")}),
            max_size=2,
        ),
    },
)
_PEOPLE = st.dictionaries(st.sampled_from(["Core", "Worker", "Other One"]), _PERSON, max_size=3)


@given(
    chance=st.randoms(use_true_random=False),
    events=st.dictionaries(_NAMES, _EVENT, max_size=3),
    people=_PEOPLE,
    words=_WORDS,
    is_json=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_is_added_is_all_that_changes(
    *,
    chance: random.Random,
    events: JsonObject,
    people: JsonObject,
    words: str,
    is_json: bool,
) -> None:
    roots: dict[str, JsonObject] = {
        "participants": {"participants": people},
        "task": {"domain": "Task", "events": events},
    }
    raws = tuple(_raw(name, root, chance, is_json=is_json) for name, root in roots.items())
    for raw in raws:
        note(raw.data.decode())
    catalog = load(raws)
    fields = (Field("id", True, {"type": "string", "maxLength": 9}, words),)  # noqa: FBT003
    event = Event(_TYPE, words, fields, ({"id": words},))
    roles = (Role("Core"), Role("Core", "core_group"), Role("New", "new_group", words))
    made = add(catalog, event, catalog.files[1], roles)
    for (relative, file), root in zip(made.files.items(), _wanted(catalog, words), strict=True):
        note(file.document.text)
        before = catalog.by_relative[relative].document
        assert identity(file.document.root) == identity(root)
        assert len(file.document.problems) == len(before.problems)
        rest, there = iter(file.document.text), re.sub(r" ?(\{\}|\[\])", "", before.text)
        assert all(letter in rest for letter in there)
        assert [*_said(file.document)] == [*_said(before)]


def _raw(name: str, root: JsonObject, chance: random.Random, *, is_json: bool) -> RawFile:
    text = (
        json.dumps(root, indent=chance.choice([None, 2, 4]))
        if is_json
        else Style(chance).text(root)
    )
    name += ".json" if is_json else ".yaml"
    return RawFile(name, name, text.encode(), None)


def _wanted(catalog: Catalog, words: str) -> Iterator[JsonObject]:
    """Yield what the file of the domain and the one of the participants have to say."""
    people, task = (file.document.root for file in catalog.files)
    people = people["participants"]
    field = {"type": "string", "maxLength": 9, **({"description": words} if words else {})}
    data = {"type": "object", "properties": {"id": field}, "required": ["id"]}
    said = {"event_version": "1.0.0", "description": words, "data": data}
    yield {**task, "events": {**task["events"], _TYPE: {**said, "examples": [{"id": words}]}}}
    core, read = people.get("Core", {}), {"event": _TYPE, "group": "core_group"}
    told = {
        "publishes": [*core.get("publishes", []), _TYPE],
        "subscribes": [*core.get("subscribes", []), read],
    }
    new: JsonObject = {"description": words} if words else {}
    new["subscribes"] = [{"event": _TYPE, "group": "new_group"}]
    yield {"participants": {**people, "Core": {**core, **told}, "New": new}}


def _said(document: Document) -> Iterator[str]:
    yield from (document.text[start:end] for start, end in comments(document))
