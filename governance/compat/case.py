"""One case of a batch: two schemas on a line of JSON, and the verdict on them as a line of JSON."""

from __future__ import annotations

import json
from math import isfinite
from typing import NamedTuple

from governance.compat.answer import Answer, Proven, Refuted, Schema, Unknown
from governance.compat.contains import contains
from governance.schema.dialect import DIALECTS, DRAFT_2020_12, Dialect, dialect_of
from governance.schema.faults import schema_faults
from governance.schema.json import Json, JsonObject, shown

BACKWARD, FORWARD = "backward", "forward"
MOST_BYTES = 10_000_000
DIALECT_NAMES = tuple(dialect.name for dialect in DIALECTS)
_BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


class Asked(NamedTuple):
    """How cases are to be judged.

    Attributes:
        is_governed: Whether by the governed content model, not as written.
        dialect: How to read a schema where neither it nor its case says.
    """

    is_governed: bool = False
    dialect: Dialect = DRAFT_2020_12


class BrokenCaseError(Exception):
    """A case can't be judged; the text is the reason, in one line."""


def dialect_named(name: str) -> Dialect:
    """Return the dialect of a name.

    Raises:
        KeyError: There is none.
    """
    return _BY_NAME[name]


def judge_line(asked: Asked, direction: bytes, line: bytes) -> bytes:
    """Return the verdict on the case that a line holds, as a line of JSON; never raises.

    Args:
        asked: How to judge.
        direction: Backward or forward.
        line: The case, an object with ``id``, ``old``, ``new`` and perhaps ``dialect``.

    Returns:
        A list of the case's id and the verdict.
    """
    id_ = None
    try:
        case, complaint = _case(line)
        id_ = case.get("id")
        said = undetermined(complaint) if complaint else _judged(case, asked, direction.decode())
    except BrokenCaseError as error:
        said = undetermined(str(error))
    except MemoryError:
        said = undetermined("it takes more memory than a case is given")
    except Exception as error:  # noqa: BLE001  one broken case does not stop the rest
        said = undetermined(f"this is a bug of keb-govern: {type(error).__name__}: {error}")
    # In ASCII: some programs take more characters than the line feed for the end of a line.
    return json.dumps([id_, said]).encode()


def answer(direction: str, old: Schema, new: Schema, *, is_governed: bool) -> Answer:
    """Return whether one direction holds.

    Args:
        direction: Backward (can new readers read what old writers write?) or forward.
        old: The schema of before.
        new: The schema of after.
        is_governed: Whether by the governed content model, not as written.
    """
    if is_governed:
        from governance.compat.views import View, judge  # noqa: PLC0415  costs start-up time

        judgement = judge(old, new, View.GOVERNED)
        return judgement.backward if direction == BACKWARD else judgement.forward
    reader, writer = (new, old) if direction == BACKWARD else (old, new)
    return contains(reader, writer)


def verdict(answered: Answer) -> JsonObject:
    """Return an answer as the JSON output says it."""
    match answered:
        case Proven():
            return {"verdict": "compatible"}
        case Refuted(witness):
            return {"verdict": "incompatible", "witness": witness}
        case Unknown(reason):
            return undetermined(reason)


def undetermined(reason: str) -> JsonObject:
    """Return the verdict on what can't be decided, with the reason in one line."""
    return {"verdict": "undetermined", "reason": " ".join(reason.split())}


def id_of(line: bytes) -> Json:
    """Return the id of the case that a line holds; None where it can't be told."""
    try:
        case, _ = _case(line)
    except BrokenCaseError:
        return None
    return case.get("id")


def is_exact(text: str, number: float) -> bool:
    """Say whether a decimal number kept all its digits when it was read."""
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415  few schemas hold a fraction

    try:
        return isfinite(number) and Decimal(text) == Decimal(repr(number))
    except InvalidOperation:
        return False


def _judged(case: JsonObject, asked: Asked, direction: str) -> JsonObject:
    old, new = (_schema(case, side, asked.dialect) for side in ("old", "new"))
    return verdict(answer(direction, old, new, is_governed=asked.is_governed))


def _case(line: bytes) -> tuple[JsonObject, str]:
    """Return a case, and what is wrong with a number in it, if anything.

    Raises:
        BrokenCaseError: The line holds no case.
    """
    if len(line) >= MOST_BYTES:
        raise BrokenCaseError(f"the line is longer than {MOST_BYTES:,} bytes")
    complaints = []

    def read_float(text: str) -> float | str:
        number = float(text)
        if is_exact(text, number):
            return number
        complaints.append(f"the number {text[:60]} can't be kept exactly")
        return text

    def read_constant(text: str) -> str:
        complaints.append(f"JSON has no number {text}")
        return text

    try:
        case = json.loads(line, parse_float=read_float, parse_constant=read_constant)
    except json.JSONDecodeError as error:
        raise BrokenCaseError(
            f"the line is not JSON at column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise BrokenCaseError("the schemas are nested too deeply") from None
    except UnicodeDecodeError:
        raise BrokenCaseError("the line is not UTF-8") from None
    except ValueError as error:  # a whole number of more digits than Python reads
        raise BrokenCaseError(f"the line can't be read: {error}") from None
    if not isinstance(case, dict):
        raise BrokenCaseError("the line is no JSON object with `id`, `old` and `new`")
    return case, next(iter(complaints), "")


def _schema(case: JsonObject, side: str, otherwise: Dialect) -> Schema:
    if side not in case:
        raise BrokenCaseError(f"the case has no `{side}`")
    root = case[side]
    if not isinstance(root, (dict, bool)):
        raise BrokenCaseError(f"`{side}` is no schema: it must be an object or a boolean")
    named = case.get("dialect")
    if named is not None and named not in DIALECT_NAMES:
        raise BrokenCaseError(f"there is no dialect {shown(named)}: {', '.join(DIALECT_NAMES)}")
    dialect = dialect_of(root, otherwise if named is None else dialect_named(named))
    fault = next(schema_faults(root, dialect), None) if isinstance(root, dict) else None
    if fault is not None:
        raise BrokenCaseError(f"`{side}{fault.pointer}` is invalid: {fault.message}")
    return Schema(root, dialect)
