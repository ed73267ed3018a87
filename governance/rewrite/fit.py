"""Which files can be rewritten by their text; of the others it is said what to do first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from governance.catalog.document import Document
from governance.catalog.envelope import NAMES
from governance.catalog.model import Catalog, Layout, SourceFile
from governance.catalog.problem import Kind
from governance.catalog.yaml_events import yaml_events
from governance.errors import CatalogError
from governance.schema.dialect import DIALECTS, DRAFT_2020_12, dialect_of
from governance.schema.json import Json

_QUESTION = re.compile(r"(?m)^[ \-]*\?(?=\s)")
# These leave open what a value is, not which values there are: rules of their own speak of them.
_HARMLESS = frozenset({Kind.BYTE_ORDER_MARK, Kind.AMBIGUOUS_SCALAR, Kind.LOST_ZERO})


def legacy_files(
    catalog: Catalog, only: Callable[[SourceFile], bool] = lambda _: True
) -> tuple[SourceFile, ...]:
    """Return the files that have the legacy layout.

    Args:
        catalog: The catalog.
        only: Which files to look at.

    Raises:
        CatalogError: A file can't be read, or is written in a way that can't be rewritten.
    """
    files = [file for file in catalog.files if only(file)]
    for file in files:
        _refuse_unread(file)
    legacy = tuple(file for file in files if file.layout is Layout.LEGACY)
    for file in legacy:
        _refuse_unfit(file)
    return legacy


def _refuse_unread(file: SourceFile) -> None:
    bad = [one for one in file.document.problems if one.kind not in _HARMLESS]
    if bad and (file.layout is Layout.LEGACY or file.document.root is None):
        place = file.document.place_of(bad[0])
        raise CatalogError(f"{place}: {bad[0].message}: {bad[0].help}")


def _refuse_unfit(file: SourceFile) -> None:
    document = file.document
    named = dialect_of(document.root)
    if named in DIALECTS and named is not DRAFT_2020_12:
        raise CatalogError(
            f"{file.at('/$schema')}: the file names the dialect {named.name}, but is read as "
            f"OpenAPI 3.0: delete `$schema`, or write it within each event"
        )
    if document.path.endswith(".json"):
        return
    found = _anchor(document)
    if found is not None:
        raise CatalogError(
            f"{document.path}:{document.lines.position(found)[0]}: adopt can't rewrite anchors and "
            f"tags: write the value out, or share it as a component and refer to it by $ref"
        )
    start = document.extent("")[0]
    if document.text[start] != "{" and document.lines.position(start)[1] > 1:
        raise CatalogError(f"{document.path}: the keys at the top must not be indented")
    _refuse_question_marks(document)


def _anchor(document: Document) -> int | None:
    """Return where the first anchor or tag stands, if there is one."""
    parser = yaml_events(document.text)
    while True:
        event = parser.get_event()
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            start: int = event.start_mark.index
            return start
        if type(event).__name__ == "StreamEndEvent":
            return None


def _refuse_question_marks(document: Document) -> None:
    for found in _QUESTION.finditer(document.text):
        if not document.is_in_scalar(found.end() - 1):
            line, _ = document.lines.position(found.start())
            raise CatalogError(
                f"{document.path}:{line}: adopt can't rewrite a key behind a question mark: "
                f"write it as `key: value`"
            )


def changed(before: Json, after: Json, kept: str) -> str | None:
    """Return the first text of a file that it does not say any more; None where it says each.

    What is looked at are sentences, save those about base fields: a line that is indented wrongly
    would show in one of them.

    Args:
        before: The values of the file as it was.
        after: Its values from now on.
        kept: What its comments say from now on.
    """
    says = set(_sentences(after))
    for text in _sentences(before):
        if text not in says and " ".join(text.split()) not in kept:
            return text
    return None


def _sentences(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,) if len(value.split()) > 1 else ()
    elif isinstance(value, list):
        for one in value:
            yield from _sentences(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from () if name in NAMES else _sentences(one)


def lost(before: Iterable[str], after: Iterable[str]) -> str | None:
    """Return the first comment that is not among others any more; None where each is."""
    left = list(after)
    for one in before:
        if one not in left:
            return one
        left.remove(one)
    return None
