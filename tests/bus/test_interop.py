"""The client that is deployed today, as the facts about the wire tell of it, beside ours.

It writes two fields, ``_event_id`` and ``data``: the whole event as one JSON object, base fields
and payload side by side, by its old name. It reads the same two, looks for the payload at the top
of the object, and ignores the rest. Streams are named after the files, groups like
``vmc_control_group``.

Source: rule 101, "What is already out there"; design.md, section 3. The catalog is that of our
users, adopted.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from governance.bus.event import Event
from governance.bus.threads import KEBClient
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog, EventSchema
from governance.cli import main
from governance.contract.generate import Generator
from governance.contract.server import Server
from governance.schema.json import JsonObject
from tests.bus.agent import until
from tests.bus.agents import QUICK, Inbox

SHARED = Path(__file__).parents[3] / "shared/user-catalog/event_schemas"
GROUP = "vmc_control_group"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the users' catalog is not beside the project"
)


class Deployed:
    """The client of today: it knows nothing of a catalog.

    Args:
        raw: The library's client.
        name: What it calls itself, and under which field.
    """

    def __init__(self, raw: Any, name: str, field: str) -> None:
        self._raw = raw
        self._name = name
        self._field = field

    def publish(self, stream: str, event_type: str, payload: JsonObject) -> str:
        """Append an event as it does today."""
        event_id = str(uuid.uuid4())
        whole = {
            "event_id": event_id,
            "event_type": event_type,
            "timestamp_iso": "2026-11-23T09:30:00Z",
            self._field: self._name,
            **payload,
        }
        self._raw.xadd(stream, {"_event_id": event_id, "data": json.dumps(whole)})
        return event_id

    def read(self, stream: str) -> Iterator[JsonObject]:
        """Yield what it hands to its handlers, and acknowledge it."""
        for entry_id, fields in self._raw.xreadgroup(GROUP, "one", {stream: ">"}, count=100)[0][1]:
            whole: JsonObject = json.loads(fields[b"data"])
            assert fields[b"_event_id"].decode() == whole["event_id"]
            self._raw.xack(stream, GROUP, entry_id)
            yield whole


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Return the users' catalog, brought to governed form as they would."""
    folder = tmp_path_factory.mktemp("adopted") / "event_schemas"
    shutil.copytree(SHARED, folder)
    assert main(["adopt", str(folder)]) == 0
    return load(read_folder(folder, 1_000_000))


@pytest.fixture
def ours(server: Server, adopted: Catalog) -> Iterator[KEBClient]:
    with KEBClient(server.url, adopted, source="vanta_master_core", name="ours") as made:
        yield made


def old_name(event: EventSchema) -> str:
    return str(event.declaration["legacy"]["name"])


def payloads(catalog: Catalog) -> Iterator[tuple[EventSchema, JsonObject]]:
    """Yield each event with payloads that its schema allows."""
    generator = Generator(catalog)
    for event in catalog.by_type.values():
        for sample in generator.of(event).valid:
            yield event, sample.data


def test_ours_reads_what_the_deployed_client_writes(
    adopted: Catalog, ours: KEBClient, raw: Any
) -> None:
    sent: dict[str, tuple[EventSchema, JsonObject]] = {}
    writer = Deployed(raw, "SecretsAgent", "source_agent_id")
    inbox = Inbox()
    for event, payload in payloads(adopted):
        assert event.stream is not None
        sent[writer.publish(event.stream, old_name(event), payload)] = (event, payload)
    for stream in {event.stream for event, _ in sent.values() if event.stream}:
        ours.subscribe(stream, inbox, group=GROUP, **QUICK)
    ours.start()
    got = {one.id: one for one in inbox.wait(len(sent), timeout_s=30)}
    assert not raw.keys("*:dead")
    for event_id, (event, payload) in sent.items():
        assert got[event_id].type == event.type
        assert payload.items() <= got[event_id].data.items()
        assert got[event_id].source_system_id == "SecretsAgent"


def test_the_deployed_client_reads_what_ours_writes(
    adopted: Catalog, ours: KEBClient, raw: Any
) -> None:
    sent: dict[str, tuple[EventSchema, JsonObject]] = {}
    for event, payload in payloads(adopted):
        sent[ours.publish(event.type, payload).id] = (event, payload)
    reader = Deployed(raw, "", "")
    for stream in {event.stream for event, _ in sent.values()}:
        raw.xgroup_create(stream, GROUP, "0")
        while (
            raw.xinfo_groups(stream)[0]["last-delivered-id"]
            != raw.xinfo_stream(stream)["last-generated-id"]
        ):
            for whole in reader.read(str(stream)):
                event, payload = sent.pop(whole["event_id"])
                legacy = event.declaration["legacy"]
                assert whole["event_type"] == legacy["name"]
                assert payload.items() <= whole.items()
                assert whole["timestamp_iso"].endswith("Z")
                if "source_field" in legacy:
                    assert whole[legacy["source_field"]] == "vanta_master_core"
    assert not sent


def test_both_share_a_group_and_each_event_is_handled_once(
    adopted: Catalog, ours: KEBClient, raw: Any
) -> None:
    (event, payload), *_ = payloads(adopted)
    assert event.stream is not None
    raw.xgroup_create(event.stream, GROUP, "0", mkstream=True)
    theirs = Deployed(raw, "SecretsAgent", "source_agent_id")
    ids = [theirs.publish(event.stream, old_name(event), payload) for _ in range(5)]
    ids += [ours.publish(event.type, payload).id for _ in range(5)]
    done = [whole["event_id"] for whole in theirs.read(event.stream)]
    more = [theirs.publish(event.stream, old_name(event), payload) for _ in range(5)]
    inbox = Inbox()
    ours.subscribe(event.type, inbox, group=GROUP, **QUICK)
    ours.start()
    inbox.wait(len(more))
    until(lambda: raw.xpending(event.stream, GROUP)["pending"] == 0)
    assert sorted([*done, *(one.id for one in inbox.events)]) == sorted([*ids, *more])


def test_a_handler_publishes_in_answer_to_an_event_of_today(
    adopted: Catalog, ours: KEBClient, raw: Any
) -> None:
    (event, payload), *_ = payloads(adopted)
    assert event.stream is not None

    def answer(got: Event) -> None:
        if got.source_system_id == "SecretsAgent":
            ours.publish(event.type, payload)

    inbox = Inbox(answer)
    sent = Deployed(raw, "SecretsAgent", "source_agent_id").publish(
        event.stream, old_name(event), payload
    )
    ours.subscribe(event.type, inbox, group=GROUP, **QUICK)
    ours.start()
    _, answered = inbox.wait(2)
    assert (answered.causation_id, answered.correlation_id) == (sent, sent)
