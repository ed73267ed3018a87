"""Decide what a catalog is compared with: a commit, a folder, or nothing and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from governance.baseline.action import Asked, asked, merged_into
from governance.baseline.git import GitMissingError, ask, is_id, read
from governance.baseline.lacking import missing, too_shallow
from governance.baseline.repository import NothingError, Repository, has, lines, look
from governance.baseline.tree import FOLDER, entry
from governance.catalog.files import fingerprint, read_folder
from governance.errors import BaselineError, CatalogError

_NOTHING = "nothing to compare with: "
_DEFAULTS = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
# No schema file of a folder to compare with is as large; what is longer counts by name and size.
_MOST_BYTES = 1 << 30


class Point(NamedTuple):
    """What a catalog is compared with, before anything of it is read.

    Attributes:
        label: How messages call it: as the user typed it, a branch whose tip it is, the first 12
            digits of a commit id, or a folder as it was named; empty where there is nothing.
        commit: The full id of the commit; None for a folder, or where there is nothing.
        note: What a person should be told; empty where all is as usual.
        name: The catalog as it was named, with forward slashes.
        root: Top of the work tree; None for a folder, or where there is nothing.
        path: The catalog in the tree, from the top, with forward slashes; empty for the top itself.
        tree: Id of that tree; None where the commit has none there.
        folder: The catalog folder to compare with; None for a commit, or where there is nothing.
        is_shallow: Whether the clone has only the latest part of the history.
    """

    label: str
    commit: str | None
    note: str
    name: str
    root: Path | None = None
    path: str = ""
    tree: str | None = None
    folder: Path | None = None
    is_shallow: bool = False

    @property
    def identity(self) -> str:
        """All that decides about what is compared with; nothing else changes it.

        Raises:
            BaselineError: It is a folder, and can't be read.
        """
        if self.folder is None:
            said = (self.label, self.commit, self.path, self.name)
            return repr(said) if self.commit else ""
        try:
            return fingerprint(read_folder(self.folder, _MOST_BYTES)).hex()
        except CatalogError as error:
            raise BaselineError(str(error)) from error


def locate(
    folder: Path,
    against: str | None,
    environment: Mapping[str, str],
    run: Asked | None = None,
) -> Point:
    """Return what a catalog is compared with.

    Args:
        folder: The catalog folder, as the user named it.
        against: What the user names: a commit in any way that git knows, or a folder. None is the
            place where the branch left the default branch; in a run of GitHub Actions, what the
            pull request goes to or the push started from.
        environment: Variables of the environment, for GitHub Actions.
        run: What a run of GitHub Actions is about; None for what the environment says.

    Raises:
        BaselineError: What was named does not exist, the clone lacks what is needed, or git fails.
    """
    if against is not None:
        return _named(folder, against, environment)
    try:
        return _default(folder, environment, asked(environment) if run is None else run)
    except (NothingError, GitMissingError) as reason:
        return Point("", None, f"{_NOTHING}{reason}", folder.as_posix())


def _named(folder: Path, against: str, environment: Mapping[str, str]) -> Point:
    is_folder = Path(against).is_dir()
    is_path = against.startswith((".", "/")) or against.endswith("/") or Path(against).is_absolute()
    if is_folder and is_path:
        return _folder_point(folder, Path(against))
    if against.startswith(("-", "^")) or not against or "\0" in against:
        raise BaselineError(f"{against!r} names no commit; a branch may be called refs/heads/NAME")
    try:
        here = look(folder, f"{against}^{{commit}}")
    except (NothingError, BaselineError) as error:
        if is_folder:
            return _folder_point(folder, Path(against))
        raise BaselineError(f"there is no commit {against} to compare with: {error}") from error
    if is_folder and not here.said:
        return _folder_point(folder, Path(against))
    if is_folder and not against.startswith("refs/"):
        raise BaselineError(
            f"{against} is a folder and a name in git: write ./{against} for the folder, "
            f"or the full name (refs/heads/{against}, refs/tags/{against})"
        )
    if not here.said:
        raise _unknown(here, against, environment)
    if len(here.said) > 1:
        raise BaselineError(f"{against} names more than one commit: name the one to compare with")
    return _commit_point(folder, here, against, here.said[0])


def _folder_point(folder: Path, against: Path) -> Point:
    """Return the point of a catalog folder, or of the project folder that holds one."""
    inner = against / (folder.name if folder.is_absolute() else folder)
    chosen = inner if inner.is_dir() and inner.resolve() != folder.resolve() else against
    return Point(against.as_posix(), None, "", folder.as_posix(), folder=chosen)


def _unknown(here: Repository, against: str, environment: Mapping[str, str]) -> BaselineError:
    from difflib import get_close_matches  # noqa: PLC0415  only for a mistake

    names = lines(read(here.root, "rev-parse", "--symbolic", "--branches", "--tags", "--remotes"))
    close = [name for name in names if name.endswith(f"/{against}")]
    close += [one for one in get_close_matches(against, names, 3) if one not in close]
    what = f"there is no commit {against} to compare with"
    if close:
        return BaselineError(f"{what}: did you mean {' or '.join(close)}?")
    if here.is_shallow:
        return too_shallow(what, against if is_id(against) else "", environment)
    return BaselineError(f"{what}, and no such folder: `git branch --all` and `git tag` list names")


def _default(folder: Path, environment: Mapping[str, str], wanted: Asked) -> Point:
    branches = _places(wanted.branch)
    tips = [
        f"--glob={_exactly(name)}" for name in (*branches, *_places(wanted.default), *_DEFAULTS)
    ]
    # Ids first, and then the same again by name: so one process tells both.
    here = look(folder, "HEAD", *tips, "--symbolic-full-name", "HEAD", *tips)
    if not here.said:
        raise NothingError("there is no commit yet")
    half, is_odd = divmod(len(here.said), 2)
    head, *ids = here.said[:half] or [""]
    _, *found = here.said[half:]
    if is_odd or not all(map(is_id, (head, *ids))):
        raise BaselineError(f"`git rev-parse` answers {here.said[0][:80]!r} when asked for HEAD")
    known = list(zip(found, ids, strict=True))
    merged, gone = merged_into(here, wanted), wanted.gone
    commit = merged or wanted.commit
    if commit:
        if has(here, commit):
            return _commit_point(folder, here, wanted.branch if merged else commit[:12], commit)
        if here.is_shallow:
            what = f"the commit {commit[:12]} to compare with is not here"
            raise too_shallow(what, commit, environment)
        gone = commit
    note = f"the commit {gone[:12]} that the run names is gone" if gone else ""
    name, tip = _tip(here, known, wanted, branches) or ("", "")
    if not tip:
        if here.is_shallow:
            raise too_shallow("no branch to compare with is here", "", environment)
        raise NothingError("there is no default branch (origin/HEAD, main or master)")
    if name in _places(wanted.pushed):
        raise NothingError(note or f"{wanted.pushed} has no earlier commit that this push names")
    base = head if head == tip else _merge_base(here, name, head, tip, environment)
    # A branch of one's own that stands at the same place has the shorter name.
    same = [_short(one) for one, id_ in known if id_ == base and _last(one) == _last(name)]
    label = min((*same, _short(name)), key=len) if base == tip else base[:12]
    return _commit_point(folder, here, label, base, note)


def _places(branch: str) -> tuple[str, ...]:
    """Return the full names that a branch may have in a clone."""
    return (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}") if branch else ()


def _tip(
    here: Repository, known: list[tuple[str, str]], wanted: Asked, branches: tuple[str, ...]
) -> tuple[str, str] | None:
    """Return name and id of the tip of the branch that HEAD is compared with."""
    if wanted.branch:
        found = next((one for one in known if one[0] in branches), None)
        if found is not None:
            return found
        if wanted.tip and has(here, wanted.tip):
            return wanted.branch, wanted.tip
        if here.is_shallow:
            return None
    if known:
        return known[0]
    answer = ask(here.root, "config", "--get", "init.defaultBranch")
    name = f"refs/heads/{answer.out.decode(errors='replace').strip()}"
    found_ = ask(here.root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return (name, lines(found_.out)[0]) if found_.out else None


def _merge_base(
    here: Repository, name: str, head: str, tip: str, environment: Mapping[str, str]
) -> str:
    answer = ask(here.root, "merge-base", head, tip)
    base = lines(answer.out)[0]
    if is_id(base):
        return base
    what = f"HEAD and {_short(name)} have no commit in common"
    if here.is_shallow:
        raise too_shallow(what, "", environment)
    if answer.code != 1:
        raise BaselineError(f"`git merge-base` fails: {answer.reason}")
    raise NothingError(what)


def _commit_point(folder: Path, here: Repository, label: str, commit: str, note: str = "") -> Point:
    path, tree = here.path, commit
    if path:
        answer = ask(here.root, "ls-tree", "-z", commit, "--", path)
        if answer.code:
            raise missing(here.root, commit, path, answer.reason)
        found = entry(answer.out.removesuffix(b"\0")) if answer.out else None
        tree = found.blob if found is not None and found.mode == FOLDER else ""
    if not tree:
        note = note or f"{_NOTHING}there is no {path} in {label}"
    return Point(
        label,
        commit,
        note,
        folder.as_posix(),
        here.root,
        path,
        tree or None,
        is_shallow=here.is_shallow,
    )


def _exactly(name: str) -> str:
    """Return a pattern that only one ref matches; without a wildcard git would look below it."""
    return f"{name[:-1]}[{name[-1]}]" if name[-1].isalnum() else f"{name[:-1]}?"


def _short(name: str) -> str:
    return name.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]
