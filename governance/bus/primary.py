"""Which server is the primary, as Sentinels say, for both drivers: asks, and sends nothing itself.

A primary that another has taken the place of may go on answering for a while, or for ever where
the network is split: so they are asked again and again, and not only when something fails.

Source: "Guidelines for Redis clients with support for Redis Sentinel".
"""

from __future__ import annotations

import time

from governance.bus.commands import Ask, CommandError, Line, Many, Reply, ReplyError, UnsentError
from governance.bus.connect import Address, Target
from governance.bus.retry import is_closed
from governance.bus.routes import Routes, Steps, To

_AGAIN_S = 1.0
_DEMOTED = frozenset({"READONLY", "MASTERDOWN", "UNBLOCKED"})


class Primary:
    """Knows the primary of a service.

    Args:
        sentinels: Who is asked, one after the other.
        service: How they call it.
    """

    def __init__(self, sentinels: tuple[Address, ...], service: str) -> None:
        self._sentinels = sentinels
        self._service = service
        self._address: Address | None = None
        self._ask_at = 0.0

    def perform(self, command: Ask | Many) -> Steps[Reply]:
        """Send a command to the primary; return what that says.

        Raises:
            CommandError: It was not carried out, or nobody knows.
        """
        if self._address is None or time.monotonic() >= self._ask_at:
            yield from self._learn()
        try:
            reply = yield To(self._address, command)
        except CommandError as error:
            if not isinstance(error, ReplyError) or error.code in _DEMOTED:
                self._ask_at = 0.0
            raise
        several = reply if isinstance(command, Many) else ()
        if any(isinstance(one, ReplyError) and one.code in _DEMOTED for one in several):
            self._ask_at = 0.0
        return reply

    def _learn(self) -> Steps[None]:
        """Ask for the primary; where nobody knows, it is the one of before."""
        # Whoever else comes by meanwhile need not ask as well.
        self._ask_at = time.monotonic() + _AGAIN_S
        words = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service)
        why: CommandError = UnsentError("there is none")
        for sentinel in self._sentinels:
            try:
                said = yield To(sentinel, Ask(Line.SENTINEL, words))
            except CommandError as error:
                if not isinstance(why, ReplyError):
                    why = error
            else:
                if said is not None:
                    self._address = (said[0].decode(), int(said[1]))
                    return
                why = UnsentError(f"they know no service {self._service!r}")
        if self._address is None:
            if isinstance(why, ReplyError) and is_closed(why):
                code, _, text = str(why).partition(" ")
                raise ReplyError(f"{code} a Sentinel lets us not in: {text}")
            raise UnsentError(f"no Sentinel names a primary: {why}")


def routes(target: Target) -> Routes | Primary | None:
    """Return what knows the server for each command; None where there is one for all."""
    if target.kind == "cluster":
        return Routes(target.hosts)
    return Primary(target.hosts, target.service) if target.kind == "sentinel" else None
