"""``keb-govern compat``: is there an event that one side writes and the other can't read?"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from governance.catalog.document import Document, Place
from governance.catalog.files import RawFile, read_folder
from governance.catalog.load import load, load_file
from governance.catalog.problem import Kind
from governance.catalog.refs import RefError, bundle
from governance.cli import CLEAN, FINDINGS, Command
from governance.compat.answer import Proven, Refuted, Schema
from governance.compat.case import (
    BACKWARD,
    DIALECT_NAMES,
    FORWARD,
    MOST_BYTES,
    Asked,
    answer,
    dialect_named,
    id_of,
    is_exact,
    judge_line,
    undetermined,
    verdict,
)
from governance.config import Config
from governance.errors import UsageError
from governance.report.text import printable, source_lines
from governance.schema.dialect import DRAFT_2020_12, dialect_of
from governance.schema.faults import schema_faults
from governance.schema.json import Json, JsonObject, as_object, shown
from governance.schema.pointer import PointerError, ancestors, join, resolve, split
from governance.source import Span
from governance.workers import Lines, Lost, in_order

_DIRECTIONS = {"backward": (BACKWARD,), "forward": (FORWARD,), "full": (BACKWARD, FORWARD)}
# A worker is ended after this; the budget of the engine ends almost every case long before.
_LIMIT_SECONDS = 9
# What is cut in the text stands in the JSON as a whole.
_LONG_TEXT, _MANY_ITEMS, _FEW_ITEMS = 80, 12, 3
# Of old and new: who reads, and who writes.
_ROLES = {BACKWARD: ("new", "old"), FORWARD: ("old", "new")}
_SOME = {"old": "an old", "new": "a new"}
# Whatever else is odd about a file, these leave open what it says.
_UNCLEAR = frozenset({Kind.DUPLICATE_KEY, Kind.ALIAS, Kind.NOT_JSON})


class _Side(NamedTuple):
    """A schema and where it comes from.

    Attributes:
        document: The file.
        schema: The schema.
        base: What its pointers lack to be pointers into the file: it was made into one document
            with what it refers to in other files.
    """

    document: Document
    schema: Schema
    base: str = ""

    def at(self, pointer: str, instance_pointer: str) -> Place:
        """Return a place of the schema in the file; of what another file says, the field here."""
        here = self.base
        for step in [pointer, *(join("properties", name) for name in split(instance_pointer))]:
            try:
                resolve(self.document.root, here + step)
            except PointerError:
                continue
            here += step
            if step == pointer:
                break
        return self.document.at(here)


class _Decided(NamedTuple):
    """What the text and the JSON output say of a witness."""

    message: str
    pointer: str
    reader: Place
    writer: Place


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("old", nargs="?", metavar="OLD", help="schema of before: PATH or PATH#/pointer")
    add("new", nargs="?", metavar="NEW", help="schema of after")
    add(
        "--batch",
        metavar="CASES",
        help="judge a case a line, as JSON with id, old, new and dialect; - is standard input",
    )
    add(
        "--direction",
        default="full",
        choices=list(_DIRECTIONS),
        help="backward: new readers, old events; forward: old readers, new events; full: both "
        "(default)",
    )
    add(
        "--content-model",
        default="as-written",
        choices=["as-written", "governed"],
        help="as-written: plain JSON Schema (default); governed: closed writers, tolerant readers",
    )
    add(
        "--dialect",
        choices=DIALECT_NAMES,
        help="of schemas that do not say it (default: 2020-12)",
    )
    add("--format", choices=["text", "json"], help="how it looks (default: text; json for a batch)")


def _run(args: argparse.Namespace) -> int:
    if args.batch is not None:
        if args.old is not None:
            raise UsageError("name two schemas, or --batch CASES, not both")
        if args.format == "text":
            raise UsageError("a batch is written as JSON: leave --format text out")
        return _batch(args)
    if args.new is None:
        raise UsageError("name two schemas, OLD and NEW, or --batch CASES")
    sides = {"old": _side(args.old, args.dialect), "new": _side(args.new, args.dialect)}
    return _pair(sides, args)


def _batch(args: argparse.Namespace) -> int:
    """Print the verdicts on each case; the exit code says that it could be done, not what came."""
    dialect = dialect_named(args.dialect) if args.dialect else DRAFT_2020_12
    work = partial(judge_line, Asked(args.content_model == "governed", dialect))
    directions = _DIRECTIONS[args.direction]
    questions = tuple(direction.encode() for direction in directions)
    lines = Lines(_opened(args.batch), MOST_BYTES)
    with closing(in_order(work, lines, questions, _cores(), _LIMIT_SECONDS)) as judged:
        for line, answers in judged:
            said = [
                (id_of(line), undetermined(one.reason))
                if isinstance(one, Lost)
                else json.loads(one)
                for one in answers
            ]
            verdicts = dict(zip(directions, (one for _, one in said), strict=True))
            print(json.dumps({"id": said[0][0], **verdicts}), flush=True)
    return CLEAN


def _opened(path: str) -> int:
    """Return an open file, which stays open until the command ends."""
    if path == "-":
        return sys.stdin.fileno()
    try:
        descriptor = os.open(path, os.O_RDONLY)
        # A folder can be opened; what it can't be is read.
        os.read(descriptor, 0)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    return descriptor


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _side(named: str, dialect: str | None) -> _Side:
    """Return the schema that an argument names.

    Raises:
        UsageError: There is none, or it is not valid; the text names the place.
    """
    path, _, pointer = (named, "", "") if Path(named).is_file() else named.partition("#")
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    document = load_file(RawFile(Path(path).as_posix(), path, data, None)).document
    for problem in document.problems:
        if problem.kind in _UNCLEAR or document.root is None:
            raise _mistake(document.place_of(problem), problem.message, problem.help)
    try:
        schema = resolve(document.root, pointer)
    except PointerError:
        raise UsageError(f"{path} holds nothing at {pointer!r}: {_pointer_help(pointer)}") from None
    if not isinstance(schema, (dict, bool)):
        place = document.at(pointer)
        raise _mistake(place, f"a schema is an object or a boolean, not {shown(schema)}", "")
    read = _read(document, pointer, schema, dialect)
    if any(not ref.startswith("#") for ref in _refs(schema)):
        return _bundled(_Side(document, read), Path(path))
    return _Side(document, read)


def _refs(schema: Json) -> Iterator[str]:
    if isinstance(schema, dict):
        ref = schema.get("$ref")
        if isinstance(ref, str):
            yield ref
        schema = list(schema.values())
    if isinstance(schema, list):
        for below in schema:
            yield from _refs(below)


def _bundled(side: _Side, path: Path) -> _Side:
    """Return a schema of a catalog together with what it refers to in the files beside it.

    It is left as it is where it is no part of a catalog, or a reference leads nowhere: then the
    answer says so.
    """
    catalog = load(read_folder(path.parent, Config().max_file_bytes))
    file = catalog.by_relative.get(path.name)
    pointer = side.schema.pointer
    for above in ancestors(pointer):
        tree = file and catalog.trees.get((file.document.path, above))
        if tree:
            try:
                schema = bundle(catalog, tree, pointer[len(above) :])
            except RefError:
                return side
            return side._replace(schema=Schema(schema, side.schema.dialect), base=pointer)
    return side


def _pointer_help(pointer: str) -> str:
    if not pointer.startswith("/"):
        return "a JSON Pointer starts with a slash, as in schema.yaml#/components/schemas/Task"
    return "look at each name (a slash within one is written ~1, a tilde ~0)"


def _read(document: Document, pointer: str, schema: Json, named: str | None) -> Schema:
    otherwise = dialect_named(named) if named else None
    for said, above in ((as_object(schema), pointer), (as_object(document.root), "")):
        uri = said.get("$schema")
        if otherwise is None and isinstance(uri, str) and dialect_of(said).uri != uri.rstrip("#"):
            message = f"`$schema` names no dialect that is known here: {shown(uri)}"
            raise _mistake(
                document.at(f"{above}/$schema"), message, "Say how to read it by --dialect."
            )
    dialect = dialect_of(schema, dialect_of(document.root, otherwise or DRAFT_2020_12))
    if isinstance(schema, dict):
        faults = list(schema_faults(schema, dialect))
        if faults:
            place = document.at(pointer + faults[0].pointer)
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise _mistake(place, faults[0].message + more, faults[0].help)
        _check_numbers(document, pointer, schema)
    return Schema(document.root, dialect, pointer)


def _check_numbers(document: Document, pointer: str, value: Json) -> None:
    """Refuse a number that means something else than what the file says."""
    if isinstance(value, dict):
        for name, below in value.items():
            _check_numbers(document, pointer + join(name), below)
    elif isinstance(value, list):
        for number, below in enumerate(value):
            _check_numbers(document, pointer + join(number), below)
    elif isinstance(value, float):
        start, end = document.offsets(pointer)
        if not is_exact(document.text[start:end], value):
            message = f"the number {document.text[start:end]} can't be kept exactly"
            raise _mistake(document.at(pointer), message, f"Write {value!r} if that will do.")


def _mistake(place: Place, message: str, help_: str) -> UsageError:
    span = place.span
    where = f"{place.document.path}:{span.line}:{span.column}"
    return UsageError(printable(f"{where}: {message}. {help_}".rstrip()))


def _pair(sides: dict[str, _Side], args: argparse.Namespace) -> int:
    is_governed = args.content_model == "governed"
    blocks, whole = [], JsonObject(id=None)
    is_compatible = True
    for direction in _DIRECTIONS[args.direction]:
        reader, writer = (sides[role] for role in _ROLES[direction])
        answered = answer(
            direction, sides["old"].schema, sides["new"].schema, is_governed=is_governed
        )
        is_compatible &= isinstance(answered, Proven)
        said, decided = verdict(answered), None
        if isinstance(answered, Refuted):
            decided = _decided(reader, writer, answered.witness, is_governed=is_governed)
            said |= _as_json(decided)
        whole[direction] = said
        blocks.append(_as_text(direction, said, decided))
    if args.format == "json":
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(blocks))
    return CLEAN if is_compatible else FINDINGS


def _decided(reader: _Side, writer: _Side, witness: Json, *, is_governed: bool) -> _Decided:
    from governance.compat.places import deciding

    judged = None
    if is_governed:
        from governance.compat.views import as_reader

        judged = as_reader(reader.schema)
    found = deciding(reader.schema, writer.schema, witness, judged)
    return _Decided(
        found.message,
        found.instance_pointer,
        reader.at(found.reader_pointer, found.instance_pointer),
        writer.at(found.writer_pointer, found.instance_pointer),
    )


def _as_json(decided: _Decided) -> JsonObject:
    return {
        "message": decided.message,
        "instance_pointer": decided.pointer,
        "reader_place": _place_as_json(decided.reader),
        "writer_place": _place_as_json(decided.writer),
    }


def _place_as_json(place: Place) -> JsonObject:
    span = place.span
    return {"file": place.document.path, **Span._asdict(span), "pointer": place.pointer}


def _as_text(direction: str, said: JsonObject, decided: _Decided | None) -> str:
    reader, writer = _ROLES[direction]
    if "reason" in said:
        return (
            f"{direction}: undetermined, which counts as breaking — {printable(said['reason'])}\n"
        )
    if decided is None:
        reads = f"{_SOME[reader]} reader reads every event of {_SOME[writer]} writer"
        return f"{direction}: compatible — {reads}\n"
    refuses = f"{_SOME[reader]} reader refuses this event of {_SOME[writer]} writer:"
    witness = json.dumps(_brief(said["witness"]), ensure_ascii=False, indent=2)
    lines = [
        f"{direction}: incompatible — {refuses}",
        "",
        *(f"    {printable(line)}" for line in witness.splitlines()),
        "",
        f"  {printable(decided.message)}",
        *_shown("reader", decided.reader),
        *_shown("writer", decided.writer),
    ]
    return "\n".join(lines) + "\n"


def _brief(value: Json) -> Json:
    """Return a witness as a person reads it: of many items the first few, of a long text too."""
    if isinstance(value, str) and len(value) > _LONG_TEXT:
        return f"{value[:_LONG_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        more = [f"… ({len(value)} items)"] if len(value) > _MANY_ITEMS else []
        return [_brief(one) for one in value[: _FEW_ITEMS if more else _MANY_ITEMS]] + more
    if isinstance(value, dict):
        return {name: _brief(one) for name, one in value.items()}
    return value


def _shown(role: str, place: Place) -> list[str]:
    """Return a place in a file: where it is, the line, and carets under it."""
    span = place.span
    head = f"  the {role}, {printable(place.document.path)}:{span.line}:{span.column}"
    return [head, *source_lines(span, place.document.lines.excerpt(span))]


COMMAND = Command(
    "compat", "judge two schemas: can each read what the other writes?", _configure, _run
)
