"""Plain scalars by the core schema of YAML 1.2, and those that a reader of YAML 1.1 would take for something else.

Source: YAML 1.2.2, section 10.3.2 (core schema); YAML 1.1 type repository (bool, int, float, timestamp).
"""

from __future__ import annotations

import re
from collections.abc import Callable

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
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

# Longer digit strings cost quadratic time to convert and no reader of JSON keeps them.
_MOST_DIGITS = 400


def resolve(text: str) -> Json:
    """Return the value of a plain scalar: null, boolean, integer, float or the text itself.

    Infinities and not-a-number come back as text, since JSON has neither.
    """
    if text in _NULL:
        return None
    if text[0] not in "+-.0123456789tTfF":
        return text
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > _MOST_DIGITS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        # 1e999 is a float to the specification and infinity to every machine.
        return text if number in (float("inf"), float("-inf")) else number
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    return text


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


# What YAML 1.1 makes of a scalar that 1.2 leaves as text, or reads as another number.
_YAML_11: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)"), _as_boolean),
    (re.compile(r"[-+]?0[0-7]{1,30}"), lambda found: f"the octal number {int(found[0], 8)}"),
    (re.compile(r"[-+]?[1-9][0-9]{0,18}(?::[0-5]?[0-9]){1,6}(?:\.[0-9]{0,30})?"), _sexagesimal),
    (
        re.compile(r"[-+]?(?=[0-9_.]*_)[0-9][0-9_]{0,60}(?:\.[0-9_]{0,60})?"),
        lambda _: "a number, without the underscores",
    ),
    (re.compile(r"[-+]?0b[01_]{1,60}"), lambda _: "a binary number"),
    (re.compile(r"0o[0-7]{1,30}"), lambda _: "text"),
    (re.compile(r"[-+]?[0-9]{1,30}(?:\.[0-9]{0,30})?[eE][0-9]{1,3}"), lambda _: "text"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), lambda _: "a date"),
    (
        re.compile(
            r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?.{0,10}"
        ),
        lambda _: "a point in time",
    ),
    (re.compile(r"="), lambda _: "a default-value mark"),
)
_TRAILING_ZERO = re.compile(r"[0-9]{1,9}\.[0-9]{0,8}0")
# No scalar outside this set of first characters can match a row above; most scalars are words and leave here.
_SUSPECTS = frozenset("+-0123456789yYnNoO=")


def read_differently(text: str) -> str | None:
    """Return what a YAML 1.1 reader sees in a plain scalar where it differs from YAML 1.2, else None."""
    if text[:1] not in _SUSPECTS:
        return None
    for pattern, sees in _YAML_11:
        found = pattern.fullmatch(text)
        if found:
            return sees(found)
    return None


def loses_zero(text: str, number: float) -> bool:
    """Say whether a plain scalar such as ``1.10`` became a number that forgets how it was written."""
    return bool(_TRAILING_ZERO.fullmatch(text)) and str(number) != text
