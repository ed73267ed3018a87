"""A server that makes room by itself takes whole streams: it is no server for the bus."""

from __future__ import annotations

import logging

from governance.bus.commands import Ask, Line, ReplyError, Steps
from governance.bus.retry import is_closed
from governance.errors import BusError

LOG = logging.getLogger("keb")


def check_eviction(line: Line) -> Steps[None]:
    """Refuse a server that evicts streams when its memory is full.

    Raises:
        BusError: It does.

    Source: bus-features.md, section 4, row 26.
    """
    policy = (yield from _told(line)).get("maxmemory_policy", "")
    if policy.startswith("allkeys-"):
        raise BusError(
            f"the server evicts whole streams when its memory is full (maxmemory-policy {policy}): "
            "set `maxmemory-policy noeviction`"
        )


def used(line: Line) -> Steps[float]:
    """Return the share of its memory that a server has used; 0 where it has no bound."""
    told = yield from _told(line)
    bound = int(told.get("maxmemory", 0))
    return int(told["used_memory"]) / bound if bound else 0.0


def _told(line: Line) -> Steps[dict[str, str]]:
    try:
        told = yield Ask(line, ("INFO", "memory"))
    except ReplyError as error:
        if not is_closed(error):
            raise
        LOG.warning("nobody may ask how the server goes about its memory: %s", error)
        return {}
    pairs = (one.partition(":") for one in told.decode().splitlines())
    return {name: value for name, _, value in pairs if value}
