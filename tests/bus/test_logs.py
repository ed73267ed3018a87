"""Log lines for machines."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import pytest

from governance.bus.logs import JsonFormatter
from governance.bus.reading import PermanentError
from governance.bus.threads import KEBClient
from tests.bus.agent import until
from tests.bus.agents import CREATED, GROUP, QUICK, STREAM, task


def fail(_: object) -> None:
    raise PermanentError("no such agent")


def test_a_log_line_is_json_with_what_is_known_of_the_event(
    client: KEBClient, raw: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client.publish(CREATED, task(1))
    client.subscribe(CREATED, fail, group=GROUP, **QUICK)
    client.start()
    until(lambda: raw.xlen(f"{STREAM}:dead") == 1)
    until(lambda: bool(caplog.records))
    client.drain()
    said = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (said["level"], said["logger"]) == ("error", "keb")
    assert (said["keb_stream"], said["keb_group"]) == (STREAM, GROUP)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["time"])


def test_a_log_line_holds_what_was_raised() -> None:
    try:
        fail(None)
    except PermanentError:
        record = logging.LogRecord("keb", 40, "", 1, "a %s", ("word",), sys.exc_info())
    record.keb_odd = {1}
    said = json.loads(JsonFormatter().format(record))
    assert (said["message"], said["keb_odd"]) == ("a word", "{1}")
    assert said["error"].endswith("PermanentError: no such agent")
    assert "\n" not in JsonFormatter().format(record)
