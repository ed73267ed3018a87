"""What a pattern means, where engines disagree about it, and which one makes them hang."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from governance.schema.ambiguity import HANGS, LONG, blowup
from governance.schema.pattern import Kind, pieces, quoted
from governance.schema.portability import disagreements
from governance.schema.regex import Engine, NotRegularError, automaton

EMAIL = (
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}"
    r"(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$"
)
SEMVER = (
    r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
    r"(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$"
)
EXPONENTIAL = (
    r"(a+)+$",
    r"(a|a)*$",
    r"(a|aa)+$",
    r"^(a?a?)*$",
    r"(x+x+)+y",
    r"^(\w+\s?)*$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^([\s\S]+)+x",
    r"^(a(x*|y*))*$",
    r"((a?)*b)*c",
    r"((a[bc])+){1,3}(a|.)*?[ab]a",
    r"(?i)^(a|Ab?)*$",
    r"(?s)^(.|a)*\n!$",
    r"^([a-z]{1,20} ?){1,20}$",
    r"(a{0,30}){0,30}$",
    r"(a{0,1000}){0,1000}$",
    EMAIL,
)
POLYNOMIAL = {
    r"^a*a*$": 2,
    r"^.*,.*$": 2,
    r"^.*foo.*$": 2,
    r"^\s*(.*?)\s*$": 3,
    r"^(.*a){12}$": 13,
}
SAFE = (
    r"^[a-z]+(-[a-z]+)*$",
    r"^[A-Z]{2}-[0-9]{4}$",
    r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
    SEMVER,
    r"(ab)+",
    r"^(a|b)*$",
    r"^(aa|ab)*$",
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
    r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$",
    # The search alone is quadratic: that is so for half of all patterns.
    r"\s+$",
    # They never fail where they could look back.
    r"^(a+)+",
    r"(.*a){12}",
    r"^([^,]*,?)*$",
    # Ended by their bounds.
    r"^(a|a){0,10}$",
    r"^.{0,500}$",
)
# No automaton says these, or no small one: nothing is claimed.
UNKNOWN = (
    r"^(?=a)(a+)+$",
    r"^((a+)\2)+$",
    r"^(?>(a+))+$",
    r"^(a+)+\b$",
    r"(?m)^(a+)+$",
    r"^(a+)+($",
    r"^(?i:a+)+$",
    "(" * 2000,
    "(a+)+$" * 400,
    "(a|b|c|d)" * 60 + "*$",
    "a?" * 150 + "(a*)*$",
)


def still_at_it(patterns: dict[str, str], seconds: float) -> set[str]:
    """Return the patterns that are not done with their text after some seconds."""
    code = "import re, sys; print('go', flush=True); re.search(sys.argv[1], sys.argv[2])"
    running = {
        pattern: subprocess.Popen(
            [sys.executable, "-c", code, pattern, text], stdout=subprocess.PIPE, text=True
        )
        for pattern, text in patterns.items()
    }
    try:
        for process in running.values():
            assert process.stdout
            assert process.stdout.readline() == "go\n"
        time.sleep(seconds)
        return {pattern for pattern, process in running.items() if process.poll() is None}
    finally:
        for process in running.values():
            process.kill()
            process.communicate()


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_exponential_patterns_are_found(pattern: str) -> None:
    found = blowup(pattern)
    assert found is not None
    assert found.degree == 0
    assert found.engine is Engine.PYTHON
    assert found.steps >= HANGS
    assert eval(str(found)) == found.text  # noqa: S307  it is written as an expression
    for times in (1, 2, 3):
        assert not re.match(pattern, found._replace(times=times).text)


def test_engines_hang_on_the_texts_found() -> None:
    texts = {pattern: found.text for pattern in EXPONENTIAL if (found := blowup(pattern))}
    assert still_at_it(texts, seconds=2) == set(EXPONENTIAL)


def test_engines_do_not_hang_on_other_patterns() -> None:
    assert not still_at_it(dict.fromkeys(SAFE[:3], "a" * 40 + "!"), seconds=2)


@pytest.mark.parametrize(("pattern", "degree"), POLYNOMIAL.items())
def test_polynomial_patterns_are_found(pattern: str, degree: int) -> None:
    found = blowup(pattern)
    assert found is not None
    assert found.degree == degree
    assert len(found.text) <= LONG
    assert found.of_length(100).steps < found.steps
    assert len(found.of_length(100).text) <= 100
    assert not re.match(pattern, found._replace(times=3).text)


@pytest.mark.parametrize("pattern", SAFE)
def test_safe_patterns_are_not_blamed(pattern: str) -> None:
    assert blowup(pattern) is None


@pytest.mark.parametrize("pattern", UNKNOWN, ids=range(len(UNKNOWN)))
def test_nothing_is_claimed_of_what_is_not_understood(pattern: str) -> None:
    assert blowup(pattern) is None


def test_what_python_simplifies_still_hangs_javascript() -> None:
    # Python makes one set of both alternatives; JavaScript tries them one after the other.
    found = blowup(r"^([a-z]|[a-f0-9])*$")
    assert found is not None
    assert found.engine is Engine.JAVASCRIPT
    assert not still_at_it({r"^([a-z]|[a-f0-9])*$": found.text}, seconds=1)


def test_the_engine_named_can_read_the_pattern() -> None:
    named_in_ecma, named_in_python = blowup(r"^(?<a>a+)+$"), blowup(r"^(?P<a>a+)+$")
    assert named_in_ecma is not None
    assert named_in_ecma.engine is Engine.JAVASCRIPT
    assert named_in_python is not None
    assert named_in_python.engine is Engine.PYTHON
    assert blowup(r"(?i)^([a-z]|[a-f0-9])*$") is None


def test_a_text_is_written_as_simply_as_can_be() -> None:
    texts = {
        pattern: str(blowup(pattern)) for pattern in (r"(x+x+)+y", r"^(ab|a|b)*$", r"^((bb)*)*$")
    }
    assert texts == {
        r"(x+x+)+y": "'x' * 41",
        r"^(ab|a|b)*$": "'a' + 'aba' * 30 + '!'",
        # Every second text matches: the pump stays as long as it must be.
        r"^((bb)*)*$": "'b' + 'bb' * 30",
    }


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"^a{2,3}$", "aa", "!"),
        (r"a{2,}", "aaa", "a"),
        (r"^(ab|b)*$", "abb", "a"),
        (r"[^a]b?", "!", "a"),
        (r"^$", "", "a"),
    ],
)
def test_an_automaton_reads_what_the_pattern_reads(pattern: str, matching: str, other: str) -> None:
    machine = automaton(pattern)
    assert machine.matches(matching)
    assert not machine.matches(other)
    for text in machine.samples():
        assert re.fullmatch(pattern, text)


def test_steps_are_counted_as_the_engine_takes_them() -> None:
    # Each `a` either goes on with the inner repeat or starts it anew.
    machine = automaton("(a+)+$")
    assert [machine.steps("a" * length) for length in (1, 2, 3, 10)] == [1, 3, 7, 1023]


def test_what_is_no_pattern_has_no_automaton() -> None:
    with pytest.raises(NotRegularError):
        automaton("(")


def test_pieces_know_what_stands_in_a_set() -> None:
    found = list(pieces(r"^(?P<x>[(\]]+)\p{L}{2,}?$"))
    assert [piece.text for piece in found] == [
        "^", "(?P<x>", "[", "(", "\\]", "]", "+", ")", "\\p{L}", "{2,}?", "$",
    ]  # fmt: skip
    assert [piece.text for piece in found if piece.in_set] == ["(", "\\]"]
    assert found[1].kind is Kind.GROUP
    assert found[4].start == 9
    for odd in ("", "\\", "[", "(?", "[\\", "a{", "(?P<"):
        assert "".join(piece.text for piece in pieces(odd)) == odd


def test_a_pattern_is_quoted_as_it_is_written() -> None:
    assert quoted("^\\d$") == "`^\\d$`"
    assert quoted("a\nb") == "`a\\nb`"
    assert quoted("a" * 100) == f"`{'a' * 59}…`"


def test_a_witness_is_accepted_by_the_pattern_and_is_no_whole_match() -> None:
    for pattern in ("[a-z]+", "^[0-9]{4}", "red|green", "^red|green$", "(^red$|green)"):
        (found,) = disagreements(pattern)
        witness = found.message.split("'")[1]
        assert re.search(pattern, witness)
        assert not re.fullmatch(pattern, witness)


def test_no_pattern_takes_long_to_judge() -> None:
    # Generous by far: each takes some milliseconds.
    start = time.monotonic()
    for pattern in (*EXPONENTIAL, *POLYNOMIAL, *SAFE, *UNKNOWN):
        blowup.__wrapped__(pattern)
    assert time.monotonic() - start < 10
