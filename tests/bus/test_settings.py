"""Settings of a client that mean nothing: said where they are written, not by the server later."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from governance.bus.aio import AsyncKEBClient
from governance.bus.event import Event
from governance.bus.outcome import Rejected
from governance.bus.threads import KEBClient
from governance.errors import BusError
from tests.bus.agents import CREATED, GROUP, catalog
from tests.bus.drivers import ASYNCIO, DRIVERS, THREADS, connected

# Nobody is asked.
NOWHERE = "redis://127.0.0.1:1"


@pytest.mark.parametrize("source", ["", None, 5])
@pytest.mark.parametrize("kind", [KEBClient, AsyncKEBClient])
def test_events_have_a_source(kind: Any, source: object) -> None:
    with pytest.raises(BusError, match=f"source={source!r} names nobody"):
        kind(NOWHERE, catalog(), source=source)


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"handler": "print"}, f"the handler of {CREATED} is no function, but 'print'"),
        ({"group": ""}, "group='' names no consumer group"),
        ({"group": None}, "group=None names no consumer group"),
        ({"workers": 0}, "workers=0 would handle nothing: 1 or more"),
        ({"attempts": 0}, "attempts=0 makes no sense: 1 or more"),
        ({"batch": 0}, "batch=0 makes no sense"),
        # For the server that is a read without an end.
        ({"block_ms": 0}, "block_ms=0 makes no sense"),
        ({"claim_ms": -1}, "claim_ms=-1 makes no sense"),
        ({"start": "now"}, "start='now' is no start: '0', '$', or the id of an entry"),
        ({"start": 0}, "start=0 is no start"),
    ],
)
def test_a_subscription_can_handle_events(driver: str, settings: dict[str, Any], said: str) -> None:
    words = {"handler": print, "group": GROUP, **settings}
    with connected(driver, NOWHERE) as client:
        with pytest.raises(BusError) as told:
            client.subscribe(CREATED, **words)
        assert said in str(told.value)
        # Nothing is left of it.
        assert not client.session.seats


def test_a_file_that_can_not_be_read_may_have_what_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "lost.yaml").write_text("domain: Lost\nevents: [\n", encoding="utf-8")
    with KEBClient(NOWHERE, tmp_path, source="tests") as client:
        why = r"; .*lost.yaml can't be read: see `keb-govern check`$"
        with pytest.raises(BusError, match=why):
            client.subscribe(CREATED, print, group=GROUP)
        with pytest.raises(Rejected, match=why):
            client.publish(CREATED, {})


@pytest.mark.parametrize("start", ["0", "$", "1764305617123", "1764305617123-0"])
def test_a_group_may_start_anywhere(start: str) -> None:
    with KEBClient(NOWHERE, catalog(), source="tests") as client:
        client.subscribe(CREATED, print, group=GROUP, start=start)
        assert len(client.session.seats) == 1


class _Awaited:
    async def __call__(self, event: Event) -> None:
        """Do nothing."""


@pytest.mark.parametrize("handler", [_Awaited(), _Awaited().__call__, partial(_Awaited().__call__)])
def test_what_nobody_would_await_is_refused(handler: Any) -> None:
    with connected(THREADS, NOWHERE) as client:
        with pytest.raises(BusError, match=f"{CREATED} is a coroutine function.*AsyncKEBClient"):
            client.subscribe(CREATED, handler, group=GROUP)
        assert not client.session.seats
    with connected(ASYNCIO, NOWHERE) as client:
        client.subscribe(CREATED, handler, group=GROUP)
        assert len(client.session.seats) == 1
