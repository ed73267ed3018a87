"""Files as earlier runs read them, by what they hold: a run about one file parses no other.

They are kept as Python keeps its own compiled modules, beside a digest of theirs.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from governance import store
from governance.catalog.document import Document
from governance.catalog.files import RawFile, keys
from governance.catalog.load import load_file, source_file
from governance.catalog.model import SourceFile

_SHELF = "read"
# Some fifty megabytes of schemas.
_MOST_ENTRIES = 2_000
_DIGEST_BYTES = 16


def load_files(
    raws: Iterable[RawFile], entries: Sequence[str] | None = None, *, use_cache: bool = True
) -> tuple[SourceFile, ...]:
    """Return files as ``load_file`` does, from what earlier runs kept of them where there is any.

    Args:
        raws: The files.
        entries: Their ``keys``, where somebody has made them.
        use_cache: Whether what earlier runs read may be taken, and what is read is kept.
    """
    raws = tuple(raws)
    if not use_cache:
        return tuple(map(load_file, raws))
    made, new = list[SourceFile](), dict[str, bytes]()
    for raw, entry in zip(raws, keys(raws) if entries is None else entries, strict=True):
        file = None if raw.problem else _kept(entry, raw)
        if file is None:
            file = load_file(raw)
            if _is_plain(file.document):
                new[entry] = _packed(file.document)
        made.append(file)
    if new:
        # However large the catalog, what it holds must not push itself out.
        store.keep_all(new, max(_MOST_ENTRIES, 2 * len(raws)), _SHELF)
    return tuple(made)


def _kept(entry: str, raw: RawFile) -> SourceFile | None:
    data = store.find(entry, _SHELF)
    # What is damaged might end the process, not only be wrong.
    if data is None or data[:_DIGEST_BYTES] != _digest(data[_DIGEST_BYTES:]):
        return None
    root, refers, blob = marshal.loads(data[_DIGEST_BYTES:])  # noqa: S302  as said above
    return source_file(Document.clean(raw.path, raw.data, root, refers, blob), raw.relative)


def _is_plain(document: Document) -> bool:
    """Say whether the values of a file, and where its references lead, are all that was read."""
    return not document.problems and not document.has_aliases


def _packed(document: Document) -> bytes:
    data = marshal.dumps((document.root, document.refers, document.blob))
    return _digest(data) + data


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()
