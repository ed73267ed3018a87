"""Values as they are written in one line."""

from __future__ import annotations

import json
import re

from governance.schema.json import Json

_PLAIN = re.compile(r"[A-Za-z_$/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*|[0-9]+\.[0-9]+\.[0-9]+")
_ASTRAL = 0x10000
_WORDS = frozenset("true false null yes no on off y n".split())


def flow(value: Json) -> str:
    """Return a value as YAML in one line; a text is plain where no reader sees anything else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else quoted(value)


def quoted(text: str) -> str:
    """Return a text in double quotes, with all that no file of YAML may hold written out."""
    # Where JSON has pairs of surrogates, YAML has one long escape.
    return "".join(map(_escaped, json.dumps(text, ensure_ascii=False)))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < _ASTRAL else f"\\U{code:08x}"


def written(value: Json, path: str) -> str:
    """Return a value as the file at a path writes it, in JSON or YAML."""
    return json.dumps(value, ensure_ascii=False) if path.endswith(".json") else flow(value)
