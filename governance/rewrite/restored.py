"""An entry of a mapping as another catalog had it: its text, made to fit where it is put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from governance.catalog.build import build
from governance.catalog.draft import comments
from governance.catalog.member import Member, Slot, anchors
from governance.rewrite.entry import entry
from governance.schema.json import Json, identity
from governance.schema.pointer import PointerError, resolve, split
from governance.source import Edit


class Restored(NamedTuple):
    """An entry as it was.

    Attributes:
        text: Its text, without the indentation of its first line.
        comments: The comments in it.
    """

    text: str
    comments: tuple[str, ...]


def restored(was: Member, slot: Slot, said: Mapping[str, Json]) -> Restored:
    """Return an entry as it was, as it fits into a slot.

    Its text is kept wherever it means the same there. It does not where an alias in it stands for
    something outside, or where a block would come to stand between brackets, or several lines in
    one, or where an anchor in it would be heard by others: then its values are written anew.

    Args:
        was: Where it stood.
        slot: Where it is put.
        said: What it says otherwise, by JSON Pointer from its value.
    """
    key = split(was.pointer)[-1]
    wanted = resolve(was.document.root, was.pointer)
    for pointer, value in said.items():
        wanted = _with(wanted, split(pointer), value)
    text = _moved(was.text(_edits(was, said)), was.column, slot)
    is_block = slot.is_in_brackets and not was.is_in_brackets
    is_too_long = not slot.has_own_lines and "\n" in text
    # What others mean by an anchor must not become what it was.
    is_heard = slot.anchors is not None and not anchors(text) <= slot.anchors
    if not (is_block or is_too_long or is_heard) and _says(text, slot, {key: wanted}):
        inside = range(was.start, was.end)
        found = (was.document.text[a:b] for a, b in comments(was.document) if a in inside)
        return Restored(text, tuple(found))
    return Restored(entry(key, wanted, slot), ())


def _with(value: Json, tokens: Sequence[str], said: Json) -> Json:
    """Return a value that says something else at a place; what is new follows the version."""
    if not tokens:
        return said
    token, *below = tokens
    if isinstance(value, list):
        return [_with(one, below, said) if str(n) == token else one for n, one in enumerate(value)]
    if token in value:
        return {key: _with(one, below, said) if key == token else one for key, one in value.items()}
    front = {key: value[key] for key in ("event_version",) if key in value}
    return {**front, token: said, **value}


def _edits(was: Member, said: Mapping[str, Json]) -> Iterator[Edit]:
    for pointer, value in said.items():
        member = Member(was.document, was.pointer + pointer)
        try:
            old = resolve(was.document.root, member.pointer)
        except PointerError:
            yield _added(was, pointer, value)
            continue
        is_text = isinstance(value, str) and isinstance(old, str)
        yield member.valued(value) if is_text else member.replaced(value)


def _added(was: Member, pointer: str, value: Json) -> Edit:
    """Return the edit that adds what was not said before, behind the version if there is one."""
    keys = list(resolve(was.document.root, was.pointer))
    name = split(pointer)[-1]
    if "event_version" in keys:
        return Member(was.document, f"{was.pointer}/event_version").followed(name, value)
    return Member(was.document, f"{was.pointer}/{keys[0]}").preceded(name, value)


def _moved(text: str, column: int, slot: Slot) -> str:
    first, *lines = text.replace("\r\n", "\n").split("\n")
    shift = slot.column - column
    return slot.newline.join([first, *(_shifted(line, shift) for line in lines)])


def _shifted(line: str, columns: int) -> str:
    if not line.strip():
        return line
    indent = len(line) - len(line.lstrip(" "))
    return " " * columns + line if columns > 0 else line[min(-columns, indent) :]


def _says(text: str, slot: Slot, wanted: Json) -> bool:
    alone = f"{{{text}\n}}" if slot.is_in_brackets else f"{' ' * slot.column}{text}\n"
    built = build(alone, is_json=slot.is_json)
    return built.root is not None and identity(built.root) == identity(wanted)
