"""KEB418: a pattern is no regular expression, or none that can be used."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from governance.catalog.document import Place
from governance.catalog.tree import Node
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_schema
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.instance import SchemaNotUsableError, Validator, schema_violations
from governance.schema.json import as_object
from governance.schema.pattern import Kind, Piece, pieces, quoted
from governance.schema.pointer import escape

# How other engines write it, and how to write it here.
_FOREIGN_ESCAPES = {
    "\\A": "Write `^`.",
    "\\Z": "Write `$`.",
    "\\z": "Write `$`.",
    "\\a": "Write `\\x07`.",
    "\\e": "Write `\\x1b`.",
    "\\h": "Write `[ \\t]`.",
    "\\R": "Write `\\r?\\n`.",
}
_FOREIGN_GROUPS = {
    "(?>": "Write `(?:`.",
    "(?#": "Leave the comment out, or say it in `$comment`.",
    "(?R": "Say with `items` or `properties` what nests.",
    "(?|": "Write `(?:`.",
    "(?(": "Write the two cases as alternatives: `(?:a|b)`.",
    "(?&": "Repeat what the group says.",
}
# What the validator refuses although ECMA-262 allows it, and how to write it instead.
_REFUSED = {
    "[\\b]": "Write `\\x08` for `\\b` between square brackets.",
    "\\0": "Write `\\x00` for `\\0`.",
    "[]": "Leave the empty set `[]` out: it matches nothing.",
    "[^]": "Write `(.|\\n)` for `[^]`.",
    "\\k": "Refer to the group by its number, such as `\\1`.",
}
_SIMPLER = "Write it with smaller bounds behind its characters and groups, or with simpler means."


def _check(node: Node, _: Context) -> Iterator[Complaint]:
    pattern = node.schema.get("pattern")
    if isinstance(pattern, str) and _fault(pattern):
        yield _complaint(node.at("/pattern"), pattern)
    if "patternProperties" in node.tree.dialect.keywords:
        for key in as_object(node.schema.get("patternProperties")):
            if _fault(key):
                place = node.at(f"/patternProperties/{escape(key)}", on_key=True)
                yield _complaint(place, key)


def _complaint(place: Place, pattern: str) -> Complaint:
    message, help_ = _fault(pattern) or ("", "")
    return Complaint(place, f"the pattern {quoted(pattern)} {message}", help_)


@lru_cache(maxsize=4096)
def _fault(pattern: str) -> tuple[str, str] | None:
    """Return what is wrong with a pattern and what to do about it; None where it can be used."""
    is_ecma = not any(schema_violations({"pattern": pattern}, DRAFT_2020_12))
    can_be_used = _can_be_used(pattern)
    if can_be_used and (is_ecma or _python_says(pattern) is None):
        return None
    if is_ecma:
        message = "can't be used: the validator that the client checks events with refuses it"
        return message, _instead(pattern)
    where, help_ = _reason(pattern)
    return f"is no regular expression: {where}", help_


def _can_be_used(pattern: str) -> bool:
    try:
        Validator({"pattern": pattern}, DRAFT_2020_12)
    except SchemaNotUsableError:
        return False
    return True


def _python_says(pattern: str) -> re.error | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        return error
    except (RecursionError, OverflowError) as error:
        return re.error(str(error))
    return None


def _reason(pattern: str) -> tuple[str, str]:
    """Return what stands where a reader of the pattern stumbles, and what to write there."""
    said = list(pieces(pattern))
    error = _python_says(pattern)
    foreign = next((found for found in map(_foreign, said) if found), None)
    if foreign:
        return foreign
    if error is None or error.pos is None:
        return "JavaScript does not read it so", _SIMPLER
    return _known(error, pattern)


def _foreign(piece: Piece) -> tuple[str, str] | None:
    where = f"`{piece.text}` at character {piece.start + 1}"
    if piece.kind is Kind.ESCAPE and not piece.in_set and piece.text in _FOREIGN_ESCAPES:
        return f"{where} is not known to JavaScript", _FOREIGN_ESCAPES[piece.text]
    if piece.kind is Kind.GROUP and piece.text[:3] in _FOREIGN_GROUPS:
        return f"{where} is not known to JavaScript", _FOREIGN_GROUPS[piece.text[:3]]
    if piece.kind is Kind.REPEAT and piece.text.startswith("{,"):
        return f"{where} has no lower bound", f"Write `{{0{piece.text[1:]}`."
    if piece.kind is Kind.CHARACTER and piece.text == "{" and not piece.in_set:
        return f"{where} starts a repeat that is not there", "Write `\\{` for the sign itself."
    return None


def _known(error: re.error, pattern: str) -> tuple[str, str]:
    """Return in plain words what Python's parser found, and what to do about it."""
    at = error.pos or 0
    sign, where = pattern[at : at + 1], f"at character {at + 1}"
    escaped = f"Write `\\{sign}` for the sign itself"
    said = {
        "missing ), unterminated subpattern": (
            f"the group that opens {where} is never closed",
            f"Close it with `)`. {escaped}.",
        ),
        "unbalanced parenthesis": (f"the `)` {where} closes nothing", f"{escaped}, or drop it."),
        "unterminated character set": (
            f"the `[` {where} is never closed",
            f"Close it with `]`. {escaped}.",
        ),
        "nothing to repeat": (f"the `{sign}` {where} repeats nothing", f"{escaped}, or drop it."),
        "multiple repeat": (f"the `{sign}` {where} repeats a repeat", f"Drop it. {escaped}."),
        "min repeat greater than max repeat": (
            f"the repeat {where} asks for more at least than at most",
            "Write the smaller number first.",
        ),
        "bad escape (end of pattern)": (
            "it ends in a single backslash",
            "Write `\\\\` for a backslash itself.",
        ),
    }.get(error.msg)
    if said:
        return said
    if error.msg.startswith("bad escape"):
        text = error.msg.removeprefix("bad escape ")
        return f"`{text}` {where} has no meaning", f"Write `{text[1:]}` if you mean the character."
    if error.msg.startswith("bad character range"):
        text = error.msg.removeprefix("bad character range ")
        return (
            f"the range `{text}` {where} has no meaning",
            "Write the smaller character first, and `\\-` for a hyphen itself.",
        )
    if error.msg.startswith("invalid group reference"):
        number = error.msg.rpartition(" ")[2]
        return f"`\\{number}` refers to a group that is not there", "Groups count from 1."
    return f"{error.msg} {where}", "Mend it there."


def _instead(pattern: str) -> str:
    said = list(pieces(pattern))
    for piece, then in zip(said, [*said[1:], None], strict=True):
        text = f"[{piece.text}]" if piece.text == "\\b" and piece.in_set else piece.text[:2]
        if piece.kind is Kind.SET and then is not None and then.text == "]":
            text = piece.text + "]"
        if text in _REFUSED and piece.kind in (Kind.ESCAPE, Kind.SET):
            return _REFUSED[text]
        if piece.kind is Kind.ESCAPE and piece.text[:3].lower() == "\\ud":
            return f"Write the character itself for `{piece.text}`: it is half of one."
    return _SIMPLER


RULE = Rule(
    id="KEB418",
    name="pattern-invalid",
    severity=Severity.ERROR,
    section="4.2",
    rationale="A pattern is a regular expression of ECMA-262, the one of JavaScript. A validator "
    "that can't compile it can't use the whole schema, so no event of this type can be checked.",
    bad="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        code: {type: string, pattern: "^[A-Z]{2}-([0-9]{4}$"}
""",
    good="""\
events:
  Task.Assignment.Created.v1:
    data:
      type: object
      properties:
        code: {type: string, pattern: "^[A-Z]{2}-([0-9]{4})$"}
""",
    check=each_schema(_check, "pattern", "patternProperties"),
    silenced_by=("KEB401",),
)
