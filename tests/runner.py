"""A runner of GitHub Actions, as far as a composite action can tell.

It knows the expressions that ``action.yml`` uses and refuses any other; runs each script by the
shell that it declares; hands over the variables and files that a runner does; checks out as
``actions/checkout`` does; and hears commands in a log where a runner hears them.

Source: GitHub Actions, "Metadata syntax", "Variables reference", "Workflow commands"; what the
runner takes for a command is in ``ActionCommand.cs`` and ``ActionCommandManager.cs`` of its source.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.repositories import Repo

ROOT = Path(__file__).parent.parent
REPOSITORY = "vanta/events"
SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
_KNOWN = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip


class Command(NamedTuple):
    """What a runner would do because of a line in a log."""

    name: str
    properties: dict[str, str]
    text: str


class Ran(NamedTuple):
    """What became of an action.

    Attributes:
        code: The exit code of its last step.
        log: What its steps printed, both streams as they came.
        commands: What the runner heard in that.
        outputs: The outputs of the action.
        summary: The summary of the step, as Markdown.
    """

    code: int
    log: str
    commands: list[Command]
    outputs: dict[str, str]
    summary: str

    def annotations(self, level: str) -> list[Command]:
        """Return the annotations of a level."""
        return [one for one in self.commands if one.name == level]


class Action:
    """An action with its first steps done: those that do not depend on what it is asked.

    Args:
        temporary: The runner's temporary folder.
        environment: Variables of the machine.
    """

    def __init__(self, temporary: Path, environment: Mapping[str, str]) -> None:
        self.declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        *self._first, self._last = self.declared["runs"]["steps"]
        self.temporary = temporary
        temporary.mkdir()
        self.steps: dict[str, dict[str, str]] = {}
        for step in self._first:
            done = self._step(step, {}, temporary, environment)
            assert done is None or done[0] == 0, done

    def run(
        self, place: Path, event: Mapping[str, Any], environment: Mapping[str, str], **given: str
    ) -> Ran:
        """Run what is left of the action.

        Args:
            place: The workspace: where a repository is checked out.
            event: The event that a workflow was started by; its name is its only key.
            environment: Variables of the machine.
            given: What the workflow gives as inputs, with underscores for hyphens.
        """
        files = place.parent / f"{place.name}.runner"
        files.mkdir(exist_ok=True)
        (name, said), *_ = event.items()
        (files / "event.json").write_text(json.dumps(said), encoding="utf-8")
        base = said.get("pull_request", {}).get("base", {}).get("ref", "")
        variables = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_BASE_REF": base,
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_REF": "refs/pull/1/merge" if base else said.get("ref", ""),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_WORKSPACE": str(place),
            **environment,
        }
        inputs = {name.replace("_", "-"): text for name, text in given.items()}
        assert inputs.keys() <= self.declared["inputs"].keys()
        done = self._step(self._last, inputs, place, variables)
        assert done is not None, "the last step always runs"
        code, log, outputs, summary = done
        context = {"steps": {**self.steps, self._last["id"]: outputs}}
        made = {
            name: _evaluated(one["value"], context)
            for name, one in self.declared["outputs"].items()
        }
        return Ran(code, log, list(heard(log)), made, summary)

    def _step(
        self,
        step: Mapping[str, Any],
        inputs: Mapping[str, str],
        place: Path,
        environment: Mapping[str, str],
    ) -> tuple[int, str, dict[str, str], str] | None:
        """Run one step; None where it is not to be run."""
        defaults = {name: one["default"] for name, one in self.declared["inputs"].items()}
        context = {
            "steps": self.steps,
            "github": {"token": "the-token-of-the-run"},
            "inputs": {},
        }
        context["inputs"] = {
            name: _evaluated(text, context) for name, text in (defaults | {**inputs}).items()
        }
        if "if" in step and not _holds(step["if"], context):
            return None
        assert "uses" not in step, "this machine has a Python that will do"
        files = {one: self.temporary / f"{one}.txt" for one in ("output", "step_summary", "script")}
        for file in files.values():
            file.write_text("")
        assert "${{" not in step["run"]
        files["script"].write_text(step["run"])
        done = subprocess.run(
            [*SHELLS[step["shell"]], str(files["script"])],
            cwd=place,
            env={
                **environment,
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(files["output"]),
                "GITHUB_STEP_SUMMARY": str(files["step_summary"]),
                "RUNNER_TEMP": str(self.temporary),
                **{name: _evaluated(text, context) for name, text in step.get("env", {}).items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        outputs = dict(_outputs(files["output"].read_text(encoding="utf-8")))
        self.steps[step["id"]] = outputs
        summary = files["step_summary"].read_text(encoding="utf-8")
        return done.returncode, done.stdout.decode(), outputs, summary


def heard(log: str) -> Iterator[Command]:
    """Yield what a runner takes for commands, wherever in a line they stand."""
    resume = ""
    for line in log.split("\n"):
        command = _parsed(line.strip(), resume)
        if command is None:
            continue
        if resume:
            resume = "" if command.name == resume else resume
        elif command.name == "stop-commands":
            resume = command.text
        else:
            yield command


def _parsed(line: str, resume: str) -> Command | None:
    found = re.match(r"::([^ :]+)(?: (.*?))?::(.*)", line)
    if found is None:
        found = re.search(r"##\[([^ \]]+)(?: (.*?))?\](.*)", line)
        if found is None:
            return None
        separator, closing = ";", {"%3B": ";", "%5D": "]"}
    else:
        separator, closing = ",", {"%3A": ":", "%2C": ","}
    name, said, text = found.groups()
    if name.lower() not in _KNOWN | {resume}:
        return None
    pairs = [one.split("=", 1) for one in (said or "").split(separator) if "=" in one]
    properties = {key: _unescaped(value, closing) for key, value in pairs}
    return Command(name.lower(), properties, _unescaped(text, {}))


def _unescaped(text: str, more: Mapping[str, str]) -> str:
    for one, other in ({"%0D": "\r", "%0A": "\n"} | {**more} | {"%25": "%"}).items():
        text = text.replace(one, other)
    return text


def _outputs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the outputs that a file names: ``name=value``, or lines up to a word."""
    lines = iter(text.splitlines())
    for line in lines:
        name, is_block, end = line.partition("<<")
        if not is_block or "=" in name:
            name, _, value = line.partition("=")
            yield name, value
            continue
        block = list[str]()
        for inner in lines:
            if inner == end:
                break
            block.append(inner)
        else:
            raise AssertionError(f"{name} does not end")
        yield name, "\n".join(block)


def _evaluated(text: str, context: Mapping[str, Any]) -> str:
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: _value(found[1], context), text)


def _value(expression: str, context: Mapping[str, Any]) -> str:
    for name in expression.split(" || "):
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", name), f"not an expression we know: {name}"
        value: Any = context
        parts = name.split(".")
        if parts[0] == "steps":
            parts.remove("outputs")
        for part in parts:
            value = value.get(part, {})
        if value:
            return str(value)
    return ""


def _holds(condition: str, context: Mapping[str, Any]) -> bool:
    found = re.fullmatch(r"(\S+) == ''", condition)
    assert found, f"not a condition we know: {condition}"
    return not _value(found[1], context)


def checkout(
    origin: Repo, commit: str, place: Path, *, ref: str = "pull/1/merge", depth: int = 1
) -> Repo:
    """Check a commit out as ``actions/checkout`` does.

    Args:
        origin: What to fetch from.
        commit: The commit.
        place: The workspace.
        ref: What the workflow runs for, below ``refs/``.
        depth: How many commits; 0 for the whole history, branches and tags.
    """
    repo = Repo(place)
    repo.git("remote", "add", "origin", f"file://{origin.path}")
    branch = ref.removeprefix("heads/") if ref.startswith("heads/") else ""
    ours = f"refs/remotes/{'origin/' + branch if branch else ref}"
    if depth:
        options = ["--no-tags", f"--depth={depth}", "origin", f"+{commit}:{ours}"]
    else:
        every = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
        options = ["origin", *every, *([] if branch else [f"+{commit}:{ours}"])]
    repo.git("fetch", "-q", "--no-recurse-submodules", *options)
    words = ["-B", branch, ours] if branch else [ours]
    repo.git("checkout", "-q", "--force", *words)
    return repo


def machine() -> dict[str, str]:
    """Return the variables of this machine, with none of a runner that we may run on."""
    strange = ("GITHUB_", "RUNNER_", "KEB_", "GIT_", "ACTIONS_")
    return {name: text for name, text in os.environ.items() if not name.startswith(strange)}
