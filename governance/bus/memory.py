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
    try:
        told = yield Ask(line, ("INFO", "memory"))
    except ReplyError as error:
        if not is_closed(error):
            raise
        LOG.warning("nobody may ask whether the server evicts streams: %s", error)
        return
    policy = next(
        (one[17:] for one in told.decode().splitlines() if one.startswith("maxmemory_policy:")), ""
    )
    if policy.startswith("allkeys-"):
        raise BusError(
            f"the server evicts whole streams when its memory is full (maxmemory-policy {policy}): "
            "set `maxmemory-policy noeviction`"
        )
