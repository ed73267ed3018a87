"""``keb-govern action``: one run of the GitHub Action, which hands its inputs over by environment.

Exit codes: 0 clean, 1 findings, 2 usage or surroundings, 3 what to compare with can't be had.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from governance.cli import CLEAN, FINDINGS, USAGE, Command
from governance.errors import BaselineError, GovernError

if TYPE_CHECKING:
    from governance.runner.inputs import Inputs
    from governance.runner.run import Opened

NO_VERDICT = 3


def _configure(_: argparse.ArgumentParser) -> None:
    """Take no arguments: what a shell never sees can't do anything in one."""


def _run(_: argparse.Namespace) -> int:
    from governance.runner.inputs import read
    from governance.runner.run import open_run, top, trusted
    from governance.runner.tell import refused

    environment = os.environ.copy()
    inputs = None
    try:
        inputs = read(environment)
        os.chdir(top(inputs.folder))
        os.environ.update(trusted(Path.cwd(), environment))
        return _judge(open_run(inputs, os.environ.copy()), inputs, environment)
    except GovernError as error:
        _print(refused(str(error), inputs, environment))
        return NO_VERDICT if isinstance(error, BaselineError) else USAGE


def _judge(opened: Opened, inputs: Inputs, environment: Mapping[str, str]) -> int:
    from governance.cli.check import judge
    from governance.runner.tell import told

    today = date.today()  # noqa: DTZ011  a sunset is a day of the person who runs this
    verdict = judge(opened.project, today, use_cache=False)
    _print(told(verdict, opened, inputs, environment))
    has_failed = any(finding.severity >= opened.fail_on for finding in verdict.findings)
    return FINDINGS if has_failed else CLEAN


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


COMMAND = Command("action", "be one run of the GitHub Action", _configure, _run)
