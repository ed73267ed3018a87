"""The whole flow on one page: run rules, keep one finding a cause, apply suppressions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from governance.catalog.document import Place
from governance.catalog.known import Entry, field_path, matched
from governance.catalog.model import SourceFile
from governance.catalog.suppression import Outcome, Suppression, suppressions
from governance.compat.policy import Bump
from governance.compat.verdict import Comparison
from governance.config import Config
from governance.errors import ConfigError
from governance.finding import Finding, Fix, Related, Report, Severity
from governance.rules import Complaint, Context, Rule, Scope, all_rules
from governance.schema.pointer import ancestors
from governance.source import Excerpt

Found = tuple[Rule, Complaint]


def check(context: Context, rules: Iterable[Rule]) -> Report:
    """Judge a catalog by rules.

    Args:
        context: The catalog, the settings and the day.
        rules: The rules to run; ``select`` makes them from the settings.

    Returns:
        The findings that are neither ignored nor suppressed.
    """
    return examine(context, rules)[0]


def examine(context: Context, rules: Iterable[Rule]) -> tuple[Report, dict[Finding, Fix]]:
    """Judge a catalog as ``check`` does; return what mends each finding as well, where it can."""
    rules = tuple(rules)
    files = [file for file in context.catalog.files if context.wants(file.document)]
    judged = {file.document.path: file for file in files}
    # What a team has agreed to stands beside the catalog, and may have findings of its own.
    shown = {*judged, *(one.document.path for one in context.approvals)}
    found = [one for one in _run(rules, context, files) if one[1].place.document.path in shown]
    kept, outcomes = _suppress(_one_cause(found), files, rules, context.today)
    last = [
        (rule, said)
        for rule in _of(rules, Scope.SUPPRESSIONS)
        for said in rule.check.run(outcomes, context)
    ]
    severities = _severities(context.config, rules)
    fixes = dict[Finding, Fix]()

    def findings(found: Iterable[Found]) -> Iterator[Finding]:
        for rule, complaint in found:
            file = judged.get(complaint.place.document.path)
            if file is None or not _ignored(rule, file, context.config):
                finding = _finding(rule, complaint, severities[rule.id], file)
                if complaint.fix is not None:
                    fixes.setdefault(finding, complaint.fix)
                yield finding

    made = sorted(set(findings((*kept, *last))), key=lambda finding: finding.order)
    new, unneeded = _unknown(made, context, rules, judged)
    leftovers = [
        (rule, said)
        for rule in _of(rules, Scope.KNOWN)
        for said in rule.check.run(unneeded, context)
    ]
    ordered = tuple(sorted((*new, *findings(leftovers)), key=lambda finding: finding.order))
    events = sum(len(file.events) for file in files)
    report = Report(ordered, len(files), events, known=len(made) - len(new))
    if context.comparison is not None:
        report = _compared(report, context.comparison, judged)
    return report, {one: fixes[one] for one in ordered if one in fixes}


def sift(findings: Iterable[Finding], context: Context, rules: tuple[Rule, ...]) -> list[Finding]:
    """Return what the settings and the comments in the catalog leave of what was found elsewhere.

    Args:
        findings: What was found on the bus.
        context: The catalog, the settings and the day.
        rules: The rules that were asked for; ``select`` makes them from the settings.

    Returns:
        The findings that are neither ignored nor suppressed, in their order, each with the severity
        that the settings give it.
    """
    severities, files = _severities(context.config, rules), context.catalog.by_path
    known = {rule.id: rule for rule in rules}
    kept = [
        one._replace(severity=severities[one.rule])
        for one in findings
        if one.rule in known and not _ignored(known[one.rule], files[one.file], context.config)
    ]
    spots = (_Spot(one.file, one.span.line, frozenset({one.rule, one.name})) for one in kept)
    dropped, _ = _covered(spots, files.values(), rules, context.today)
    return [one for number, one in enumerate(kept) if number not in dropped]


def select(rules: tuple[Rule, ...], config: Config, *, is_of_bus: bool = False) -> tuple[Rule, ...]:
    """Return the rules that the settings ask for.

    Args:
        rules: Every rule.
        config: The settings.
        is_of_bus: Whether they are to judge what is really sent, and not a catalog.

    Raises:
        ConfigError: A setting names a rule that does not exist, or none of those to be selected is
            of this kind: nothing would be judged, and all would seem well.
    """
    per_file = [name for _, names in config.per_file_ignores for name in names]
    for name in (*config.select, *config.ignore, *per_file, *(name for name, _ in config.severity)):
        if not any(matches(rule, name) for rule in rules):
            raise ConfigError(f"there is no rule {name!r}: `keb-govern rules` lists them")
    selected = [rule for rule in rules if any(matches(rule, name) for name in config.select)]
    own = [rule for rule in selected if (rule.check.scope is Scope.BUS) is is_of_bus]
    if selected and not own:
        command, hint = ("check", ": select KEB2 as well") if is_of_bus else ("bus audit", "")
        names = ", ".join(config.select)
        raise ConfigError(f"nothing to judge: `keb-govern {command}` alone looks for {names}{hint}")
    return tuple(rule for rule in own if not any(matches(rule, name) for name in config.ignore))


def matches(rule: Rule, name: str) -> bool:
    """Say whether a rule is meant by an id, the start of an id, a name, or ``ALL``."""
    return name in {"ALL", rule.id, rule.name} or (
        name.startswith("KEB") and rule.id.startswith(name)
    )


def _of(rules: tuple[Rule, ...], scope: Scope) -> list[Rule]:
    return [rule for rule in rules if rule.check.scope is scope]


def _run(rules: tuple[Rule, ...], context: Context, files: list[SourceFile]) -> Iterator[Found]:
    in_files = _of(rules, Scope.FILE)
    for file in files:
        for rule in in_files:
            for complaint in rule.check.run(file, context):
                yield rule, complaint
    for rule in _of(rules, Scope.CATALOG):
        for complaint in rule.check.run(context):
            yield rule, complaint


def _one_cause(found: list[Found]) -> list[Found]:
    """Drop what is silenced: the rule that names the cause speaks of the place or around it."""
    causes = {by for rule, _ in found for by in rule.silenced_by}
    spoken = {
        (rule.id, complaint.place.document.path, complaint.place.pointer)
        for rule, complaint in found
        if rule.id in causes
    }

    def is_silenced(rule: Rule, complaint: Complaint) -> bool:
        path, pointer = complaint.place.document.path, complaint.place.pointer
        return any(
            (by, path, around) in spoken for by in rule.silenced_by for around in ancestors(pointer)
        )

    if not spoken:
        return found
    return [(rule, complaint) for rule, complaint in found if not is_silenced(rule, complaint)]


class _Spot(NamedTuple):
    """Where a finding is, and which rule has it: all that a comment is asked about."""

    path: str
    line: int
    names: frozenset[str]


def _suppress(
    found: list[Found], files: list[SourceFile], rules: tuple[Rule, ...], today: date
) -> tuple[list[Found], tuple[Outcome, ...]]:
    spots = (
        _Spot(at.document.path, at.span.line, frozenset({rule.id, rule.name}))
        for rule, complaint in found
        for at in [complaint.place]
    )
    dropped, outcomes = _covered(spots, files, rules, today)
    return [one for number, one in enumerate(found) if number not in dropped], outcomes


def _covered(
    spots: Iterable[_Spot], files: Iterable[SourceFile], rules: tuple[Rule, ...], today: date
) -> tuple[set[int], tuple[Outcome, ...]]:
    """Return the numbers of the findings that comments cover, and what became of each comment."""
    comments = {file.document.path: tuple(suppressions(file.document)) for file in files}
    if not any(comments.values()):
        return set(), ()
    lines: dict[str, list[tuple[int, int]]] = {path: [] for path in comments}
    spots = list(spots)
    for number, spot in enumerate(spots):
        if comments.get(spot.path):
            lines[spot.path].append((spot.line, number))
    dropped, outcomes = set[int](), []
    existing, running = _names(all_rules()), _names(rules)
    for path, listed in comments.items():
        lines[path].sort()
        for comment in listed:
            hits = dict(_hits(comment, lines[path], spots))
            # One that is past its last day is a finding of its own, and hides no other.
            if not comment.is_over(today):
                dropped.update(hits)
            named, used = frozenset(comment.rules), frozenset[str]().union(*hits.values())
            outcomes.append(Outcome(comment, used, named & running, named - existing))
    return dropped, tuple(outcomes)


def _hits(
    comment: Suppression, lines: list[tuple[int, int]], spots: list[_Spot]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield the number of each finding that a comment covers, and by which names of its rule.

    Args:
        comment: The comment.
        lines: Line and number of the findings of its file, in order.
        spots: Where the findings are.
    """
    if comment.malformed:
        return
    first = bisect_left(lines, (comment.first_line,))
    last = bisect_left(lines, (comment.last_line + 1,))
    for _, number in lines[first:last]:
        names = spots[number].names.intersection(comment.rules)
        if names:
            yield number, names


def entry_of(finding: Finding, relative: str) -> Entry:
    """Return a finding as a list of known ones has it.

    Args:
        finding: The finding.
        relative: Its file, from the catalog folder.
    """
    event = finding.event or ""
    path = field_path(finding.pointer)
    return Entry(finding.rule, event, "" if event else relative, path, finding.message)


def _unknown(
    findings: list[Finding],
    context: Context,
    rules: tuple[Rule, ...],
    judged: dict[str, SourceFile],
) -> tuple[list[Finding], tuple[Place, ...]]:
    """Return the findings that are not known, and the places of the entries that match none.

    An entry about a rule that did not run, or a file that was not judged, is left alone.
    """
    if context.known is None:
        return findings, ()
    found = [
        entry_of(one, judged[one.file].relative if one.file in judged else "") for one in findings
    ]
    entries = context.known.entries
    is_known, is_needed = matched(entries, found)
    running = {rule.id for rule in rules}
    is_whole = len(judged) == len(context.catalog.files)
    subjects = {file.relative for file in judged.values()}
    subjects |= {event.type for file in judged.values() for event in file.events}
    unneeded = tuple(
        context.known.at(number)
        for number, entry in enumerate(entries)
        if number not in is_needed
        and entry.rule in running
        and (is_whole or (entry.event or entry.file) in subjects)
    )
    left = [one for number, one in enumerate(findings) if number not in is_known]
    return left, unneeded


def _compared(report: Report, comparison: Comparison, judged: Container[str]) -> Report:
    """Return a report with what became of the events in the files that were judged."""
    changed = [
        one
        for one in comparison.events
        if (one.change.new or comparison.place_of(one.change.old)).document.path in judged
    ]
    return report._replace(
        against=comparison.label,
        changed=len(changed),
        breaking=sum(one.is_breaking for one in changed),
        required_bump=max((one.required for one in changed), default=Bump.NONE).label,
    )


def _names(rules: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset(name for rule in rules for name in (rule.id, rule.name))


def _severities(config: Config, rules: tuple[Rule, ...]) -> dict[str, Severity]:
    chosen = {rule.id: rule.severity for rule in rules}
    # From the shortest name to the longest, so that a single rule wins over its family.
    for name, severity in sorted(config.severity, key=lambda row: len(row[0])):
        chosen.update((rule.id, severity) for rule in rules if matches(rule, name))
    return chosen


def _ignored(rule: Rule, file: SourceFile, config: Config) -> bool:
    return any(
        fnmatchcase(file.relative, glob) and any(matches(rule, name) for name in names)
        for glob, names in config.per_file_ignores
    )


def _finding(
    rule: Rule, complaint: Complaint, severity: Severity, file: SourceFile | None
) -> Finding:
    place = complaint.place
    event = file.event_at(place.pointer) if file else None
    span = place.span
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=severity,
        file=place.document.path,
        span=span,
        event=event.type if event else None,
        pointer=place.pointer[len(event.pointer) :] if event else place.pointer,
        message=complaint.message,
        help=complaint.help,
        excerpt=Excerpt("") if complaint.is_secret else place.document.lines.excerpt(span),
        related=tuple(_related(label, place) for label, place in complaint.related),
        witnesses=complaint.witnesses,
        change=complaint.change,
        fix=complaint.fix.label if complaint.fix else "",
    )


def _related(label: str, place: Place) -> Related:
    span = place.span
    return Related(label, place.document.path, span, place.document.lines.excerpt(span))
