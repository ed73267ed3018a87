"""A server that speaks git over HTTP, by git's own backend, to those who prove who they are."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit


class Server(ThreadingHTTPServer):
    """The server.

    Attributes:
        root: The folder that it serves.
        proof: What one has to know.
        refused: How many requests were refused.
    """

    daemon_threads = True

    def __init__(self, root: Path, proof: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.proof = proof
        self.refused = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        known = b64encode(f"x-access-token:{self.server.proof}".encode()).decode()
        # GitHub refuses two headers as it does none.
        if self.headers.get_all("Authorization") != [f"basic {known}"]:
            self.server.refused += 1
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        url, length = urlsplit(self.path), self.headers.get("Content-Length", "")
        done = subprocess.run(
            ["git", "http-backend"],
            input=self.rfile.read(int(length or 0)),
            env={
                **os.environ,
                "CONTENT_LENGTH": length,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROJECT_ROOT": str(self.server.root),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "PATH_INFO": url.path,
                "QUERY_STRING": url.query,
                "REMOTE_ADDR": "127.0.0.1",
                "REMOTE_USER": "a-run",
                "REQUEST_METHOD": self.command,
            },
            stdout=subprocess.PIPE,
            check=True,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815  the names are the library's

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(root: Path, proof: str) -> Iterator[Server]:
    """Serve until the block is left."""
    with Server(root, proof) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
