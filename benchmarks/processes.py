"""What the benchmarks of whole commands share: installed tools, catalogs, processes that are timed.

The project is installed as its users have it, from a wheel in an environment of its own. Each
command is a fresh process, in turn with the others, after one run that is not counted; the
operating system counts CPU seconds and peak memory. Ratios are made pair by pair, then the median
is taken, since the speed of a shared machine drifts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ("CPU s", "wall s", "peak MiB")
# Clean, and findings: as keb-govern and as buf say it.
_EXPECTED = {0, 1, 100}

Command: TypeAlias = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Run:
    """What one process cost.

    Attributes:
        wall_s: Seconds on the clock.
        cpu_s: Seconds of CPU, user and system.
        peak_mib: Greatest resident size in MiB.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Tools:
    """The commands that are timed, and what makes the catalogs.

    Attributes:
        keb_govern: The project's command.
        buf: The native binary.
        generator: The catalog generator.
    """

    keb_govern: Path
    buf: Path
    generator: Path

    def generate(self, folder: Path, events: int, *more: str | Path) -> None:
        """Make a catalog of so many events, as YAML and as proto files, and a changed one."""
        made = f"--events {events} --seed 7 --encodings yaml,proto --out".split()
        quiet(sys.executable, self.generator, *made, folder, *more)


def argument_parser(description: str, runs: int) -> argparse.ArgumentParser:
    """Return a parser of the options that all benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=runs, help="counted runs of each command")
    return parser


def options(description: str, runs: int) -> argparse.ArgumentParser:
    """Return a parser of the options that all benchmarks of catalogs have."""
    parser = argument_parser(description, runs)
    parser.add_argument("--sizes", default="20,200,1000,5000", help="numbers of events")
    parser.add_argument(
        "--generator", type=Path, default=ROOT.parent / "shared/bench/gen_catalog.py"
    )
    return parser


@contextmanager
def installed(generator: Path) -> Iterator[tuple[Tools, Path]]:
    """Give the tools, installed into a folder that goes when all is done, and the folder."""
    if not generator.is_file():
        raise SystemExit(f"{generator} is not there: name it by --generator")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        yield Tools(install(scratch), _install_buf(scratch), generator), scratch


def turns(commands: Sequence[Command], runs: int, cwd: Path) -> list[list[Run]]:
    """Return what the counted runs of each command cost, the commands in turn."""
    rounds = [[measure(command, cwd) for command in commands] for _ in range(runs + 1)]
    return [list(one) for one in zip(*rounds[1:], strict=True)]


def measure(command: Command, cwd: Path) -> Run:
    """Run one process to its end and return what it cost."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=cwd)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _EXPECTED:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def head(columns: Sequence[str]) -> str:
    """Return the head of a table."""
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def figures(runs: Sequence[Run]) -> str:
    """Return the cells of one command: its figures in the order of `FIGURES`."""
    cpu = statistics.median(run.cpu_s for run in runs)
    wall = statistics.median(run.wall_s for run in runs)
    peak = max(run.peak_mib for run in runs)
    return f"{cpu:.3f} | {wall:.3f} | {peak:.0f}"


def ratios(ours: Sequence[Run], theirs: Sequence[Run]) -> str:
    """Return the cells of a comparison: the ratio in CPU time and the one in wall time."""
    cpu = statistics.median(a.cpu_s / b.cpu_s for a, b in zip(ours, theirs, strict=True))
    wall = statistics.median(a.wall_s / b.wall_s for a, b in zip(ours, theirs, strict=True))
    return f"{cpu:.2f} | {wall:.2f}"


def quiet(*command: str | Path) -> None:
    """Run a command that must succeed, without its output."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def install(scratch: Path, extras: str = "") -> Path:
    """Return the command of the project, installed from a wheel with some extras."""
    venv.create(scratch / "venv", with_pip=True)
    pip: Command = [scratch / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    quiet(*pip, f"{ROOT}{extras}")
    return scratch / "venv/bin/keb-govern"


def _install_buf(scratch: Path) -> Path:
    """Return the native binary of buf, installed by npm; the shim before it would cost more."""
    quiet(
        *["npm", "install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"],
        scratch,
        "@bufbuild/buf",
    )
    return next(scratch.glob("node_modules/@bufbuild/buf-*/bin/buf"))
