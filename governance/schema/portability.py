"""Where regular expression engines read a pattern differently, and how to write it for all.

Judged are ECMA-262 with the flag ``u``, as JSON Schema 2020-12, section 6.4 of core asks for,
Python's ``re``, and the engine behind jsonschema-rs.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

# As in ``regex``: the names of what the parser gives.
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from governance.schema.ambiguity import blowup
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import schema_violations
from governance.schema.pattern import Kind, Piece, pieces
from governance.schema.regex import NotRegularError, automaton, parsed

_SHORTHANDS = {
    "\\d": "0-9",
    "\\D": "^0-9",
    "\\w": "A-Za-z0-9_",
    "\\W": "^A-Za-z0-9_",
    "\\s": " \\t\\r\\n",
    "\\S": "^ \\t\\r\\n",
}
_WORD_ENDS = {"\\b", "\\B"}
_ANCHORS = {"\\A": "^", "\\Z": "$", "\\z": "$"}
_SYNTAX = "^$\\.*+?()[]{}|/"
_ALPHABETS = {
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:alnum:]": "A-Za-z0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": " \\t\\r\\n",
    "[:xdigit:]": "0-9A-Fa-f",
}
_LONGEST_WITNESS = 60
_MOST_HELPS = 3
_MOST_SAMPLES = 4
_AROUND = (("!", "!"), ("", "!"), ("!", ""), ("x", "x"), ("", "x"), ("x", ""))
# A pattern that begins or ends with one of these asks for that, and for no more.
_NOTHING: tuple[Any, Any] = (op.LITERAL, None)
_DELIBERATE = (op.LITERAL, op.ANY, op.ASSERT, op.ASSERT_NOT, op.GROUPREF)


class Disagreement(NamedTuple):
    """One way in which engines disagree about a pattern.

    Attributes:
        message: What it is, with the part of the pattern that it is about.
        help: How to write it instead.
    """

    message: str
    help: str


@lru_cache(maxsize=4096)
def disagreements(pattern: str, *, names: bool = False) -> tuple[Disagreement, ...]:
    """Return how engines disagree about a pattern that each of them can at least read as one.

    Args:
        pattern: The pattern.
        names: Whether it stands for the names of fields, where a prefix such as ``^x-`` is usual.
    """
    said = tuple(pieces(pattern))
    found = [*_shorthands(said), *_pieces(said)]
    if not found:
        found += _refusals(pattern)
    found += _half_anchored(pattern, names=names)
    return tuple(_merged(found))


def _merged(found: list[Disagreement]) -> Iterator[Disagreement]:
    """Yield one for each sort: the first message, with what helps against the first few."""
    sorts: dict[str, list[Disagreement]] = {}
    for one in found:
        sorts.setdefault(one.message.split("`")[0], []).append(one)
    for first, *others in sorts.values():
        helps = dict.fromkeys(one.help for one in (first, *others[: _MOST_HELPS - 1]))
        yield Disagreement(first.message, " ".join(helps))


def _shorthands(said: tuple[Piece, ...]) -> Iterator[Disagreement]:
    """Speak of the shorthands for sets of characters, all of a pattern at once."""
    found = {piece.text: piece for piece in said if piece.kind is Kind.ESCAPE}
    written = [piece for text, piece in found.items() if text in _SHORTHANDS]
    if written:
        named = " and ".join(f"`{piece.text}`" for piece in written)
        means = "mean" if len(written) > 1 else "means"
        instead = ", ".join(f"{_spelled(piece)} for `{piece.text}`" for piece in written)
        yield Disagreement(
            f"{named} {means} other characters in Python than in JavaScript", f"Write {instead}."
        )
    ends = [text for text, piece in found.items() if text in _WORD_ENDS and not piece.in_set]
    if ends:
        yield Disagreement(
            f"`{ends[0]}` sees other words in Python than in JavaScript: there `é` is no letter",
            f"Write the characters that may stand there instead of `{ends[0]}`.",
        )


def _spelled(piece: Piece) -> str:
    characters = _SHORTHANDS[piece.text]
    if piece.in_set and not characters.startswith("^"):
        return f"`{characters}`"
    return f"`[{characters}]`" if not piece.in_set else "the characters that are meant"


def _pieces(said: tuple[Piece, ...]) -> Iterator[Disagreement]:
    for number, piece in enumerate(said):
        if piece.kind is Kind.GROUP:
            yield from _group(piece)
        elif piece.kind is Kind.ESCAPE:
            yield from _escape(piece)
        elif piece.kind is Kind.POSIX:
            instead = _ALPHABETS.get(piece.text, "the characters")
            yield Disagreement(
                f"`{piece.text}` names no set of characters here: it is each of its signs",
                f"Write `{instead}` for `{piece.text}`.",
            )
        elif piece.kind is Kind.REPEAT and len(piece.text) > 1 and piece.text.endswith("+"):
            yield Disagreement(
                f"JavaScript refuses the possessive repeat `{piece.text}`",
                f"Write `{piece.text[:-1]}`.",
            )
        elif piece.text == "]" and number > 0 and said[number - 1].kind is Kind.SET:
            yield Disagreement(
                "`[]` is a set of nothing in JavaScript, and a set with a `]` in it elsewhere",
                "Write `\\]` for the sign itself.",
            )
            return
        elif piece.kind is Kind.CHARACTER and not piece.in_set:
            yield from _sign(said, number)


def _group(piece: Piece) -> Iterator[Disagreement]:
    text = piece.text
    if text.startswith(("(?<=", "(?<!")):
        yield Disagreement(
            f"not every engine knows lookbehind (`{text}`), and Python's only of a fixed length",
            "Say it with a second `pattern` under `allOf`.",
        )
    elif text.startswith("(?P="):
        yield Disagreement(
            f"JavaScript refuses the reference `{text})`", "Refer by number, such as `\\1`."
        )
    elif text.startswith(("(?P<", "(?<")):
        refuses = "JavaScript" if text.startswith("(?P") else "Python's re"
        yield Disagreement(
            f"{refuses} refuses the named group `{text}`",
            f"Write `(` for `{text}`: no validator uses the name.",
        )
    elif re.match(r"\(\?[A-Za-z-]+[:)]", text):
        spelled = ", such as `[Aa]` for `a`" if "i" in text else ""
        yield Disagreement(
            f"JavaScript refuses the flags in `{text}`",
            f"Write what is meant without `{text}`{spelled}.",
        )


def _escape(piece: Piece) -> Iterator[Disagreement]:
    text, sign = piece.text, piece.text[1:]
    if text in _ANCHORS and not piece.in_set:
        yield Disagreement(f"JavaScript does not know `{text}`", f"Write `{_ANCHORS[text]}`.")
    elif text.startswith(("\\p{", "\\P{")):
        yield Disagreement(
            f"Python's re refuses `{text}`", "List the characters, such as `[A-Za-z]`."
        )
    elif text.startswith("\\u{"):
        code_point = int(text[3:-1], 16)
        short = f"`\\u{code_point:04x}`" if code_point <= 0xFFFF else "the character itself"  # noqa: PLR2004  four digits
        yield Disagreement(f"Python's re refuses `{text}`", f"Write {short}.")
    elif text.startswith("\\c") and len(text) > len("\\c"):
        yield Disagreement(
            f"Python's re refuses `{text}`", f"Write `\\x{ord(text[2].upper()) - 64:02x}`."
        )
    elif text.startswith("\\k<"):
        yield Disagreement(f"Python's re refuses `{text}`", "Refer by number, such as `\\1`.")
    elif len(sign) == 1 and not sign.isalnum() and sign not in (_SYNTAX + "-" * piece.in_set):
        yield Disagreement(
            f"JavaScript with its flag `u` refuses `{text}`", f"Write `{sign}` for `{text}`."
        )


def _sign(said: tuple[Piece, ...], number: int) -> Iterator[Disagreement]:
    sign = said[number].text
    if sign == "}" or (sign == "]" and not _closes(said[:number])):
        yield Disagreement(
            f"JavaScript with its flag `u` refuses a bare `{sign}`",
            f"Write `\\{sign}` for the sign itself.",
        )
    elif sign == "$" and _is_needed(said[number + 1 :]):
        yield Disagreement(
            "a `$` before the end of the pattern never matches, except in Python before a line "
            "break that ends the text",
            "Write `\\$` for the sign itself, or drop it.",
        )


def _closes(before: tuple[Piece, ...]) -> bool:
    """Say whether a square bracket ends a set."""
    last = next((piece for piece in reversed(before) if not piece.in_set), None)
    return last is not None and last.kind is Kind.SET


def _is_needed(behind: tuple[Piece, ...]) -> bool:
    """Say whether a pattern goes on with a character that must be there."""
    if not behind or behind[0].text in {")", "|", "$", "^", "\\b", "\\B", "\\Z", "\\z"}:
        return False
    if behind[0].kind not in (Kind.CHARACTER, Kind.ESCAPE):
        return False
    return len(behind) == 1 or not behind[1].text.startswith(("*", "?", "{0", "{,"))


def _refusals(pattern: str) -> Iterator[Disagreement]:
    """Speak of what JavaScript or Python alone refuses, for a reason that no piece shows."""
    refused = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        refused = error
    is_ecma = not any(schema_violations({"pattern": pattern}, DRAFT_2020_12))
    if not is_ecma and refused is None:
        yield Disagreement("JavaScript refuses it", "Write it with simpler means.")
    elif is_ecma and refused is not None:
        yield Disagreement(f"Python's re refuses it: {refused}", "Write it with simpler means.")


# A pattern without both anchors is a search, and half of all tools take it for the whole text.


def _half_anchored(pattern: str, *, names: bool) -> Iterator[Disagreement]:
    try:
        items = parsed(pattern).data
    except NotRegularError:
        return
    first, last = _side(items, 0), _side(items, -1)
    if "mixed" in (first, last):
        is_whole = pattern.startswith("^") and pattern.endswith("$")
        inner = pattern[1:-1] if is_whole else "a|b"
        witness = _witness(pattern)
        if witness is not None:
            yield Disagreement(
                f"`^` and `$` hold for one alternative each, so it also accepts {witness!r}",
                f"Write the alternatives as one group where the whole text must match: "
                f"`^(?:{inner})$`.",
            )
        return
    is_free = "anchored" not in (first, last)
    is_choice = is_free and bool(items) and items[0][0] is op.BRANCH
    is_suspect = "open" in (first, last) and (is_free or not names)
    witness = _witness(pattern) if is_suspect or is_choice else None
    if witness is not None:
        inner = f"(?:{pattern})" if is_choice else pattern
        begin, end = "^" * (first != "anchored"), "$" * (last != "anchored")
        yield Disagreement(
            f"it is not anchored at both ends, so it also accepts {witness!r}, which tools that "
            f"match whole texts refuse",
            f"Write `{begin}{inner}{end}` where the whole text must match, and `.*` at the open "
            f"end where not.",
        )


def _side(items: Any, number: int) -> str:
    """Say how one end of a pattern is: anchored, a literal, open, or mixed in its alternatives."""
    code, said = items[number] if items else _NOTHING
    if code is op.AT:
        begins = said in (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
        ends = said in (op.AT_END, op.AT_END_STRING)
        return "anchored" if (begins if number == 0 else ends) else "literal"
    if code is op.SUBPATTERN:
        return _side(said[3].data, number)
    if code is op.BRANCH:
        sides = {_side(branch.data, number) for branch in said[1]}
        is_mixed = "mixed" in sides or ("anchored" in sides and len(sides) > 1)
        return "mixed" if is_mixed else sides.pop() if len(sides) == 1 else "open"
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, most, body = said
        if least == most:
            return _side(body.data, number)
        takes_all = most is op.MAXREPEAT and [item[0] for item in body.data] == [op.ANY]
        return "anchored" if takes_all else "open"
    return "literal" if code in _DELIBERATE else "open"


def _witness(pattern: str) -> str | None:
    """Return a text that only holds a match; None where there is none, or none is found soon."""
    if blowup(pattern) is not None:
        return None
    try:
        matches = list(islice(automaton(pattern).samples(), _MOST_SAMPLES))
    except NotRegularError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = re.compile(pattern)
    for match in matches:
        for text in (before + match + behind for before, behind in _AROUND):
            if len(text) > _LONGEST_WITNESS:
                return None
            if compiled.search(text) and not compiled.fullmatch(text):
                return text
    return None
