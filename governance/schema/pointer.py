"""JSON Pointers.

Source: RFC 6901.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.schema.json import Json


class PointerError(LookupError):
    """A pointer leads nowhere."""


def escape(token: str) -> str:
    """Return one reference token, escaped."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def split(pointer: str) -> list[str]:
    """Return the reference tokens of a pointer, unescaped; the empty pointer has none.

    Raises:
        PointerError: The pointer is neither empty nor starts with a slash.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise PointerError(pointer)
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def join(*tokens: str | int) -> str:
    """Return the pointer made of the given tokens."""
    return "".join("/" + escape(str(token)) for token in tokens)


def resolve(root: Json, pointer: str) -> Json:
    """Return the value that a pointer names.

    Raises:
        PointerError: There is no such value.
    """
    value = root
    for token in split(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            raise PointerError(pointer)
    return value


def within(pointer: str, ancestor: str) -> bool:
    """Say whether ``pointer`` is ``ancestor`` or lies below it."""
    return pointer == ancestor or pointer.startswith(ancestor + "/")


def ancestors(pointer: str) -> Iterator[str]:
    """Yield a pointer and every one above it, the nearest first, the root last."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""
