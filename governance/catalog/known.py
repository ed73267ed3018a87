"""The findings that a legacy catalog is known to have, so that only new ones count.

They stand in ``.keb-baseline.json`` of the catalog folder, written by ``keb-govern baseline``. An
entry is matched by rule, event and field path, so that it goes along when lines move.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from governance.catalog.document import Document, Place
from governance.catalog.files import RawFile
from governance.catalog.load import load_file
from governance.errors import ConfigError
from governance.schema.json import Json, as_list, as_object
from governance.schema.pointer import join, split

_VERSION = 1
_KEYS = ("rule", "event", "file", "path", "message")


class Entry(NamedTuple):
    """One known finding.

    Attributes:
        rule: Id of the rule.
        event: Event type; empty where the finding is about a file.
        file: Path of the file from the catalog folder; empty where the finding is about an event,
            which may move to another file.
        path: JSON Pointer within the event's declaration or the file, with ``*`` for an item of a
            list, since items move.
        message: What was wrong; it tells apart what is alike in all else.
    """

    rule: str
    event: str
    file: str
    path: str
    message: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is matched by."""
        return self[:4]


class Known(NamedTuple):
    """The known findings of a catalog.

    Attributes:
        document: The file.
        entries: In the order of the file.
    """

    document: Document
    entries: tuple[Entry, ...]

    def at(self, number: int) -> Place:
        """Return the place of an entry, by its number."""
        return self.document.at(f"/findings/{number}/rule")


def field_path(pointer: str) -> str:
    """Return a pointer with ``*`` for every item of a list."""
    return join(*("*" if token.isdecimal() else token for token in split(pointer)))


def known(raw: RawFile) -> Known:
    """Return what a file holds.

    Raises:
        ConfigError: It is no list of known findings; the text says what to do.
    """
    document = load_file(raw).document
    said = as_object(document.root)
    if document.problems or said.get("version") != _VERSION or "findings" not in said:
        why = document.problems[0].message if document.problems else "it holds no known findings"
        raise ConfigError(
            f"{document.path} can't be read: {why}; restore it from git, or delete it and write "
            "it anew by `keb-govern baseline`"
        )
    return Known(document, tuple(map(_entry, as_list(said["findings"]))))


def _entry(row: Json) -> Entry:
    said = as_object(row)
    texts = {key: said.get(key) for key in _KEYS}
    return Entry(**{key: one if isinstance(one, str) else "" for key, one in texts.items()})


def render(entries: Iterable[Entry]) -> str:
    """Return the whole file, an entry a line, so that branches that mend things merge easily."""
    rows = [
        json.dumps({key: one for key, one in entry._asdict().items() if one}, ensure_ascii=False)
        for entry in sorted(entries)
    ]
    lines = ",\n".join(f"    {row}" for row in rows)
    inner = f"[\n{lines}\n  ]" if rows else "[]"
    return f'{{\n  "version": {_VERSION},\n  "findings": {inner}\n}}\n'


def matched(entries: Sequence[Entry], found: Sequence[Entry]) -> tuple[set[int], set[int]]:
    """Return which findings are known, and which entries are still needed.

    Each entry stands for one finding. One that reads the same is taken first.

    Args:
        entries: What is known.
        found: What was found, in order.

    Returns:
        The numbers of the findings that are known, and those of the entries that match one.
    """
    left: dict[object, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        left[entry.key].append(number)
    is_known, is_needed = set[int](), set[int]()
    for exactly in (True, False):
        for number, one in enumerate(found):
            if number in is_known:
                continue
            fitting = [
                at for at in left[one.key] if not exactly or entries[at].message == one.message
            ]
            if fitting:
                left[one.key].remove(fitting[0])
                is_known.add(number)
                is_needed.add(fitting[0])
    return is_known, is_needed
