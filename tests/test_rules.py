"""Every rule against its own fixture folder and its own two examples.

A fixture folder holds ``bad`` and ``good``, each a file (``bad.yaml``, ``bad.json``) or a folder; a
folder that holds ``baseline`` and ``current`` is a catalog that is compared. A line of the bad side
that ends in ``# expect: KEB501`` must have a finding of that rule, and no other line may; a file
that can't hold comments has its lines listed in ``NAME.expect`` beside it. ``bad.txt`` is what the
user sees; ``fixed`` holds what `keb-govern fix` makes of the files of the bad side that it changes.
"""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from governance.finding import Report
from governance.report import Look
from governance.report.text import REPORTER
from governance.rules import Rule, Scope, all_rules
from tests.catalogs import judge, judge_folder, mend_folder

FIXTURES = Path(__file__).parent / "rules"
# What is found on the bus has tests of its own: tests/bus/test_audit.py.
RULES = [rule for rule in all_rules() if rule.check.scope is not Scope.BUS]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def judge_side(rule: Rule, side: str, tmp_path: Path) -> tuple[Report, set[tuple[str, int]]]:
    """Return what one rule finds in one side of its fixture, and where it is expected to."""
    folder = tmp_path / side
    folder.mkdir()
    found = [
        path
        for path in (FIXTURES / rule.id).iterdir()
        if path.name.partition(".")[0] == side and path.suffix != ".txt"
    ]
    sources = [file for path in found for file in (path.iterdir() if path.is_dir() else [path])]
    settings = FIXTURES / rule.id / "keb-govern.toml"
    for source in [*sources, *([settings] if settings.exists() else [])]:
        copy = shutil.copytree if source.is_dir() else partial(shutil.copy, follow_symlinks=False)
        copy(source, folder / source.name)
    sources = [
        file
        for path in sources
        for file in (path.rglob("*") if path.is_dir() else [path])
        if not file.is_dir() and "baseline" not in file.parts
    ]
    expected = set[tuple[str, int]]()
    for source in sources:
        if source.suffix == ".expect":
            expected |= {(source.stem, int(line)) for line in source.read_text().split()}
            continue
        for number, line in enumerate(source.read_bytes().splitlines(), 1):
            if re.search(rf"# expect:.*\b{rule.id}\b".encode(), line):
                expected.add((source.name, number))
    return judge_folder(folder, rule), expected


@each_rule
@pytest.mark.parametrize("side", ["good", "bad"])
def test_fixture(rule: Rule, side: str, tmp_path: Path) -> None:
    report, expected = judge_side(rule, side, tmp_path)
    places = {(Path(finding.file).name, finding.span.line) for finding in report.findings}
    assert places == expected
    assert bool(expected) is (side == "bad")


@each_rule
def test_what_the_user_sees(rule: Rule, tmp_path: Path, *, update_golden: bool) -> None:
    report, _ = judge_side(rule, "bad", tmp_path)
    text = REPORTER.render(report, Look()).replace(tmp_path.as_posix() + "/bad/", "")
    golden = FIXTURES / rule.id / "bad.txt"
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@each_rule
def test_own_examples_tell_the_truth(rule: Rule) -> None:
    assert judge(rule.bad, rule).findings
    assert not judge(rule.good, rule).findings


@each_rule
def test_says_what_to_do(rule: Rule, tmp_path: Path) -> None:
    report, _ = judge_side(rule, "bad", tmp_path)
    for finding in report.findings:
        assert finding.help.endswith((".", "?")), finding.help
        assert not finding.message.endswith("."), finding.message


@each_rule
def test_what_is_mended(rule: Rule, tmp_path: Path, *, update_golden: bool) -> None:
    """What is left has no fix that can be made, and ``fixed`` holds the files that changed."""
    judge_side(rule, "bad", tmp_path)
    folder, golden = tmp_path / "bad", FIXTURES / rule.id
    mended, offered = mend_folder(folder, rule)
    assert offered == set(rule.fixes)
    refused = {finding for finding, _ in mended.refused}
    assert {one for one in mended.left.findings if one.fix and one.rule == rule.id} <= refused
    seen = {
        path.removeprefix(f"{folder.as_posix()}/"): text.encode()
        for path, text in mended.texts.items()
    }
    is_folder = (golden / "bad").is_dir()
    stored = {
        path.relative_to(golden / "fixed").as_posix() if is_folder else f"bad{path.suffix}": path
        for path in sorted(golden.glob("fixed/**/*" if is_folder else "fixed.*"))
        if path.is_file()
    }
    if update_golden:
        for path in stored.values():
            path.unlink()
        for name, data in seen.items():
            path = golden / ("fixed" if is_folder else "") / name.replace("bad.", "fixed.")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return
    assert seen == {name: path.read_bytes() for name, path in stored.items()}
    assert bool(seen) is bool(rule.fixes)


def test_every_fixture_has_a_rule_and_every_rule_a_fixture() -> None:
    assert {folder.name for folder in FIXTURES.iterdir()} == {rule.id for rule in RULES}
