"""The house: every rule is where its id says, generated files are current, the catalog is clean."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import governance.rules
from governance import catalog, generate
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.check import check
from governance.config import Config, find
from governance.discover import collect, modules
from governance.finding import Severity
from governance.generate import Generator
from governance.rules import Context, Rule, Scope, all_rules
from tests.catalogs import TODAY

ROOT = Path(__file__).parent.parent
FAMILIES = {
    "1": "files",
    "4": "schemas",
    "5": "naming",
    "6": "payload",
    "7": "versioning",
    "8": "ownership",
    "9": "docs",
}
each_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)


def test_ids_and_names_are_unique() -> None:
    assert all(one.id < other.id for one, other in pairwise(all_rules()))
    assert len({rule.name for rule in all_rules()}) == len(all_rules())


@each_rule
def test_a_rule_is_well_formed(rule: Rule) -> None:
    assert re.fullmatch(r"KEB[1-9][0-9]{2}", rule.id)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert rule.section.startswith({"1": "", "2": "11"}.get(rule.id[3], rule.id[3]))
    assert rule.rationale.endswith(".")
    assert set(rule.silenced_by) <= {other.id for other in all_rules()}


def test_a_rule_is_where_its_id_and_name_say() -> None:
    expected = {
        f"governance.rules.{FAMILIES[rule.id[3]]}.{rule.id.lower()}_{rule.name.replace('-', '_')}"
        for rule in all_rules()
        if rule.check.scope is not Scope.BUS
    }
    assert set(modules(governance.rules)) == expected


@pytest.mark.parametrize(
    "generator", collect(generate, "GENERATOR", Generator), ids=lambda generator: generator.name
)
def test_generated_files_are_current(generator: Generator) -> None:
    settings = find(ROOT)
    text = generator.render(load(read_folder(settings.catalog, settings.config.max_file_bytes)))
    assert (ROOT / generator.place(settings.config)).read_text(encoding="utf-8") == text, (
        "run `make generate`"
    )


def test_the_reference_catalog_is_clean_under_all_rules() -> None:
    raws = read_folder(ROOT / "event_schemas", Config().max_file_bytes)
    report = check(Context(load(raws), Config(), TODAY), all_rules())
    assert report.findings == ()
    assert report.events >= 18


def test_the_reference_catalog_carries_every_legacy_event_over() -> None:
    users = ROOT.parent / "shared" / "user-catalog" / "event_schemas"
    if not users.is_dir():
        pytest.skip("the catalog of our users does not lie beside this checkout")
    today = {event.type for event in load(read_folder(users, Config().max_file_bytes)).events}
    ours = load(read_folder(ROOT / "event_schemas", Config().max_file_bytes))
    assert today <= {alias for event in ours.events for alias in event.aliases}


def test_severities_are_words_of_their_own() -> None:
    assert [severity.label for severity in Severity] == ["info", "warning", "error"]


def test_what_is_shipped_beside_the_code_is_there() -> None:
    folder = Path(catalog.__file__).parent
    assert (folder / "catalog.schema.json").is_file()
    assert (folder / "base_event.yaml").is_file()
