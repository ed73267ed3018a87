"""Suppression comments: what they cover, what they must say, and what becomes of them."""

from __future__ import annotations

import pytest

from governance.catalog.load import load
from governance.catalog.suppression import Suppression, suppressions
from governance.rules import all_rules
from tests.catalogs import judge, raw_files

RULES = {rule.id: rule for rule in all_rules()}

CATALOG = """\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        taskId: {type: string}{behind}
        {above}
        agentId:
          type: object
          properties: {innerId: {type: string}}
"""


def catalog(behind: str = "", above: str = "") -> str:
    return CATALOG.replace("{behind}", behind).replace("{above}", above)


def found(text: str) -> list[int]:
    """Return the lines on which KEB607 finds a name that is not snake_case."""
    return [finding.span.line for finding in judge(text, RULES["KEB607"]).findings]


def read(text: str) -> list[Suppression]:
    return list(suppressions(load(raw_files(text)).files[0].document))


def test_without_a_comment_everything_is_found() -> None:
    assert found(catalog()) == [6, 8, 10]


def test_behind_a_value_it_covers_its_line() -> None:
    assert found(catalog(behind="  # keb: ignore[KEB607]: old clients read it")) == [8, 10]


def test_on_a_line_of_its_own_it_covers_what_follows_with_all_it_holds() -> None:
    assert found(catalog(above="# keb: ignore[KEB607]: old clients read it")) == [6]


def test_a_rule_may_be_named_by_its_name() -> None:
    comment = "# keb: ignore[field-not-snake-case, KEB999] until 2027-01-31: old clients read it"
    assert found(catalog(above=comment)) == [6]


def test_above_an_event_it_covers_the_event() -> None:
    text = catalog().replace("  Task.", "  # keb: ignore[KEB607]: moved in v2\n  Task.")
    assert found(text) == []


def test_another_rule_is_not_covered() -> None:
    assert found(catalog(above="# keb: ignore[KEB608]: old clients read it")) == [6, 8, 10]


def test_the_marker_within_a_value_is_no_comment() -> None:
    text = "description: '# keb: ignore[KEB607]: no'\nowner: |\n  # keb: ignore[KEB607]: no\n"
    assert read(text) == []


@pytest.mark.parametrize(
    ("comment", "malformed"),
    [
        ("# keb: ignore[KEB607]: reason", ""),
        ("#keb: ignore[KEB607, KEB608] until 2027-01-31: reason", ""),
        ("# keb: ignore[KEB607]", "gives no reason"),
        ("# keb: ignore[KEB607]:", "gives no reason"),
        ("# keb: ignore[]: reason", "names no rule"),
        ("# keb: ignore[KEB607] until 2027-13-31: reason", "is no date"),
        ("# keb: ignore KEB607: reason", "does not read like"),
        ("# keb: ingore[KEB607]: reason", "does not read like"),
    ],
)
def test_it_says_rules_and_reason(comment: str, malformed: str) -> None:
    (one,) = read(f"a: 1  {comment}\n")
    assert bool(one.malformed) is bool(malformed)
    assert malformed in one.malformed


def test_a_malformed_one_suppresses_nothing() -> None:
    assert found(catalog(above="# keb: ignore[KEB607]")) == [6, 8, 10]


@pytest.mark.parametrize(("until", "lines"), [("2026-11-23", [6]), ("2026-11-22", [6, 8, 10])])
def test_past_its_last_day_it_hides_nothing(until: str, lines: list[int]) -> None:
    assert found(catalog(above=f"# keb: ignore[KEB607] until {until}: a reason")) == lines


def test_one_past_its_last_day_takes_nothing_from_another() -> None:
    above = (
        "# keb: ignore[KEB607] until 2026-11-22: a reason\n        # keb: ignore[KEB607]: a reason"
    )
    assert found(catalog(above=above)) == [6]
