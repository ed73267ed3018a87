"""What the recorder sees of handlers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import orjson
import pytest

from governance.bus.event import Event, Place
from governance.contract.recorder import Recorder
from governance.schema.json import Json

_DATA: Json = {
    "id": 1,
    "who": {"name": "a", "address": {"city": "b", "zip": "c"}},
    "items": [{"price": 1, "tags": ["x"]}, {"price": 2, "tags": []}],
    "a/b": 0,
}


def _event(data: Json) -> Event:
    return Event(
        "A.B.Done.v1", "", "", data, "", "", None, None, None, Place("a", "0-1", "group", 1)
    )


@pytest.mark.parametrize(
    ("handler", "reads"),
    [
        (lambda data: data["id"], ("/id",)),
        (lambda data: data.get("id") or data.get("absent"), ("/id",)),
        (lambda data: data.get("absent"), ("/absent",)),
        (lambda data: "who" in data, ("/who",)),
        (lambda data: data["who"]["address"]["city"], ("/who/address/city",)),
        (lambda data: data["who"], ("/who",)),
        (lambda data: [one["price"] for one in data["items"]], ("/items/*/price",)),
        (lambda data: data["items"][1]["tags"][:1], ("/items/*/tags",)),
        (lambda data: sorted(data["who"].items()), ("/who",)),
        (lambda data: {**data["who"]}, ("/who",)),
        (lambda data: (data["who"]["name"], dict(data["who"])), ("/who",)),
        (list, ("",)),
        (lambda data: data.copy(), ("",)),
        (copy.deepcopy, ("",)),
        (json.dumps, ("",)),
        (lambda data: data == {}, ("",)),
        (lambda data: data | {}, ("",)),
        (lambda data: data["a/b"], ("/a~1b",)),
        (lambda data: [one for one in data["items"] if one["price"] > 1], ("/items/*/price",)),
        (len, ()),
        # Read past Python's own methods: what the README tells to do about it holds.
        (orjson.dumps, ()),
        (lambda data: orjson.dumps(dict(data)), ("",)),
    ],
)
def test_it_sees_what_is_looked_at(
    handler: Callable[[Json], object], reads: tuple[str, ...]
) -> None:
    recorder = Recorder()
    data = copy.deepcopy(_DATA)
    recorder.watch(lambda event: handler(event.data))(_event(data))
    assert recorder.reads("A.B.Done.v1") == reads
    assert data == _DATA


def test_a_missing_field_is_missed_as_ever() -> None:
    recorder = Recorder()
    watched = recorder.watched(_event({"a": {}}))
    with pytest.raises(KeyError, match="c"):
        watched.data["a"]["c"]
    assert recorder.reads("A.B.Done.v1") == ("/a/c",)
    assert recorder.last("A.B.Done.v1") == "/a/c"
    assert recorder.last("A.B.Other.v1") == ""


def test_what_several_events_show_is_put_together() -> None:
    recorder = Recorder()
    for name in ("a", "b"):
        recorder.watched(_event({"a": 1, "b": 2})).data.get(name)
    assert recorder.reads("A.B.Done.v1") == ("/a", "/b")
    assert json.dumps(recorder.watched(_event(_DATA)).data) == json.dumps(_DATA)
