"""The versions that changes call for, within their major version."""

from __future__ import annotations

from governance.catalog.draft import Draft
from governance.catalog.member import Member
from governance.catalog.model import EventSchema
from governance.catalog.version import Version
from governance.compat.change.catalog import event_change
from governance.compat.change.model import Kind
from governance.compat.comparison import compare
from governance.compat.policy import Bump, bumped
from governance.compat.verdict import Comparison, Verdict
from governance.rewrite.layout import rewritten


def with_versions(comparison: Comparison) -> Comparison:
    """Return a comparison whose catalog has the versions that its changes call for.

    What breaks is left as it is: no version within its major would do.
    """
    while True:
        drafts = dict[str, Draft]()
        for verdict in comparison.events:
            event, version = verdict.change.new, due(comparison, verdict)
            if event is not None and version is not None and not is_alias(event):
                draft = drafts.setdefault(event.document.path, Draft(event.document))
                member = Member(event.document, f"{event.pointer}/event_version")
                draft.put(*member.valued(str(version)))
        texts = {path: draft.made() for path, draft in drafts.items()}
        made = rewritten(comparison.new, texts)
        # An alias of a version goes along with it, and may be wrong then.
        if not any(draft.document.has_aliases for draft in drafts.values()):
            return comparison._replace(new=made)
        comparison = compare(comparison.label, comparison.old, made, comparison.terms)


def due(comparison: Comparison, verdict: Verdict) -> Version | None:
    """Return the version that an event has to say instead of its own; None where that is right."""
    event, before, declared = verdict.change.new, verdict.before, verdict.declared
    if event is None or before is None or declared is None or verdict.expected is None:
        return None
    if verdict.required is Bump.MAJOR:
        return None
    # A pre-release leads to its release without any change.
    least = max(before.precedence, verdict.expected.precedence)
    if before.prerelease and declared.precedence > least:
        return None
    # By another name it goes on as a major version of that name.
    if verdict.change.kind is Kind.RENAMED and event.name.major not in {None, before.major}:
        return right_major(event)
    expected = _free(comparison, event, verdict.expected, verdict.required)
    return None if declared.precedence == expected.precedence else expected


def right_major(event: EventSchema) -> Version | None:
    """Return the version that a new major starts with; None where it says one of that major."""
    major, version = event.name.major, Version.parse(event.version)
    if major is None or version is None or version.major == major:
        return None
    return Version(major, 0, 0)


def is_alias(event: EventSchema) -> bool:
    """Say whether an event is written as an alias: what is edited there is another event."""
    start = event.document.extent(event.pointer)[0]
    return event.document.text[start : start + 1] == "*"


def _free(comparison: Comparison, event: EventSchema, version: Version, bump: Bump) -> Version:
    """Return a version, or the next one under which nothing else was released before."""
    while bump is not Bump.NONE and any(
        event_change(past.catalog, past.event, comparison.new, event) is not None
        for past in comparison.terms.releases(event, str(version))
    ):
        version = bumped(version, bump)
    return version
