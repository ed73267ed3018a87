"""A server that speaks as much of GitHub's API as comments need, and remembers all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.runner import REPOSITORY

_HOME = f"/repos/{REPOSITORY}/issues"


class Server(ThreadingHTTPServer):
    """The server.

    Attributes:
        comments: The comments on pull request 1, oldest first.
        asked: What was asked: method and path.
        refuses: The status that every request is answered with; 0 for none.
        elsewhere: Where every request is sent on to; empty for nowhere.
        babbles: What every request is answered with; empty for what it asks for.
        me: Whose token it is; empty for that of a run.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.refuses = 0
        self.elsewhere = ""
        self.babbles = b""
        self.me = ""

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, body: str, author: str, kind: str = "User") -> dict[str, Any]:
        """Add a comment, and return it."""
        made = {
            "id": 1000 + len(self.comments),
            "body": body,
            "user": {"login": author, "type": kind},
        }
        self.comments.append(made)
        return made


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        url = urlsplit(self.path)
        self.server.asked.append((self.command, self.path))
        length = int(self.headers.get("Content-Length") or 0)
        said = json.loads(self.rfile.read(length)) if length else {}
        assert self.headers["Authorization"] == "Bearer the-token-of-the-run"
        if self.server.refuses:
            self._send(self.server.refuses, {"message": "Resource not accessible by integration"})
        elif self.server.elsewhere:
            self._send(307, {}, Location=self.server.elsewhere + self.path)
        elif self.server.babbles:
            self._send(200, self.server.babbles)
        elif (self.command, url.path) == ("GET", "/user"):
            me = self.server.me
            self._send(200 if me else 403, {"login": me} if me else {})
        elif (self.command, url.path) == ("GET", f"{_HOME}/1/comments"):
            asked = {name: int(value[0]) for name, value in parse_qs(url.query).items()}
            start = asked["per_page"] * (asked["page"] - 1)
            self._send(200, self.server.comments[start : start + asked["per_page"]])
        elif (self.command, url.path) == ("POST", f"{_HOME}/1/comments"):
            self._send(201, self.server.add(said["body"], "github-actions[bot]", "Bot"))
        elif self.command == "PATCH" and url.path.startswith(f"{_HOME}/comments/"):
            number = int(url.path.rpartition("/")[2])
            comment = next(one for one in self.server.comments if one["id"] == number)
            comment["body"] = said["body"]
            self._send(200, comment)
        else:
            self._send(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = _answer  # noqa: N815  the names are the library's

    def _send(self, status: int, said: object, **headers: str) -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: what was asked is remembered."""


@contextmanager
def serving() -> Iterator[Server]:
    """Serve until the block is left."""
    with Server() as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
