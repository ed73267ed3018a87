"""The file that a new event belongs in."""

from __future__ import annotations

import json
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.files import RawFile, is_wanted
from governance.catalog.load import load_file
from governance.catalog.model import Catalog, EventName, Layout, SourceFile
from governance.catalog.names import snake, stream_of, words
from governance.errors import CatalogError, UsageError
from governance.rewrite.entry import lines
from governance.rewrite.stubs import FILE
from governance.schema.json import JsonObject

# Where the schema of the format lies in the catalog folder, if it does.
SCHEMA = ".catalog.schema.json"
_MARK = "# yaml-language-server: $schema="


class Home(NamedTuple):
    """The file that a new event belongs in.

    Attributes:
        path: Its path, as the catalog was named.
        relative: Its path from the catalog folder.
        file: The file as it is; None where there is none yet.
    """

    path: str
    relative: str
    file: SourceFile | None

    @property
    def stem(self) -> str:
        """Its name without folder and ending."""
        return self.relative.rpartition("/")[2].rpartition(".")[0]


def home_at(catalog: Catalog, prefix: str, relative: str) -> Home:
    """Return the file that somebody has named.

    Args:
        catalog: The catalog.
        prefix: What stands before a path from the catalog folder.
        relative: The file, from the catalog folder.

    Raises:
        UsageError: It would be no file of the catalog.
        CatalogError: It is one that no event can be added to.
    """
    path, file = prefix + relative, catalog.by_relative.get(relative)
    if file is None and (relative.startswith("../") or not is_wanted(relative)):
        raise UsageError(
            f"{path} would be no file of the catalog: it lies in {prefix or 'this folder'}, is not "
            "hidden, and ends in .yaml, .yml or .json"
        )
    if file is not None:
        _refuse_unfit(file)
    return Home(path, relative, file)


def _refuse_unfit(file: SourceFile) -> None:
    document = file.document
    if file.layout is Layout.LEGACY:
        raise CatalogError(
            f"{document.path} has the layout of old: `keb-govern adopt` brings it over first"
        )
    if file.layout is Layout.DOMAIN and isinstance(document.root.get("events", {}), dict | None):
        return
    _refuse_broken(document)
    raise CatalogError(
        f"{document.path} holds no events, and no place for any: write `domain: DOMAIN` into it, "
        "or name another file by --file"
    )


def refuse_no_participants(catalog: Catalog) -> None:
    """Refuse a file of participants that nothing can be told from.

    Raises:
        CatalogError: There is one; what to do first.
    """
    file = catalog.by_relative.get(FILE)
    if file is not None and file.layout is not Layout.PARTICIPANTS:
        _refuse_broken(file.document)
        raise CatalogError(f"{file.document.path} names nobody: write `participants:` into it")


def _refuse_broken(document: Document) -> None:
    if document.problems:
        bad = document.problems[0]
        raise CatalogError(f"{document.place_of(bad)}: {bad.message}: {bad.help}")


def homes(catalog: Catalog, event: str) -> list[str]:
    """Return the files of an event's domain: the one where its context is, or else all of them."""
    segments = EventName.parse(event).segments
    found = [
        file
        for file in catalog.files
        if file.layout is Layout.DOMAIN and _is_of(segments[0], file.text("domain"))
    ]
    of_context = [
        file for file in found if any(one.name.segments[:2] == segments[:2] for one in file.events)
    ]
    return [file.relative for file in (of_context if len(of_context) == 1 else found)]


def _is_of(domain: str, said: str | None) -> bool:
    return "".join(words(said or "")).lower() == "".join(words(domain)).lower()


def stem_of(event: str) -> str:
    """Return what the file of an event's domain is called if nobody says else."""
    return stream_of(snake(EventName.parse(event).segments[0]))


def begun(path: str, relative: str, top: JsonObject, *, is_for_editors: bool) -> SourceFile:
    """Return a new file that has no event yet.

    Args:
        path: Its path, as the catalog was named.
        relative: Its path from the catalog folder.
        top: What it says at its top, by key.
        is_for_editors: Whether it names the schema by which editors complete it.
    """
    if relative.endswith(".json"):
        text = json.dumps(top, ensure_ascii=False, indent=2) + "\n"
    else:
        mark = [f"{_MARK}{'../' * relative.count('/')}{SCHEMA}"] if is_for_editors else []
        text = "\n".join([*mark, *lines(top)]) + "\n"
    return load_file(RawFile(path, relative, text.encode(), None))


def is_for_editors(file: SourceFile) -> bool:
    """Say whether a file names the schema by which editors complete it."""
    return _MARK in file.document.text
