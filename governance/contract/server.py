"""A private server for as long as it is needed: no root, no trace left, gone with its owner."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from redis import AuthenticationError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from governance.contract.find import Binary
from governance.contract.guard import Guard
from governance.errors import ServerError

# Below the ports that systems hand out by themselves, so that no client's end takes the port of a
# server that is down for a moment; the bus of a cluster, 10000 above, is below them too.
_PORTS = range(12000, 22000)
_TRIES = 50
_READY_SECONDS = 30
_ANSWER_SECONDS = 5
_PROBE_SECONDS = 0.001
_USUAL = (
    "bind 127.0.0.1",
    "unixsocketperm 700",
    "daemonize no",
    'save ""',
    "appendonly no",
    "maxmemory 256mb",
    "maxmemory-policy noeviction",
    # Otherwise a replica gets nothing before it confirms by itself, once a second.
    "repl-diskless-sync no",
)


class PortTakenError(ServerError):
    """Another process listens on the port."""


class Server:
    """One server, on a unix socket and on 127.0.0.1; as a context manager it starts and stops.

    Nothing outlives it unless ``config`` and ``folder`` ask for it: no snapshot, no append-only
    file. It ends with the process that started it, also when that is killed.

    Args:
        binary: The program, as ``find`` gives it.
        port: The TCP port; None takes a free one, and keeps it.
        folder: Where its data lies, and stays; None takes a folder that goes when it stops.
        password: Of the user ``default``; None makes one up, an empty one asks for none.
        config: Further lines of configuration, such as ``appendonly yes``; of one kind the last
            holds. With lines for a sentinel it is one.
    """

    def __init__(
        self,
        binary: Binary,
        *,
        port: int | None = None,
        folder: Path | None = None,
        password: str | None = None,
        config: Iterable[str] = (),
    ) -> None:
        self.binary = binary
        self.password = secrets.token_hex(16) if password is None else password
        self._port = port
        self._folder = folder
        self._config = tuple(config)
        self._guard: Guard | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def version(self) -> tuple[int, int, int]:
        """Major, minor, patch of the program."""
        return self.binary.version

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def process(self) -> int:
        """The id of its process.

        Raises:
            ServerError: It does not run.
        """
        if self._process is None or not self.is_running:
            raise ServerError("the server does not run")
        return self._process.pid

    @property
    def port(self) -> int:
        """Its port on 127.0.0.1.

        Raises:
            ServerError: It was not started, and none was given.
        """
        if self._port is None:
            raise ServerError("the server has no port before it is started")
        return self._port

    @property
    def folder(self) -> Path:
        """Where its data lies.

        Raises:
            ServerError: It was not started, and none was given.
        """
        return self._folder or self._home.folder

    @property
    def url(self) -> str:
        """Its URL by the unix socket, password included."""
        return f"unix://{self._credentials}{quote(str(self._home.socket))}"

    @property
    def tcp_url(self) -> str:
        """Its URL by TCP, password included."""
        return f"redis://{self._credentials}127.0.0.1:{self.port}/0"

    @property
    def log(self) -> str:
        """What it has logged so far, over all restarts."""
        if self._guard is not None:
            with suppress(FileNotFoundError):
                self._log = self._log_file.read_text(encoding="utf-8", errors="replace")
        return self._log

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            ServerError: It does not start, or does not answer; the text holds its own words.
        """
        if self._guard is not None:
            raise ServerError("the server is started already")
        self._guard = Guard()
        try:
            self._write_config()
            self._run()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ask it to end, make it end when it doesn't, and remove what is not to be kept."""
        if self._guard is not None:
            self._end()
            self._log = self.log
            self._guard.end()
            self._guard = None

    def kill(self) -> None:
        """End it at once, as ``kill -9`` does; ``restart`` brings it back."""
        if self._guard is not None and self._process is not None:
            self._process.kill()
            self._process.wait()
            self._guard.watch(None)

    def restart(self) -> None:
        """Start it again on the same port and data; asks it to end first if it runs.

        Raises:
            ServerError: As ``start`` does; the data stays until ``stop``.
        """
        self._end()
        self._run()

    def pause(self) -> None:
        """Halt its process: connections stay, and nothing is answered until ``resume``."""
        os.kill(self.process, signal.SIGSTOP)
        # Returns when it has halted: the signal alone takes its time.
        os.waitpid(self.process, os.WUNTRACED)

    def resume(self) -> None:
        """Let a halted process go on."""
        os.kill(self.process, signal.SIGCONT)

    def wait(self) -> int:
        """Wait until it ends by itself, and return its exit code, negative for a signal."""
        return self._process.wait() if self._process is not None else 0

    def client(self) -> Redis:
        """Return a client that retries nothing, for whoever looks after the server."""
        return Redis.from_url(
            self.url, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=_ANSWER_SECONDS
        )

    def ask(self, *words: str | int) -> Any:
        """Return the answer to one command, as it is on the wire.

        Raises:
            RedisError: It refuses, or does not answer.
        """
        with self.client() as client:
            client.response_callbacks.clear()
            return client.execute_command(*words)

    @property
    def _home(self) -> Guard:
        if self._guard is None:
            raise ServerError("the server is not started")
        return self._guard

    @property
    def _credentials(self) -> str:
        return f":{quote(self.password, safe='')}@" if self.password else ""

    @property
    def _config_file(self) -> Path:
        return self._home.folder / "server.conf"

    @property
    def _log_file(self) -> Path:
        return self._home.folder / "log"

    def _write_config(self) -> None:
        """Write what holds for all starts; the file, and no command line, holds the password."""
        secret = _quoted(self.password)
        lines = [*_USUAL, f"requirepass {secret}", f"masterauth {secret}", *self._config, ""]
        self._config_file.touch(mode=0o600)
        self._config_file.write_text("\n".join(lines), encoding="utf-8")

    def _run(self) -> None:
        if self._port is not None:
            self._launch(self._port)
            return
        for tries_left in reversed(range(_TRIES)):
            port = secrets.choice(_PORTS)
            try:
                self._launch(port)
            except PortTakenError:
                if not tries_left:
                    raise
            else:
                self._port = port
                return

    def _launch(self, port: int) -> None:
        start = len(self.log)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServerError(
                f"{self.folder} can't be a folder for its data: {error.strerror}"
            ) from error
        try:
            with self._log_file.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command(port),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise ServerError(f"{self.binary.path} can't be run: {error}") from error
        self._home.watch(self._process.pid)
        try:
            self._wait_until_ready(self._process)
        except ServerError as error:
            self.kill()
            said = self.log[start:]
            if "Address already in use" in said:
                raise PortTakenError(
                    f"port {port} is taken: name another, or end what listens there"
                ) from error
            raise ServerError(f"{error}; it says:\n{_last_lines(said)}") from error

    def _command(self, port: int) -> list[str | Path]:
        """Return words that need no quoting, whatever is in a path."""
        words: list[str | Path] = [self.binary.path, self._config_file, "--port", str(port)]
        words += ["--unixsocket", self._home.socket, "--dir", self.folder]
        is_sentinel = any(line.startswith("sentinel ") for line in self._config)
        return [*words, "--sentinel"] if is_sentinel else words

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            try:
                self.ask("PING")
            except AuthenticationError as error:
                raise ServerError("the server knows another password than its own") from error
            except RedisError:
                if process.poll() is not None:
                    raise ServerError(
                        f"the server ended with code {process.returncode} before it was ready"
                    ) from None
                time.sleep(_PROBE_SECONDS)
            else:
                return
        raise ServerError(f"the server did not answer in {_READY_SECONDS} s")

    def _end(self) -> None:
        if self._process is None or not self.is_running:
            return
        self.resume()
        # It ends without an answer; where it knows us no more, the signal does the same.
        with suppress(RedisError):
            self.ask("SHUTDOWN", "NOSAVE")
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ANSWER_SECONDS)
        self.kill()


def _quoted(text: str) -> str:
    r"""Return a word of the configuration file: every byte that could end it as ``\xHH``."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode()) + '"'


def _last_lines(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-5:]) or "  nothing"
