"""One connection through the proxy, and what may happen to it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections import deque
from contextlib import suppress
from threading import Condition, Event
from typing import Literal, TypeAlias

from tests.bus.resp import frame, words

Side: TypeAlias = Literal["requests", "replies"]

LONGEST_SECONDS = 10
_CHUNK = 1 << 16
# What follows is no longer an answer for each command.
_REPLICATION = {"PSYNC", "SYNC"}


class Fault:
    """A command whose request or reply gets lost, and the connection with it.

    Args:
        side: What gets lost.
        command: One or two words, such as ``XADD`` or ``XGROUP CREATE``.
        nth: Which of these commands is the first to suffer, from now on; counts from 1.
        times: How many suffer, one after the other.
    """

    def __init__(self, side: Side, command: str, nth: int, times: int) -> None:
        self.side = side
        self._command = command.upper()
        self._which = range(nth, nth + times)
        self._seen = 0
        self._happened = 0
        self._changed = Condition()

    @property
    def happened(self) -> int:
        """How often it has happened."""
        return self._happened

    def wait(self, times: int = 1) -> None:
        """Return when it has happened so many times."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._happened >= times, LONGEST_SECONDS), (
                f"{self._command} lost {self._happened} of {times} {self.side}"
            )

    def strikes(self, command: bytes) -> bool:
        """Say whether a command, which is counted herewith, is one to suffer."""
        if self._command not in words(command):
            return False
        self._seen += 1
        return self._seen in self._which

    def note(self) -> None:
        """Say that it has happened."""
        with self._changed:
            self._happened += 1
            self._changed.notify_all()


class Valve:
    """What lets the bytes of one side through: all, none, or one after the other.

    Attributes:
        holds: Set while something waits at it.
    """

    def __init__(self) -> None:
        self.holds = Event()
        self._is_shut = False
        self._seconds_per_byte = 0.0
        self._turned = asyncio.Event()

    def turn(self, *, is_shut: bool = False, seconds_per_byte: float = 0.0) -> None:
        """Set what it does from now on, also to what waits at it."""
        self._is_shut, self._seconds_per_byte = is_shut, seconds_per_byte
        self.holds.clear()
        self._turned.set()
        self._turned = asyncio.Event()

    async def let_end(self) -> None:
        """Return when an end may be seen: where nothing gets through, that does not either."""
        while self._is_shut:
            await self._turned.wait()

    async def let_through(self, data: bytes, writer: StreamWriter) -> None:
        """Pass data on, as soon and as fast as it may."""
        while data:
            turned = self._turned
            if self._is_shut:
                self.holds.set()
                await turned.wait()
                continue
            part = data[:1] if self._seconds_per_byte else data
            writer.write(part)
            await writer.drain()
            data = data[len(part) :]
            if data:
                self.holds.set()
                with suppress(TimeoutError):
                    await asyncio.wait_for(turned.wait(), self._seconds_per_byte)


class Line:
    """One connection: knows which reply is to which command.

    Args:
        valves: What lets its bytes through.
        faults: What may get lost.
        ports: Which ports are told as others, as where addresses are translated.
    """

    def __init__(
        self, valves: dict[Side, Valve], faults: list[Fault], ports: dict[int, int]
    ) -> None:
        self._valves = valves
        self._faults = faults
        self._ports = {_bulk(port): _bulk(other) for port, other in ports.items()}
        self._expected: deque[Fault | None] = deque()
        self._is_replication = False

    async def pass_requests(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on what the client asks; returns when the connection is to end."""
        while not self._is_replication:
            command = await frame(reader, await reader.readexactly(1))
            # Each fault counts the command, whether another has struck or not.
            struck = [fault for fault in self._faults if fault.strikes(command)]
            fault = struck[0] if struck else None
            if fault is not None and fault.side == "requests":
                fault.note()
                return
            self._expected.append(fault)
            self._is_replication = words(command)[0] in _REPLICATION
            await self._valves["requests"].let_through(command, writer)
        await self._copy(reader, writer, "requests")

    async def pass_replies(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on what the server answers; returns when the connection is to end."""
        while True:
            first = await reader.readexactly(1)
            if self._is_replication:
                await self._valves["replies"].let_through(first, writer)
                break
            reply = await frame(reader, first)
            fault = self._expected.popleft()
            if fault is not None:
                fault.note()
                return
            for port, other in self._ports.items():
                reply = reply.replace(port, other)
            await self._valves["replies"].let_through(reply, writer)
        await self._copy(reader, writer, "replies")

    async def _copy(self, reader: StreamReader, writer: StreamWriter, side: Side) -> None:
        while data := await reader.read(_CHUNK):
            await self._valves[side].let_through(data, writer)
        await self._valves[side].let_end()


def _bulk(port: int) -> bytes:
    return b"$%d\r\n%d\r\n" % (len(str(port)), port)
