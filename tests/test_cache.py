"""Reports kept from earlier runs: the same as a new one, and gone when anything changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from governance import cache, report
from governance.cli import main
from governance.discover import names
from governance.finding import Finding

BAD = """\
domain: Task
events:
  Task.Assignment.Created.v1:
    data: {type: object, properties: {aB: {}}}
"""


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEB_GOVERN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "event_schemas").mkdir()
    (tmp_path / "event_schemas" / "task.yaml").write_text(BAD)
    return tmp_path / "cache"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["check", *words])
    return code, capsys.readouterr().out


def test_a_kept_report_is_the_same_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--format", name] for name in names(report)):
        new = run(capsys, "--no-cache", *words)
        assert run(capsys, *words) == new
        assert run(capsys, *words) == new


def test_a_second_run_takes_the_kept_one(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    (entry,) = kept.glob("*.kept")
    report = json.loads(entry.read_text())
    report["findings"][0][Finding._fields.index("message")] = "taken from the cache"
    entry.write_text(json.dumps(report))
    assert "taken from the cache" in run(capsys)[1]
    assert "taken from the cache" not in run(capsys, "--no-cache")[1]


@pytest.mark.parametrize(
    "words", [["--date", "2031-01-01"], ["--select", "KEB6"], ["--ignore", "KEB607"]]
)
def test_other_settings_are_another_entry(
    words: list[str], kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys)
    run(capsys, *words)
    assert len(list(kept.glob("*.kept"))) == 2


def test_a_changed_byte_is_another_entry(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, before = run(capsys)
    Path("event_schemas/task.yaml").write_text(BAD.replace("aB", "a_b"))
    _, after = run(capsys)
    assert before != after
    assert len(list(kept.glob("*.kept"))) == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"findings": [{}], "files": 1, "events": 1}'])
def test_a_damaged_entry_is_made_anew(
    damage: str, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = run(capsys)
    (entry,) = kept.glob("*.kept")
    entry.write_text(damage)
    assert run(capsys) == good


def test_a_folder_that_cannot_be_made_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KEB_GOVERN_CACHE", str(tmp_path / "file" / "below"))
    assert run(capsys) == run(capsys, "--no-cache")


def test_old_entries_go(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.mkdir()
    for number in range(cache.MOST_ENTRIES + 5):
        (kept / f"{number}.kept").write_text("{}")
    run(capsys)
    assert len(list(kept.glob("*.kept"))) == cache.MOST_ENTRIES
