"""``keb-govern approve``: agree to a break in the open, in a file that is reviewed with it."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING

from governance.cli import CLEAN, Command, add_compared, answer, compared, day, is_asking, say
from governance.errors import UsageError
from governance.output import write_all

if TYPE_CHECKING:
    from governance.rewrite.approval import Open


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_compared(parser)
    add(
        "--break",
        dest="breaks",
        action="append",
        metavar="EVENT|FINGERPRINT",
        help="approve the breaks of this event, or this one; without it, the only one there is",
    )
    add("--reason", metavar="TEXT", help="why the break is wanted (asked for on a terminal)")
    add("--owner", metavar="TEAM", help="who answers for it (default: the owner of the event)")
    add("--date", type=day, metavar="DATE", help="write as on this day (default: today)")


def _run(args: argparse.Namespace) -> int:
    from governance.rewrite.approval import Consent, approval, open_breaks

    project, comparison = compared(args)
    found = tuple(open_breaks(comparison))
    if not found:
        say(f"there is no break to approve, compared with {comparison.label or 'nothing'}")
        return CLEAN
    chosen = _chosen(found, args.breaks or [])
    reason = args.reason or (answer("Why is the break wanted? ") if is_asking() else "")
    if not reason.strip():
        raise UsageError("an approval needs a reason: name it by --reason")
    today = args.date or date.today()  # noqa: DTZ011  an approval is of a person's own day
    texts = {}
    for one in chosen:
        owner = args.owner or _owner(one)
        texts[project.folder / one.path] = approval(one, Consent(reason, owner, today))
    (project.folder / chosen[0].path).parent.mkdir(exist_ok=True)
    write_all(texts)
    for path, one in zip(texts, chosen, strict=True):
        sys.stdout.write(f"{path.as_posix()}: {one.title}\n")
    return CLEAN


def _chosen(found: tuple[Open, ...], named: list[str]) -> tuple[Open, ...]:
    listing = "".join(f"\n  {one.fingerprint}  {one.title}" for one in found)
    for name in named:
        if not any(name in {one.fingerprint, one.verdict.type} for one in found):
            raise UsageError(f"{name} names no break; there are:{listing}")
    if not named and len(found) > 1:
        raise UsageError(f"there are {len(found)} breaks, name each by --break:{listing}")
    return tuple(
        one for one in found if not named or {one.fingerprint, one.verdict.type} & {*named}
    )


def _owner(one: Open) -> str:
    event = one.verdict.change.new
    owner = event.owner if event is not None else None
    if owner is None:
        raise UsageError(f"nobody owns {one.verdict.type}: name who answers for it by --owner")
    return owner


COMMAND = Command("approve", "agree to a break, in a file that is reviewed", _configure, _run)
