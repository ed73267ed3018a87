"""The places where a run tells its verdict: files, outputs, the step's summary, the log.

Source: GitHub Actions, "Workflow commands" and "Job summaries".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp

from governance import report
from governance.discover import load, names
from governance.errors import UsageError
from governance.finding import Report, Severity
from governance.output import write_all
from governance.report import Look, Reporter


def render(format_: str, verdict: Report, look: Look) -> str:
    """Return a report in one of the formats of ``check``."""
    return load(names(report)[format_], "REPORTER", Reporter).render(verdict, look)


def write_files(
    verdict: Report, sarif: Path | None, look: Look, environment: Mapping[str, str]
) -> dict[str, str]:
    """Write the reports for other programs.

    Args:
        verdict: The verdict.
        sarif: Where to write it as SARIF; None for a file beside the other one.
        look: How it is to look.
        environment: Variables of the run.

    Returns:
        The outputs that say where they are.

    Raises:
        UsageError: One can't be written.
    """
    try:
        folder = Path(mkdtemp(prefix="keb-govern-", dir=environment.get("RUNNER_TEMP") or None))
    except OSError as error:
        raise UsageError(f"RUNNER_TEMP can't be written to: {error.strerror}") from error
    paths = {"report-path": folder / "report.json", "sarif-path": sarif or folder / "report.sarif"}
    write_all(
        {
            paths["report-path"]: render("json", verdict, look),
            paths["sarif-path"]: render("sarif", verdict, look),
        }
    )
    return {name: str(path) for name, path in paths.items()}


def outputs(verdict: Report) -> dict[str, str]:
    """Return what later steps can ask for."""
    return {
        "errors": str(verdict.count(Severity.ERROR)),
        "warnings": str(verdict.count(Severity.WARNING)),
        "breaking": str(verdict.breaking),
        "required-bump": verdict.required_bump,
        "changed-events": str(verdict.changed),
    }


def write_outputs(values: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Write the outputs of the step; no value can say another one.

    Raises:
        UsageError: They can't be written.
    """
    end = f"end-{token_hex(16)}"
    lines = (f"{name}<<{end}\n{value}\n{end}\n" for name, value in values.items())
    _append("GITHUB_OUTPUT", "".join(lines), environment)


def write_summary(text: str, environment: Mapping[str, str]) -> None:
    """Write the summary of the step.

    Raises:
        UsageError: It can't be written.
    """
    _append("GITHUB_STEP_SUMMARY", text, environment)


def unheard(text: str) -> str:
    """Return a text for the log, none of whose lines is a command, whatever users wrote into it.

    A command may stand in the middle of a line: ``##[add-mask]`` does. So the runner is told to
    listen to nobody until a word that nobody can guess.
    """
    word = token_hex(16)
    return f"::stop-commands::{word}\n{text.rstrip()}\n::{word}::\n" if text else ""


def _append(variable: str, text: str, environment: Mapping[str, str]) -> None:
    """Write to the end of a file that the runner names; nothing where it names none."""
    name = environment.get(variable, "")
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{variable} can't be written to: {error.strerror}") from error
