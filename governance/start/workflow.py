"""The workflow of a project: it runs the action at one commit."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath

from governance.catalog.files import RawFile
from governance.catalog.flow import flow
from governance.catalog.load import load_file
from governance.schema.json import as_list, as_object
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


def runs(data: bytes, folder: str = "") -> bool:
    """Say whether a workflow runs the action for a project already.

    Args:
        data: What its file holds, whatever that is.
        folder: Where the project lies in its repository; empty for the top.
    """
    jobs = as_object(as_object(load_file(RawFile("", "", data, None)).document.root).get("jobs"))
    steps = [
        as_object(one) for job in jobs.values() for one in as_list(as_object(job).get("steps"))
    ]
    return any(
        "keb-govern" in str(step.get("uses"))
        and normpath(str(as_object(step.get("with")).get("working-directory", ".")))
        == (folder or ".")
        for step in steps
    )


def is_complete(text: str) -> bool:
    """Say whether a workflow names the action; else a person has to fill in where it is."""
    return _PLACEHOLDER.search(text) is None
