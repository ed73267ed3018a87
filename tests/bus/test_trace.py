"""What followed from what, rebuilt from the streams."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from governance.bus.entries import Entry, Seen
from governance.bus.reading import PermanentError
from governance.bus.threads import KEBClient
from governance.bus.trace import tree
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CREATED, ENDED, OLD, QUICK, STREAM, Inbox, catalog, task


def seen(name: str, cause: str | None = None) -> Seen:
    whole = {"event_id": name, **({"causation_id": cause} if cause else {})}
    return Seen(Entry("s", f"{len(name)}-0", {}), "A", whole, {}, ())


def shape(*events: Seen) -> list[tuple[str, int, bool]]:
    return [(one.seen.text("event_id"), one.depth, one.is_cut) for one in tree(events)]


def test_a_tree_has_each_event_once_whatever_its_causes() -> None:
    assert shape(seen("a"), seen("b", "a"), seen("c", "b"), seen("d", "a")) == [
        ("a", 0, False),
        ("b", 1, False),
        ("c", 2, False),
        ("d", 1, False),
    ]
    assert shape(seen("b", "a"), seen("a")) == [("a", 0, False), ("b", 1, False)]
    assert shape(seen("b", "lost")) == [("b", 0, True)]
    assert shape(seen("a", "a")) == [("a", 0, True)]
    assert shape(seen("a", "b"), seen("b", "a")) == [("a", 0, True), ("b", 1, False)]
    assert [len(one.again) for one in tree([seen("a"), seen("a"), seen("b", "a")])] == [1, 0]


def test_a_long_chain_is_no_matter() -> None:
    chain = [seen("0"), *(seen(f"{number}", f"{number - 1}") for number in range(1, 3000))]
    assert [one.depth for one in tree(chain)] == list(range(3000))


def test_the_command_shows_causes_and_dead_letters(
    keb: Callable[..., Any], raw: Any, server: Server
) -> None:
    def refuse(_: object) -> None:
        raise PermanentError("no such agent")

    with KEBClient(server.url, catalog(), source="tests") as client:
        client.publish(CREATED, task(7))
        done = Inbox(lambda _: client.publish(OLD, {"state": "idle"}))
        client.subscribe(CREATED, lambda _: client.publish(ENDED, task(1)), group="a", **QUICK)
        client.subscribe(ENDED, done, group="b", **QUICK)
        client.subscribe(OLD, refuse, group="c", **QUICK)
        sent = client.publish(CREATED, task(1))
        client.start()
        done.wait(2)
        until(lambda: raw.xlen("agent_events:dead") == 2)
    shown = keb("trace", sent.id)
    assert (shown.code, shown.err.startswith("keb-govern: 3 events in ")) == (0, True)
    bare = re.sub(r"[0-9]+-[0-9]+", "ENTRY", re.sub(r"\+[0-9]+ ms", "+N ms", shown.out))
    assert re.sub(r"^\S+ \S+Z", "TIME", bare).splitlines() == [
        f"TIME {CREATED} by tests, {STREAM} ENTRY",
        f"└─ +N ms {ENDED} by tests, {STREAM} ENTRY",
        f"   └─ +N ms {OLD} by tests, agent_events ENTRY",
        "         dead letter of c: permanent, ENTRY",
    ]
    rows = [json.loads(line) for line in keb("trace", sent.id, "--format", "json").out.splitlines()]
    assert [row["depth"] for row in rows] == [0, 1, 2]
    assert rows[2]["dead_letters"][0]["group"] == "c"
    # Any event of it leads to the whole.
    assert keb("trace", rows[2]["event_id"]).out == shown.out
    nothing = keb("trace", "nothing")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err == "keb-govern: no event belongs to nothing\n"
