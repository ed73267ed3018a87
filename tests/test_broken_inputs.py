"""Whatever a file holds, ``check`` ends soon, with a finding or a clear error."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from governance.catalog.files import RawFile, read_folder
from governance.cli import main
from tests.broken_inputs import make

# A bound on hanging, far above what any of them takes.
SECONDS = 20
_SMALL_BYTES = 100_000


@contextmanager
def no_hang() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_every_broken_file_gets_a_finding_or_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("no broken file may make us open a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.chdir(tmp_path)
    files = make(tmp_path)
    assert len(files) >= 200
    surprises = []
    for path in files:
        with no_hang():
            code = main(["check", str(path), "--no-cache"])
        out, err = capsys.readouterr()
        # What takes a check seconds is judged three times here.
        if path.lstat().st_size < _SMALL_BYTES:
            with no_hang():
                mended = main(["fix", str(path), "--unsafe", "--diff", "--no-cache"])
            if mended not in {0, 1, 2}:
                surprises.append(f"{path.name}: fix: {capsys.readouterr().err}")
            capsys.readouterr()
        is_clear = bool(out) if code == 1 else err.startswith("keb-govern: error: ")
        if code not in {1, 2} or "Traceback" in err or not is_clear:
            surprises.append(f"{path.name}: exit {code}, {err or out}")
    assert surprises == []


def test_a_file_that_may_not_be_read_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unprivileged(folder: Path, most: int, *, deep: bool = True) -> tuple[RawFile, ...]:
        # Root may read everything, so it stops being root for the while.
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            return read_folder(folder, most, deep=deep)
        finally:
            os.seteuid(before)

    monkeypatch.setattr("governance.baseline.worktree.read_folder", unprivileged)
    # The folders of pytest are closed to others.
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "task.yaml").write_text("owner: x\n")
        (Path(name) / "task.yaml").chmod(0)
        code = main(["check", name, "--no-cache", "--no-compare"])
    out, err = capsys.readouterr()
    assert (code, err) == (1, "")
    assert "KEB113 file-unreadable" in out
    assert "Permission denied" in out


def test_one_broken_file_hides_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("a: [\n")
    (tmp_path / "b.yaml").write_text("b: [\n")
    assert main(["check", str(tmp_path), "--no-cache"]) == 1
    out = capsys.readouterr().out
    assert "a.yaml:2:1" in out
    assert "b.yaml:2:1" in out


def test_what_a_hostile_file_says_does_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_text('{"events": {"\\u001b[2J\\u202e": {}}}')
    (tmp_path / "b.yaml").write_text("owner: \x1b[2J\n")
    main(["check", str(tmp_path), "--no-cache"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
