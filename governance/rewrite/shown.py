"""What adoption has done or would do, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from governance.catalog.flow import flow
from governance.rewrite.adopt import Plan, Rewritten
from governance.rewrite.mapping import TOP
from governance.rewrite.naming import FileProposal
from governance.schema.json import as_object


def report(plan: Plan, participants: str) -> str:
    """Return what was done, event by event.

    Args:
        plan: What was done.
        participants: The path of the file of the participants.
    """
    lines = [line for file in plan.files for line in (*_of_file(file), "")]
    people = sorted({name for name, _ in plan.publishers})
    if plan.participants:
        lines += [f"{participants}: stubs of {', '.join(people)}", ""]
    elif people:
        lines.append(f"{participants} is there, and nothing was added to it. By the old schemas:")
        lines += [f"  {name} publishes {event}" for name, event in plan.publishers] + [""]
    events = [event for file in plan.files for event in file.events]
    kept = sum(bool(event.doubt) for event in events)
    lines.append(
        f"{_count(len(plan.files), 'file')} and {_count(len(events), 'event')} adopted, every "
        f"payload as before; {kept or 'none'} kept the old name."
    )
    return "\n".join(lines) + "\n"


def diff(path: str, before: str, after: str) -> str:
    """Return the difference between two texts of a file, as unified diff."""
    old, new = ([f"{line}\n" for line in text.splitlines()] for text in (before, after))
    return "".join(unified_diff(old, new, f"a/{path}" if before else "/dev/null", f"b/{path}"))


def mapping(proposals: Iterable[FileProposal]) -> str:
    """Return the mapping file that says what is proposed, for somebody to edit."""
    lines = [
        "# What `keb-govern adopt --mapping` makes of each old name. What is left empty is not",
        "# decided: the event keeps its old name, and `keb-govern check` asks for the rest.",
    ]
    for file, top, events in proposals:
        lines += ["", f"{flow(file.relative)}:"]
        lines += [
            f"  {key}:{f' {flow(top[key])}' if key in top else ''}"
            for key in TOP
            if key in top or key not in as_object(file.document.root)
        ]
        lines.append("  events:")
        for event, name, doubt, _ in events:
            said = f"  # {name}: {doubt}" if doubt else f" {flow(name)}"
            lines.append(f"    {flow(event.type)}:{said}")
    return "\n".join(lines) + "\n"


def _of_file(file: Rewritten) -> Iterator[str]:
    said = ", ".join(f"{key} {value}" for key, value in file.top.items())
    yield f"{file.document.path}: {said}"
    for event in file.events:
        name = f"{event.old} -> {event.new}" if event.old != event.new else event.old
        yield f"  {name}: {event.verdict.words}"
        if event.doubt:
            yield f"    it keeps its old name: {event.doubt}"
    yield from (f"  note: {note}" for note in file.notes)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
