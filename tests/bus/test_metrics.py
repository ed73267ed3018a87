"""What Prometheus is told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest

from governance import bus
from governance.bus.event import Event
from governance.bus.metrics import COUNTS, TIMES, Counts, Times
from governance.bus.outcome import Rejected
from governance.bus.reading import PermanentError
from governance.bus.stats import BOUNDS
from governance.bus.threads import KEBClient
from governance.contract.server import Server
from tests.bus.agent import until
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, Inbox, task
from tests.bus.drivers import connected
from tests.bus.scrape import buckets, exported, number_of


def fail(_: object) -> None:
    raise PermanentError("no such agent")


def test_whatever_is_counted_has_a_name_and_labels() -> None:
    folder = Path(bus.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    counted = set(re.findall(r"stats\.count\(\s*\"(\w+)\"", code))
    assert counted == set(COUNTS)
    assert list(BOUNDS) == list(TIMES)


def test_counts_of_a_client_are_exported(client: KEBClient, raw: Any) -> None:
    client.publish(CREATED, task(1))
    for event_type, data in ((CREATED, task(-1)), (f"No.Such.{uuid4()}.v1", task(1))):
        with pytest.raises(Rejected):
            client.publish(event_type, data)
    whole = {"event_type": f"No.Such.{uuid4()}.v1", "data": {}}
    for told in (b"{", json.dumps(whole)):
        raw.xadd(STREAM, {"data": told})
    client.subscribe(STREAM, fail, group=GROUP, **QUICK)
    client.start()
    until(lambda: raw.xlen(f"{STREAM}:dead") == 3)
    client.drain()
    told = exported(Counts(client.stats))
    said = f'{{result="published",type="{CREATED}",version="1.2.0"}}'
    assert f"keb_published_total{said} 1.0" in told
    assert f'keb_rejected_total{{keyword="minimum",side="writer",type="{CREATED}"}} 1.0' in told
    assert 'keb_rejected_total{keyword="other",side="writer",type=""} 1.0' in told
    assert f'keb_publish_not_sure_total{{type="{CREATED}"}} 0.0' in told
    assert f'keb_consumed_total{{group="{GROUP}",result="dlq",type=""}} 3.0' in told
    assert 'keb_rejected_total{keyword="other",side="reader",type=""} 2.0' in told


def test_gauges_are_printed(keb: Callable[..., Any], raw: Any) -> None:
    for number in range(3):
        raw.xadd(STREAM, {"data": number})
    raw.xgroup_create(STREAM, GROUP, "0")
    raw.xreadgroup(GROUP, "one", {STREAM: ">"}, count=1)
    done = keb("metrics", STREAM)
    assert done.code == 0
    told = done.out.splitlines()
    assert "keb_up 1.0" in told
    assert f'keb_stream_length{{stream="{STREAM}"}} 3.0' in told
    assert f'keb_group_lag{{exact="1",group="{GROUP}",stream="{STREAM}"}} 2.0' in told
    assert f'keb_group_pending{{group="{GROUP}",stream="{STREAM}"}} 1.0' in told
    size = number_of(done.out, f'keb_stream_bytes{{stream="{STREAM}"}}')
    assert size == raw.memory_usage(STREAM)
    assert 0 < number_of(done.out, "keb_memory_used_ratio") < 1
    assert keb("metrics", "--url", "redis://127.0.0.1:1").code == 2


def test_a_group_is_as_idle_as_its_last_consumer(keb: Callable[..., Any], raw: Any) -> None:
    raw.xgroup_create(STREAM, GROUP, "0", mkstream=True)
    raw.xgroup_create(STREAM, "nobody", "0")
    for name in ("early", "late"):
        raw.xgroup_createconsumer(STREAM, GROUP, name)
        until(lambda: raw.xinfo_consumers(STREAM, GROUP)[0]["idle"] >= 100)
    of, name = f'group="{GROUP}",stream="{STREAM}"', "keb_consumer_idle_seconds"
    least = number_of(keb("metrics").out, f"{name}{{{of}}}")
    told = keb("metrics", "--per-consumer").out
    early, late = (number_of(told, f'{name}{{consumer="{one}",{of}}}') for one in ("early", "late"))
    assert least <= late < early
    assert 0.1 <= early < 10
    assert told.count(f"{name}{{") == 2


def test_who_may_not_ask_for_memory_is_told_the_rest(
    keb: Callable[..., Any], raw: Any, server: Server
) -> None:
    raw.xadd(STREAM, {"data": "{}"})
    raw.config_set("maxmemory", 0)
    assert "\nkeb_memory_used_ratio" not in keb("metrics").out
    rules = ("on", ">word", "~*", "+@all", "-info", "-memory")
    server.ask("ACL", "SETUSER", "looker", "reset", *rules)
    done = keb("metrics", "--url", f"redis://looker:word@127.0.0.1:{server.port}")
    assert done.code == 0
    assert f'keb_stream_length{{stream="{STREAM}"}} 1.0' in done.out
    assert "\nkeb_stream_bytes" not in done.out
    assert "\nkeb_memory_used_ratio" not in done.out


def test_a_port_that_is_taken_is_said(keb: Callable[..., Any], server: Any) -> None:
    done = keb("metrics", "--port", f"{server.port}")
    assert done.code == 2
    assert f"metrics can't be at 127.0.0.1:{server.port}: Address already in use" in done.err
    with pytest.raises(SystemExit):
        keb("metrics", "--port", "65536")


@pytest.mark.usefixtures("keb")
def test_gauges_are_served_also_while_no_server_answers(server: Any) -> None:
    words = [sys.executable, "-m", "governance", "bus", "metrics", "--port", "0"]
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stderr is not None
        found = re.search(r"http://127.0.0.1:[0-9]+/metrics", process.stderr.readline())
        assert found is not None

        def told() -> str:
            with urlopen(found[0]) as page:  # noqa: S310  it is our own
                return str(page.read().decode())

        assert "keb_up 1.0" in told()
        server.kill()
        assert "keb_up 0.0" in told()
        server.restart()
        assert "keb_up 1.0" in told()
        process.send_signal(2)
        assert process.wait(10) == 130


def test_how_long_things_take_is_observed_once_somebody_asks(driver: str, server: Server) -> None:
    def act(event: Event) -> None:
        if event.data["number"] == 0:
            time.sleep(0.12)
        if event.data["number"] == 1 and event.place.attempt < 3:
            raise ValueError("not yet")

    inbox, of = Inbox(act), {"type": CREATED, "group": GROUP}
    with connected(driver, server.url) as client:
        client.publish(CREATED, task(9))
        assert not client.stats.histograms()
        times = Times(client)
        client.publish(CREATED, task(0))
        client.publish_all([(CREATED, task(number)) for number in (1, 2)])
        with pytest.raises(Rejected):
            client.publish(CREATED, task(-1))
        client.subscribe(CREATED, inbox, group=GROUP, **QUICK)
        client.start()
        inbox.wait(6)
        client.drain()
        told = exported(times)
    assert sum(buckets(told, "publish_duration_seconds", type=CREATED).values()) == 3
    checked = [
        sum(buckets(told, "validation_duration_seconds", type=CREATED, side=side).values())
        for side in ("writer", "reader")
    ]
    assert checked == [4, 6]
    took = buckets(told, "handler_duration_seconds", **of)
    assert sum(took.values()) == 6
    assert sum(number for bound, number in took.items() if float(bound) > 0.1) >= 1
    assert buckets(told, "attempts_until_success", **of) == {"1.0": 3, "3.0": 1}
    for name in ("event_age_seconds", "entry_age_seconds"):
        ages = buckets(told, name, **of)
        assert sum(ages.values()) == 6
        # What waited behind the slow one.
        assert sum(number for bound, number in ages.items() if float(bound) > 0.1) >= 2
    of_it = f'{{group="{GROUP}",type="{CREATED}"}}'
    assert number_of(told, f"keb_handler_duration_seconds_count{of_it}") == 6


def test_a_handler_that_is_given_up_took_as_long_as_it_may(client: KEBClient, raw: Any) -> None:
    over = threading.Event()
    times = Times(client)
    client.subscribe(
        CREATED, lambda _: over.wait(10), group=GROUP, attempts=1, limit_s=0.2, **QUICK
    )
    client.start()
    client.publish(CREATED, task(1))
    until(lambda: raw.xlen(f"{STREAM}:dead") == 1)
    over.set()
    client.drain()
    told = exported(times)
    of = {"type": CREATED, "group": GROUP}
    assert buckets(told, "handler_duration_seconds", **of) == {"0.25": 1}
    assert buckets(told, "attempts_until_success", **of) == {}
