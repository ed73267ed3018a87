"""See to it that a clone has what it is compared with: one commit is fetched, not a history.

Where nothing can be fetched, the clone stays as it is, and whoever compares says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from governance.baseline.action import Asked, merged_into
from governance.baseline.git import ask, is_id
from governance.baseline.repository import NothingError, Repository, has, lines, look
from governance.errors import BaselineError
from governance.runner.fetch import Origin

# From both ends of a branch so far back; who branched off before that fetches the whole history.
_DEPTHS = (32, 256, 2048)


class Base(NamedTuple):
    """What to compare with, once all that could be fetched is there.

    Attributes:
        against: What a person named, as the clone knows it; None where nothing was named.
        run: What the run is about, with what could not be had left out.
        told: What was done for it, for the log.
    """

    against: str | None
    run: Asked
    told: tuple[str, ...] = ()


def provide(folder: Path, against: str | None, run: Asked, origin: Origin) -> Base:
    """Fetch what a comparison lacks.

    Args:
        folder: The catalog folder, or one above it.
        against: The commit or folder that a person names; None for the default.
        run: What the run is about.
        origin: Where to fetch from.

    Returns:
        What to compare with.
    """
    try:
        here = look(folder, "HEAD")
    except (NothingError, BaselineError):
        return Base(against, run)
    if not here.said or not is_id(here.said[0]):
        return Base(against, run)
    if against is not None:
        return _named(here, against, run, origin)
    commit = merged_into(here, run) or run.commit
    if commit:
        told = _commit(here, commit, origin)
        if has(here, commit) or run.branch:
            return Base(None, run, told)
        run = run._replace(commit="", gone=commit)
        return Base(None, run, (*told, *_branch(here, run, origin)))
    return Base(None, run, _branch(here, run, origin))


def _named(here: Repository, against: str, run: Asked, origin: Origin) -> Base:
    """Fetch a commit, branch or tag that a person named, where the clone does not know it."""
    is_odd = against.startswith(("-", "^", ".", "/"))
    if is_odd or Path(against).is_dir() or _id(here, against):
        return Base(against, run)
    if is_id(against):
        return Base(against, run, _commit(here, against, origin))
    name = against.removeprefix("refs/heads/").removeprefix("refs/tags/").removeprefix("origin/")
    if ask(here.root, "check-ref-format", f"refs/heads/{name}").code:
        return Base(against, run)
    if _id(here, f"refs/remotes/origin/{name}"):
        return Base(f"origin/{name}", run)
    told = list[str]()
    for theirs, ours in ((f"heads/{name}", f"remotes/origin/{name}"), (f"tags/{name}",) * 2):
        reason = origin.fetch(f"+refs/{theirs}:refs/{ours}", depth=_one(here))
        if not reason:
            short = ours.removeprefix("remotes/").removeprefix("tags/")
            return Base(short, run, (f"fetched {name} to compare with",))
        told.append(f"there is no refs/{theirs} to fetch: {reason}")
    return Base(against, run, tuple(told))


def _commit(here: Repository, commit: str, origin: Origin) -> tuple[str, ...]:
    """Fetch one commit, where it is not here."""
    if has(here, commit):
        return ()
    reason = origin.fetch(commit, depth=_one(here))
    if reason:
        return (f"the commit {commit[:12]} can't be fetched: {reason}",)
    return (f"fetched the commit {commit[:12]} to compare with",)


def _branch(here: Repository, run: Asked, origin: Origin) -> tuple[str, ...]:
    """Fetch the branch to compare with, and enough of it to find where this one left it."""
    branch = run.branch or run.default
    if not branch or branch == run.pushed:
        return ()
    told = list[str]()
    place = f"refs/remotes/origin/{branch}"
    tip = _id(here, place) or _id(here, f"refs/heads/{branch}")
    if not tip and not (run.tip and has(here, run.tip)):
        reason = origin.fetch(f"+refs/heads/{branch}:{place}", depth=_one(here))
        if reason and run.tip:
            # The branch is gone; the commit that it ended in may still be there.
            reason = origin.fetch(run.tip, depth=_one(here))
        told.append(f"{branch} can't be fetched: {reason}" if reason else f"fetched {branch}")
        tip = _id(here, place)
    return (*told, *_deepen(here, tip or run.tip, origin))


def _deepen(here: Repository, tip: str, origin: Origin) -> Iterable[str]:
    """Fetch more of a shallow history, until both ends meet."""
    head, told = here.said[0], ""
    for depth in _DEPTHS:
        is_met = not ask(here.root, "merge-base", head, tip).code
        if not here.is_shallow or not tip or is_met:
            break
        reason = origin.fetch(head, tip, depth=depth)
        if reason:
            return (f"the history can't be fetched: {reason}",)
        told = f"fetched {depth} commits, to find where this branch left {tip[:12]}"
    return (told,) if told else ()


def _one(here: Repository) -> int:
    """Return the depth of a single commit; in a full clone a depth would cut history off."""
    return 1 if here.is_shallow else 0


def _id(here: Repository, name: str) -> str:
    """Return the id of the commit that a name means; empty where it means none."""
    answer = ask(here.root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return lines(answer.out)[0] if not answer.code else ""
