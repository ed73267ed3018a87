"""The README's program, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from governance.contract.server import Server

ROOT = Path(__file__).parents[2]


def test_the_program_does_what_it_says(server: Server) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n### In a program\n")[2].partition("\n### ")[0]
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", section)
    code = code.replace("redis://localhost:6379", server.url)
    code = code.replace('"event_schemas"', repr(str(ROOT / "event_schemas")))
    told = []

    def tell(*what: object) -> None:
        told.append(what)
        names["client"].stop()

    names: dict[str, Any] = {"print": tell}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102  our own
    assert told == [("Task.Assignment.Created.v1", 3)]
