"""A server for development: there when its URL is printed, gone with Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from governance.cli import main
from governance.contract.find import Binary

UP = [sys.executable, "-m", "governance", "bus", "up", "--port", "0"]


@contextmanager
def up(program: Binary, *words: str) -> Iterator[tuple[subprocess.Popen[str], redis.Redis]]:
    command = [*UP, "--server", str(program.path), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as one:
        assert one.stdout is not None
        try:
            with redis.Redis.from_url(one.stdout.readline().strip()) as client:
                yield one, client
        finally:
            one.terminate()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_told_to_stop(sign: signal.Signals, program: Binary) -> None:
    with up(program) as (process, client):
        client.set("key", "value")
        process.send_signal(sign)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 0
        assert said.splitlines()[-1] == "keb-govern: stopped"
        with pytest.raises(redis.ConnectionError):
            client.ping()


def test_a_folder_keeps_what_was_there(program: Binary, tmp_path: Path) -> None:
    folder = str(tmp_path / "a folder")
    for seen in (None, b"value"):
        with up(program, "--folder", folder) as (process, client):
            assert client.get("key") == seen
            client.set("key", "value")
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0


def test_an_end_that_nobody_asked_for_is_an_error(program: Binary) -> None:
    with up(program) as (process, client):
        client.shutdown(nosave=True)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 2
        assert "the server ended by itself with code 0" in said


def test_a_folder_that_can_be_none_is_said(
    program: Binary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for place, why in (("file", "File exists"), ("file/folder", "Not a directory")):
        folder = str(tmp_path / place)
        words = ["--server", str(program.path), "--port", "0", "--folder", folder]
        assert main(["bus", "up", *words]) == 2
        said = capsys.readouterr().err
        assert said == f"keb-govern: error: {folder} can't be a folder for its data: {why}\n"


def test_a_port_that_is_taken_is_said(program: Binary, capsys: pytest.CaptureFixture[str]) -> None:
    with up(program) as (_, client):
        port = str(client.connection_pool.connection_kwargs["port"])
        assert main(["bus", "up", "--server", str(program.path), "--port", port]) == 2
        assert f"port {port} is taken" in capsys.readouterr().err
