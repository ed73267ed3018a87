"""Two catalogs compared: per event what changed, what breaks for whom, and the version it needs.

Source: design.md, sections 5 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Catalog, EventSchema
from governance.catalog.version import Version
from governance.compat.answer import Answer, Judgement, Proven
from governance.compat.change.catalog import catalog_changes, event_change
from governance.compat.change.model import Effect, EventChange, Kind, broken
from governance.compat.fingerprint import fingerprint
from governance.compat.impact import readers
from governance.compat.policy import Bump, Promise, bump_for, bumped, free_major, mode_of
from governance.compat.verdict import Break, Comparison, Past, Terms, Verdict, is_new_major

_SOUND = Judgement(Proven(), Proven())


def compare(label: str, old: Catalog, new: Catalog, terms: Terms) -> Comparison:
    """Compare two catalogs.

    Args:
        label: How messages call the old one.
        old: The old catalog.
        new: The new catalog.
        terms: By what they are compared.
    """
    judge = _Judge(old, new, terms)
    verdicts = tuple(judge.verdict(one) for one in _all_changes(old, new))
    return Comparison(label, old, new, verdicts, terms)


def _all_changes(old: Catalog, new: Catalog) -> list[EventChange]:
    """Return what became of each event, those included that have a new version or stream alone."""
    found = list(catalog_changes(old, new))
    named = {one.event for one in found}
    for event in new.by_type.values():
        was = old.by_type.get(event.type)
        if was is None or was is event or event.type in named:
            continue
        if (was.version, was.stream) != (event.version, event.stream):
            kind, nothing = Kind.CHANGED, Effect.NOTHING
            found.append(EventChange(kind, event.type, was, event, (), _SOUND, nothing))
    return sorted(found, key=lambda one: one.event)


class _Judge:
    def __init__(self, old: Catalog, new: Catalog, terms: Terms) -> None:
        self.old = old
        self.new = new
        self.terms = terms
        self.approvals = {one.fingerprint: one for one in terms.approvals if not one.missing}

    def verdict(self, change: EventChange) -> Verdict:
        sides = [one for one in (change.old, change.new) if one is not None]
        promise = Promise(*(mode_of(one, self.terms.compatibility) for one in sides))
        breaks = [
            one for way in broken(change.judgement) for one in self._breaks(change, promise, way)
        ]
        if promise.is_transitive:
            breaks += self._earlier(change, promise, breaks)
        names = {name for one in sides for name in one.names}
        before, declared = (
            Version.parse(one.version) if one else None for one in (change.old, change.new)
        )
        required = self._required(change, breaks)
        return Verdict(
            change,
            promise,
            tuple(breaks),
            readers(names, self.old, self.new),
            required,
            before,
            declared,
            self._expected(change, required, before, declared),
        )

    def _breaks(
        self, change: EventChange, promise: Promise, way: str, past: Past | None = None
    ) -> Iterator[Break]:
        """Yield the changes that break a direction in which an event as a whole is broken."""
        answer: Answer = getattr(change.judgement, way)
        old = past.catalog if past else self.old
        for one in change.changes:
            if way in one.breaks:
                mark = fingerprint(old, self.new, change, one)
                own = dict(one.shown).get(way, answer)
                agreed = self.approvals.get(mark)
                yield Break(one, way, own, way in promise.directions, mark, agreed, past)

    def _earlier(
        self, change: EventChange, promise: Promise, breaks: list[Break]
    ) -> Iterator[Break]:
        """Yield what breaks against earlier releases alone, each direction by the latest of them.

        Releases from before an approved break are given up.
        """
        if change.old is None or change.new is None:
            return
        unbroken = [one for one in promise.directions if all(b.direction != one for b in breaks)]
        for past in reversed(self._kept(change.new)):
            if not unbroken:
                return
            found = event_change(past.catalog, past.event, self.new, change.new)
            if found is None:
                continue
            wrong = [one for one in unbroken if one in broken(found.judgement)]
            unbroken = [one for one in unbroken if one not in wrong]
            for way in wrong:
                yield from self._breaks(found, promise, way, past)

    def _kept(self, event: EventSchema) -> list[Past]:
        """Return the earlier releases of an event that its changes must still fit."""
        given_up = [
            one.version.precedence
            for one in self.approvals.values()
            if one.event == event.type and one.version is not None
        ]
        past = list(self.terms.releases(event))
        if not given_up:
            return past
        versions = ((one, Version.parse(one.version)) for one in past)
        return [one for one, said in versions if said and said.precedence >= max(given_up)]

    def _required(self, change: EventChange, breaks: list[Break]) -> Bump:
        if change.kind is Kind.ADDED:
            return Bump.NONE
        if change.kind is Kind.REMOVED:
            return Bump.MAJOR
        bump = bump_for(change.effect, breaks_promise=any(one.counts for one in breaks))
        if change.kind is Kind.RENAMED:
            bump = max(bump, Bump.MAJOR if is_new_major(change) else Bump.MINOR)
        return bump

    def _expected(
        self,
        change: EventChange,
        required: Bump,
        before: Version | None,
        declared: Version | None,
    ) -> Version | None:
        if change.old is None:
            return declared
        if before is None or change.new is None:
            return None
        if required is not Bump.MAJOR:
            return bumped(before, required)
        if is_new_major(change):
            return Version(change.new.name.major or 0, 0, 0)
        return Version(free_major(change.old, self.new.by_type), 0, 0)
