"""Where a server is, by URL, and how each kind of connection to it behaves.

``redis://``, ``rediss://`` (TLS) and ``unix://`` as redis-py has them; ``redis+sentinel://HOST:PORT,
HOST:PORT/SERVICE`` asks Sentinels for the primary; ``redis+cluster://HOST:PORT`` is a cluster; an
``s`` behind ``redis`` asks for TLS there too. User and password are those of the servers; Sentinels
have ``sentinel_username`` and ``sentinel_password`` behind the question mark.

Source: bus.md, section 1 ("Client settings that matter").
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from governance.errors import BusError

Address: TypeAlias = tuple[str, int]
_PORT, _SENTINEL_PORT = 6379, 26379


class Target(NamedTuple):
    """A server, taken apart.

    Attributes:
        kind: ``server``, ``sentinel`` or ``cluster``.
        url: What redis-py takes as it is; of Sentinels and a cluster, with the first host alone.
        hosts: Host and port of each Sentinel, or of some nodes.
        service: How the Sentinels call it.
    """

    kind: str
    url: str
    hosts: tuple[Address, ...] = ()
    service: str = ""

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
                f"{shown(url)} is no address of a server: write redis://HOST:PORT, rediss:// for "
                "TLS, "
                "unix://PATH, redis+sentinel://HOST:PORT,HOST:PORT/SERVICE, or "
                "redis+cluster://HOST:PORT"
            )
        parts = urlsplit(f"redis{url[len(scheme) :]}")
        credentials, at, listed = parts.netloc.rpartition("@")
        default = _SENTINEL_PORT if kind == "sentinel" else _PORT
        found = [one for one in listed.split(",") if one]
        hosts = tuple(_host(one, default, url) for one in found)
        service = parts.path.strip("/")
        if not hosts or (kind == "sentinel" and not service):
            form = "HOST:PORT,HOST:PORT/SERVICE" if kind == "sentinel" else "HOST:PORT"
            lacking = "service" if hosts else "host"
            raise BusError(f"{shown(url)} names no {lacking}: write {scheme}://{form}")
        plain = f"{base}://{credentials}{at}{found[0]}?{parts.query}"
        return cls(kind, plain, hosts, service)


def _host(text: str, port: int, url: str) -> Address:
    name, _, number = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    if number and not number.isdecimal():
        raise BusError(f"{shown(url)}: {number!r} is no port")
    return name.strip("[]"), int(number) if number else port


def shown(url: str) -> str:
    """Return a URL as a message may show it: without user, password and options."""
    scheme, separator, rest = url.partition("://")
    place, _, query = (rest if separator else scheme).partition("?")
    # A sign that is not written as %XX may stand in a password.
    shown_place = "..." if "@" in query else place.rpartition("@")[2]
    return f"{scheme}://{shown_place}" if separator else shown_place
