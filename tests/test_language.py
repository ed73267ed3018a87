"""Which texts some patterns are found in, and others are not."""

from __future__ import annotations

import re
from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.compat.patterns.characters import (
    BEHIND_ALL,
    best,
    complement,
    in_set,
    joined,
    members,
)
from governance.compat.patterns.language import (
    BudgetError,
    Language,
    found,
    language,
    shortest,
)
from governance.compat.patterns.product import ApartProduct, Product
from governance.schema.regex import NotRegularError

NAME_AND_VERSION = (
    r"^iglu:([a-zA-Z0-9-_.]+)/([a-zA-Z0-9-_]+)/([a-zA-Z0-9-_]+)/([1-9][0-9]*|\*)"
    r"-((?:0|[1-9][0-9]*)|\*)-((?:0|[1-9][0-9]*)|\*)$"
)
CONDITION = (
    "^ni:///sha-256;([a-zA-Z0-9_-]{0,86})[?](fpt=(ed25519|threshold)-sha-256(&)?"
    "|cost=[0-9]+(&)?|subtypes=ed25519-sha-256(&)?){2,3}$"
)
HOST = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"
UUID = "[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}"

# What is found in the text that reads best among the shortest, and what is not found in it.
SHORTEST = [
    (["^[a-z]+$"], [], "a"),
    (["^$"], [], ""),
    (["x"], [], "x"),
    (["1.*2"], [], "12"),
    (["(b|c){2,2}"], [], "bb"),
    (["[aA][12].*[zZ]"], [], "a1z"),
    (["^([0-9]{3})$|^(default)$"], [], "000"),
    (["^([0-9]{3})$|^(default)$"], [r"^[0-9]+$"], "default"),
    (["^🐲+$"], [], "🐲"),
    (["^🐲*$"], ["^$"], "🐲"),
    ([r"^\ud83d\udc32\u{1F432}$"], [], "🐲🐲"),
    ([UUID], [], "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa"),
    ([NAME_AND_VERSION], [], "iglu:a/a/a/1-0-0"),
    ([CONDITION], [], "ni:///sha-256;?cost=0cost=0"),
    ([HOST], [], "a.aa"),
    (["^.{3,}$"], [], "aaa"),
    (["(?<year>[0-9]{4})"], [], "0000"),
    ([], ["^a+$"], ""),
    (["^x-"], ["^x-[a-z]"], "x-"),
    (["^.{1,1000}$"], ["^.{1,255}$"], "a" * 256),
    # Conditions on what follows.
    (["^(?!x-)[a-z-]{3}$", "^x"], [], "xaa"),
    (["^(?=.*[A-Z])(?=.*[0-9]).{8,}$"], [], "A0aaaaaa"),
    (["^(a(?=b)|b(?!b))+$"], ["^b$"], "ab"),
    ([r"^(?!^\d+$)^.+$"], [], "a"),
    (["^(?!.*(a|b))[abc]{2}$"], [], "cc"),
    # One of several characters, from letters to what can't be seen.
    (["^[0-9a-f]$"], [], "a"),
    (["^[A-Z0-9]$"], [], "0"),
    (["^[A-Z_]$"], [], "A"),
    (["^[-/_]$"], [], "_"),
    (["^[/\x07]$"], [], "/"),
    (["^[é\x07]$"], [], "é"),
    (["^[\x07\n]$"], [], "\x07"),
    (["^[^a-z]$"], [], "0"),
    ([], [r"^[\ -~]*$"], "ª"),
    # Better one more character than a text that ends in a line break.
    (["^[^x]*$"], ["^.*$"], "\n"),
]

# Whatever is found by the first is found by the second; True where the same holds the other way.
INCLUDED = [
    ("^a+$", "^aa*$", True),
    ("^a{2,3}$", "^(aa|aaa)$", True),
    ("^(a|b)*$", "^[ab]*$", True),
    ("^(a*)*$", "^a*$", True),
    ("^(a+b?)+$", "^a(a|b(?!b))*$", True),
    ("a*", "", True),
    ("^$", "^(?!.)(?!\n)", True),
    (r"^\d$", r"^(?=\w)\d$", True),
    ("^.{1,255}$", "^.{1,1000}$", False),
    ("^a+$", "^a*$", False),
    ("^[a-z]+$", "^[a-z]", False),
    ("^[a-z]", "[a-z]", False),
    ("^abc$", "b", False),
    (HOST, r"^[a-z0-9.-]+$", False),
    (NAME_AND_VERSION, "^iglu:.*-.*-", False),
    (UUID, "-4", False),
    ("^(?=.*[A-Z]).{8,}$", "[A-Z]", False),
    ("^(?!x-)[a-z-]+$", "^[a-wyz-]|^x([^-]|$)", False),
    ("^$|^a", "^(?![b-z])", False),
    ("a$b", "^c^", True),
]

# No machine says these.
NOT_REGULAR = [
    r"^(a)\1$", r"\bfoo", "(?<=a)b", "(?<!a)b", "(?i)abc", "(?i:a)b", "(?m)^a$", "(?>a+)b", "a*+b",
    "(a)?(?(1)b|c)", r"\p{L}", "(", "[", "a{2,1}", "*", "[]a]", "[^]", "(" * 5000, "a" * 50_000,
    "(a{1000}){1000}", "(){0,99999}",
]  # fmt: skip

SMALL = ["".join(text) for length in range(5) for text in product("ab-", repeat=length)]


def languages(*patterns: str) -> list[Language]:
    return [language(pattern) for pattern in patterns]


@pytest.mark.parametrize(("inside", "outside", "text"), SHORTEST)
def test_the_shortest_text_reads_well(inside: list[str], outside: list[str], text: str) -> None:
    assert shortest(languages(*inside), languages(*outside)) == text
    assert all(found(pattern, text) for pattern in inside)
    assert not any(found(pattern, text) for pattern in outside)


@pytest.mark.parametrize(("narrow", "wide", "is_equal"), INCLUDED)
def test_inclusion_is_proved_or_refuted(narrow: str, wide: str, *, is_equal: bool) -> None:
    assert shortest(languages(narrow), languages(wide)) is None
    text = shortest(languages(wide), languages(narrow))
    assert (text is None) is is_equal
    if text is not None:
        assert re.search(wide, text)
        assert not re.search(narrow, text)


def test_lengths_bound_a_text() -> None:
    letters = languages("^(ab)+$")
    assert shortest(letters, [], 3) == "abab"
    assert shortest(letters, [], 3, 3) is None
    assert shortest(letters, [], 5, 4) is None
    assert shortest(letters, [], 10_000) == "ab" * 5_000
    assert shortest(letters, [], 10_001, 10_001) is None
    assert shortest([], [], 3) == "aaa"
    assert shortest(languages("^.{43,44}$"), [], 45) is None
    assert shortest(languages("^🐲*$"), [], 2, 2) == "🐲🐲"


def test_texts_can_be_excluded() -> None:
    letters = languages("^[a-c]$")
    assert shortest(letters, [], excluded=frozenset("a")) == "b"
    assert shortest(letters, [], excluded=frozenset("abc")) is None
    assert shortest(languages("^[a-c]+$"), [], excluded=frozenset("abc")) == "aa"
    assert shortest([], [], excluded=frozenset([""])) == "a"
    assert shortest([], [], 3, 3, frozenset(["aaa"])) == "aab"


def words(  # noqa: PLR0913, PLR0917  what a product asks for
    inside: list[Language],
    outside: list[Language],
    least: int = 0,
    most: int | None = None,
    excluded: frozenset[str] = frozenset(),
    count: int = 1,
    most_states: int = 10_000,
) -> list[str]:
    searched = Product(inside, outside, most_states)
    return list(islice(searched.all(least, most, excluded, count), count))


def test_several_texts_come_the_shortest_first() -> None:
    assert words(languages("^[ab]?$"), [], count=9) == ["", "a", "b"]
    assert words(languages("^[a-z0-9]+$"), [], count=4, excluded=frozenset("bd")) == [*"acef"]
    assert words(languages("^(a|bc)*$"), languages("b"), 2, 4, count=9) == ["aa", "aaa", "aaaa"]
    assert words(languages("^x"), languages("x"), count=9) == []
    many = words([], [], count=3000)
    assert len(set(many)) == 3000
    assert many == sorted(many, key=len)


@pytest.mark.parametrize("pattern", NOT_REGULAR, ids=range(len(NOT_REGULAR)))
def test_nothing_is_said_about_what_is_not_understood(pattern: str) -> None:
    for _ in range(2):
        with pytest.raises(NotRegularError):
            language(pattern)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        # From the end, each way in which 20 characters are an `a` or not is a state.
        ("^.{20}a", "^.{20}[ab]"),
        ("^.{1,40}@.{1,80}$", "@"),
        ("^.{1,40}@.{1,80}$", "^.{1,40}@.{1,90}$"),
        ("^.*a.{20}b.{20}$", "^.*a.{20}[bc].{20}$"),
    ],
)
def test_many_sets_of_positions_are_told_from_many_positions(narrow: str, wide: str) -> None:
    assert shortest(languages(narrow), []) is not None
    assert shortest(languages(narrow), languages(wide)) is None
    text = shortest(languages(wide), languages(narrow))
    assert text is not None
    assert found(wide, text)
    assert not found(narrow, text)


def test_a_search_ends_at_its_budget() -> None:
    with pytest.raises(BudgetError):
        shortest(languages("^a{1,200}$"), languages("^a{1,300}$"), most_states=100)
    with pytest.raises(BudgetError):
        words(languages("^.{20}a"), [], count=1, most_states=1000)
    with pytest.raises(BudgetError):
        shortest(languages("a"), [], 100_000, most_states=100)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("^a$", "a", True),
        # Python's own `$` also matches before a line break at the end.
        ("^a$", "a\n", False),
        (r"^(a)\1$", "aa", True),
        (r"^(a)\1$", "aa\n", False),
        (r"[$]\b", "$a", True),
        (r"\bfoo$", "a foo", True),
        ("(?i)ABC$", "xabc", True),
        (r"^(?<x>a)\b", "a-", True),
        ("^\ud800$", "\ud800", True),
        (r"^.$", "🐲", True),
        ("^.$", "\n", False),
        ("b", "a" * 1000, False),
    ],
)
def test_a_text_is_searched(pattern: str, text: str, *, is_found: bool) -> None:
    assert found(pattern, text) is is_found


def test_what_is_no_pattern_is_found_nowhere() -> None:
    for pattern in ("(", r"\p{L}", "[]"):
        with pytest.raises(NotRegularError):
            found(pattern, "a")


def test_characters_are_sets_of_ranges() -> None:
    assert joined([(5, 7), (1, 3), (3, 4), (6, 9)]) == ((1, 4), (5, 9))
    assert complement(((0, 5), (9, BEHIND_ALL))) == ((5, 9),)
    assert complement(()) == ((0, BEHIND_ALL),)
    assert in_set([]) == ()
    assert "".join(members(((0x2D, 0x3A), (0x61, 0x63)))) == "ab0123456789-./"
    assert list(members(((0xD7FF, 0xE001),))) == ["\ud7ff", "\ue000"]
    assert best(((0xD800, 0xE000),)) is None
    assert best(((0x1F432, 0x1F433), (7, 8))) == "🐲"


@pytest.mark.parametrize("name", ["d", "D", "s", "S", "w", "W"])
def test_classes_hold_what_they_hold_for_the_validator(name: str) -> None:
    machine = language(f"^\\{name}$")
    for code in (*range(0x300), 0x663, 0x2028, 0x3000, 0x4E2D, 0xFEFF, 0x1D7D8, 0x1F432):
        assert machine.finds(chr(code)) is bool(re.match(f"\\{name}", chr(code)))


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(parts, min_size=2, max_size=3)
    repeats = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,2}", "*?"])
    return st.one_of(
        several.map("".join),
        several.map(lambda each: f"(?:{'|'.join(each)})"),
        st.builds("(?:{}){}".format, parts, repeats),
        parts.map("(?={})".format),
        parts.map("(?!{})".format),
    )


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "-", ".", "[ab]", "[^a]", r"\w", r"\W", "", "^", "$"]),
    _joined,
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(PATTERNS)
def test_a_pattern_is_found_where_python_finds_it(pattern: str) -> None:
    truth = re.compile(pattern.replace("$", r"\Z"))
    machine = language(pattern)
    assert [text for text in SMALL if machine.finds(text)] == list(filter(truth.search, SMALL))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PATTERNS, max_size=2),
    st.lists(PATTERNS, max_size=2),
    st.integers(0, 3),
    st.integers(2, 4),
    st.frozensets(st.sampled_from(SMALL)),
)
def test_products_hold_what_all_agree_on(
    inside: list[str], outside: list[str], least: int, most: int, excluded: frozenset[str]
) -> None:
    wanted = [
        text
        for text in SMALL
        if least <= len(text) <= most
        and text not in excluded
        and all(found(pattern, text) for pattern in inside)
        and not any(found(pattern, text) for pattern in outside)
    ]
    bounds = (languages("^[-ab]*$", *inside), languages(*outside), least, most, excluded)
    text, each = shortest(*bounds), words(*bounds, count=len(SMALL))
    assert sorted(each) == sorted(wanted)
    assert each == sorted(each, key=len)
    assert (text in wanted and len(text) == len(wanted[0])) if text is not None else not wanted
    apart = ApartProduct(*bounds[:2], most_states=10_000).first(least, most)
    assert excluded or (apart and len(apart)) == (text and len(text))
    assert apart is None or apart in wanted or apart in excluded


def test_classes_hold_what_they_hold_for_the_validator_that_confirms() -> None:
    assert shortest(languages(r"^\d$"), languages("^[0-9]$")) == "\u0660"
    assert shortest(languages("^[0-9]$"), languages(r"^\d$")) is None
    assert shortest(languages(r"^\S$"), languages(r"^[^\s]$")) is None
