"""New major versions laid beside the old ones, which are put back as they were: one draft of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from governance.catalog.draft import Draft
from governance.catalog.files import RawFile
from governance.catalog.load import load_file
from governance.catalog.member import Member
from governance.catalog.model import Catalog, EventSchema, SourceFile
from governance.catalog.references import led
from governance.catalog.tree import SchemaTree
from governance.catalog.version import Version
from governance.compat.policy import Bump, bumped
from governance.errors import CatalogError
from governance.rewrite.restored import restored
from governance.rewrite.shared import COMPONENTS, Former, Key, free_name
from governance.schema.json import Json, as_object, as_text
from governance.schema.pointer import PointerError, join, resolve, split

# What belongs to the major version that has it: the next one starts without.
_OWN = ("aliases", "legacy", "deprecated", "renamed_from")


class Ending(NamedTuple):
    """When a major version that has a successor ends.

    Attributes:
        since: The day from which on it is deprecated.
        sunset: The day on which it ends.
    """

    since: date
    sunset: date


class Step(NamedTuple):
    """An event that is put back beside the one that has its change.

    Attributes:
        old: The event as it was.
        new: The event that the work tree has in its place.
        successor: What that one is called from now on.
        version: The version that it has to say; None where it is right.
    """

    old: EventSchema
    new: EventSchema
    successor: str
    version: Version | None

    @property
    def is_split(self) -> bool:
        """Whether the work tree has but one name for both."""
        return self.old.type == self.new.type


class Layout:
    """A catalog on its way: events and shared schemas put back, their changes under new names.

    Args:
        former: The catalog as it was, and as it is.
        steps: The events to put back.
        wanted: The shared schemas that break them.
        ending: When they end.
    """

    def __init__(
        self, former: Former, steps: Mapping[str, Step], wanted: Collection[Key], ending: Ending
    ) -> None:
        self._former = former
        self._steps = steps
        self._ending = ending
        self._drafts: dict[str, Draft] = {}
        self._back = former.put_back((step.old for step in steps.values()), wanted)
        gone = [key for key in self._back if former.home(key) is None]
        self.homeless = {key for key in gone if not self._has_room(key)}
        self.added = [key for key in gone if self._has_room(key)]
        self.renamed: dict[Key, str] = {}
        for home in filter(None, map(former.home, self._back)):
            self.renamed[home] = free_name(home, self._taken(home[0]))
        self._lay_out()

    def catalog(self) -> Catalog:
        """Return the catalog that comes of it; files that stay are those of now."""
        texts = {path: draft.made() for path, draft in self._drafts.items()}
        return rewritten(self._former.new, texts)

    def shared(self) -> Iterator[str]:
        """Yield what was done about each shared schema, a line each."""
        for (file, pointer), name in self.renamed.items():
            was = split(pointer)[-1]
            yield f"{was} ({file}) is as it was; what it has become is {name} beside it"
        for file, pointer in self.added:
            yield f"{split(pointer)[-1]} ({file}) is back, as an event that is back refers to it"

    def _lay_out(self) -> None:
        for step in self._steps.values():
            self._event(step)
        for key, tree in self._back.items():
            self._component(key, tree)
        self._lead_on()
        self._send_on()

    def _event(self, step: Step) -> None:
        old, event = step.old, step.new
        now, draft = Member(event.document, event.pointer), self._draft(event.document.path)
        relative = self._former.new.by_path[event.document.path].relative
        was = restored(Member(old.document, old.pointer), now.slot, self._said(step, relative))
        draft.put(now.start, now.start, was.text + now.separator)
        if step.is_split:
            draft.put(*now.renamed(step.successor))
        if step.version is not None:
            version = Member(event.document, f"{event.pointer}/event_version")
            draft.put(*version.valued(str(step.version)))
        draft.leave(was.comments)
        draft.cut(event.pointer, self._not_carried_on(step))

    def _not_carried_on(self, step: Step) -> list[str]:
        said, names = step.new.declaration, set(step.old.names)
        if step.is_split:
            return [key for key in _OWN if key in said]
        # By another name it may have aliases of its own, but not those that lead to the old one.
        gone: list[str] = [key for key in ("legacy", "renamed_from") if key in said]
        # What came over word for word spoke of the old one.
        if "deprecated" in said and said["deprecated"] == step.old.declaration.get("deprecated"):
            gone.append("deprecated")
        clash = [one for one in step.new.aliases if one in names]
        if clash and len(clash) == len(step.new.aliases):
            return [*gone, "aliases"]
        if clash:
            items = (str(n) for n, one in enumerate(step.new.aliases) if one in names)
            self._draft(step.new.document.path).cut(f"{step.new.pointer}/aliases", items)
        return gone

    def _said(self, step: Step, relative: str) -> dict[str, Json]:
        """Return what an event that is put back says otherwise than before."""
        old, said = step.old, dict[str, Json]()
        if old.payload is not None:
            base = old.payload.pointer.removeprefix(old.pointer)
            refs = self._former.refs(old.payload, relative)
            said = {base + pointer: ref for pointer, ref in refs.items()}
        if old.deprecated is None:
            version = Version.parse(old.version)
            if version is not None:
                said["/event_version"] = str(bumped(version, Bump.PATCH))
            days = {key: day.isoformat() for key, day in self._ending._asdict().items()}
            said["/deprecated"] = {**days, "replaced_by": step.successor}
            return said
        onward = self._onward(old)
        return said if onward is None else {**said, "/deprecated/replaced_by": onward}

    def _onward(self, event: EventSchema) -> str | None:
        """Return where a deprecated event must lead, if what it leads to ends before it does."""
        step = self._steps.get(as_text((event.deprecated or {}).get("replaced_by")) or "")
        ends_first = (
            step is not None
            and step.old.deprecated is None
            and event.sunset is not None
            and self._ending.sunset <= event.sunset
        )
        return step.successor if step is not None and ends_first else None

    def _component(self, key: Key, tree: SchemaTree) -> None:
        """Put back a shared schema: before what it has become, or else at the end of its file."""
        home = self._former.home(key)
        if home is None and key in self.homeless:
            return
        file, pointer = home or key
        document = self._former.new.by_relative[file].document
        last = [*as_object(resolve(document.root, COMPONENTS))][-1]
        now = Member(document, COMPONENTS + join(last) if home is None else pointer)
        was, refs = Member(tree.document, key[1]), self._former.refs(tree, file)
        text, draft = restored(was, now.slot, refs).text, self._draft(document.path)
        if home is None:
            draft.put(now.end, now.end, now.separator + text)
        else:
            draft.put(now.start, now.start, text + now.separator)
            draft.put(*now.renamed(self.renamed[home]))

    def _lead_on(self) -> None:
        """Let all that the work tree says of what was renamed speak of its new name."""
        moved = {
            (step.new.document.path, step.new.pointer): _beside(step.new.pointer, step.successor)
            for step in self._steps.values()
            if step.is_split
        }
        for home, name in self.renamed.items():
            path = self._former.new.by_relative[home[0]].document.path
            moved[path, home[1]] = _beside(home[1], name)
        catalog = self._former.new
        for one in led(catalog, moved, set(catalog.by_path)):
            member = Member(catalog.by_path[one.path].document, one.pointer)
            self._draft(one.path).put(*member.valued(one.ref))

    def _send_on(self) -> None:
        """Send the readers of a deprecated event past one that now ends before it."""
        for event in self._former.new.events:
            onward, draft = self._onward(event), self._draft(event.document.path)
            pointer = f"{event.pointer}/deprecated/replaced_by"
            if onward is not None and event.type not in self._steps and not draft.is_cut(pointer):
                draft.put(*Member(event.document, pointer).valued(onward))

    def _draft(self, path: str) -> Draft:
        if path not in self._drafts:
            self._drafts[path] = Draft(self._former.new.by_path[path].document)
        return self._drafts[path]

    def _taken(self, relative: str) -> set[str]:
        files = (
            catalog.by_relative.get(relative) for catalog in (self._former.old, self._former.new)
        )
        known = {one.name for file in files if file is not None for one in file.components}
        return known | {name for home, name in self.renamed.items() if home[0] == relative}

    def _has_room(self, key: Key) -> bool:
        """Say whether there is a place to put a shared schema back: others in its file."""
        file = self._former.new.by_relative.get(key[0])
        try:
            return file is not None and bool(resolve(file.document.root, COMPONENTS))
        except PointerError:
            return False


def rewritten(catalog: Catalog, texts: Mapping[str, str]) -> Catalog:
    """Return a catalog with another text for some of its files, by path.

    Raises:
        CatalogError: A file could not be read again.
    """
    return Catalog(
        tuple(
            _reread(file, texts[file.document.path]) if file.document.path in texts else file
            for file in catalog.files
        )
    )


def _reread(file: SourceFile, text: str) -> SourceFile:
    made = load_file(RawFile(file.document.path, file.relative, text.encode(), None))
    known = {one.kind for one in file.document.problems}
    for problem in made.document.problems:
        if problem.kind not in known:
            raise CatalogError(
                f"{made.document.path} could not be read any more ({problem.message}), so nothing "
                "was written: make the change by hand, and report this with the file"
            )
    return made


def _beside(pointer: str, name: str) -> str:
    return pointer.rpartition("/")[0] + join(name)
