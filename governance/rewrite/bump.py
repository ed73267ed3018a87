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
from governance.rewrite.draft import Draft
from governance.rewrite.layout import Ending, Layout, Step, rewritten
from governance.rewrite.member import Member
from governance.rewrite.shared import COMPONENTS, Former, Key
from governance.schema.pointer import split, within

_NO_VERSION = (
    "{0} has no version to start from: give it an `event_version`, or bring a catalog of the old "
    "layout over by `keb-govern adopt`"
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
            self.steps[old.type] = Step(old, new, new.type, _right_major(new))
        self._take_in(self.comparison)
        layout, now = self._laid_out()
        now = self._with_versions(now)
        left = {one.type: why for one in now.events if (why := self._why_left(one))}
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
            is_renamed = verdict.change.kind is Kind.RENAMED and not is_new_major(verdict.change)
            if (
                is_renamed
                and verdict.required is Bump.MAJOR
                and old is not None
                and new is not None
            ):
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
            if old.type not in self.steps and (
                old.sunset is None or old.sunset > self.ending.since
            ):
                event = laid_out.get(new.type) or self.comparison.new.by_type[new.type]
                version = None if new.type in laid_out else _right_major(event)
                self.steps[old.type] = Step(old, event, new.type, version)

    def _break(self, verdict: Verdict, known: frozenset[Key]) -> None:
        event = self.comparison.new.by_type.get(verdict.type)
        step = self.steps.get(verdict.type)
        if step is None:
            why = _why_not_split(verdict)
            if why or event is None or verdict.change.old is None:
                self.refused[verdict.type] = why
                return
            major = free_major(verdict.change.old, self.names)
            successor = ".".join((*event.name.segments, f"v{major}"))
            self.names.add(successor)
            version = Version(major, 0, 0)
            self.steps[verdict.type] = Step(verdict.change.old, event, successor, version)
            return
        # It is as it was, so it breaks by what it refers to: all of that has to be as it was.
        more = {key for key in self.former.closure(step.old) if self._may_go_back(key)}
        if more <= known:
            del self.steps[verdict.type]
            self.refused[verdict.type] = _STILL.format(verdict.type, _cause(verdict))
        self.wanted |= more

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

    def _with_versions(self, now: Comparison) -> Comparison:
        """Return a comparison with a catalog that has the versions that it should have."""
        while True:
            drafts = dict[str, Draft]()
            for verdict in now.events:
                event = verdict.change.new
                due = _due(verdict)
                if event is not None and due is not None and not _is_alias(event):
                    draft = drafts.setdefault(event.document.path, Draft(event.document))
                    member = Member(event.document, f"{event.pointer}/event_version")
                    draft.put(*member.valued(str(due)))
            made = rewritten(now.new, {path: one.made() for path, one in drafts.items()})
            # An alias of a version goes along with it, and may be wrong then.
            if not any(draft.document.has_aliases for draft in drafts.values()):
                return now._replace(new=made)
            now = self._compared(made)

    def _why_left(self, verdict: Verdict) -> str:
        """Return what a person has to do about an event; empty where that is nothing."""
        event, name = verdict.change.new, verdict.type
        if verdict.change.old is None or event is None or verdict.required is Bump.NONE:
            return ""
        if verdict.required is Bump.MAJOR:
            return self.refused.get(name) or _STILL.format(name, _cause(verdict))
        if verdict.declared is None:
            return _NO_VERSION.format(name)
        return _ALIAS.format(name) if _is_alias(event) and _due(verdict) else ""

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


def _right_major(event: EventSchema) -> Version | None:
    """Return the version that an event of a new major must start with, where it says another."""
    major, version = event.name.major, Version.parse(event.version)
    if major is None or version is None or version.major == major:
        return None
    return Version(major, 0, 0)


def _why_not_split(verdict: Verdict) -> str:
    event = verdict.change.new
    if event is None or event.legacy or verdict.declared is None or verdict.before is None:
        return _NO_VERSION.format(verdict.type)
    return _ALIAS.format(verdict.type) if _is_alias(event) else ""


def _is_alias(event: EventSchema) -> bool:
    """Say whether an event is written as an alias: what is edited there is another event."""
    start = event.document.extent(event.pointer)[0]
    return event.document.text[start : start + 1] == "*"


def _due(verdict: Verdict) -> Version | None:
    """Return the version that has to be written; None where it is right."""
    event, expected = verdict.change.new, verdict.expected
    if event is None or verdict.required is Bump.MAJOR or _is_right(verdict):
        return None
    major = event.name.major
    # By another name it goes on as a major version of that name.
    if verdict.change.kind is Kind.RENAMED and expected and major not in {None, expected.major}:
        return _right_major(event)
    return expected


def _is_right(verdict: Verdict) -> bool:
    before, declared, expected = verdict.before, verdict.declared, verdict.expected
    if before is None or declared is None or expected is None:
        return True
    # A pre-release leads to its release without any change.
    if before.prerelease and declared.precedence > max(before.precedence, expected.precedence):
        return True
    return declared.precedence == expected.precedence


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
