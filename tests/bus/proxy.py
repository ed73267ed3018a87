"""A line to a server that fails as lines do, exactly where and when a test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Coroutine
from threading import Thread
from typing import Any, Self

from governance.contract.server import Server
from tests.bus.line import LONGEST_SECONDS, Fault, Line, Side, Valve

_BOTH: tuple[Side, Side] = ("requests", "replies")
_ENDS = (OSError, IncompleteReadError)


class Proxy:
    """Passes everything on to a server, until told otherwise; a context manager.

    It lives in a thread of its own. What it is told holds when the call returns.

    Args:
        server: Where to.
        tls: The certificate to show; without one it speaks plain.
        ports: Ports that the server tells of, and those that clients are told instead.
    """

    def __init__(
        self,
        server: Server,
        tls: ssl.SSLContext | None = None,
        ports: dict[int, int] | None = None,
    ) -> None:
        self._server = server
        self._tls = tls
        self._ports = ports or {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_report)
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._valves: dict[Side, Valve] = {side: Valve() for side in _BOTH}
        self._faults: list[Fault] = []
        self._lines: set[asyncio.Task[None]] = set()
        self._socket = _bound(0)
        self.port: int = self._socket.getsockname()[1]
        self._listener: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._socket.close()

    @property
    def url(self) -> str:
        """The URL of the server by way of this proxy."""
        url = self._server.tcp_url.replace(f":{self._server.port}/", f":{self.port}/")
        return url.replace("redis://", "rediss://") if self._tls else url

    @property
    def lines(self) -> int:
        """How many connections there are."""
        return len(self._lines)

    def lose_reply(self, command: str, nth: int = 1, times: int = 1) -> Fault:
        """Have the server do a command, and the client not hear of it."""
        return self._add(Fault("replies", command, nth, times))

    def lose_request(self, command: str, nth: int = 1, times: int = 1) -> Fault:
        """Have the server not hear of a command."""
        return self._add(Fault("requests", command, nth, times))

    def stall(self, *sides: Side, seconds: float | None = None) -> None:
        """Hold what comes, of one side or both, for a time or until ``resume``."""
        self._turn(sides, is_shut=True)
        if seconds is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._open)

    def trickle(self, *sides: Side, seconds_per_byte: float = 1.0) -> None:
        """Pass one byte after the other."""
        self._turn(sides, seconds_per_byte=seconds_per_byte)

    def resume(self) -> None:
        """Pass on what was held, and everything from now on."""
        self._turn(_BOTH)

    def wait_until_held(self, side: Side) -> None:
        """Return when something of a side waits to be passed on."""
        assert self._valves[side].holds.wait(LONGEST_SECONDS), f"no {side} came"

    def cut(self) -> None:
        """End all connections there are."""
        self._do(self._cut())

    def redirect(self, server: Server) -> None:
        """Lead to another server from now on; who is connected has to connect anew."""
        self._server = server
        self.cut()

    def refuse(self) -> None:
        """Let nobody connect any more; who is connected stays."""
        self._do(self._refuse())

    def accept(self) -> None:
        """Let everybody connect."""
        self._do(self._accept())

    def _add(self, fault: Fault) -> Fault:
        async def add() -> None:
            self._faults.append(fault)

        self._do(add())
        return fault

    def _turn(self, sides: tuple[Side, ...], **how: Any) -> None:
        async def turn() -> None:
            for side in sides or _BOTH:
                self._valves[side].turn(**how)

        self._do(turn())

    def _open(self) -> None:
        for valve in self._valves.values():
            valve.turn()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(LONGEST_SECONDS)

    async def _cut(self) -> None:
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        for valve in self._valves.values():
            valve.holds.clear()

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            # Bound and not listening it refuses, and nobody else gets the port.
            self._socket = _bound(self.port)

    async def _accept(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.start_server(
                self._serve, sock=self._socket, ssl=self._tls
            )

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        ends = [writer]
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server.port)
            ends.append(to_server)
            line = Line(self._valves, self._faults, self._ports)
            await _first_of(
                line.pass_requests(reader, to_server), line.pass_replies(from_server, writer)
            )
            for end in ends:
                end.close()
                await end.wait_closed()
        except _ENDS:
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._lines.discard(task)


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Pass over what ends a connection, such as a certificate that the client does not like."""
    if not isinstance(context.get("exception"), _ENDS):
        loop.default_exception_handler(context)
