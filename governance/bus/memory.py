"""A server that makes room by itself takes whole streams: it is no server for the bus.

Source: bus-features.md, section 4, row 26; Redis command INFO.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from governance.bus.commands import Ask, Line, ReplyError, Steps
from governance.bus.retry import is_closed
from governance.errors import BusError

LOG = logging.getLogger("keb")
ADVICE = "set `maxmemory-policy noeviction`"


class Memory(NamedTuple):
    """How a server goes about its memory.

    Attributes:
        policy: What it does when that is full; empty where nobody may ask.
        used: The share of it that is used; None where it has no bound, or nobody may ask.
    """

    policy: str
    used: float | None

    @property
    def complaint(self) -> str:
        """What is wrong with that; empty where nothing is."""
        if not self.policy.startswith("allkeys-"):
            return ""
        said = "the server evicts whole streams when its memory is full"
        return f"{said} (maxmemory-policy {self.policy})"


def memory(line: Line) -> Steps[Memory]:
    """Return how a server goes about its memory."""
    try:
        told = yield Ask(line, ("INFO", "memory"))
    except ReplyError as error:
        if not is_closed(error):
            raise
        LOG.warning("nobody may ask how the server goes about its memory: %s", error)
        return Memory("", None)
    pairs = (one.partition(":") for one in told.decode().splitlines())
    said = {name: value for name, _, value in pairs}
    bound = int(said.get("maxmemory", 0))
    used = int(said.get("used_memory", 0)) / bound if bound else None
    return Memory(said.get("maxmemory_policy", ""), used)


def check_eviction(line: Line) -> Steps[None]:
    """Refuse a server that evicts streams when its memory is full.

    Raises:
        BusError: It does.
    """
    complaint = (yield from memory(line)).complaint
    if complaint:
        raise BusError(f"{complaint}: {ADVICE}")
