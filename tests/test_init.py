"""``keb-govern init`` in folders of every kind: what it writes works, and what is there stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from governance.config import Config, parse
from governance.start import hook as module
from governance.start.hook import Hook, UnfitError
from governance.start.origin import Origin
from tests.repositories import Repo, hermetic

__all__ = ["hermetic"]

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SOURCE = ("--source", "https://github.com/a/b.git", "--rev", COMMIT)
WRITTEN = [
    "keb-govern.toml",
    "event_schemas/example_events.yaml",
    "event_schemas/participants.yaml",
    "event_schemas/.catalog.schema.json",
    ".cursor/rules/101-event-governance.mdc",
    ".pre-commit-config.yaml",
    ".github/workflows/keb-govern.yml",
]
LEGACY = "TaskAssignedEvent:\n  description: A task.\n  properties: {task_id: {type: string}}\n"
OTHER = "repos:\n  - repo: local\n    hooks: [{id: a, name: a, entry: a, language: system}]\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repository", "-b", "main")


def config_file(repo: Repo) -> Path:
    return repo.path / ".pre-commit-config.yaml"


def written(said: str) -> list[str]:
    return [line.partition(" ")[2] for line in said.splitlines() if line.startswith("wrote ")]


def test_a_fresh_project_is_clean(repo: Repo) -> None:
    with repo.untouched() as files:
        done = repo.called("init")
        files.extend(WRITTEN)
    assert (done.returncode, done.stderr) == (0, "")
    assert written(done.stdout) == WRITTEN
    assert "\nNext:\n- Put events of your own in place of the example in event_sch" in done.stdout
    judged = repo.called("check", "--fail-on", "info")
    assert judged.stdout == "Clean: 2 files and 1 event, no findings.\n"
    assert repo.called("generate", "--check").returncode == 0
    explained = repo.called("explain", "Example.Greeting.Sent.v1")
    assert "ExampleListener" in explained.stdout


def test_a_second_run_changes_nothing_and_says_so(repo: Repo) -> None:
    repo.called("init")
    repo.commit()
    with repo.untouched():
        done = repo.called("init", "--domain", "Task")
    assert done.returncode == 0
    assert done.stdout.count("left as it is\n") == len(done.stdout.splitlines()) == 6
    assert done.stderr.splitlines() == [
        "keb-govern: there was nothing to do",
        "keb-govern: --domain and --owner are for a first catalog: `keb-govern new` adds to one",
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_there_stays(repo: Repo, name: str) -> None:
    repo.called("init")
    repo.commit()
    mine = "# mine\n" + (OTHER if "pre-commit" in name else "")
    for file in WRITTEN:
        (repo.path / file).unlink()
    (repo.path / name).write_text(mine)
    done = repo.called("init")
    assert done.returncode == 0, done.stderr
    assert (repo.path / name).read_text().startswith(mine)
    if name.startswith("event_schemas") and not name.endswith(".json"):
        assert "event_schemas holds a catalog already, left as it is\n" in done.stdout
        assert written(done.stdout) == [one for one in WRITTEN if not one.endswith("s.yaml")]
    else:
        assert written(done.stdout) == [one for one in WRITTEN if one != name]


def test_what_is_not_committed_stays_too(repo: Repo) -> None:
    repo.commit({"a.yaml": "domain: A\n"})
    repo.write({"a.yaml": "domain: B\n"})
    (repo.path / "new.txt").write_text("new")
    repo.git("add", "new.txt")
    with repo.untouched() as files:
        repo.called("init")
        files.extend(one for one in WRITTEN if not one.endswith("s.yaml"))


def test_the_first_events_are_of_the_domains_that_are_said(repo: Repo) -> None:
    done = repo.called("init", "--domain", "Task", "--domain=VmcControl", "--owner", "a: b # c")
    assert written(done.stdout)[1:3] == [
        "event_schemas/task_events.yaml",
        "event_schemas/vmc_control_events.yaml",
    ]
    said = yaml.safe_load((repo.catalog / "vmc_control_events.yaml").read_text())
    assert (said["domain"], said["owner"]) == ("VmcControl", "a: b # c")
    judged = repo.called("check", "--fail-on", "info")
    assert judged.stdout == "Clean: 3 files and 2 events, no findings.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--domain", "task"], "--domain 'task' is not UpperCamelCase: write Task"),
        (["--domain", "../x: {"], "--domain '../x: {' is not UpperCamelCase: write X"),
        (["--domain", "Ä"], "is not UpperCamelCase: such as Task or AgentLifecycle"),
        (["--domain", ""], "is not UpperCamelCase: such as"),
        (["--domain=Ab1", "--domain=AB1"], "two domains would have the stream ab1_events"),
        (["--owner", " "], "--owner must name the team that approves changes"),
        (["--owner", "\udcff"], "--owner must name the team that approves changes, in plain text"),
        (["--source", "\udcff", "--rev", "a"], "is no address that git could fetch from"),
        (["bad\udcff"], "'bad\\udcff': hook and workflow can't name such a folder: rename it"),
        (["--source", "a"], "--source asks for --rev"),
        (["README.md"], "README.md is no folder: name the folder of the project"),
        (["README.md/below"], "README.md is no folder: move it away"),
    ],
)
def test_a_mistake_is_told_before_anything_is_written(
    repo: Repo, words: list[str], said: str
) -> None:
    (repo.path / "README.md").write_text("#\n")
    with repo.untouched():
        done = repo.called("init", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_outside_of_a_repository_it_says_what_is_missing(tmp_path: Path, repo: Repo) -> None:
    place = tmp_path / "plain" / "folder"
    done = repo.called("init", str(place))
    assert done.returncode == 0
    assert done.stderr == (
        "keb-govern: this is no git repository: `git init` makes it one, for the hook and for "
        "comparing\n"
    )
    assert sorted(WRITTEN) == sorted(
        path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.keb-govern]\ncatalog = "schemas"\n'),
        ("keb-govern.toml", 'catalog = "schemas"\n'),
    ],
)
def test_a_catalog_elsewhere_stays_there(repo: Repo, name: str, text: str) -> None:
    (repo.path / name).write_text(text)
    below = repo.path / "src"
    below.mkdir()
    inside = Repo(repo.path)
    inside.path = below
    done = inside.called("init")
    assert "../schemas/example_events.yaml" in written(done.stdout)
    assert f"../{name} {'holds settings' if 'py' in name else 'is there'} already" in done.stdout
    assert (repo.path / "schemas/.catalog.schema.json").is_file()
    assert repo.called("generate", "--check").returncode == 0
    [entry] = yaml.safe_load(config_file(repo).read_text())["repos"]
    assert entry["hooks"][0]["files"] == "^schemas/"


def test_a_catalog_of_the_old_layout_is_to_be_adopted(repo: Repo) -> None:
    repo.write({"task_events.yaml": LEGACY})
    done = repo.called("init")
    assert "event_schemas holds a catalog of the old layout already, left as it" in done.stdout
    assert "- `keb-govern adopt` brings" in done.stdout
    assert "- `keb-govern baseline` then" in done.stdout
    assert not (repo.catalog / "participants.yaml").exists()
    assert (repo.catalog / "task_events.yaml").read_text() == LEGACY
    assert repo.called("adopt", "--yes").returncode == 0


def test_a_folder_below_has_its_hook_and_workflow_at_the_top(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    for name in ("services/a", ".", "services/b.c"):
        done = repo.called("init", name)
        assert done.returncode == 0, done.stderr
    assert written(done.stdout)[0] == "services/b.c/keb-govern.toml"
    assert "added the hook to .pre-commit-config.yaml" in done.stdout
    again = repo.called("init", "services/a")
    assert again.stdout.count("left as it is") == len(again.stdout.splitlines())
    for name in ("a", "b.c"):
        path = repo.path / f".github/workflows/keb-govern-services-{name}.yml"
        job = yaml.safe_load(path.read_text())["jobs"]["keb-govern"]
        assert job["steps"][1]["with"] == {"working-directory": f"services/{name}"}
    tried(repo, "install")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "start")
    (repo.path / "services/b.c/keb-govern.toml").write_text('select = ["KEB901"]\n')
    catalog = repo.path / "services/b.c/event_schemas"
    (catalog / "example_events.yaml").write_text("domain: A\nevents: {A.B.Created.v1: {}}\n")
    ran = tried(repo, "run", "--all-files", code=1)
    assert re.findall(r"Passed|Failed", ran) == ["Passed", "Passed", "Failed"]
    assert "KEB901" in ran
    assert set(re.findall(r"KEB\d+", ran)) == {"KEB901"}


def tried(repo: Repo, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [TOOLS / "pre-commit", *words], cwd=repo.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("catalog", ["services/a/event_schemas", "schemas"])
def test_what_is_written_is_as_pre_commit_and_github_take_it(repo: Repo, catalog: str) -> None:
    folder = repo.path / catalog.rpartition("/")[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "keb-govern.toml").write_text(f'catalog = "{catalog.rpartition("/")[2]}"\n')
    done = repo.called("init", str(folder), *SOURCE)
    assert "OWNER" not in done.stdout
    tried(repo, "validate-config")
    assert f"a/b@{COMMIT}" in next(repo.path.glob(".github/workflows/*")).read_text()
    [entry] = yaml.safe_load(config_file(repo).read_text())["repos"]
    assert (entry["repo"], entry["rev"]) == (SOURCE[1], COMMIT)
    assert re.match(entry["hooks"][0]["files"], f"{catalog}/task.yaml")
    assert not re.match(entry["hooks"][0]["files"], "event_schemas/task.yaml")


def test_a_hook_that_is_not_fetched_is_the_one_that_is_offered(repo: Repo) -> None:
    repo.called("init")
    [entry] = yaml.safe_load(config_file(repo).read_text())["repos"]
    [mine] = entry["hooks"]
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    assert mine.pop("language") == "system"
    assert mine.pop("files") == "^event_schemas/"
    assert mine.items() <= offered.items()
    assert offered.keys() - mine.keys() == {
        "description",
        "files",
        "language",
        "stages",
        "minimum_pre_commit_version",
    }


@pytest.mark.parametrize("origin", ["a/b", "other/keb-govern"])
def test_a_workflow_that_runs_the_action_stays_alone(repo: Repo, origin: str) -> None:
    repo.called("init")
    folder = repo.path / ".github/workflows"
    text = (folder / "keb-govern.yml").read_text().replace("OWNER/keb-govern", origin)
    (folder / "keb-govern.yml").unlink()
    (folder / "mine.yaml").write_text(text)
    (folder / "binary.yml").write_bytes(b"\xff")
    (folder / "odd.yml").write_text("jobs: [1, {steps: {uses: keb-govern}}]\n")
    (folder / "below.yml").write_text(
        "jobs: {a: {steps: [1, {uses: a/keb-govern@b, with: {working-directory: c}}]}}\n"
    )
    (folder / "folder.yml").mkdir()
    done = repo.called("init")
    is_known = "keb-govern" in origin
    assert (".github/workflows/mine.yaml runs the action already" in done.stdout) == is_known
    assert (folder / "keb-govern.yml").exists() != is_known


def test_no_link_leads_out_of_the_project(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.path / ".github").symlink_to(outside)
    with repo.untouched():
        done = repo.called("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        ".github/workflows/keb-govern.yml lies behind a link that leads out of the project: put a "
        "folder there instead" in done.stderr
    )
    assert not list(outside.iterdir())


def test_a_link_is_not_followed_to_write(repo: Repo, tmp_path: Path) -> None:
    (repo.path / "keb-govern.toml").symlink_to(tmp_path / "nowhere")
    (repo.path / ".pre-commit-config.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    (tmp_path / "elsewhere.yaml").write_text(OTHER)
    done = repo.called("init")
    assert done.returncode == 1
    assert "keb-govern.toml is there already, left as it is" in done.stdout
    assert "leads out of the project" in done.stderr
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "elsewhere.yaml").read_text() == OTHER


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (".github", ".github is no folder: move it away"),
        (".github/workflows", ".github/workflows is no folder: move it away"),
        ("event_schemas", "event_schemas is no folder: move it away"),
    ],
)
def test_a_file_in_the_place_of_a_folder(repo: Repo, name: str, said: str) -> None:
    path = repo.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with repo.untouched():
        done = repo.called("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_where_nothing_can_be_written(repo: Repo) -> None:
    if os.geteuid() == 0:
        done = repo.called("init", "/proc/self/none")
    else:
        repo.path.chmod(0o500)
        done = repo.called("init")
        repo.path.chmod(0o700)
    assert done.returncode == 2
    assert "can't be written: " in done.stderr


@pytest.mark.parametrize(
    "text", ['catalogue = "x"\n', "catalog = \n"], ids=["unknown", "not-parsable"]
)
def test_settings_that_mean_nothing_are_told(repo: Repo, text: str) -> None:
    (repo.path / "keb-govern.toml").write_text(text)
    with repo.untouched():
        done = repo.called("init")
    assert done.returncode == 2
    assert "keb-govern.toml" in done.stderr


def test_the_settings_name_every_setting_and_what_holds_without_it() -> None:
    text = (Path(module.__file__).parent / "keb-govern.toml").read_text()
    assert parse(tomllib.loads(text), "") == Config()
    shown = re.sub(r"(?m)^# (?=[a-z-]+ = )", "", text)
    table = tomllib.loads(shown)
    assert parse(table, "") == Config()
    assert {name.replace("-", "_") for name in table} == set(Config._fields)
    # What a comment behind a setting shows has to be right too.
    for name, example in re.findall(r"(?m)^# ([a-z-]+) = .*# .*?([\[{].*[\]}])", text):
        parse(tomllib.loads(f"{name} = {example}"), "")


ENTRY = """\
- repo: https://github.com/a/b.git
  rev: 0123456789abcdef0123456789abcdef01234567  # v1.2.3
  hooks:
    - id: keb-govern
      files: "^event_schemas/"
"""
FLOW = (
    '{repo: "https://github.com/a/b.git", rev: "0123456789abcdef0123456789abcdef01234567", '
    'hooks: [{id: keb-govern, files: "^event_schemas/"}]}'
)
HOOK = Hook(Origin(SOURCE[1], COMMIT, "1.2.3"), "event_schemas")
ONE = "  - repo: a\n    rev: b\n    hooks:\n      - id: c\n"


def at(column: int) -> str:
    return "".join(f"{' ' * column}{line}" for line in ENTRY.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (f"repos:\n{ONE}", ""),
        (f"# top\nrepos:  # all\n{ONE}      # - id: d\n\n    # of it\n", "\n# behind\n"),
        (f"repos:\n{ONE}", "  # announces what comes\n"),
        (f"repos:\n{ONE}", "ci:\n  skip: [c]  # here\n"),
        (f"repos:\n{ONE}", "...\n"),
        (f"%YAML 1.2\n---\nrepos:\n{ONE}", "\n\n"),
        (f"default_stages: [pre-push]\nrepos:\n{ONE}{ONE}", "fail_fast: true\n"),
        ("repos:\n  - repo: a\n    hooks: [\n      {id: c},\n    ]  # yes\n", "x: y\n"),
        ("repos:\n  - {repo: a, hooks: [{id: c}]}\n", "# end\n"),
        (
            "repos:\n  - repo: a\n    hooks:\n      - id: c\n        entry: |\n          d\n",
            "x: 1\n",
        ),
        ('"repos":\n  - &a\n    repo: a\n    hooks: [{id: c}]\n  - *a\n', ""),
        ("repos:\n  -\n    repo: a\n    hooks: []\n", ""),
        ("repos:\n  -   repo: ü😀\n      hooks:\n      -   id: c\n", "# ü\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_entry_goes_behind_the_others(
    before: str, behind: str, newline: str, mark: str
) -> None:
    old = (mark + before + behind).replace("\n", newline)
    seen = HOOK.added(old.encode())
    assert seen == (mark + before + at(2) + behind).replace("\n", newline)
    assert HOOK.added(seen.encode()) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("repos:\n- repo: a\n  hooks: []\n", f"repos:\n- repo: a\n  hooks: []\n{ENTRY}"),
        ("repos:\n- repo: a\n  hooks: []", f"repos:\n- repo: a\n  hooks: []\n{ENTRY}"),
        (
            "repos:\n- repo: a\n  hooks: []\n\n- repo: b\n  hooks: []\n\nx: y\n",
            f"repos:\n- repo: a\n  hooks: []\n\n- repo: b\n  hooks: []\n\n{ENTRY}\nx: y\n",
        ),
        ("repos: []\n", f"repos: [{FLOW}]\n"),
        ("repos: [ ]  # none\n", f"repos: [{FLOW} ]  # none\n"),
        ("{repos: [{repo: a}], x: y}", f"{{repos: [{{repo: a}}, {FLOW}], x: y}}"),
        ("repos: [\n  {repo: a},\n]\n", f"repos: [\n  {{repo: a}},{FLOW}\n]\n"),
    ],
)
def test_the_entry_is_laid_out_as_the_others(old: str, new: str) -> None:
    assert HOOK.added(old.encode()) == new


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("", "it is no mapping"),
        ("# nothing\n", "it is no mapping"),
        ("- repo: a\n", "it is no mapping"),
        ("x: y\n", "it has no list `repos`"),
        ("repos:\n", "it has no list `repos`"),
        ("repos: {a: b}\n", "it has no list `repos`"),
        ("a: b\nrepos: [\n", "line 3: not YAML: "),
        ("repos: []\n---\nrepos: []\n", "line 2: "),
        ("repos: [{repo: a} # ]\n]\n", "its layout is an unusual one"),
        ("x: &r [{repo: a}]\nrepos: *r\n", "its layout is an unusual one"),
        ("\0", "line 1: "),
        (b"\xff\xfe\x00", "line 1: the file is not UTF-8"),
        ("[" * 5000, "line 1: "),
    ],
)
def test_what_cannot_be_edited_is_told_with_the_entry_to_paste(
    repo: Repo, old: str | bytes, said: str
) -> None:
    data = old if isinstance(old, bytes) else old.encode()
    config_file(repo).write_bytes(data)
    done = repo.called("init", *SOURCE)
    assert done.returncode == 1
    assert f".pre-commit-config.yaml can't be edited: {said}" in done.stderr
    assert done.stderr.endswith(
        "; put this under `repos:` in it\n" + at(2).replace("  # v1.2.3", "")
    )
    assert written(done.stdout) == [one for one in WRITTEN if "pre-commit" not in one]
    assert config_file(repo).read_bytes() == data


@pytest.mark.parametrize(
    "hooks",
    ["[{id: keb-govern}]", "[{id: keb-govern-all}]", "[{id: a, entry: b/keb-govern check}]"],
)
def test_a_hook_that_is_there_stays_alone(hooks: str) -> None:
    assert HOOK.added(f"repos:\n- repo: a\n  hooks: {hooks}\n".encode()) is None


@pytest.mark.parametrize("hooks", ["[{id: keb-govern, args: [--config, a/b.toml]}]", "[1]", "{}"])
def test_a_hook_of_another_project_is_not_ours(hooks: str) -> None:
    seen = HOOK.added(f"repos:\n- repo: a\n  hooks: {hooks}\n".encode())
    assert seen is not None
    assert seen.endswith(ENTRY)
    below = HOOK._replace(settings="a/b.toml")
    assert (below.added(seen.encode()) is None) == ("a/b.toml" in hooks)


def test_a_layout_that_is_broken_by_an_edit_is_never_written() -> None:
    with pytest.raises(UnfitError):
        HOOK.added(b"repos: [a # b\n]\n")


def test_the_config_of_this_project_runs_it_already() -> None:
    assert HOOK.added((ROOT / ".pre-commit-config.yaml").read_bytes()) is None


def test_the_mode_of_an_edited_file_stays(repo: Repo) -> None:
    config_file(repo).write_text(OTHER)
    config_file(repo).chmod(0o600)
    done = repo.called("init")
    assert "added the hook to .pre-commit-config.yaml\n" in done.stdout
    assert config_file(repo).stat().st_mode & 0o777 == 0o600
