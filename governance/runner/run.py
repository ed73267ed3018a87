"""What a run of the action looks at: its folder, its catalog, and what that is compared with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from governance import config
from governance.baseline.action import asked
from governance.errors import BaselineError
from governance.finding import Severity
from governance.project import Project, Wanted, open_project
from governance.runner.base import provide
from governance.runner.fetch import Origin
from governance.runner.inputs import Inputs


class Opened(NamedTuple):
    """What a run looks at.

    Attributes:
        project: What is judged, and what it is compared with.
        fail_on: From which severity on a finding makes the run fail.
        told: What a person should be told about it.
    """

    project: Project
    fail_on: Severity
    told: tuple[str, ...]


def top(folder: Path) -> Path:
    """Return the top of the work tree that a folder lies in; the folder itself where there is none.

    Every place where GitHub shows a finding wants the file's name from there.
    """
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def trusted(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which git takes a run's own work tree, whoever it belongs to.

    In a container the workspace is mounted, and belongs to the user of the machine around it.
    """
    said = environment.get("GIT_CONFIG_COUNT", "")
    number = int(said) if said.isdecimal() else 0
    return {
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": "safe.directory",
        f"GIT_CONFIG_VALUE_{number}": str(folder),
    }


def open_run(inputs: Inputs, environment: Mapping[str, str]) -> Opened:
    """Read what a run looks at; the working folder is the top of its work tree.

    Args:
        inputs: What the workflow asks for.
        environment: Variables of the run.

    Raises:
        GovernError: Something that is asked for does not exist, or can't be read.
    """
    here = Path.cwd()
    settings = config.find(inputs.folder)
    chosen = settings.config._replace(fail_on=inputs.fail_on or settings.config.fail_on)
    paths = [Path(os.path.relpath(path, here)) for path in inputs.paths]
    against = inputs.against
    if against is not None and against.startswith((".", "/")):
        against = f"./{os.path.relpath(inputs.folder / against, here)}"
    origin = Origin(here, environment, inputs.token)
    base = provide(inputs.folder, against, asked(environment), origin)
    try:
        project = open_project(settings, chosen, Wanted(paths, base.against, run=base.run))
    except BaselineError as error:
        raise BaselineError(". ".join((str(error), *base.told))) from error
    note = (project.point.note,) if project.point is not None and project.point.note else ()
    return Opened(project, chosen.fail_on, (*base.told, *note))
