"""Reading files: the values, the place of each, and what can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from deepdiff import DeepDiff
from hypothesis import given
from hypothesis import strategies as st

from governance.catalog import yaml_events
from governance.catalog.build import MOST_EXPANDED, build
from governance.catalog.document import Document
from governance.catalog.problem import Kind
from governance.catalog.scalars import read_differently, resolve
from governance.schema.json import Json
from governance.schema.pointer import join

ROOT = Path(__file__).parent.parent


def read(text: str, *, is_json: bool = False) -> Document:
    built = build(text, is_json=is_json)
    return Document("x", text.encode(), built.root, built.places, built.problems)


TEXT = """\
# a comment
task:
  id: "quoted"   # behind it

  list: [1, 2, {inner: no}]
  block: |
    long
    text

  folded: two
    lines
shared: &shape
  x: 1
again: *shape
items:
  - first: 1
    second: ünïcode
  -   - deep
empty:
"""


@pytest.mark.parametrize(
    ("pointer", "source"),
    [
        ("/task/id", '"quoted"'),
        ("/task/list", "[1, 2, {inner: no}]"),
        ("/task/list/2/inner", "no"),
        ("/task/block", "block"),
        ("/task/folded", "folded"),
        ("/task", "task"),
        ("/shared/x", "1"),
        ("/again", "*shape"),
        ("/again/x", "1"),
        ("/items", "items"),
        ("/items/0", "first: 1"),
        ("/items/0/second", "ünïcode"),
        ("/items/1/0", "deep"),
        ("/empty", "empty"),
        ("/task/missing", "task"),
        ("/items/7", "items"),
        ("/nowhere/at/all", "task:"),
        ("not a pointer", "task:"),
    ],
)
def test_a_pointer_stands_where_a_person_would_look(pointer: str, source: str) -> None:
    document = read(TEXT)
    start, end = document.offsets(pointer)
    assert TEXT[start:end] == source
    span = document.span(pointer)
    assert TEXT.splitlines()[span.line - 1][span.column - 1 :].startswith(source)


def test_lines_and_columns_count_code_points_from_one() -> None:
    span = read('ä: "🚀x"\nb: 1\n').span("/ä")
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 4, 1, 8)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break_counts(newline: str) -> None:
    span = read(newline.join(["a: 1", "# c", "b: 2", ""])).span("/b")
    assert (span.line, span.column) == (3, 4)


@pytest.mark.parametrize(
    ("scalar", "value", "yaml_11"),
    [
        ("no", "no", "the boolean false"),
        ("On", "On", "the boolean true"),
        ("y", "y", None),
        ("true", True, None),
        ("~", None, None),
        ("12:30", "12:30", "the number 750, counted in base 60"),
        ("12:75", "12:75", None),
        ("010", 10, "the octal number 8"),
        ("0o17", 15, "text"),
        ("0x1F", 31, None),
        ("1_000", "1_000", "a number, without the underscores"),
        ("_", "_", None),
        ("1e3", 1000.0, "text"),
        ("1.5e3", 1500.0, "text"),
        ("-1.5", -1.5, None),
        (".5", 0.5, None),
        ("2026-11-23", "2026-11-23", "a date"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", "a point in time"),
        ("1.2.3", "1.2.3", None),
        ("task_id", "task_id", None),
        ("-", "-", None),
        (".inf", ".inf", None),
        ("1e999", "1e999", "text"),
        ("9" * 5000, "9" * 5000, None),
    ],
)
def test_a_plain_scalar_is_read_by_the_core_schema_of_1_2(
    scalar: str, value: Json, yaml_11: str | None
) -> None:
    assert resolve(scalar) == value
    assert type(resolve(scalar)) is type(value)
    assert read_differently(scalar) == yaml_11


@pytest.mark.parametrize(
    ("text", "kind", "line", "column"),
    [
        ("a: b: c\n", Kind.SYNTAX, 1, 5),
        ("a:\n\t- b\n", Kind.SYNTAX, 2, 1),
        ("a: [1,\n", Kind.SYNTAX, 2, 1),
        ("a: \x07\n", Kind.SYNTAX, 1, 4),
        ("a: 1\n---\nb: 2\n", Kind.SEVERAL_DOCUMENTS, 2, 1),
        ("a: 1\nb: 2\na: 3\n", Kind.DUPLICATE_KEY, 3, 1),
        ('"a": 1\nb:\n  c: 1\n  "c": 2\n', Kind.DUPLICATE_KEY, 4, 3),
        ("a: *nothing\n", Kind.ALIAS, 1, 4),
        ("a: &a [*a]\n", Kind.ALIAS, 1, 8),
        ("a: no\n", Kind.AMBIGUOUS_SCALAR, 1, 4),
        ("200: ok\n", Kind.AMBIGUOUS_SCALAR, 1, 1),
        ("v: 1.10\n", Kind.LOST_ZERO, 1, 4),
        ("v: .nan\n", Kind.NOT_JSON, 1, 4),
        ("v: !vault x\n", Kind.NOT_JSON, 1, 4),
        ("<<: {a: 1}\n", Kind.NOT_JSON, 1, 1),
        ("? [a]\n: 1\n", Kind.NOT_JSON, 1, 3),
        ("[" * 500, Kind.TOO_DEEP, 1, 101),
    ],
)
def test_what_is_wrong_has_a_place(text: str, kind: Kind, line: int, column: int) -> None:
    document = read(text)
    (problem,) = document.problems
    assert problem.kind is kind
    assert document.lines.position(problem.start) == (line, column)
    assert problem.help.endswith(".")


def test_no_depth_is_too_deep_for_a_clear_word() -> None:
    """Some parsers have a limit of their own, and meet it before they tell of anything."""
    (problem,) = read("[" * 10_000).problems
    assert problem.kind is Kind.TOO_DEEP
    assert problem.help.endswith(".")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('{"a" 1}', 6),
        ("[1,]", 4),
        ("{", 2),
        ('{"a": tru}', 7),
        ('["\\ud800"]', 2),
        ('{"a": 1} x', 10),
        ("[NaN]", 2),
        ("[01]", 3),
    ],
)
def test_what_is_no_json_has_a_place(text: str, column: int) -> None:
    document = read(text, is_json=True)
    (problem,) = document.problems
    assert (problem.kind, document.lines.position(problem.start)) == (Kind.SYNTAX, (1, column))


def test_json_keeps_what_yaml_would_stop_at() -> None:
    long_key = "k" * 2000
    text = (
        '{"rocket": "\\ud83d\\ude80",\n\t"' + long_key + '": [1.50, no_t]}'.replace("no_t", "null")
    )
    document = read(text, is_json=True)
    assert document.root == {"rocket": "🚀", long_key: [1.5, None]}
    assert document.problems == ()


def test_aliases_are_followed_up_to_a_bound() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    (problem,) = read("a0: &a0 [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + levels).problems
    assert problem.kind is Kind.ALIAS
    assert str(MOST_EXPANDED) in problem.message


def test_of_a_repeated_key_the_first_one_stays_and_places_stay_right() -> None:
    document = read("a:\n  b: 1\na:\n  b: {x: 2}\nc: 3\n")
    assert document.root == {"a": {"b": 1}, "c": 3}
    assert document.span("/a/b").line == 2
    assert document.span("/c").line == 5


WORDS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def nested(leaves: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
        max_leaves=12,
    )


JSON = nested(st.none() | st.booleans() | NUMBERS | WORDS)
TEXTS = nested(WORDS)


@given(JSON)
def test_json_is_read_as_the_standard_library_reads_it(value: Json) -> None:
    assert build(json.dumps(value), is_json=True).root == value
    assert build(json.dumps(value, ensure_ascii=False, indent=1), is_json=True).root == value


@given(JSON)
def test_every_scalar_of_json_stands_where_its_pointer_says(value: Json) -> None:
    text = json.dumps(value, indent=1)
    document = read(text, is_json=True)
    for pointer, scalar in scalars(value):
        start, end = document.offsets(pointer)
        assert json.loads(text[start:end]) == scalar


@given(TEXTS)
def test_quoted_yaml_is_read_as_pyyaml_reads_it(value: Json) -> None:
    # Quoted, so that no plain scalar is left for the two versions of YAML to disagree about.
    for style in ('"', "'"):
        text = yaml.safe_dump(value, default_style=style, allow_unicode=True)
        assert build(text, is_json=False).root == yaml.safe_load(text)


def scalars(value: Json, pointer: str = "") -> list[tuple[str, Json]]:
    if isinstance(value, dict):
        return [one for key, item in value.items() for one in scalars(item, pointer + join(key))]
    if isinstance(value, list):
        return [one for n, item in enumerate(value) for one in scalars(item, pointer + join(n))]
    return [(pointer, value)]


def test_the_pure_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [path.read_text() for path in sorted((ROOT / "event_schemas").glob("*.yaml"))]
    fast = [build(text, is_json=False) for text in [TEXT, *texts]]
    monkeypatch.setattr(yaml_events, "CPARSER", None)
    for text, by_c in zip([TEXT, *texts], fast, strict=True):
        pure = build(text, is_json=False)
        assert DeepDiff(by_c.root, pure.root) == {}
        assert pure.places.starts == by_c.places.starts
        assert pure.problems == by_c.problems
