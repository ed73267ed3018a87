"""A further entry in a file: behind the last one, and everything else as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.files import RawFile
from governance.catalog.load import load_file
from governance.catalog.member import Member, Slot
from governance.catalog.model import SourceFile
from governance.errors import CatalogError
from governance.rewrite.entry import entry, item
from governance.schema.json import Json, JsonObject, identity
from governance.schema.pointer import PointerError, join, resolve, split
from governance.source import Edit, edited

_COMMENT = re.compile(r"[ \t]*#[^\r\n]*")
_COMMA = re.compile(r"\s*,")
_OWN_LINE = re.compile(r"(?:[ \t]*\r?\n)*(?P<indent>[ ]+)#[^\r\n]*")


class _Child(NamedTuple):
    """The last of the children of a mapping or list.

    Attributes:
        end: Offset behind its value.
        slot: What a further one has to fit in with.
        is_spaced: Whether blank lines stand between them.
    """

    end: int
    slot: Slot
    is_spaced: bool


def added(file: SourceFile, around: str, key: str, value: Json) -> SourceFile:
    """Return a file with a further entry in a mapping.

    Args:
        file: The file.
        around: JSON Pointer of the mapping; where there is none yet, it is made.
        key: The key of the entry.
        value: Its value.

    Raises:
        CatalogError: The file is written in a way that has no place for it.
    """
    held = _at(file.document, around)
    if held:
        last = around + join(_last(held, around))
        return _put(
            file, around, {**held, key: value}, last, lambda *slot: entry(key, value, *slot)
        )
    return _begun(file, around, {key: value})


def _last(held: JsonObject, around: str) -> str:
    """Return the key behind which a further one belongs: what a file shares stands at its end."""
    names = [key for key in held if around or key != "components"]
    return names[-1] if names else list(held)[-1]


def appended(file: SourceFile, around: str, value: Json) -> SourceFile:
    """Return a file with a further item in a list; see ``added``."""
    held = _at(file.document, around)
    if held:
        last = f"{around}/{len(held) - 1}"
        return _put(file, around, [*held, value], last, lambda *slot: item(value, *slot))
    return _begun(file, around, [value])


def _at(document: Document, pointer: str) -> Json:
    try:
        return resolve(document.root, pointer)
    except PointerError:
        return None


def _begun(file: SourceFile, around: str, value: Json) -> SourceFile:
    """Return a file with the first child of a mapping or list, which may be absent as well."""
    parent, token = around.rpartition("/")[0], split(around)[-1]
    if token not in (_at(file.document, parent) or {}):
        return added(file, parent, token, value)
    document, member = file.document, Member(file.document, around)
    key_end = document.offsets(around, on_key=True)[1]
    colon = document.text.index(":", key_end) + 1
    said = entry("", value, member.slot, _unit(member.slot, around)).partition(":")[2]
    end = max(colon, document.extent(around)[1])
    # A comment behind the key stays there.
    behind = max(end, member.end) if said.startswith(("\r", "\n")) else end
    edits = [Edit(colon, end, ""), Edit(behind, behind, said)]
    return _proven(file, edits, around, value)


def _put(
    file: SourceFile, around: str, wanted: Json, last: str, written: Callable[[Slot, int], str]
) -> SourceFile:
    child = _child(file.document, around, last)
    text = written(child.slot, _unit(child.slot, last))
    return _proven(file, _behind(file.document.text, child, text), around, wanted)


def _behind(text: str, child: _Child, said: str) -> Iterator[Edit]:
    """Yield the edits that put a text behind the last child."""
    end, slot = child.end, child.slot
    line = " "
    if slot.has_own_lines:
        line = slot.newline * (2 if child.is_spaced else 1) + " " * slot.column
    if not slot.is_in_brackets:
        end = _past_comments(text, end, slot.column)
        yield Edit(end, end, line + said)
        return
    comma = _COMMA.match(text, end)
    if comma is None:
        yield Edit(end, end, ",")
    else:
        end = comma.end()
    # What is said behind its comma, on the same line, is said of it.
    remark = _COMMENT.match(text, end) if slot.has_own_lines and not slot.is_json else None
    end = remark.end() if remark else end
    yield Edit(end, end, line + said + ("," if comma and slot.has_own_lines else ""))


def _past_comments(text: str, end: int, column: int) -> int:
    """Return the end of what belongs to a child in lines: comments behind it, or further in."""
    remark = _COMMENT.match(text, end)
    end = remark.end() if remark else end
    line_end = text.find("\n", end)
    while line_end >= 0:
        found = _OWN_LINE.match(text, line_end + 1)
        if not found or len(found["indent"]) <= column:
            break
        end = found.end()
        line_end = text.find("\n", end)
    return end


def _child(document: Document, around: str, last: str) -> _Child:
    end = document.extent(last)[1]
    if isinstance(_at(document, around), dict):
        member = Member(document, last)
        return _Child(end, member.slot, member.is_spaced)
    start = document.extent(last)[0]
    first = document.extent(around)[0]
    is_in_brackets = document.text.startswith("[", first)
    at = start if is_in_brackets else document.text.rfind("-", 0, start + 1)
    line, column = document.lines.position(at)
    is_alone = not document.lines.text(line)[: column - 1].strip()
    newline = "\r\n" if "\r\n" in document.text else "\n"
    is_json = document.path.endswith(".json")
    slot = Slot(column - 1, newline, is_in_brackets, is_json, is_alone, "", None)
    return _Child(end, slot, is_spaced=False)


def _unit(slot: Slot, pointer: str) -> int:
    """Return by how much the file indents what is inside of something."""
    depth = len(split(pointer)) - (0 if slot.is_json else 1)
    return slot.column // depth if depth and slot.column and not slot.column % depth else 2


def _proven(
    file: SourceFile, edits: Iterator[Edit] | list[Edit], around: str, wanted: Json
) -> SourceFile:
    """Return the file with edits made, which says what it said, and what is wanted."""
    document = file.document
    made = reread(file, edited(document.text, edits))
    whole = _with(document.root, split(around), wanted)
    if identity(made.document.root) != identity(whole):
        raise CatalogError(
            f"{document.at(around)}: no text can be added to what stands here without changing it "
            "(an alias, or a text that ends in blank lines): write that out, or add to it by hand"
        )
    return made


def reread(file: SourceFile, text: str) -> SourceFile:
    """Return a file as it is with another text."""
    return load_file(RawFile(file.document.path, file.relative, text.encode(), None))


def _with(value: Json, tokens: list[str], said: Json) -> Json:
    """Return a value that says something else at a place."""
    if not tokens:
        return said
    token, *below = tokens
    if isinstance(value, list):
        at = int(token)
        return [*value[:at], _with(value[at], below, said), *value[at + 1 :]]
    held = value if isinstance(value, dict) else {}
    return {**held, token: _with(held.get(token), below, said)}
