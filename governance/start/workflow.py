"""The workflow of a project: it runs the action at one commit."""

from __future__ import annotations

import re
from pathlib import Path

from governance.rewrite.head import flow
from governance.start.origin import Origin

_PLACEHOLDER = re.compile(r"OWNER/keb-govern@0{40} # .*\n")


def workflow(origin: Origin | None, folder: str = "") -> str:
    """Return the text of a workflow that judges every pull request of a project.

    Args:
        origin: Where the action is; where a workflow can't name that, it says what to fill in.
        folder: Where the project lies in its repository; empty for the top.
    """
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    found = _PLACEHOLDER.search(text)
    if found is None:
        raise AssertionError("the template names the action")
    uses = found[0]
    if origin is not None and origin.action:
        uses = f"{origin.action}{f' # v{origin.version}' if origin.version else ''}\n"
    if folder:
        uses += f"        with:\n          working-directory: {flow(folder)}\n"
    return text[: found.start()] + uses + text[found.end() :]


def is_complete(text: str) -> bool:
    """Say whether a workflow names the action; else a person has to fill in where it is."""
    return _PLACEHOLDER.search(text) is None
