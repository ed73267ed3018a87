"""Certificates for a server on 127.0.0.1: one in order, and some that a client must not accept."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme

GOOD = "good"
EXPIRED = "expired"
WRONG_NAME = "wrong name"


class Authority:
    """Who vouches for the certificates.

    Args:
        folder: Where its own certificate is put.

    Attributes:
        path: Its own certificate, for clients that are to trust it.
    """

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.path = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.path))

    def server(self, kind: str) -> ssl.SSLContext:
        """Return what a server needs to show a certificate of a kind."""
        name = "elsewhere.example" if kind == WRONG_NAME else "127.0.0.1"
        issued = (
            self._authority.issue_cert(
                name,
                not_before=datetime(2001, 1, 1, tzinfo=UTC),
                not_after=datetime(2002, 1, 1, tzinfo=UTC),
            )
            if kind == EXPIRED
            else self._authority.issue_cert(name)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context
