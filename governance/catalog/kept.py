"""Files as earlier runs read them, by what they hold: a run about one file parses no other."""

from __future__ import annotations

import json
from collections.abc import Iterable

from governance import store
from governance.catalog.document import Document
from governance.catalog.files import RawFile
from governance.catalog.load import load_file, source_file
from governance.catalog.model import SourceFile

_SHELF = "read"
# Some fifty megabytes of schemas.
_MOST_ENTRIES = 2_000


def load_files(raws: Iterable[RawFile], *, use_cache: bool = True) -> tuple[SourceFile, ...]:
    """Return files as ``load_file`` does, from what earlier runs kept of them where there is any.

    Args:
        raws: The files.
        use_cache: Whether what earlier runs read may be taken, and what is read is kept.
    """
    raws = tuple(raws)
    if not use_cache:
        return tuple(map(load_file, raws))
    made, new = list[SourceFile](), dict[str, str]()
    for raw in raws:
        entry = store.key(_SHELF, raw.path.endswith(".json"), raw.data)
        file = None if raw.problem else _kept(entry, raw)
        if file is None:
            file = load_file(raw)
            text = _text(file.document)
            if text is not None:
                new[entry] = text
        made.append(file)
    if new:
        # However large the catalog, what it holds must not push itself out.
        store.keep_all(new, max(_MOST_ENTRIES, 2 * len(raws)), _SHELF)
    return tuple(made)


def _kept(entry: str, raw: RawFile) -> SourceFile | None:
    text = store.find(entry, _SHELF)
    if text is None:
        return None
    try:
        root, refers = json.loads(text)
        document = Document.clean(raw.path, raw.data, root, frozenset(refers))
    except (ValueError, TypeError, RecursionError):
        return None
    return source_file(document, raw.relative)


def _text(document: Document) -> str | None:
    """Return what is kept of a file: its values, and where its references lead.

    None where that is not all that was read.
    """
    if document.problems or document.has_aliases:
        return None
    try:
        kept = [document.root, sorted(document.refers)]
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        # Half a character, written as an escape, or a number that no text can hold.
        text.encode()
    except ValueError:
        return None
    return text
