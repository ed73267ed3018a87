"""``keb-govern explain``: teach one rule, or show one event."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from governance import config
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, follow
from governance.catalog.tree import Node
from governance.cli import CLEAN, Command
from governance.errors import UsageError
from governance.finding import SAFE, UNSAFE
from governance.report.text import printable
from governance.rules import Rule, Scope, all_rules, closest
from governance.schema.json import JsonObject, as_list, as_object, as_text, types_of

_WIDTH = 100
_FIXES = {
    (): "",
    (SAFE,): "To mend it, where a program can:  keb-govern fix\n",
    (UNSAFE,): "To mend it, where a program can, after a question:  keb-govern fix --unsafe\n",
    (
        SAFE,
        UNSAFE,
    ): "To mend it, where a program can:  keb-govern fix, with --unsafe for the rest\n",
}

_FOUND = "It is found in what is really sent, by:  keb-govern bus audit\n"


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "subject", metavar="RULE|EVENT", help="id or name of a rule, or an event type or alias"
    )


def _run(args: argparse.Namespace) -> int:
    rules = {name: rule for rule in all_rules() for name in (rule.id, rule.name)}
    subject = args.subject.upper() if args.subject.upper() in rules else args.subject
    if subject in rules:
        sys.stdout.write(_rule(rules[subject]))
        return CLEAN
    settings = config.find(Path.cwd())
    catalog = load(read_folder(settings.catalog, settings.config.max_file_bytes))
    events = {
        alias: event
        for event in catalog.events
        for alias in event.aliases
        if isinstance(alias, str)
    }
    events.update(catalog.by_type)
    if subject not in events:
        near = closest(subject, [*rules, *events])
        hint = f"did you mean {near}?" if near else "`keb-govern rules` lists the rules"
        raise UsageError(f"{subject!r} is neither a rule nor an event of the catalog: {hint}")
    sys.stdout.write(_event(catalog, events[subject]))
    return CLEAN


def _rule(rule: Rule) -> str:
    return (
        f"{rule.id} {rule.name} ({rule.severity.label}, rule 101 section {rule.section})\n\n"
        f"{textwrap.fill(rule.rationale, _WIDTH)}\n\n"
        f"Bad:\n\n{textwrap.indent(rule.bad, '    ')}\n"
        f"Good:\n\n{textwrap.indent(rule.good, '    ')}\n"
        f"{_FIXES[rule.fixes]}"
        f"{_FOUND if rule.check.scope is Scope.BUS else ''}"
        f"To suppress one, with a reason:  # keb: ignore[{rule.id}] until YYYY-MM-DD: reason\n"
    )


def _event(catalog: Catalog, event: EventSchema) -> str:
    said = event.declaration
    rows = {
        "version": event.version,
        "file": event.at(on_key=True),
        "stream": event.stream,
        "owner": event.owner,
        "compatibility": said.get("compatibility", "full"),
        "aliases": ", ".join(str(alias) for alias in event.aliases),
        "deprecated": ", ".join(
            f"{key} {value}" for key, value in (event.deprecated or {}).items()
        ),
        "published by": ", ".join(_publishers(catalog, event)),
    }
    lines = [event.type, as_text(said.get("description")) or "(no description)", ""]
    lines += [f"  {name:<14} {value}" for name, value in rows.items() if value]
    lines += [f"  {'read by':<14} {reader}" for reader in _readers(catalog, event)]
    lines += ["", "  data"]
    lines += [f"    {line}" for line in _fields(catalog, event)]
    return "\n".join(printable(line) for line in lines) + "\n"


def _publishers(catalog: Catalog, event: EventSchema) -> list[str]:
    return [
        person.name
        for person in catalog.participants
        if any(name == event.type for name, _ in person.publishes)
    ]


def _readers(catalog: Catalog, event: EventSchema) -> list[str]:
    return [
        f"{person.name} (group {one.group}): "
        + ("everything" if one.reads is None else ", ".join(one.reads))
        for person in catalog.participants
        for one in person.subscribes
        if one.event == event.type
    ]


def _fields(catalog: Catalog, event: EventSchema) -> Iterator[str]:
    fields = list(event.payload.properties()) if event.payload else []
    if not fields:
        yield "(no fields)"
        return
    width = max(len(field.path) for field in fields)
    for field in fields:
        schema = _resolved(catalog, field)
        needed = "required" if _is_required(field) else "optional"
        about = as_text(field.schema.get("description")) or as_text(schema.get("description")) or ""
        row = f"{field.path:<{width}}  {_type(field.schema, schema):<20}  {needed}  {about}"
        yield (row + _mark(schema)).rstrip()


def _resolved(catalog: Catalog, field: Node) -> JsonObject:
    if "$ref" not in field.schema:
        return field.schema
    try:
        return as_object(follow(catalog, field.tree, field.schema["$ref"]).schema)
    except RefError:
        return {}


def _type(schema: JsonObject, resolved: JsonObject) -> str:
    ref = as_text(schema.get("$ref"))
    if ref:
        return ref.rpartition("/")[2]
    named = " or ".join(sorted(types_of(resolved))) or (
        "one of" if "oneOf" in resolved else "anything"
    )
    format_ = as_text(resolved.get("format"))
    return f"{named} ({format_})" if format_ else named


def _is_required(field: Node) -> bool:
    return field.parent is not None and field.name in as_list(field.parent.schema.get("required"))


def _mark(schema: JsonObject) -> str:
    mark = as_object(schema.get("x-sensitivity"))
    return f" [{mark.get('class')}, {mark.get('protection')}]" if mark else ""


COMMAND = Command("explain", "teach a rule, or show an event of the catalog", _configure, _run)
