"""``keb-govern init``: make a folder a project of ours, and overwrite nothing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from governance import config
from governance.cli import CLEAN, FINDINGS, Command, say
from governance.config import Config, Settings
from governance.errors import UsageError
from governance.output import write_all, write_new

if TYPE_CHECKING:
    from governance.start.plan import Plan, Step


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="folder of the project (default: that of the settings, else this one)",
    )
    add(
        "--domain",
        action="append",
        default=[],
        metavar="NAME",
        help="domain of a first event, such as Task; may be given several times",
    )
    add("--owner", metavar="TEAM", help="team that approves changes of the first events")
    add(
        "--source",
        metavar="ADDRESS",
        help="git address that hook and action come from (default: where keb-govern was installed "
        "from, if by git; else the hook runs what is installed)",
    )
    add("--rev", metavar="ID", help="what to take of it: a tag, or better a full commit id")


def _run(args: argparse.Namespace) -> int:
    from governance.start.origin import origin
    from governance.start.plan import Wish, plan

    wish = Wish(args.domain, args.owner, origin(args.source, args.rev))
    made = plan(_settings(args.folder), wish)
    changed = [_done(step) for step in made.steps]
    is_changed = any(changed)
    if is_changed:
        sys.stdout.writelines(["\nNext:\n", *(f"- {line}\n" for line in made.next)])
    _tell(made, args, is_changed=is_changed)
    return FINDINGS if any(step.trouble for step in made.steps) else CLEAN


def _settings(folder: Path | None) -> Settings:
    """Return the settings of a project, or those that it gets.

    Raises:
        UsageError: There is no such folder, and can be none.
    """
    try:
        here = (folder or Path()).resolve()
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{folder} can't be read: {error}") from error
    if here.exists() and not here.is_dir():
        raise UsageError(f"{folder} is no folder: name the folder of the project")
    found = config.find(here)
    if folder is None or found.folder == here:
        return found
    return Settings(Config(), here, None)


def _done(step: Step) -> bool:
    """Do one step and tell it; return whether that changed anything."""
    from governance.start.plan import shown

    name = shown(step.path)
    if step.trouble:
        say(f"{name} {step.trouble}")
    elif step.text is None or (step.is_new and not write_new(step.path, step.text)):
        print(f"{name} {step.left or 'is there already'}, left as it is")
    elif step.is_new:
        print(f"wrote {name}")
        return True
    else:
        write_all({step.path: step.text})
        print(f"added the hook to {name}")
        return True
    return False


def _tell(made: Plan, args: argparse.Namespace, *, is_changed: bool) -> None:
    if not made.is_in_git:
        say("this is no git repository: `git init` makes it one, for the hook and for comparing")
    if not is_changed:
        say("there was nothing to do")
    if (args.domain or args.owner) and not made.has_example:
        say("--domain and --owner are for a first catalog: `keb-govern new` adds to one")


COMMAND = Command(
    "init", "set up a project: settings, first event, hook, workflow", _configure, _run
)
