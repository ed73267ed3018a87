"""Tell the verdict of a run in every place that GitHub has for it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from governance.finding import Report
from governance.report import Look
from governance.report.github import commands, said
from governance.report.markdown import plain
from governance.report.text import printable
from governance.runner import places
from governance.runner.comment import marker, put, thread
from governance.runner.inputs import Inputs
from governance.runner.run import Opened

# A step's summary of more than 1 MiB is thrown away as a whole.
_SUMMARY_BYTES = 900_000


def told(verdict: Report, opened: Opened, inputs: Inputs, environment: Mapping[str, str]) -> str:
    """Tell a verdict: in files, outputs, the step's summary and a comment.

    Args:
        verdict: The verdict.
        opened: What it is about.
        inputs: What the workflow asks for.
        environment: Variables of the run.

    Returns:
        What the log is to say, annotations included.

    Raises:
        UsageError: A file can't be written.
    """
    look = Look(color=not environment.get("NO_COLOR"), fail_on=opened.fail_on)
    files = places.write_files(verdict, inputs.sarif, look, environment)
    places.write_outputs({**places.outputs(verdict), **files}, environment)
    summary = places.render("markdown", verdict, look._replace(room=_SUMMARY_BYTES))
    places.write_summary(summary, environment)
    log = "\n".join([*map(printable, opened.told), places.render("text", verdict, look)])
    annotations = commands(verdict, inputs.annotations, "see the summary of this run")
    short = places.render("markdown", verdict, look)
    comment = _comment(short, inputs, environment, is_news=bool(verdict.findings))
    return places.unheard(log) + _lines(*annotations, *comment)


def refused(reason: str, inputs: Inputs | None, environment: Mapping[str, str]) -> str:
    """Tell that there is no verdict, and why, in the places that would have had it.

    Args:
        reason: Why there is none, and what to do next.
        inputs: What the workflow asks for; None where that has no meaning.
        environment: Variables of the run.

    Returns:
        What the log is to say.
    """
    text = f"### ❌ No verdict\n\n{plain(reason)}\n"
    places.write_summary(text, environment)
    # What a comment said of an earlier commit is true no more.
    comment = _comment(text, inputs, environment, is_news=False) if inputs else []
    return _lines(said("error", reason), *comment)


def _comment(
    text: str, inputs: Inputs, environment: Mapping[str, str], *, is_news: bool
) -> list[str]:
    """Comment where that is wanted and allowed; return what the log is to say of it."""
    place = thread(environment, inputs.token) if inputs.comment else None
    if place is None:
        return []
    about = (os.path.relpath(inputs.folder), *(os.path.relpath(path) for path in inputs.paths))
    run = environment.get("GITHUB_RUN_ID", "")
    if run.isdecimal():
        server = environment.get("GITHUB_SERVER_URL", "")
        address = f"{server}/{place.repository}/actions/runs/{run}"
        text += f"\n[The run]({address}) has the whole report.\n"
    reason = put(place, marker(*about), text, is_news=is_news)
    return [said("notice", f"no comment on the pull request: {reason}")] if reason else []


def _lines(*lines: str) -> str:
    return "".join(f"{one}\n" for one in lines)
