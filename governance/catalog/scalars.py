"""Plain scalars by the core schema of YAML 1.2, and those that YAML 1.1 reads differently.

Source: YAML 1.2.2, section 10.3.2 (core schema); the type repository of YAML 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf

from governance.schema.json import Json

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGERS = (
    (re.compile(r"[-+]?[0-9]+"), 10),
    (re.compile(r"0o[0-7]+"), 8),
    (re.compile(r"0x[0-9a-fA-F]+"), 16),
)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

# What can start a scalar that is a number or a date, and what can start a word that means something
# to either version of YAML: the longest of those is "false". An empty scalar is null.
_NUMERIC = frozenset("+-.0123456789")
_SUSPECTS = frozenset("~nNtTfFyYoO=<") | {""}
_LONGEST_WORD = 5

# Longer digit strings cost quadratic time to convert and no reader of JSON keeps them.
_MOST_DIGITS = 400


def is_word(text: str) -> bool:
    """Say whether a plain scalar is text beyond doubt: no version of YAML sees anything else.

    A quick look at the first character and the length; most scalars of a catalog pass it.
    """
    return text[:1] not in _NUMERIC and (len(text) > _LONGEST_WORD or text[:1] not in _SUSPECTS)


def resolve(text: str) -> Json:
    """Return the value of a plain scalar: null, boolean, integer, float or the text itself.

    Infinities and not-a-number come back as text, since JSON has neither.
    """
    if text in _NULL:
        return None
    if is_word(text):
        return text
    return _BOOLEANS[text] if text in _BOOLEANS else _number(text)


def _number(text: str) -> int | float | str:
    if len(text) > _MOST_DIGITS:
        return text
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(text):
            return int(text, base)
    number = float(text) if _FLOAT.fullmatch(text) else inf
    # 1e999 is a float to the specification and infinity to every machine.
    return text if number in {inf, -inf} else number


def not_finite(text: str) -> bool:
    """Say whether a plain scalar is an infinity or not-a-number, which JSON can't carry."""
    return bool(_NOT_FINITE.fullmatch(text))


def _as_boolean(found: re.Match[str]) -> str:
    return f"the boolean {'true' if found[0].lower() in {'yes', 'on'} else 'false'}"


def _sexagesimal(found: re.Match[str]) -> str:
    total = 0.0
    for part in found[0].lstrip("+-").replace("_", "").split(":"):
        total = total * 60 + float(part)
    return f"the number {total:g}, counted in base 60"


_TIME = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)"
    r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?.{0,10}"
)


def _always(sees: str) -> Callable[[re.Match[str]], str]:
    return lambda _: sees


# What YAML 1.1 makes of a scalar that 1.2 leaves as text, or reads as another number. Plain texts:
# few files hold a scalar for which it is worth to compile them.
_YAML_11: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF", _as_boolean),
    (r"[-+]?0[0-7]{1,30}", lambda found: f"the octal number {int(found[0], 8)}"),
    (r"[-+]?[1-9][0-9]{0,18}(?::[0-5]?[0-9]){1,6}(?:\.[0-9]{0,30})?", _sexagesimal),
    (
        r"[-+]?(?=[0-9_.]*_)[0-9][0-9_]{0,60}(?:\.[0-9_]{0,60})?",
        _always("a number, without the underscores"),
    ),
    (r"[-+]?0b[01_]{1,60}", _always("a binary number")),
    (r"0o[0-7]{1,30}", _always("text")),
    (r"[-+]?[0-9]{1,30}(?:\.[0-9]{0,30})?[eE][0-9]{1,3}", _always("text")),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _always("a date")),
    (_TIME, _always("a point in time")),
    (r"=", _always("a default-value mark")),
)
# Numbers and versions that both read alike, and that a catalog is full of.
_ALIKE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+){0,2}")
_TRAILING_ZERO = re.compile(r"[0-9]{1,9}\.[0-9]{0,8}0")


def read_differently(text: str) -> str | None:
    """Return what a YAML 1.1 reader sees in a plain scalar; None where it agrees with YAML 1.2."""
    if is_word(text) or _ALIKE.fullmatch(text):
        return None
    for pattern, sees in _YAML_11:
        found = re.fullmatch(pattern, text)
        if found:
            return sees(found)
    return None


def loses_zero(text: str, number: float) -> bool:
    """Say whether a plain scalar such as ``1.10`` became a number that forgets its last zero."""
    return bool(_TRAILING_ZERO.fullmatch(text)) and str(number) != text
