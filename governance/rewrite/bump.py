"""Write the version that each change calls for, or lay a new major version beside the old one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.model import Catalog, EventSchema
from governance.catalog.version import Version
from governance.compat.change.model import Kind
from governance.compat.comparison import compare
from governance.compat.policy import Bump, free_major
from governance.compat.verdict import Comparison, Verdict, is_new_major, replaced
from governance.rewrite.layout import Ending, Layout, Step
from governance.rewrite.shared import COMPONENTS, Former, Key
from governance.rewrite.versions import due, is_alias, right_major, with_versions
from governance.schema.pointer import split, within

_NO_VERSION = (
    "{0} has no version to start from: give it an `event_version`, or bring a catalog of the old "
    "layout over by `keb-govern adopt`"
)
_NONE_BEFORE = (
    "{0} breaks, and had no version that it could keep: undo the change, or let `keb-govern "
    "approve` write down who answers for it"
)
_OLD_LAYOUT = (
    "{0} is gone, and {1} breaks those who read it; it was declared in the old layout, so put it "
    "back by hand: declare it anew, deprecated and `replaced_by: {1}`"
)
_ALIAS = (
    "{0} is written as a YAML alias, and an edit of it would change another event: write out what "
    "it stands for, and run this again"
)
_GONE = (
    "{0} breaks, and as it was it refers to the shared schema {1} of {2}, which is gone: put {1} "
    "back, and run this again"
)
_STILL = (
    "{0} would break even as it was, by {1}: undo the change there, or let `keb-govern approve` "
    "write down who answers for it"
)


class Rewritten(NamedTuple):
    """What was made of a catalog.

    Attributes:
        texts: The new text of each file that changes.
        done: What was done, a line an event or shared schema.
        left: What could not be done, and what a person has to do instead.
    """

    texts: tuple[tuple[Document, str], ...]
    done: tuple[str, ...]
    left: tuple[str, ...]


def bump(comparison: Comparison, ending: Ending) -> Rewritten:
    """Return a catalog with the versions that its changes call for.

    A break becomes a new event of the next major version beside the old one, which is restored as
    it was and marked deprecated, with the shared schemas that break it. Participants stay where
    they are: when to move is theirs to say.

    Args:
        comparison: The catalog, compared with what it was.
        ending: When a major version ends that gets a successor.
    """
    return _Bump(comparison, ending).all()


class _Bump:
    def __init__(self, comparison: Comparison, ending: Ending) -> None:
        self.comparison = comparison
        self.ending = ending
        self.former = Former(comparison.old, comparison.new)
        self.names = {*comparison.old.by_type, *comparison.new.by_type}
        self.steps: dict[str, Step] = {}
        self.refused: dict[str, str] = {}
        self.wanted = set[Key]()

    def all(self) -> Rewritten:
        for old, new in self._renamed():
            self._beside(old, new, new.type, right_major(new))
        self._take_in(self.comparison)
        layout, now = self._laid_out()
        now = with_versions(now)
        left = self.refused | {
            one.type: why for one in now.events if (why := self._why_left(now, one))
        }
        files = self.comparison.new.by_path
        texts = tuple(
            (files[file.document.path].document, file.document.text)
            for file in now.new.files
            if file is not files[file.document.path]
        )
        done = [line for _, line in sorted(self._done(now.new))]
        shared = layout.shared() if layout else ()
        return Rewritten(texts, (*done, *shared), tuple(left[one] for one in sorted(left)))

    def _renamed(self) -> Iterator[tuple[EventSchema, EventSchema]]:
        """Yield the events that go by another name, and break whoever reads them by the old."""
        for verdict in self.comparison.events:
            old, new = verdict.change.old, verdict.change.new
            is_break = verdict.change.kind is Kind.RENAMED and verdict.required is Bump.MAJOR
            if is_break and old and new and not is_new_major(verdict.change):
                yield old, new

    def _laid_out(self) -> tuple[Layout | None, Comparison]:
        """Return a draft under which what is put back breaks nobody, and its comparison."""
        while self.steps:
            steps = dict(sorted(self.steps.items()))
            layout = Layout(self.former, steps, self.wanted, self.ending)
            now = self._compared(layout.catalog())
            if not (self._refuse_homeless(layout) or self._take_in(now)):
                return layout, now
        return None, self.comparison

    def _compared(self, catalog: Catalog) -> Comparison:
        label, old, _, _, terms = self.comparison
        return compare(label, old, catalog, terms)

    def _take_in(self, now: Comparison) -> bool:
        """Take in what breaks in a draft; say whether that calls for another one."""
        before = (len(self.steps), len(self.refused), len(self.wanted))
        self._put_back(now)
        # By what is wanted since this draft was made it can't be judged.
        known = frozenset(self.wanted)
        broken = [one for one in now.events if one.required is Bump.MAJOR]
        # The latest major version comes first: its next is the next number.
        for verdict in sorted(broken, key=_latest_first):
            if verdict.change.kind is Kind.CHANGED and verdict.type not in self.refused:
                self._break(verdict, known)
            if verdict.type not in self.refused:
                self.wanted.update(self._origins(verdict))
        return before != (len(self.steps), len(self.refused), len(self.wanted))

    def _put_back(self, now: Comparison) -> None:
        """Take in the events that are gone, though a next major version is there or comes now."""
        laid_out = {step.successor: step.new for step in self.steps.values() if step.is_split}
        for old, new in replaced(now):
            if old.sunset is not None and old.sunset <= self.ending.since:
                continue
            if new.type in laid_out:
                self._beside(old, laid_out[new.type], new.type, None)
            else:
                event = self.comparison.new.by_type[new.type]
                self._beside(old, event, new.type, right_major(event))

    def _beside(
        self, old: EventSchema, new: EventSchema, name: str, version: Version | None
    ) -> None:
        """Take in an event that is gone, to be put back beside another."""
        if old.type in self.steps or old.type in self.refused:
            return
        if old.legacy or new.legacy:
            self.refused[old.type] = _OLD_LAYOUT.format(old.type, name)
        else:
            self.steps[old.type] = Step(old, new, name, version)

    def _break(self, verdict: Verdict, known: frozenset[Key]) -> None:
        event = self.comparison.new.by_type.get(verdict.type)
        step = self.steps.get(verdict.type)
        if step is None:
            why = _why_not_split(verdict)
            if why or event is None or verdict.change.old is None:
                self.refused[verdict.type] = why
                return
            self._split(verdict.change.old, event)
            return
        # It is as it was, so it breaks by what it refers to: all of that has to be as it was.
        more = {key for key in self.former.closure(step.old) if self._may_go_back(key)}
        if more <= known:
            del self.steps[verdict.type]
            self.refused[verdict.type] = _STILL.format(verdict.type, _cause(verdict))
        self.wanted |= more

    def _split(self, old: EventSchema, event: EventSchema) -> None:
        """Take in an event that goes on under the next major version that never was."""
        while True:
            version = Version(free_major(old, self.names), 0, 0)
            name = ".".join((*event.name.segments, f"v{version.major}"))
            self.names.add(name)
            successor = event._replace(type=name, declaration={})
            if not self.comparison.terms.releases(successor, str(version)):
                self.steps[event.type] = Step(old, event, name, version)
                return

    def _origins(self, verdict: Verdict) -> set[Key]:
        origins = (one.change.origin for one in verdict.breaks if one.counts)
        keys = {(one.file, one.pointer) for one in origins if one is not None}
        return {key for key in keys if self._may_go_back(key)}

    def _may_go_back(self, key: Key) -> bool:
        return within(key[1], COMPONENTS) and self.former.is_changed(key)

    def _refuse_homeless(self, layout: Layout) -> bool:
        """Give up on events that refer to what can't be put back; say whether there are any."""
        for event, step in list(self.steps.items()):
            gone = sorted(layout.homeless.intersection(self.former.closure(step.old)))
            if gone:
                del self.steps[event]
                self.refused[event] = _GONE.format(event, split(gone[0][1])[-1], gone[0][0])
        return bool(layout.homeless)

    def _why_left(self, now: Comparison, verdict: Verdict) -> str:
        """Return what a person has to do about an event; empty where that is nothing."""
        event, name = verdict.change.new, verdict.type
        if verdict.change.old is None or event is None or verdict.required is Bump.NONE:
            return ""
        if verdict.required is Bump.MAJOR:
            return self.refused.get(name) or _STILL.format(name, _cause(verdict))
        if verdict.declared is None:
            return _NO_VERSION.format(name)
        return _ALIAS.format(name) if is_alias(event) and due(now, verdict) else ""

    def _done(self, made: Catalog) -> Iterator[tuple[str, str]]:
        """Yield what was done about each event, by its event type."""
        for event, step in self.steps.items():
            yield event, _of_step(step, _end(step.old, self.ending))
        for event, was in self.comparison.new.by_type.items():
            now = made.by_type.get(event)
            if now is None or event in self.steps:
                continue
            if was.version != now.version:
                yield event, f"{event}: {was.version} -> {now.version}"
            onward = (now.deprecated or {}).get("replaced_by")
            if was.deprecated is not None and was.deprecated.get("replaced_by") != onward:
                yield event, f"{event}: its readers are now sent on to {onward}"


def _cause(verdict: Verdict) -> str:
    """Return what breaks an event that is as it was."""
    for one in verdict.breaks:
        if one.counts and one.past is not None:
            return f"what it was in {one.past.version}"
        if one.counts and one.change.origin is not None:
            said = split(one.change.origin.pointer)
            return f"what {said[1]} carries" if said[0] == "events" else f"the shared {said[-1]}"
    return "what it refers to"


def _latest_first(verdict: Verdict) -> int:
    return -verdict.before.major if verdict.before else 0


def _why_not_split(verdict: Verdict) -> str:
    event = verdict.change.new
    if event is None or event.legacy or verdict.declared is None:
        return _NO_VERSION.format(verdict.type)
    if verdict.before is None:
        return _NONE_BEFORE.format(verdict.type)
    return _ALIAS.format(verdict.type) if is_alias(event) else ""


def _of_step(step: Step, end: str) -> str:
    name, successor = step.old.type, step.successor
    if step.is_split:
        return f"{name}: the change is now {successor} {step.version}; {name} is as it was, {end}"
    if step.old.name.segments == step.new.name.segments:
        return f"{name} is back beside {successor}, {end}"
    return f"{name} is back, {end}: {successor} broke its readers, and goes by that name no longer"


def _end(old: EventSchema, ending: Ending) -> str:
    if old.deprecated is None:
        return f"deprecated, and ends on {ending.sunset}"
    return f"and ends on {old.sunset} as it said" if old.sunset else "deprecated as it was"
