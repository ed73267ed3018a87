"""The settings: what they mean, where they are found, and what a mistake in them gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.check import select
from governance.config import Config, find, parse
from governance.errors import ConfigError
from governance.finding import Severity
from governance.rules import all_rules
from tests.catalogs import judge

RULES = {rule.id: rule for rule in all_rules()}
BAD_NAME = """\
events:
  Task.Assignment.Created.v1:
    data: {type: object, properties: {taskId: {type: string}}}
"""


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    settings = find(tmp_path)
    assert (settings.config, settings.source) == (Config(), None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keb-govern.toml", 'catalog = "schemas"\n'),
        ("pyproject.toml", '[tool.keb-govern]\ncatalog = "schemas"\n'),
    ],
)
def test_the_nearest_file_above_counts(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    settings = find(below)
    assert (settings.config.catalog, settings.folder) == ("schemas", tmp_path)


def test_the_search_ends_at_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "keb-govern.toml").write_text('catalog = "schemas"\n')
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    assert find(repository).config == Config()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"catalogue": "x"}, "no setting 'catalogue': did you mean 'catalog'?"),
        ({"select": "KEB5"}, "select = 'KEB5' has no meaning: it must be a list of texts"),
        ({"fail-on": "fatal"}, "it must be error, warning or info"),
        ({"max-payload-bytes": 0}, "it must be a whole number above 0"),
        ({"max-payload-bytes": True}, "it must be a whole number above 0"),
        ({"severity": {"KEB501": "loud"}}, "it must be a table from rule to"),
        ({"per-file-ignores": ["x"]}, "it must be a table from glob to a list of rules"),
        ({"compatibility": "both"}, "it must be full or backward"),
    ],
)
def test_a_mistake_is_named(table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(table, "keb-govern.toml")
    assert str(caught.value).startswith("keb-govern.toml: ")
    assert said in str(caught.value)


def test_what_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "keb-govern.toml").write_text("catalog =\n")
    with pytest.raises(ConfigError, match=r"keb-govern.toml can't be read: .*line 1"):
        find(tmp_path)


@pytest.mark.parametrize(
    ("config", "runs"),
    [
        (Config(), {"KEB501", "KEB607"}),
        (Config(select=("KEB5",)), {"KEB501"}),
        (Config(select=("field-not-snake-case",)), {"KEB607"}),
        (Config(ignore=("KEB607",)), {"KEB501"}),
        (Config(select=("KEB6", "KEB501"), ignore=("KEB6",)), {"KEB501"}),
    ],
)
def test_rules_are_chosen_by_id_family_or_name(config: Config, runs: set[str]) -> None:
    chosen = {rule.id for rule in select(all_rules(), config)}
    assert chosen & {"KEB501", "KEB607"} == runs


@pytest.mark.parametrize(
    "config",
    [
        Config(select=("KEB999",)),
        Config(ignore=("no-such",)),
        Config(severity=(("X", Severity.INFO),)),
    ],
)
def test_a_rule_that_does_not_exist_is_an_error(config: Config) -> None:
    with pytest.raises(ConfigError, match="there is no rule"):
        select(all_rules(), config)


def test_a_severity_may_be_changed_and_the_nearest_name_wins() -> None:
    settings = '# settings: severity = {KEB607 = "info", KEB6 = "warning"}\n'
    (finding,) = judge(settings + BAD_NAME, RULES["KEB607"]).findings
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize(("glob", "count"), [("task*", 0), ("*.yaml", 0), ("order*", 1)])
def test_a_rule_may_be_left_out_for_some_files(glob: str, count: int) -> None:
    settings = f'# settings: per-file-ignores = {{"{glob}" = ["KEB607"]}}\n'
    assert len(judge(settings + BAD_NAME, RULES["KEB607"]).findings) == count
