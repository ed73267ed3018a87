"""The README's contract tests, as a terminal shows them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import governance.contract.collect  # noqa: F401  once, not by the run within a test
from tests.contract.projects import PLAIN

ROOT = Path(__file__).parents[2]
# What differs from machine to machine.
_SERVER = re.compile(r"(Redis|Valkey) \d+\.\d+\.\d+ \(.*\)")
# Lines of it are as wide as the terminal.
_RULE = re.compile(r"(?m)^([=_]{3})[=_]* (.*?) [=_]+$")
# It grows with the catalog.
_COUNTS = re.compile(r"\d+ (?=items|deselected)")
_SECONDS = re.compile(r"\d+\.\d\ds")
_PYTEST = re.compile(r"(?m)^(platform|rootdir|plugins|configfile).*\n")


def test_it_shows_what_happens(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *, update_golden: bool
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Contract tests\n")[2].partition("\n## ")[0]
    (conftest,) = re.findall(r"(?ms)^```python\n(.*?)^```", section)
    ((words, shown),) = re.findall(
        r'(?ms)^```console\n\$ pytest --keb -k "(.*?)"\n(.*?)^```', section
    )
    (pytester.path / "conftest.py").write_text(conftest)
    shutil.copytree(ROOT / "event_schemas", pytester.path / "event_schemas")
    monkeypatch.setenv("COLUMNS", "100")
    # On a machine of a CI pytest cuts nothing off, whatever the width.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    result = pytester.runpytest_inprocess("--keb", "-k", words, *PLAIN)
    seen = _same("\n".join(result.outlines) + "\n")
    if update_golden:
        (ROOT / "README.md").write_text(readme.replace(shown, seen), encoding="utf-8")
    assert update_golden or _COUNTS.sub("", seen) == _COUNTS.sub("", shown)


def _same(text: str) -> str:
    text = _SERVER.sub("Valkey 8.1.8 (on PATH)", _PYTEST.sub("", text))
    return _SECONDS.sub("0.31s", _RULE.sub(r"\1 \2 \1", text))
