"""The command line as its users see it.

``tests/cli/NAME.txt`` is a transcript: ``$ command``, what it prints, and ``[exit N]``; what goes
to standard error starts with ``2> ``. The commands run in a project with ``tests/cli/catalog``;
those of ``tests/cli/mend`` in one with ``tests/cli/mend/catalog``; those of ``tests/cli/change`` in
one whose main branch has ``baseline``, and whose work tree has ``current``. What is in
``tests/cli/files`` lies beside the catalog.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from governance import report
from governance.cli import main
from governance.discover import names
from tests.repositories import Repo, environment

HERE = Path(__file__).parent / "cli"
TRANSCRIPTS = sorted(HERE.glob("*.txt"))
CHANGES = sorted((HERE / "change").glob("*.txt"))
MENDINGS = sorted((HERE / "mend").glob("*.txt"))
pytestmark = pytest.mark.usefixtures("project")
COMMAND = [sys.executable, "-m", "governance"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fresh project with a small catalog, and make it the working folder."""
    shutil.copytree(HERE / "catalog", tmp_path / "event_schemas")
    shutil.copytree(HERE / "files", tmp_path, dirs_exist_ok=True)
    for name, value in environment(tmp_path.with_name(f"{tmp_path.name}.home")).items():
        monkeypatch.setenv(name, value)
    Repo(tmp_path, "-b", "main").commit()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEB_GOVERN_CACHE", str(tmp_path / ".cache"))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(transcript: Path, *, update_golden: bool) -> None:
    follow(transcript, update_golden=update_golden)


@pytest.mark.parametrize("transcript", CHANGES, ids=lambda path: path.stem)
def test_transcript_of_a_change(transcript: Path, project: Path, *, update_golden: bool) -> None:
    for side in ("baseline", "current"):
        shutil.rmtree(project / "event_schemas")
        shutil.copytree(HERE / "change" / side, project / "event_schemas")
        if side == "baseline":
            Repo(project).commit()
    follow(transcript, update_golden=update_golden)


@pytest.mark.parametrize("transcript", MENDINGS, ids=lambda path: path.stem)
def test_transcript_of_mending(transcript: Path, project: Path, *, update_golden: bool) -> None:
    shutil.rmtree(project / "event_schemas")
    shutil.copytree(HERE / "mend" / "catalog", project / "event_schemas")
    Repo(project).commit()
    follow(transcript, update_golden=update_golden)


def follow(transcript: Path, *, update_golden: bool) -> None:
    """Run the commands of a transcript, and compare what they print."""
    said = transcript.read_text(encoding="utf-8")
    lines = []
    for command in [line for line in said.splitlines() if line.startswith("$ ")]:
        program, *words = shlex.split(command[2:])
        assert program == "keb-govern"
        done = run(*words)
        errors = [f"2> {line}" for line in done.stderr.splitlines()]
        lines += [command, *done.stdout.splitlines(), *errors, f"[exit {done.returncode}]", ""]
    seen = "\n".join(lines)
    if update_golden:
        transcript.write_text(seen, encoding="utf-8")
    assert update_golden or seen == said


def test_the_readme_shows_what_the_commands_print() -> None:
    root = HERE.parents[1]
    golden = [*HERE.rglob("*.txt"), *(HERE.with_name("adopt")).glob("*/said.txt")]
    printed = "\n".join(path.read_text(encoding="utf-8") for path in golden)
    readme = (root / "README.md").read_text(encoding="utf-8")
    for block in re.findall(
        r"^```console\n\$ keb-govern (.*?)^```", readme, re.MULTILINE | re.DOTALL
    ):
        for shown in block.split("\n$ keb-govern "):
            _, _, output = shown.replace("\\\n", "").partition("\n")
            assert output.strip()
            assert output.strip() in printed


def test_json_is_as_its_schema_says() -> None:
    schema = json.loads((Path(report.__file__).parent / "check.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    said = json.loads(run("check", "--format", "json").stdout)
    jsonschema.validate(said, schema)
    assert said["summary"]["errors"] == sum(f["severity"] == "error" for f in said["findings"]) > 0
    required = schema["properties"]["findings"]["items"]["required"]
    assert all(list(finding) == required for finding in said["findings"])


def test_the_same_input_gives_the_same_bytes() -> None:
    for format_ in names(report):
        words = ("check", "--no-cache", "--format", format_)
        assert len({run(*words, PYTHONHASHSEED=seed).stdout for seed in "123"}) == 1


def test_colours_are_for_terminals_or_on_demand() -> None:
    assert "\x1b[" not in run("check").stdout
    assert "\x1b[31merror" in run("check", "--color", "always").stdout
    assert "\x1b[" not in run("check", "--color", "never").stdout


def test_a_report_may_go_to_a_file(project: Path) -> None:
    done = run("check", "--format", "json", "--output", "report.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads((project / "report.json").read_text())["findings"]


def test_one_run_writes_several_reports(project: Path) -> None:
    words = [f"--report={name}={name}.out" for name in names(report)]
    done = run("check", "--output", "said.txt", *words)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (project / "said.txt").read_text() == (project / "text.out").read_text()
    for name in names(report):
        alone = run("check", "--format", name)
        assert (project / f"{name}.out").read_text(encoding="utf-8") == alone.stdout
    assert not list(project.glob(".tmp*"))


def test_a_report_beside_the_one_on_the_screen(project: Path) -> None:
    plain = run("check")
    done = run("check", "--report", "junit=report.xml", "--color", "never")
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert (project / "report.xml").read_text().startswith("<?xml")


def test_a_pipe_is_written_to_and_not_replaced(project: Path) -> None:
    done = run("check", "--format", "json", "--report", "gitlab=/dev/stderr")
    assert json.loads(done.stdout)["findings"]
    assert json.loads(done.stderr)
    with (project / "all.txt").open("wb") as file:
        words = ["check", "--format", "json", "--report", "gitlab=/dev/stdout"]
        subprocess.run([*COMMAND, *words], stdout=file, check=False)
    assert (project / "all.txt").stat().st_size > 0
    pipe = project / "pipe"
    os.mkfifo(pipe)
    command = [*COMMAND, "check", "--report", "gitlab=pipe"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        assert json.loads(pipe.read_text())
        assert process.wait(timeout=60) == 1
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nosuch=a"], "no report format 'nosuch': there are github, gitlab, json, junit"),
        (["sarif"], "--report sarif: say where to, such as `--report sarif=FILE`"),
        (["sarif="], "--report sarif=: say where to"),
        (["=a"], "no report format ''"),
        (["json=a", "sarif=./a"], "two reports would go to a: name a file for each"),
        (["json=a", "sarif=link"], "two reports would go to link"),
        (["json=no/such/a"], "no/such/a can't be written: make the folder no/such first"),
        (["json=event_schemas"], "event_schemas is a folder: name a file in it"),
        ([f"json={'a' * 300}"], f"{'a' * 300} can't be written: "),
        (["json=event_schemas/task.yaml/a"], "make the folder event_schemas/task.yaml first"),
    ],
)
def test_a_report_that_cannot_be_written_is_told_before_the_work(
    words: list[str], said: str, project: Path
) -> None:
    (project / "link").symlink_to("a")
    before = sorted(project.rglob("*"))
    # Were the catalog looked at, that would be the mistake.
    done = run("check", "nowhere", *[f"--report={word}" for word in words])
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "nowhere:" not in done.stderr
    assert sorted(project.rglob("*")) == before


def test_a_report_goes_not_where_the_output_goes() -> None:
    done = run("check", "--output", "a", "--report", "json=a")
    assert done.returncode == 2
    assert "two reports would go to a" in done.stderr


def test_reports_are_written_all_or_none(project: Path) -> None:
    (project / "old.json").write_text("old")
    done = run("check", "--report", "json=old.json", "--report", "sarif=/dev/full")
    assert (done.returncode, done.stdout) == (2, "")
    assert "/dev/full can't be written: No space left on device" in done.stderr
    assert (project / "old.json").read_text() == "old"
    assert not list(project.glob(".tmp*"))


def test_fail_on_decides_about_the_exit_code(project: Path) -> None:
    shutil.rmtree(project / "event_schemas")
    (project / "event_schemas").mkdir()
    (project / "event_schemas" / "Task-Events.yaml").write_text(
        "components: {schemas: {Money: {type: object, description: Amount., properties: {}}}}\n"
    )
    assert run("check", "--no-compare").returncode == 0
    assert run("check", "--no-compare", "--fail-on", "warning").returncode == 1


def test_files_are_judged_as_part_of_their_catalog(project: Path) -> None:
    whole = json.loads(run("check", "--format", "json").stdout)["findings"]
    for file in sorted((project / "event_schemas").iterdir()):
        name = f"event_schemas/{file.name}"
        part = json.loads(run("check", name, "--format", "json").stdout)["findings"]
        assert part == [finding for finding in whole if finding["file"] == name]


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shlex.join([*COMMAND, 'rules'])} | head -n 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("KEB101")
    assert done.stderr == ""


def test_an_interrupt_is_told_apart(project: Path) -> None:
    (project / "event_schemas" / "big.yaml").write_text(
        "events:\n" + "".join(f"  Task.Assignment{n}.Created.v1: {{}}\n" for n in range(30_000))
    )
    command = [*COMMAND, "check", "--no-cache"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert err.endswith("interrupted\n")
    assert process.returncode == 130


def test_a_bug_of_ours_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("governance.cli.check.open_project", fail)
    assert main(["check"]) == 3
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "this is a bug in keb-govern" in err


def test_check_imports_nothing_heavy(project: Path) -> None:
    script = (
        "import sys; from governance.cli import main; main(['check', '--no-cache']); "
        "heavy = {'deepdiff', 'redis', 'rich', 'jsonschema', 'referencing', 'pydantic', 'asyncio', "
        "'importlib.metadata', 'difflib', 'multiprocessing', 'tempfile', "
        "'governance.report.sarif'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    shutil.rmtree(project / "event_schemas")
    shutil.copytree(Path(__file__).parent.parent / "event_schemas", project / "event_schemas")
    # A witness is what jsonschema is loaded for, and nothing has changed.
    Repo(project).commit()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=project
    )
    assert done.stdout.splitlines()[-1] == "[]"
