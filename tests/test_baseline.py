"""What a catalog is compared with, and what it was: on real repositories, left as they are."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from governance.baseline.load import load_at
from governance.baseline.point import locate
from governance.baseline.worktree import present
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.errors import BaselineError
from tests.repositories import A1, A2, MAX_BYTES, B, Repo, branched, hermetic, names

__all__ = ["hermetic"]  # pytest finds it by its name


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return branched(tmp_path / "repo")


def test_a_branch_is_compared_with_where_it_left(repo: Repo) -> None:
    point, old = repo.locate(), repo.old()
    assert (point.label, point.commit, point.note) == (
        repo.git("rev-parse", "v1")[:12],
        repo.git("rev-parse", "v1"),
        "",
    )
    assert [one.version for one in old.events] == ["1.0.0", "1.0.0"]
    assert [one.document.path for one in old.files] == [
        f"{point.label}:{repo.catalog}/a.yaml",
        f"{repo.catalog}/b.yaml",
    ]


def test_what_is_as_it_was_is_shared(repo: Repo) -> None:
    raws = present(repo.catalog, MAX_BYTES)
    today = load(raws)
    old = load_at(repo.locate(), today, raws, MAX_BYTES).catalog
    assert old.by_relative["b.yaml"] is today.by_relative["b.yaml"]
    assert old.by_relative["a.yaml"] is not today.by_relative["a.yaml"]


def test_on_the_default_branch_what_is_not_committed_is_compared(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    repo.write({"a.yaml": A2})
    assert repo.locate().label == "main"
    assert repo.old().by_type["Task.Made.v1"].version == "1.0.0"


def test_a_detached_head_has_a_baseline_too(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach")
    assert repo.locate().commit == repo.git("rev-parse", "v1")


@pytest.mark.parametrize(
    ("against", "expected"),
    [("main", ["Task.Made.v1", "Task.Ended.v1", "Task.Lost.v1"]), ("v1", None), ("HEAD~1", None)],
)
def test_a_ref_is_taken_as_it_is(repo: Repo, against: str, expected: list[str] | None) -> None:
    assert repo.locate(against).label == against
    assert names(repo.old(against)) == (expected or ["Task.Made.v1", "Task.Ended.v1"])


def test_labels_name_the_file_as_the_catalog_was_named(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    folder = Path("event_schemas")
    raws = present(folder, MAX_BYTES)
    old = load_at(locate(folder, "v1", {}), load(raws), raws, MAX_BYTES).catalog
    assert [one.document.path for one in old.files] == [
        "v1:event_schemas/a.yaml",
        "event_schemas/b.yaml",
    ]
    monkeypatch.chdir(repo.catalog)
    raws = present(Path(), MAX_BYTES)
    old = load_at(locate(Path(), "v1", {}), load(raws), raws, MAX_BYTES).catalog
    assert [one.document.path for one in old.files] == ["v1:a.yaml", "b.yaml"]


def test_the_default_branch_of_a_clone_is_what_its_origin_says(repo: Repo) -> None:
    repo.git("branch", "-m", "main", "trunk")
    repo.git("checkout", "-q", "trunk")
    clone = repo.clone("clone")
    assert clone.locate().label == "origin/trunk"
    clone.git("checkout", "-q", "origin/work")
    assert clone.locate().commit == repo.git("rev-parse", "v1")
    clone.git("checkout", "-q", "-b", "more", "origin/trunk")
    assert clone.locate().label == "origin/trunk"


def test_the_setting_names_the_default_branch_last(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", "--initial-branch", "root")
    repo.commit({"a.yaml": A1})
    assert repo.locate().note == (
        "nothing to compare with: there is no default branch (origin/HEAD, main or master)"
    )
    repo.git("config", "init.defaultBranch", "root")
    assert repo.locate().label == "root"


@pytest.mark.parametrize(
    ("variables", "event_", "expected"),
    [
        ({"GITHUB_BASE_REF": "main"}, None, "v1"),
        ({"GITHUB_BASE_REF": "work"}, None, "work"),
        ({"GITHUB_BASE_REF": "gone"}, {"pull_request": {"base": {"sha": "main"}}}, "v1"),
        ({"GITHUB_BASE_REF": "work"}, {"before": "main"}, "work"),
        ({"GITHUB_EVENT_NAME": "push"}, {"before": "main"}, "main"),
        ({"GITHUB_EVENT_NAME": "push"}, {"before": "0" * 40}, "v1"),
        ({"GITHUB_EVENT_NAME": "push"}, {"before": "12" * 20}, "v1"),
        ({"GITHUB_EVENT_NAME": "merge_group"}, {"merge_group": {"base_sha": "main"}}, "main"),
        ({"GITHUB_EVENT_NAME": "schedule"}, {"before": "main"}, "v1"),
        ({"GITHUB_EVENT_NAME": "push"}, ["before"], "v1"),
    ],
)
def test_a_run_of_github_actions_says_what_it_is_about(
    repo: Repo, variables: dict[str, str], event_: object, expected: str
) -> None:
    if event_ is not None:
        path = repo.path.parent / "event.json"
        text = json.dumps(event_).replace('"main"', f'"{repo.git("rev-parse", "main")}"')
        path.write_text(text)
        variables = {**variables, "GITHUB_EVENT_PATH": str(path)}
    assert repo.locate(**variables).commit == repo.git("rev-parse", expected)


def test_a_way_out_of_a_repository_leads_out_of_it(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside" / "event_schemas"
    outside.mkdir(parents=True)
    (outside / "a.yaml").write_text(A1)
    monkeypatch.chdir(repo.path)
    note = locate(Path(os.path.relpath(outside)), None, {}).note
    assert note.endswith("outside/event_schemas is in no git repository")


def test_nothing_to_compare_with_is_a_note(tmp_path: Path, repo: Repo) -> None:
    outside = tmp_path / "outside" / "event_schemas"
    outside.mkdir(parents=True)
    (outside / "a.yaml").write_text(A1)
    assert locate(outside, None, {}).note.endswith("event_schemas is in no git repository")
    new = Repo(tmp_path / "new")
    new.write({"a.yaml": A1})
    assert new.locate().note == "nothing to compare with: there is no commit yet"
    assert new.old().files == ()
    new.git("commit", "-q", "--allow-empty", "-m", "empty")
    assert new.locate().note == "nothing to compare with: there is no event_schemas in main"
    assert new.old().files == ()
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit()
    assert repo.locate().note == "nothing to compare with: HEAD and main have no commit in common"


def test_no_git_is_a_note_and_an_error_where_a_ref_was_named(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert locate(repo.catalog, None, {}).note == (
        "nothing to compare with: git is not installed, or not on the PATH"
    )
    with pytest.raises(BaselineError, match="git is not installed"):
        locate(repo.catalog, "v1", {})


@pytest.mark.parametrize(
    ("against", "text"),
    [
        ("mian", "there is no commit mian to compare with: did you mean main?"),
        ("elsewhere/v", "git branch --all"),
        ("-v1", "refs/heads/NAME"),
        ("--all", "refs/heads/NAME"),
        ("^v1", "refs/heads/NAME"),
        ("", "names no commit"),
        ("v1..work", "more than one commit"),
        ("v1:event_schemas", "there is no commit"),
        ("a\nb", "there is no commit"),
        ("a\0b", "names no commit"),
        ("12" * 20, "there is no commit"),
    ],
)
def test_what_can_not_be_resolved_says_what_to_do(repo: Repo, against: str, text: str) -> None:
    with repo.untouched(), pytest.raises(BaselineError) as caught:
        locate(repo.catalog, against, {})
    assert text in str(caught.value)


def test_a_ref_of_a_clone_is_proposed_with_its_remote(repo: Repo) -> None:
    repo.git("checkout", "-q", "work")
    with pytest.raises(BaselineError, match="did you mean origin/main"):
        repo.clone("clone").locate("main")


def test_a_folder_is_a_baseline(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    other = tmp_path / "other"
    (other / "event_schemas").mkdir(parents=True)
    (other / "event_schemas" / "a.yaml").write_text(A1)
    (other / "event_schemas" / "b.yaml").write_text(B)
    folder = Path("event_schemas")
    raws = present(folder, MAX_BYTES)
    for named in ("../other", "../other/event_schemas"):
        point = locate(folder, named, {})
        assert (point.label, point.commit) == (named, None)
        old = load_at(point, load(raws), raws, MAX_BYTES).catalog
        assert [one.document.path for one in old.files] == [
            "../other/event_schemas/a.yaml",
            "event_schemas/b.yaml",
        ]
    before = point.identity
    (other / "event_schemas" / "a.yaml").write_text(A2)
    assert point.identity != before
    (tmp_path / "empty").mkdir()
    with pytest.raises(BaselineError, match="holds no schema file"):
        load_at(locate(folder, "../empty", {}), load(raws), raws, MAX_BYTES)


def test_a_folder_that_is_a_ref_too_is_asked_about(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    repo.git("branch", "event_schemas")
    folder = Path("event_schemas")
    with pytest.raises(BaselineError, match=r"\./event_schemas .*refs/heads/event_schemas"):
        locate(folder, "event_schemas", {})
    assert locate(folder, "./event_schemas", {}).folder == folder
    assert locate(folder, "refs/heads/event_schemas", {}).commit == repo.git("rev-parse", "work")


def test_files_are_chosen_and_sorted_as_in_a_folder(repo: Repo) -> None:
    repo.write(
        {
            "z/a.yaml": A1,
            "z.yml": A1,
            "z-a/b.json": "{}",
            ".hidden.yaml": A1,
            ".github/a.yaml": A1,
            "z/.b/c.yaml": A1,
            "notes.md": "",
            "folder.yaml/x.yaml": A1,
            "ü b\nc.yaml": A1,
            "large.yaml": "#" * (MAX_BYTES + 1),
        }
    )
    for link, target in {
        "in.yaml": "a.yaml",
        "chain.yaml": "in.yaml",
        "out.yaml": "../x.yaml",
        "gone.yaml": "nothing.yaml",
        "dir.yaml": "z",
        "loop.yaml": "loop.yaml",
    }.items():
        (repo.catalog / link).symlink_to(target)
    (repo.path / "x.yaml").write_text(A1)
    commit = repo.commit()
    today = load(read_folder(repo.catalog, MAX_BYTES))
    # No file is as it is, so that every one is read out of git.
    old = load_at(repo.locate(commit), load(()), (), MAX_BYTES).catalog
    assert [one.relative for one in old.files] == [one.relative for one in today.files]
    assert [one.document.problems for one in old.files] == [
        one.document.problems for one in today.files
    ]
    assert [one.document.text for one in old.files] == [one.document.text for one in today.files]
    flat = load_at(repo.locate(commit), load(()), (), MAX_BYTES, deep=False).catalog
    shallow = read_folder(repo.catalog, MAX_BYTES, deep=False)
    assert [one.relative for one in flat.files] == [one.relative for one in shallow]


def test_line_ends_of_a_checkout_do_no_harm(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    (repo.catalog / "b.yaml").unlink()
    repo.git("checkout", "-q", "--", "event_schemas")
    assert b"\r\n" in (repo.catalog / "b.yaml").read_bytes()
    assert names(repo.old("v1")) == ["Task.Made.v1", "Task.Ended.v1"]
