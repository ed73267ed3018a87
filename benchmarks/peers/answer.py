"""Put pairs of schemas to one tool that is written for Python, and time it.

    answer.py keb-govern|jsonsubschema|jsonschema-rs

Reads one pair a line, ``{"reader", "writer", "dialect"}``, and writes one line each: ``{"verdict",
"seconds"}`` with ``witness`` or ``reason`` where there is one. The first line written names the
version; what takes its time only once is done by then.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from draft_04 import NotInDraft04Error, as_draft_04

Json: TypeAlias = Any
Ask: TypeAlias = Callable[[], dict[str, Json]]
"""Asks the one question that was made ready, and gives the verdict: this is what is timed."""


def keb_govern() -> Callable[[Json, Json, str], Ask]:
    """Return what makes a question to this project's engine ready."""
    from governance.compat.answer import Proven, Refuted, Schema
    from governance.compat.contains import contains
    from governance.schema.dialect import DIALECTS

    named = {dialect.name: dialect for dialect in DIALECTS}

    def ready(reader: Json, writer: Json, dialect: str) -> Ask:
        accepts, writes = Schema(reader, named[dialect]), Schema(writer, named[dialect])

        def ask() -> dict[str, Json]:
            answer = contains(accepts, writes)
            if isinstance(answer, Proven):
                return {"verdict": "compatible"}
            if isinstance(answer, Refuted):
                return {"verdict": "incompatible", "witness": answer.witness}
            return {"verdict": "undetermined", "reason": answer.reason}

        return ask

    return ready


def jsonsubschema() -> Callable[[Json, Json, str], Ask]:
    """Return what makes a question to jsonsubschema ready; it documents draft-04."""
    is_subschema = importlib.import_module("jsonsubschema").isSubschema

    def ready(reader: Json, writer: Json, _dialect: str) -> Ask:
        accepts, writes = as_draft_04(reader), as_draft_04(writer)
        return lambda: {
            "verdict": "compatible" if is_subschema(writes, accepts) else "incompatible"
        }

    return ready


def jsonschema_rs() -> Callable[[Json, Json, str], Ask]:
    """Return what makes a question to jsonschema-rs ready."""
    module = importlib.import_module("jsonschema_rs")
    drafts = {
        "draft-07": module.Draft7,
        "2019-09": module.Draft201909,
        "2020-12": module.Draft202012,
    }
    verdicts = {"yes": "compatible", "no": "incompatible", "unknown": "undetermined"}

    def ready(reader: Json, writer: Json, dialect: str) -> Ask:
        draft = drafts[dialect]

        def ask() -> dict[str, Json]:
            accepts, writes = (
                module.canonicalize(schema, draft=draft, validate_formats=False, offline=True)
                for schema in (reader, writer)
            )
            return {"verdict": verdicts[str(accepts.covers(writes)).lower()]}

        return ask

    return ready


TOOLS = {"keb-govern": keb_govern, "jsonsubschema": jsonsubschema, "jsonschema-rs": jsonschema_rs}


def answered(ask: Ask) -> dict[str, Json]:
    """Return the verdict with the seconds that it took."""
    start = time.perf_counter()
    try:
        answer = ask()
    except Exception as error:  # noqa: BLE001  whatever a tool raises, it has not answered
        answer = {"verdict": "raised", "reason": f"{type(error).__name__}: {error}"[:300]}
    return {**answer, "seconds": time.perf_counter() - start}


def main() -> None:
    tool = sys.argv[1]
    # A tool that prints must not spoil the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    ready = TOOLS[tool]()
    for reader in ({"type": "string"}, {"type": ["integer", "string"]}):
        ready(reader, {"type": "integer"}, "draft-07")()
    print(json.dumps({"version": importlib.metadata.version(tool)}), file=answers)
    for line in sys.stdin:
        pair = json.loads(line)
        try:
            ask = ready(pair["reader"], pair["writer"], pair["dialect"])
        except NotInDraft04Error as error:
            answer = {"verdict": "foreign", "reason": str(error)}
        else:
            answer = answered(ask)
        print(json.dumps(answer, default=float), file=answers)


if __name__ == "__main__":
    main()
