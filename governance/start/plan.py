"""What is to be written where, so that a project can start; what is there already stays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from governance import generate
from governance.baseline.git import GitMissingError
from governance.baseline.repository import NothingError, look
from governance.catalog.files import RawFile, is_wanted, read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog, Layout
from governance.config import Settings
from governance.discover import collect
from governance.errors import UsageError
from governance.generate import Generator
from governance.start.example import example
from governance.start.hook import FILE, Hook, UnfitError
from governance.start.origin import Origin
from governance.start.workflow import is_complete, runs, workflow

_SETTINGS = "keb-govern.toml"
_WORKFLOWS = ".github/workflows"


class Step(NamedTuple):
    """What becomes of one file.

    Attributes:
        path: The file, or the folder that is left as it is.
        text: What it is to hold; None where it stays.
        is_new: Whether it is not there yet.
        left: Why it stays as it is.
        trouble: What a person has to do, where we can't.
    """

    path: Path
    text: str | None = None
    is_new: bool = True
    left: str = ""
    trouble: str = ""


class Plan(NamedTuple):
    """Everything that is to be done.

    Attributes:
        steps: In the order in which they are done.
        next: What a person does then.
        is_in_git: Whether the project lies in a repository.
        has_example: Whether a first catalog is among it.
    """

    steps: tuple[Step, ...]
    next: tuple[str, ...]
    is_in_git: bool
    has_example: bool


class Wish(NamedTuple):
    """What a person asks for.

    Attributes:
        domains: The domains of a first catalog.
        owner: Its owner.
        origin: Where hook and action come from; None where that is not known.
    """

    domains: Sequence[str]
    owner: str | None
    origin: Origin | None


def plan(settings: Settings, wish: Wish) -> Plan:
    """Return what is to be done in a folder.

    Args:
        settings: The settings that hold there, with the folder; real, without links.
        wish: What a person asks for.

    Raises:
        GovernError: The folder can't be made one of ours.
    """
    return _Planner(settings, wish).plan()


class _Planner:
    def __init__(self, settings: Settings, wish: Wish) -> None:
        self._settings = settings
        self._wish = wish
        self._folder = settings.folder
        self._top = _top(settings.folder)
        self._root = self._top or settings.folder
        self._catalog = Path(os.path.normpath(self._folder / settings.config.catalog))

    def plan(self) -> Plan:
        below = self._from_root(self._folder)
        if not below.isprintable():
            raise UsageError(f"{below!r}: hook and workflow can't name such a folder: rename it")
        steps = [self._of_settings()]
        has_example = not _has_files(self._catalog)
        catalog, found = self._example() if has_example else self._existing()
        steps += found
        for one in collect(generate, "GENERATOR", Generator):
            path = self._folder / one.place(self._settings.config)
            steps.append(self._new(path, one.render(catalog)))
        steps += [self._hook(), self._workflow()]
        lines = self._next(catalog, {one.path: one.text for one in steps if one.text is not None})
        return Plan(tuple(steps), tuple(lines), self._top is not None, has_example)

    def _of_settings(self) -> Step:
        source = self._settings.source
        if source is not None and source.name != _SETTINGS:
            return Step(source, left="holds settings already")
        text = (Path(__file__).parent / _SETTINGS).read_text(encoding="utf-8")
        return self._new(self._folder / _SETTINGS, text)

    def _existing(self) -> tuple[Catalog, list[Step]]:
        catalog = load(read_folder(self._catalog, self._settings.config.max_file_bytes))
        left = f"holds a catalog{' of the old layout' if _is_old(catalog) else ''} already"
        return catalog, [Step(self._catalog, left=left)]

    def _example(self) -> tuple[Catalog, list[Step]]:
        files = example(self._wish.domains, self._wish.owner)
        raws = tuple(RawFile(name, name, text.encode(), None) for name, text in files.items())
        return load(raws), [self._new(self._catalog / name, text) for name, text in files.items()]

    def _hook(self) -> Step:
        path = self._root / FILE
        source = self._settings.source or self._folder / _SETTINGS
        settings = "" if self._folder == self._root else self._from_root(source)
        hook = Hook(self._wish.origin, self._from_root(self._catalog), settings)
        if not os.path.lexists(path):
            return self._new(path, hook.text())
        try:
            self._refuse_place(path)
            text = hook.added(path.read_bytes())
        except (UnfitError, UsageError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            entry = "\n".join(hook.lines())
            return Step(
                path, trouble=f"can't be edited: {why}; put this under `repos:` in it\n{entry}"
            )
        if text is None:
            return Step(path, left="runs keb-govern already")
        return Step(path, text, is_new=False)

    def _workflow(self) -> Step:
        below = self._from_root(self._folder)
        folder = self._root / _WORKFLOWS
        for path in sorted(folder.glob("*.y*ml")):
            if path.is_file() and os.access(path, os.R_OK) and runs(path.read_bytes(), below):
                return Step(path, left="runs the action already")
        name = "-".join(["keb-govern", *below.split("/")] if below else ["keb-govern"])
        return self._new(folder / f"{name}.yml", workflow(self._wish.origin, below))

    def _new(self, path: Path, text: str) -> Step:
        if os.path.lexists(path):
            return Step(path, left="is there already")
        self._refuse_place(path)
        return Step(path, text)

    def _refuse_place(self, path: Path) -> None:
        """Refuse to write where no folder can be, or where a link leads out of the repository."""
        above = next(one for one in path.parents if os.path.lexists(one))
        if not above.is_dir():
            raise UsageError(f"{shown(above)} is no folder: move it away")
        if path.is_relative_to(self._root) and not path.resolve().is_relative_to(self._root):
            raise UsageError(
                f"{shown(path)} lies behind a link that leads out of the project: put a folder "
                f"there instead, or name the real one as `catalog` in {_SETTINGS}"
            )

    def _next(self, catalog: Catalog, written: Mapping[Path, str]) -> Iterator[str]:
        first = catalog.files[0]
        if _is_old(catalog):
            yield "`keb-govern adopt` brings the catalog to governed form, and proves it the same."
            yield "`keb-govern baseline` then writes down what can't be mended today."
        elif self._catalog / first.relative in written:
            yield (
                f"Put events of your own in place of the example in {shown(self._catalog)}: "
                "`keb-govern new` adds one."
            )
        else:
            yield "`keb-govern check` judges the catalog."
        if self._root / FILE in written:
            yield "`pre-commit install`, once in each clone: then no commit breaks a reader."
        for path, text in written.items():
            if path.parent == self._root / _WORKFLOWS and not is_complete(text):
                yield (
                    f"In {shown(path)}, put the address of the action for OWNER/keb-govern, and a "
                    "full commit id for the zeros."
                )

    def _from_root(self, path: Path) -> str:
        said = os.path.relpath(path, self._root)
        return "" if said == "." else Path(said).as_posix()


def shown(path: Path) -> str:
    """Return a path as a person would type it here."""
    return Path(os.path.relpath(path)).as_posix()


def _top(folder: Path) -> Path | None:
    """Return the top of the repository that a folder lies in; None where it lies in none."""
    try:
        return look(folder).root
    except (NothingError, GitMissingError):
        return None


def _is_old(catalog: Catalog) -> bool:
    return any(one.layout is Layout.LEGACY for one in catalog.files)


def _has_files(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return any(is_wanted(name) for name in names)
