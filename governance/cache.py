"""Reports kept from earlier runs, by all that decides about them; safe to delete, never wrong.

A report depends on the content of the catalog, the settings, the day, the code that judges and the
code that it stands on. All of that is in the key, so an entry is exactly right or never found.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from governance.finding import Finding, Related, Report, Severity, Witness
from governance.schema.json import Json
from governance.source import Excerpt, Span

# Enough for the branches that a person switches between; the oldest go first.
MOST_ENTRIES = 64


def folder() -> Path:
    """Return where reports are kept: ``$KEB_GOVERN_CACHE``, else below the user's cache folder."""
    named = os.environ.get("KEB_GOVERN_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "keb-govern"


def key(*parts: object) -> str:
    """Return the key of a run: of the given parts, our code, and what it stands on."""
    from hashlib import blake2b  # noqa: PLC0415  costs as much as it saves where nothing is kept

    digest = blake2b(digest_size=20)
    for part in (*parts, sys.version, *_code()):
        text = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogateescape")
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


def find(entry: str) -> Report | None:
    """Return the report that was kept under a key; None where none can be read."""
    try:
        kept = json.loads((folder() / f"{entry}.json").read_bytes())
        findings = tuple(map(_finding, kept["findings"]))
        return Report(findings, kept["files"], kept["events"])
    except (OSError, ValueError, TypeError, KeyError, RuntimeError):
        return None


def _finding(row: list[Json]) -> Finding:
    kept = Finding(*row)
    return kept._replace(
        severity=Severity(kept.severity),
        span=Span(*kept.span),
        excerpt=Excerpt(*kept.excerpt),
        related=tuple(
            Related(label, file, Span(*span), Excerpt(*excerpt))
            for label, file, span, excerpt in kept.related
        ),
        witnesses=tuple(Witness(*one) for one in kept.witnesses),
    )


def keep(entry: str, report: Report) -> None:
    """Keep a report under a key; a folder that can't be written to is no reason to fail."""
    text = json.dumps(report._asdict())
    try:
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        # Another process may read or write the same entry: a rename shows it whole or not at all.
        part = place / f"{entry}.{os.getpid()}.part"
        part.write_text(text, encoding="ascii")
        part.replace(place / f"{entry}.json")
        kept = sorted(place.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[:-MOST_ENTRIES]:
            path.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return


def _code() -> list[tuple[str, int, int]]:
    """Return name, size and time of every file of code that a report depends on."""
    from importlib.util import find_spec  # noqa: PLC0415  only a run that may keep its report asks

    stamps = list(_stamps(str(Path(__file__).parent)))
    for library in ("yaml", "jsonschema_rs"):
        spec = find_spec(library)
        if spec is not None and spec.origin is not None:
            stamps += _stamps(str(Path(spec.origin).parent))
    return sorted(stamps)


def _stamps(folder_: str) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder_):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _stamps(entry.path)
        else:
            stat = entry.stat()
            yield entry.path, stat.st_size, stat.st_mtime_ns
