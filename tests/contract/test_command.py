"""``keb-govern contract``: pytest, with the tests that follow from the catalog and no others."""

from __future__ import annotations

import sys

import pytest

from governance.cli import main
from tests.contract.projects import CREATED, PLAIN, project

_GOOD = "done[:] = [event.data['number']]"


def contract(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.run(sys.executable, "-m", "governance", "contract", *words, "--", "-q", *PLAIN)


def test_it_runs_what_follows_from_the_catalog_and_nothing_else(pytester: pytest.Pytester) -> None:
    project(pytester, _GOOD, at="services/worker/tests")
    pytester.makepyfile(test_other="raise SystemExit('this is no business of the catalog')")
    # What is told of the way that it was started is no fault of the project's.
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n')
    result = contract(pytester, "-k", "example")
    assert (result.ret, result.parseoutcomes()["passed"]) == (0, 3), result.outlines
    result.assert_outcomes(passed=3, deselected=result.parseoutcomes()["deselected"])


@pytest.mark.parametrize(
    ("handle", "words", "code", "said"),
    [
        ("event.data['priority']", ["-k", "workers and without"], 1, "*KeyError: 'priority'"),
        ("raise KeyboardInterrupt", ["-k", "workers and example"], 130, "*KeyboardInterrupt*"),
        (_GOOD, ["-k", "nothing-like-this"], 2, "keb-govern: no test was run: *"),
        (_GOOD, ["--server", "ftp://x"], 2, "ERROR: ftp://x is no address of a server*"),
    ],
    ids=["broken promise", "interrupt", "no test", "no server"],
)
def test_its_exit_codes_are_those_of_every_command(
    handle: str, words: list[str], code: int, said: str, pytester: pytest.Pytester
) -> None:
    project(pytester, handle)
    result = contract(pytester, *words)
    assert result.ret == code, result.outlines
    pytest.LineMatcher([*result.outlines, *result.errlines]).fnmatch_lines([said])


def test_it_writes_what_handlers_read(pytester: pytest.Pytester) -> None:
    project(pytester, "done[:] = [event.data['number'], event.data.get('priority')]")
    assert contract(pytester, "--write-reads", "-k", f"{CREATED} and workers").ret == 0
    said = (pytester.path / "event_schemas/participants.yaml").read_text()
    assert "reads: [/number, /priority]" in said


def test_without_pytest_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)
    assert main(["contract"]) == 2
    assert "pip install pytest" in capsys.readouterr().err
