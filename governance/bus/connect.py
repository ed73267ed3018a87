"""Where a server is, by URL, and how each kind of connection to it behaves.

``redis://``, ``rediss://`` (TLS) and ``unix://`` as redis-py has them; ``redis+sentinel://HOST:PORT,
HOST:PORT/SERVICE`` asks Sentinels for the primary; ``redis+cluster://HOST:PORT`` is a cluster; an
``s`` behind ``redis`` asks for TLS there too.

Source: bus.md, section 1 ("Client settings that matter").
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from governance.errors import BusError

_PORT, _SENTINEL_PORT = 6379, 26379


class Target(NamedTuple):
    """A server, taken apart.

    Attributes:
        kind: ``server``, ``sentinel`` or ``cluster``.
        url: What redis-py takes as it is; empty where it takes none.
        hosts: Host and port of each Sentinel, or of some nodes.
        service: How the Sentinels call it.
        options: Further arguments of the client: user, password, database, TLS.
    """

    kind: str
    url: str
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, url: str) -> Target:
        """Return what a URL says.

        Raises:
            BusError: It is no URL of a server.
        """
        scheme, _, _ = url.partition("://")
        if scheme in {"redis", "rediss", "unix"}:
            return cls("server", url)
        base, _, kind = scheme.partition("+")
        if base not in {"redis", "rediss"} or kind not in {"sentinel", "cluster"}:
            raise BusError(
                f"{_shown(url)} is no address of a server: write redis://HOST:PORT, rediss:// for "
                "TLS, "
                "unix://PATH, redis+sentinel://HOST:PORT,HOST:PORT/SERVICE, or "
                "redis+cluster://HOST:PORT"
            )
        parts = urlsplit(f"redis{url[len(scheme) :]}")
        credentials, _, listed = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        default = _SENTINEL_PORT if kind == "sentinel" else _PORT
        hosts = tuple(_host(one, default, url) for one in listed.split(",") if one)
        options: dict[str, object] = {"ssl": True} if base == "rediss" else {}
        if user:
            options["username"] = unquote(user)
        if password:
            options["password"] = unquote(password)
        query = parse_qs(parts.query)
        options |= {name: values[-1] for name, values in query.items()}
        service = parts.path.strip("/")
        if not hosts or (kind == "sentinel" and not service):
            raise BusError(f"{_shown(url)} names no host, or no service behind it")
        return cls(kind, "", hosts, service, tuple(sorted(options.items())))


def _host(text: str, port: int, url: str) -> tuple[str, int]:
    name, _, number = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    if number and not number.isdecimal():
        raise BusError(f"{_shown(url)}: {number!r} is no port")
    return name.strip("[]"), int(number) if number else port


def _shown(url: str) -> str:
    """Return a URL as a message may show it: without the password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
