"""Which history of data a server goes by: another one where it starts anew or replaces another."""

from __future__ import annotations

import re

from governance.bus.commands import Part, Reply

ASKED: tuple[Part, ...] = ("INFO", "replication")
_NAME = re.compile(rb"master_replid:(\w+)")


def history(reply: Reply) -> str:
    """Return the name of a server's history; nothing where it does not say.

    Args:
        reply: Its reply to ``ASKED``, which may be a refusal.

    Source: Redis command INFO.
    """
    found = _NAME.search(reply) if isinstance(reply, bytes) else None
    return found[1].decode() if found else ""
