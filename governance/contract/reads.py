"""Write to ``reads`` of a subscription what a handler was seen to look at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from governance.catalog.files import RawFile
from governance.catalog.load import load_file
from governance.catalog.model import SourceFile, Subscription
from governance.output import write_all
from governance.rewrite.added import appended
from governance.schema.json import as_list
from governance.schema.pointer import resolve


def write_reads(file: SourceFile, said: Subscription, seen: Iterable[str]) -> list[str]:
    """Add pointers to a subscription; those that are there stay, and so does all else.

    What a handler looks at in rare cases may not have been seen: nothing is taken away.

    Args:
        file: The file that it stands in; what is on the disk by now counts.
        said: The subscription.
        seen: JSON Pointers into ``data``.

    Returns:
        Those that were not there.

    Raises:
        CatalogError: The file is written in a way that has no place for them.
        UsageError: It can't be written.
    """
    path = Path(file.document.path)
    now = load_file(RawFile(file.document.path, file.relative, path.read_bytes(), None))
    at = said.place.pointer
    known = as_list(resolve(now.document.root, at).get("reads"))
    missing = [one for one in seen if one not in known]
    for one in missing:
        now = appended(now, f"{at}/reads", one)
    if missing:
        write_all({path: now.document.text})
    return missing
