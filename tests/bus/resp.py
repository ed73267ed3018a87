"""Just enough of the Redis protocol to tell where a command or an answer ends."""

from __future__ import annotations

from asyncio import StreamReader

_ONE_LINE = b"+-:_#,("
_ONE_BULK = b"$!="
_LENGTH = {b"*"[0]: 1, b"~"[0]: 1, b">"[0]: 1, b"%"[0]: 2}


async def frame(reader: StreamReader, first: bytes) -> bytes:
    """Return one value as it is on the wire, whatever is in it.

    Args:
        reader: Where the rest of it comes from.
        first: Its first byte.

    Raises:
        IncompleteReadError: The line ends within it.
    """
    line = first + await reader.readuntil(b"\n")
    kind, said = line[0], line[1:-2]
    if kind in _ONE_BULK:
        length = int(said)
        return line if length < 0 else line + await reader.readexactly(length + 2)
    count = 0 if kind in _ONE_LINE else int(said) * _LENGTH[kind]
    parts = [await frame(reader, await reader.readexactly(1)) for _ in range(count)]
    return line + b"".join(parts)


def words(command: bytes) -> tuple[str, str]:
    """Return the first word of a command, and its first two, in upper case."""
    pieces = command.split(b"\r\n", 5)
    first = pieces[2].decode(errors="replace").upper()
    has_second = int(pieces[0][1:]) > 1
    return first, f"{first} {pieces[4].decode(errors='replace').upper()}" if has_second else first
