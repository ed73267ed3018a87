"""What rules do to files: entries put in, values written, keys renamed, things taken out.

All of it is made on demand, and none of it where a YAML alias would carry an edit to other places.
"""

from __future__ import annotations

from governance.catalog.document import Document, Place
from governance.catalog.draft import Draft
from governance.catalog.flow import flow, written
from governance.catalog.member import Member
from governance.finding import FileEdit
from governance.schema.json import Json
from governance.schema.pointer import PointerError, join, resolve, split
from governance.source import Edit

Made = tuple[FileEdit, ...]


class Edits:
    """Edits of one or several files, gathered: all of them can be made, or none."""

    def __init__(self) -> None:
        self._drafts: dict[str, Draft] = {}
        self._is_possible = True

    def made(self) -> Made:
        """Return the edits; none where one of them can't be made."""
        if not self._is_possible:
            return ()
        return tuple(
            FileEdit(path, edit) for path, draft in self._drafts.items() for edit in draft.edits()
        )

    def add(self, mapping: Place, key: str, value: Json, behind: str = "") -> Edits:
        """Put an entry into a mapping: behind another one, or before all others."""
        said = self._there(mapping)
        if not said:
            return self.write(mapping, {key: value}) if said in ({}, None) else self._none()
        if not isinstance(said, dict):
            return self._none()
        name = behind if behind in said else next(iter(said))
        beside = Member(mapping.document, mapping.pointer + join(name))
        make = beside.followed if behind in said else beside.preceded
        edit, draft = make(key, value), self._draft(mapping.document)
        above = _above(draft, beside) if make == beside.preceded and mapping.pointer else edit.start
        # Comments right above the first key are about that one.
        if above < edit.start:
            text = f"{' ' * beside.column}{edit.text.rstrip()}{draft.newline}"
            edit = Edit(above, above, text)
        draft.put(*edit)
        return self

    def append(self, items: Place, value: Json) -> Edits:
        """Put an item behind the last one of a list."""
        said = self._there(items)
        if not isinstance(said, list):
            return self._none()
        if not said:
            return self.write(items, [value])
        document, pointer = items.document, items.pointer
        last, draft = f"{pointer}/{len(said) - 1}", self._draft(document)
        (start, end), text = document.extent(last), written(value, document.path)
        if draft.is_flow(pointer):
            draft.put(end, end, f", {text}")
        else:
            dash = document.text.rfind("-", 0, start)
            indent = " " * (document.lines.position(dash)[1] - 1)
            end = Member(document, last).end
            draft.put(end, end, f"{draft.newline}{indent}- {text}")
        return self

    def write(self, value: Place, to: Json) -> Edits:
        """Put another value in the place of one."""
        self._there(value, in_part=True)
        if self._is_possible:
            document = value.document
            start, end = document.extent(value.pointer)
            # An empty value stands right behind its colon or dash, or else nobody knows where; a
            # tag would be about the new value too.
            before, blank = document.text[start - 1 : start], " " if start == end else ""
            self._is_possible &= not blank or before in {":", "-"}
            self._is_possible &= document.text[start : start + 1] not in {"!", "&"}
            text = _like(document.text[start : start + 1], to, document.path)
            self._draft(document).put(start, end, blank + text)
        return self

    def rename(self, entry: Place, name: str) -> Edits:
        """Give an entry of a mapping another key."""
        document, around = entry.document, entry.pointer.rpartition("/")[0]
        siblings = self._there(entry._replace(pointer=around))
        if not isinstance(siblings, dict) or name in siblings:
            return self._none()
        start, end = document.offsets(entry.pointer, on_key=True)
        said = document.text[start:end]
        # A key may be an alias, or have an anchor or a tag of its own.
        self._is_possible &= said[:1] not in {"*", "&", "!"}
        self._draft(document).put(start, end, _like(said[:1], name, document.path))
        return self

    def take_out(self, one: Place) -> Edits:
        """Take an entry out of a mapping, or an item out of a list; comments stay."""
        around, token = one.pointer.rpartition("/")[0], split(one.pointer)[-1]
        self._there(one, in_part=True)
        if self._is_possible:
            self._is_possible &= len(resolve(one.document.root, around)) > 1
            self._draft(one.document).cut(around, [token])
        return self

    def _draft(self, document: Document) -> Draft:
        if document.path not in self._drafts:
            self._drafts[document.path] = Draft(document)
        return self._drafts[document.path]

    def _none(self) -> Edits:
        self._is_possible = False
        return self

    def _there(self, place: Place, *, in_part: bool = False) -> Json:
        """Return a value that is to be edited: it must be there, and an edit change no other."""
        document, pointer = place.document, place.pointer
        self._is_possible &= not document.is_shared(pointer, in_part=in_part)
        try:
            return resolve(document.root, pointer)
        except PointerError:
            self._is_possible = False
            return False


def add(mapping: Place, key: str, value: Json, behind: str = "") -> Made:
    """Return the edits that put an entry into a mapping."""
    return Edits().add(mapping, key, value, behind).made()


def write(value: Place, to: Json) -> Made:
    """Return the edits that put another value in the place of one."""
    return Edits().write(value, to).made()


def rename(entry: Place, name: str) -> Made:
    """Return the edits that give an entry of a mapping another key."""
    return Edits().rename(entry, name).made()


def take_out(one: Place) -> Made:
    """Return the edits that take an entry or an item out."""
    return Edits().take_out(one).made()


def replace(document: Document, start: int, end: int, text: str) -> Made:
    """Return the edit that puts a text in the place of another."""
    return (FileEdit(document.path, Edit(start, end, text)),)


def without_comment(place: Place) -> Made:
    """Return the edit that takes out a comment, with its line where nothing else stands there."""
    (start, end), text = place.offsets or (0, 0), place.document.text
    begin = text.rfind("\n", 0, start) + 1
    if not text[begin:start].strip():
        start, found = begin, text.find("\n", end)
        if found < 0:
            # The line before it is the last one then, and has no break either.
            start = max(0, begin - 2 if text[:begin].endswith("\r\n") else begin - 1)
        end = len(text) if found < 0 else found + 1
    else:
        start = len(text[:start].rstrip(" \t"))
    return replace(place.document, start, end, "")


def without_mark(document: Document) -> Made:
    """Return the edit that takes the byte order mark off a file."""
    return replace(document, -1, 0, "")


def _like(quote: str, value: Json, path: str) -> str:
    """Return a value as the file at a path writes it, in the quotes that the old one had."""
    has_quote = quote in {'"', "'"} and isinstance(value, str) and flow(value) == value
    return f"{quote}{value}{quote}" if has_quote else written(value, path)


def _above(draft: Draft, first: Member) -> int:
    """Return where the comments start that stand right above an entry, else the entry itself."""
    at = first.start
    # Behind a dash or a question mark, they are about more than the entry.
    if first.is_in_brackets or len(draft.indent(at)) != first.column:
        return at
    line = draft.line_start(at)
    while line and draft.is_comment(line - 1):
        line = draft.line_start(line - 1)
        at = line
    return at
