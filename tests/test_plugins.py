"""Rules of other distributions, found by their entry points."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from governance.config import Config, parse
from governance.finding import Severity

ROOT = Path(__file__).parent.parent
MODULE = """
from governance.finding import Severity
from governance.rules import Complaint, Rule, each_event


def _check(event, _):
    yield Complaint(event.at(on_key=True), "an event of ours", "Nothing to do.")


RULE = Rule("KEB990", "event-of-ours", Severity.WARNING, "9", "Ours.", "", "", each_event(_check))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which a distribution with one rule is installed."""
    site = tmp_path / "site"
    info = site / "ours-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "ours.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[keb_govern.rules]\nours = ours:RULE\n")
    cache = str(tmp_path / "cache")
    return {**os.environ, "PYTHONPATH": str(site), "KEB_GOVERN_CACHE": cache}


def run(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "governance", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    ).stdout


def test_a_rule_of_another_distribution_runs(environment: dict[str, str], tmp_path: Path) -> None:
    assert "KEB990  warning  event-of-ours" in run(environment, "rules")
    said = run(environment, "check", "--select", "KEB990")
    assert said.count("warning KEB990 event-of-ours") == 20
    # It may look at anything, so nothing that it found is kept.
    assert not list((tmp_path / "cache").glob("*.kept"))


def test_without_it_the_report_is_kept(environment: dict[str, str], tmp_path: Path) -> None:
    del environment["PYTHONPATH"]
    run(environment, "check")
    assert len(list((tmp_path / "cache").glob("*.kept"))) == 1


def test_the_settings_that_the_readme_shows_have_a_meaning() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    config = parse(tomllib.loads(block), "README.md")
    assert config != Config()
    assert config.fail_on is Severity.ERROR
