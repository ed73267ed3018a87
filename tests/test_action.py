"""The action, its own steps run as a runner of GitHub runs them: what it tells, and where."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from governance import __version__
from governance.start import workflow
from tests.repositories import event, file, hermetic
from tests.runner import Action
from tests.stage import A2, BROKEN, Stage, pushed, refs, stage

__all__ = ["hermetic", "stage"]  # pytest finds them by their names

TEMPLATE = Path(workflow.__file__).with_suffix(".yml")
CHANGE = Path(__file__).parent / "cli" / "change"


def test_a_change_that_breaks_nothing(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": A2})
    ran = stage.pulled()
    assert ran.code == 0, ran.log
    assert ran.commands == []
    assert "Clean: 2 files and 2 events, no findings, compared with main." in ran.log
    assert "✅" in ran.summary
    paths = {name: ran.outputs.pop(name) for name in ("report-path", "sarif-path")}
    assert all(Path(path).is_file() for path in paths.values())
    assert ran.outputs == {
        "errors": "0",
        "warnings": "0",
        "breaking": "0",
        "required-bump": "minor",
        "changed-events": "1",
    }


def test_a_break_is_told_everywhere_as_check_tells_it(stage: Stage) -> None:
    origin = stage.origin
    origin.git("checkout", "-q", "main")
    for side, branch in (("baseline", "main"), ("current", "work")):
        origin.git("checkout", "-q", "-B", branch)
        shutil.rmtree(origin.catalog)
        shutil.copytree(CHANGE / side, origin.catalog)
        origin.commit()
    ran = stage.pulled()
    assert ran.code == 1
    expected = json.loads(origin.govern("check", "--format", "json", "--against", "main").stdout)
    findings = expected["findings"]
    assert {one["rule"] for one in findings} == {"KEB706", "KEB708"}
    assert json.loads(Path(ran.outputs["report-path"]).read_text()) == expected
    text = origin.govern("check", "--against", "main", "--color", "always").stdout
    assert text in ran.log
    assert ran.annotations("error") == ran.commands
    sarif = json.loads(Path(ran.outputs["sarif-path"]).read_text())["runs"][0]["results"]
    for one, shown, result in zip(findings, ran.commands, sarif, strict=True):
        assert shown.properties["file"] == one["file"] == "event_schemas/task.yaml"
        assert shown.properties["line"] == str(one["line"])
        assert shown.properties["title"] == f"{one['rule']} {one['name']}"
        assert shown.text.startswith(one["message"])
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == one["file"]
        assert place["region"]["startLine"] == one["line"]
        assert one["rule"] in ran.summary
        assert one["message"].partition("`")[0] in ran.summary.replace("\\", "")
    witness = findings[0]["witness"]["task_id"]
    assert witness in ran.commands[0].text
    assert witness in json.dumps(sarif[0])
    assert witness in ran.summary
    assert "❌" in ran.summary
    facts = [ran.outputs[name] for name in ("errors", "breaking", "required-bump")]
    assert facts == ["2", "1", "major"]


SHELL = '"; touch pwned; "\' $(touch pwned) `touch pwned` ${IFS}'
LINES = "a\ntouch pwned\n::set-output name=errors::0\nb"
HOSTILE = {
    "against": [
        SHELL,
        LINES,
        "$(touch${IFS}pwned)",
        "--upload-pack=touch pwned",
        "--output=pwned",
        "::set-output name=errors::0",
        "##[add-path]pwned",
        "x:refs/heads/main",
        "%0A::error::x",
        "\x1b[31mred",
        "ext::sh -c touch% pwned",
    ],
    "paths": [SHELL, LINES, "--output=pwned", "\x1b[31mred"],
    "working-directory": [SHELL, LINES, "\x1b[31mred"],
    "fail-on": [SHELL, LINES],
    "comment": [SHELL, LINES],
    "max-annotations": [SHELL, LINES, "1e9", "-1", "\uff11"],
    "sarif-file": [f"no/{SHELL}", f"no/{LINES}"],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_acts(stage: Stage, name: str) -> None:
    stage.origin.commit({"a.yaml": A2})
    commit = stage.rev("work")
    place = stage.place(commit, "heads/work")
    before = refs(place)
    for hostile in HOSTILE[name]:
        ran = stage.run(place, pushed(commit, "work"), **{name.replace("-", "_"): hostile})
        assert ran.code in {2, 3}, (hostile, ran.log)
        assert [one.name for one in ran.commands] == ["error"]
        assert ran.outputs["errors"] == ""
        assert "\x1b" not in ran.log + ran.summary
        assert refs(place) == before
    assert not list(stage.folder.rglob("pwned"))


def test_what_a_file_is_called_is_no_output_of_its_own(stage: Stage) -> None:
    name = "out\nerrors=99\nerrors<<end\n99\nend"
    ran = stage.pushed(sarif_file=name)
    assert (ran.code, ran.outputs["errors"]) == (0, "0")
    assert ran.outputs["sarif-path"].endswith(name)
    assert Path(ran.outputs["sarif-path"]).is_file()


def test_every_input_reaches_the_command(installed: Action) -> None:
    assert set(HOSTILE) | {"github-token"} == set(installed.declared["inputs"])
    step = installed.declared["runs"]["steps"][-1]
    for name in installed.declared["inputs"]:
        variable = f"KEB_{name.upper().replace('-', '_')}"
        assert step["env"][variable] == f"${{{{ inputs.{name} }}}}"


def test_nothing_in_a_catalog_acts(stage: Stage) -> None:
    (stage.origin.path / "keb-govern.toml").unlink()
    hostile = "::set-output name=errors::0 ##[add-path]/tmp %0A::add-mask::a\\n::stop-commands::x"
    said = (
        "domain: Task\nevents:\n  Task.Made.v1:\n    event_version: 1.0.0\n"
        f'    description: "{hostile}"\n    aliases: ["{hostile}"]\n'
        '    data: {type: object, properties: {"##[set-output name=errors]0": '
        f'{{type: "{hostile}"}}}}}}\n'
        '    examples: [{"\\n::error::x": "@everyone <script>"}]\n'
    )
    stage.origin.commit({"::error::x ##[add-mask]y,z.yaml": said})
    ran = stage.pulled()
    assert ran.code == 1
    assert {one.name for one in ran.commands} <= {"error", "warning", "notice"}
    for level, name in {"error": "errors", "warning": "warnings"}.items():
        shown = ran.annotations(level)
        assert len(shown) == min(10, int(ran.outputs[name]))
        titles = {one.properties["title"].split()[0] for one in shown}
        assert all(re.fullmatch(r"KEB\d{3}|keb-govern", title) for title in titles)
    assert "##[" in ran.log
    assert "<script>" not in ran.summary.replace("`", "")


@pytest.mark.parametrize(("most", "shown"), [("", 10), ("3", 3), ("1", 1), ("0", 0)])
def test_there_are_no_more_annotations_than_github_shows(
    stage: Stage, most: str, shown: int
) -> None:
    many = {f"{one:02}.yaml": file(event(f"Task{one}.Made.v1", "1")) for one in range(24)}
    # All that is wrong in one file must not keep the others from being seen.
    many["00.yaml"] = file(*(event(f"More{one}.Made.v1", "1") for one in range(12)))
    stage.origin.commit(many)
    ran = stage.pushed(max_annotations=most)
    assert (ran.code, ran.outputs["errors"]) == (1, "35")
    assert len(ran.commands) == shown
    if shown:
        assert ran.commands[-1].text == f"{36 - shown} more: see the summary of this run"
    files = [one.properties["file"] for one in ran.commands[:-1]]
    assert files == [f"event_schemas/{one:02}.yaml" for one in range(shown - 1)]
    assert ran.summary.count("KEB701") == 35


def test_files_are_named_from_the_top_of_the_repository(stage: Stage) -> None:
    origin = stage.origin
    deep = origin.path / "services" / "ä b"
    deep.mkdir(parents=True)
    for name in ("event_schemas", "keb-govern.toml"):
        (origin.path / name).rename(deep / name)
    origin.commit()
    origin.git("branch", "-f", "main")
    (deep / "event_schemas" / "a.yaml").write_text(BROKEN)
    origin.commit()
    place = stage.place(stage.merge())
    deep = place.path / "services" / "ä b"
    shutil.copytree(deep / "event_schemas", deep / "copy")
    broken = ["services/ä b/event_schemas/a.yaml"]
    for given, files in (
        ({}, broken),
        ({"paths": "event_schemas"}, broken),
        ({"paths": "\nevent_schemas/a.yaml\n event_schemas/b.yaml \n"}, broken),
        ({"paths": str(deep / "event_schemas")}, broken),
        ({"paths": "event_schemas/b.yaml"}, []),
        ({"against": "./copy"}, []),
    ):
        ran = stage.run(place, stage.pull(), working_directory="services/ä b", **given)
        assert [one.properties["file"] for one in ran.commands] == files, ran.log
        assert ran.code == len(files)
        assert str(stage.folder) not in ran.log
    assert stage.run(place, stage.pull()).code == 2


def test_a_report_may_be_written_where_the_workflow_says(stage: Stage) -> None:
    place = stage.place(stage.merge())
    ran = stage.run(place, stage.pull(), sarif_file="out.sarif")
    assert ran.outputs["sarif-path"] == str(place.path / "out.sarif")
    assert json.loads((place.path / "out.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(("fail_on", "code"), [("", 0), ("error", 0), ("warning", 1)])
def test_the_workflow_may_say_what_makes_it_fail(stage: Stage, fail_on: str, code: int) -> None:
    settings = 'select = ["KEB701"]\nseverity = {KEB701 = "warning"}\n'
    (stage.origin.path / "keb-govern.toml").write_text(settings)
    stage.origin.commit({"a.yaml": file(event("Task.Made.v1", "1"))})
    ran = stage.pushed(fail_on=fail_on)
    assert (ran.code, ran.outputs["warnings"]) == (code, "1")
    assert [one.name for one in ran.commands] == ["warning"]


def test_no_file_of_the_checkout_is_run(stage: Stage) -> None:
    names = ("governance", "venv", "pip", "yaml", "json", "ensurepip", "sitecustomize")
    for name in names:
        (stage.origin.path / f"{name}.py").write_text("raise SystemExit('pwned')\n")
    stage.origin.commit()
    stage.environment["PYTHONPATH"] = "."
    ran = stage.pushed()
    assert (ran.code, "pwned" in ran.log) == (0, False), ran.log
    first, _, install, _ = stage.action.declared["runs"]["steps"]
    for step in (first, install):
        for line in re.findall(r'^.*"\$(?:name|KEB_PYTHON|bin/python)" .*$', step["run"], re.M):
            assert " -I " in line


def test_what_is_installed_is_this_very_version(installed: Action) -> None:
    words = ("-I", "-m", "governance", "--version")
    python = installed.steps["install"]["python"]
    done = subprocess.run([python, *words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"keb-govern {__version__}"
    assert Path(python).is_relative_to(installed.temporary)
    script = "from governance.start.workflow import workflow; print(workflow(None), end='')"
    done = subprocess.run([python, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == TEMPLATE.read_text(encoding="utf-8")


def test_what_is_installed_has_all_that_a_project_starts_with(
    installed: Action, tmp_path: Path
) -> None:
    command = [installed.steps["install"]["python"], "-I", "-m", "governance"]
    for words in (["init", str(tmp_path)], ["check", "--no-compare", str(tmp_path)]):
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "Clean: 2 files and 1 event, no findings." in done.stdout


def test_a_machine_without_a_python_that_will_do_gets_one(
    installed: Action, tmp_path: Path
) -> None:
    step, setup, *_ = installed.declared["runs"]["steps"]
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    output = tmp_path / "output"
    output.touch()
    bash = shutil.which("bash")
    assert bash
    subprocess.run(
        [bash, "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": str(tmp_path), "GITHUB_OUTPUT": str(output)},
        check=True,
    )
    assert output.read_text() == ""
    assert setup["if"] == f"steps.{step['id']}.outputs.path == ''"
    assert setup["with"]["update-environment"] is False


def test_outside_of_a_run_it_is_a_check(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    monkeypatch.setenv("TMPDIR", str(stage.folder))
    done = stage.origin.govern("action")
    assert done.returncode == 1
    assert "::error file=event_schemas/a.yaml" in done.stdout
    assert os.environ.get("GITHUB_OUTPUT") is None
