"""A private server: ready when it says so, back on the same data, and gone without a trace."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from redis import AuthenticationError, Redis, TimeoutError  # noqa: A004  its name

from governance.contract.find import Binary
from governance.contract.guard import Guard
from governance.contract.server import PortTakenError, Server
from governance.errors import ServerError
from tests.bus.servers import refresh, settings

Pristine = Callable[..., Server]
OWNER = """
import sys
from pathlib import Path
from governance.contract.find import probe
from governance.contract.server import Server
server = Server(probe(Path(sys.argv[1]), "said"))
server.start()
print(server.process, server.folder, flush=True)
sys.stdin.read()
"""


def connect(url: str) -> Redis:
    return Redis.from_url(url, protocol=2, socket_timeout=5)


def has_ended(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return True
    return stat.rpartition(") ")[2].startswith(("Z", "X"))  # whoever inherits it has yet to bury it


def soon(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not is_true() and time.monotonic() < deadline:
        select.select([], [], [], 0.002)
    return is_true()


def test_it_answers_by_socket_and_by_port(server: Server) -> None:
    for url in (server.url, server.tcp_url):
        with connect(url) as client:
            assert client.set("key", "value")
            assert client.info("server")["tcp_port"] == server.port
    assert server.ask("GET", "key") == b"value"
    assert server.ask("CONFIG", "GET", "maxmemory-policy")[1] == b"noeviction"


def test_a_test_finds_no_trace_of_another(server: Server) -> None:
    """Whichever of the two runs second sees what the first left."""
    leave_traces(server)


def test_a_test_finds_no_trace_of_another_again(server: Server) -> None:
    leave_traces(server)


def leave_traces(server: Server) -> None:
    assert server.ask("DBSIZE") == 0
    assert server.ask("CONFIG", "GET", "maxmemory") == [b"maxmemory", b"268435456"]
    assert len(server.ask("ACL", "LIST")) == 1
    server.ask("SET", "key", "value")
    server.ask("CONFIG", "SET", "maxmemory", "1mb")
    server.ask("ACL", "SETUSER", "someone", "on", ">word", "+@all", "~*")
    server.ask("ACL", "SETUSER", "default", "-shutdown", "-config")


def test_a_server_left_dead_or_halted_is_back_for_the_next_test(server: Server) -> None:
    first = settings(server)
    server.kill()
    refresh(server, first)
    assert server.ask("PING") == b"PONG"
    server.pause()
    refresh(server, first)
    assert server.ask("PING") == b"PONG"


def test_a_wrong_password_is_refused(server: Server) -> None:
    url = server.tcp_url.replace(server.password, "wrong")
    with connect(url) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_a_password_may_hold_any_character_or_be_none(pristine: Pristine) -> None:
    for password in ("a b\"c'\\é#%@:/\n", ""):
        server = pristine(password=password)
        for url in (server.url, server.tcp_url):
            with connect(url) as client:
                assert client.ping()


def test_it_stops_without_a_trace(program: Binary) -> None:
    server = Server(program)
    server.start()
    process, folder = server.process, server.folder
    assert folder.is_dir()
    server.stop()
    assert has_ended(process)
    assert not folder.exists()
    assert "eady to accept connections" in server.log
    with pytest.raises(ServerError, match="does not run"):
        _ = server.process
    server.stop()  # a second time is no harm


def test_a_halted_server_stops_too(program: Binary) -> None:
    with Server(program) as server:
        server.pause()
        process = server.process
    assert has_ended(process)


def test_it_ends_with_its_owner_however_that_ends(program: Binary) -> None:
    owners = [
        subprocess.Popen(
            [sys.executable, "-c", OWNER, program.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    left = []
    for owner in owners:
        assert owner.stdout is not None
        process, folder = owner.stdout.readline().split()
        left.append((int(process), Path(os.fsdecode(folder))))
        assert not has_ended(int(process))
    owners[0].kill()
    for owner in owners:  # to the other it is the end of its input: it ends and never says stop
        owner.communicate()
    for process_id, path in left:
        assert soon(lambda process_id=process_id: has_ended(process_id))  # type: ignore[misc]
        assert soon(lambda path=path: not path.exists())  # type: ignore[misc]


def test_it_outlives_the_thread_that_started_it(program: Binary) -> None:
    server = Server(program)
    thread = Thread(target=server.start)
    thread.start()
    thread.join()
    with server.client() as client:
        assert client.ping()
    server.stop()


def test_killed_and_started_again_it_has_its_port_and_what_was_on_disk(
    pristine: Pristine, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    server = pristine(folder=folder, config=["appendonly yes"])
    url, process = server.url, server.process
    assert server.ask("XADD", "stream", "*", "field", "value")
    server.kill()
    assert not server.is_running
    server.restart()
    assert (server.url, server.folder) == (url, folder)
    assert server.process != process
    assert server.ask("XLEN", "stream") == 1
    server.restart()
    assert server.ask("XLEN", "stream") == 1
    server.stop()
    assert list(folder.iterdir())
    other = pristine(folder=folder, config=["appendonly yes"])
    assert other.ask("XLEN", "stream") == 1


def test_halted_it_keeps_connections_and_answers_later(server: Server) -> None:
    with Redis.from_url(server.tcp_url, socket_timeout=0.05, retry=None) as client:
        client.ping()
        server.pause()
        with pytest.raises(TimeoutError):
            client.ping()
        server.resume()
        assert client.ping()


def test_a_port_that_was_named_is_used_or_said_to_be_taken(pristine: Pristine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} is taken: name another"):
            pristine(port=port)
    assert pristine(port=port).port == port


def test_a_port_that_was_not_named_is_tried_until_one_is_free(
    pristine: Pristine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pristine()
    ports = iter([first.port, first.port, first.port + 1])
    monkeypatch.setattr("governance.contract.server.secrets.choice", lambda _: next(ports))
    assert pristine().port == first.port + 1


@pytest.mark.parametrize("length", [40, 150])
def test_the_socket_has_a_short_path_wherever_temporary_files_lie(
    program: Binary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    place = tmp_path / ("é" * (length // 2))
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with Server(program) as server, server.client() as client:
        assert client.ping()


def test_no_place_for_a_folder_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    with pytest.raises(ServerError, match="no folder for a server can be made"):
        Guard()


def test_what_it_says_of_a_wrong_line_is_passed_on(program: Binary, tmp_path: Path) -> None:
    server = Server(program, config=["appendonly perhaps"])
    with pytest.raises(ServerError) as error:
        server.start()
    assert "ended with code 1 before it was ready; it says:" in str(error.value)
    assert "'appendonly perhaps'" in str(error.value).replace('"', "'")
    with pytest.raises(ServerError, match="not started"):
        _ = server.url
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ServerError, match="can't be a folder"):
        Server(program, folder=file).start()


def test_a_program_that_can_not_be_run_is_said(tmp_path: Path) -> None:
    binary = Binary(tmp_path / "gone", "Redis", (7, 0, 0), "as said")
    with pytest.raises(ServerError, match="gone can't be run"):
        Server(binary).start()


def test_a_config_with_another_password_is_said(program: Binary) -> None:
    with pytest.raises(ServerError, match="knows another password"):
        Server(program, config=["requirepass other"]).start()
