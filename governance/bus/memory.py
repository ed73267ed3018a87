"""A server that makes room by itself takes whole streams: it is no server for the bus.

Source: bus-features.md, section 4, row 26; Redis command INFO.
"""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from governance.bus.commands import (
    Ask,
    CommandError,
    Line,
    Many,
    ReplyError,
    Steps,
    UnansweredError,
    UnsentError,
)
from governance.bus.retry import is_closed
from governance.errors import BusError

LOG = logging.getLogger("keb")
_FIELD = re.compile(rb"^(used_memory|maxmemory|maxmemory_policy):(\S+)", re.MULTILINE)
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


def memory(line: Line, stream: str | None = None) -> Steps[Memory]:
    """Return how a server goes about its memory; of a cluster, how the worst of its nodes does.

    Args:
        line: By which connection.
        stream: The node that has this stream is asked alone; None for all.
    """
    try:
        told = yield from _told(line, stream)
    except ReplyError as error:
        if not is_closed(error):
            raise
        LOG.warning("nobody may ask how the server goes about its memory: %s", error)
        return Memory("", None)
    said: dict[bytes, list[bytes]] = {}
    for name, value in _FIELD.findall(told):
        said.setdefault(name, []).append(value)
    sizes = zip(said.get(b"used_memory", ()), said.get(b"maxmemory", ()), strict=False)
    shares = [int(used) / int(bound) for used, bound in sizes if int(bound)]
    nodes = [Memory(one.decode(), None) for one in said.get(b"maxmemory_policy", ())]
    worst = max(nodes, key=lambda one: bool(one.complaint), default=Memory("", None))
    return worst._replace(used=max(shares, default=None))


def _told(line: Line, stream: str | None) -> Steps[bytes]:
    asked = ("INFO", "memory")
    told: bytes | ReplyError
    if stream is None:
        told = yield Ask(line, asked)
    else:
        # A command without a key goes where the others of its batch do.
        told, _ = yield Many(line, [asked, ("EXISTS", stream)])
    if isinstance(told, ReplyError):
        raise told
    return told


def check_eviction(line: Line) -> Steps[None]:
    """Refuse a server that evicts streams when its memory is full.

    Raises:
        BusError: It does.
    """
    complaint = (yield from memory(line)).complaint
    if complaint:
        raise BusError(f"{complaint}: {ADVICE}")


class Lasting:
    """Knows of streams that their servers evict none: each was asked once.

    Args:
        line: By which connection.

    Attributes:
        streams: The streams.
    """

    def __init__(self, line: Line) -> None:
        self.streams = set[str]()
        self._line = line

    def refusals(self, streams: set[str]) -> Steps[dict[str, CommandError]]:
        """Ask of streams that were not asked about; return why nothing is to be sent to some."""
        refused: dict[str, CommandError] = {}
        for stream in streams - self.streams:
            try:
                complaint = (yield from memory(self._line, stream)).complaint
            except UnansweredError as error:
                # What was to be sent behind it never was.
                refused[stream] = UnsentError(str(error))
            except CommandError as error:
                refused[stream] = error
            else:
                if complaint:
                    refused[stream] = ReplyError(f"{complaint}: {ADVICE}")
                else:
                    self.streams.add(stream)
        return refused
