"""Every kind of clone and work tree has a baseline, or says which command brings it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.baseline.load import load_at
from governance.baseline.point import locate
from governance.baseline.worktree import present
from governance.catalog.load import load
from governance.errors import BaselineError
from tests.repositories import A1, A2, MAX_BYTES, B, Repo, branched, event, file, hermetic, names

__all__ = ["hermetic"]  # pytest finds it by its name


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return branched(tmp_path / "repo")


def _worktree(repo: Repo) -> Repo:
    repo.git("worktree", "add", "-q", "-b", "side", "../side", "work")
    return Repo(repo.path.parent / "side")


def _submodule(repo: Repo) -> Repo:
    repo.git("checkout", "-q", "main")
    outer = Repo(repo.path.parent / "outer")
    outer.git("submodule", "--quiet", "add", str(repo.path), "inner")
    inner = Repo(outer.path / "inner")
    inner.git("checkout", "-q", "-b", "side", "origin/work")
    return inner


def _partial(repo: Repo) -> Repo:
    repo.git("checkout", "-q", "main")
    # Both sides were checked out, so nothing is missing.
    clone = repo.clone("partial", "--filter=blob:none", "-b", "main")
    clone.git("checkout", "-q", "v1")
    clone.git("checkout", "-q", "-b", "side", "origin/work")
    return clone


def _spaced(repo: Repo) -> Repo:
    place = repo.path.parent / "ä b\nc" / "d"
    place.parent.mkdir()
    repo.path.rename(place)
    return Repo(place)


@pytest.mark.parametrize("make", [_worktree, _submodule, _partial, _spaced])
def test_every_kind_of_work_tree_has_a_baseline(repo: Repo, make: Callable[[Repo], Repo]) -> None:
    place = make(repo)
    assert place.locate().commit == place.git("rev-parse", "v1")
    assert [one.version for one in place.old().events] == ["1.0.0", "1.0.0"]


def test_a_catalog_may_lie_anywhere_below(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = repo.path / "services" / "ä b" / "event_schemas"
    deep.mkdir(parents=True)
    (deep / "d.yaml").write_text(A1)
    repo.commit()
    monkeypatch.chdir(deep.parent)
    for folder in (Path("event_schemas"), deep, Path("../../services/ä b/event_schemas")):
        point = locate(folder, "HEAD", {})
        assert point.path == "services/ä b/event_schemas"
        assert names(load_at(point, load(()), (), MAX_BYTES).catalog) == ["Task.Made.v1"]


def test_a_catalog_may_be_the_top(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    (repo.path / "a.yaml").write_text(A1)
    repo.commit()
    point = locate(repo.path, None, {})
    old = load_at(point, load(()), (), MAX_BYTES).catalog
    assert [one.document.path for one in old.files] == [f"main:{repo.path}/a.yaml"]


def test_ids_of_sha_256_are_ids(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", "--object-format=sha256")
    repo.commit({"a.yaml": A1, "b.yaml": B})
    repo.write({"a.yaml": A2})
    assert len(repo.locate().commit or "") == 64
    raws = present(repo.catalog, MAX_BYTES)
    today = load(raws)
    old = load_at(repo.locate(), today, raws, MAX_BYTES).catalog
    assert [one is other for one, other in zip(old.files, today.files, strict=True)] == [
        False,
        True,
    ]


@pytest.mark.parametrize("make", [None, _worktree])
def test_what_a_sparse_checkout_leaves_out_counts(
    repo: Repo, make: Callable[[Repo], Repo] | None
) -> None:
    repo = make(repo) if make else repo
    repo.git("sparse-checkout", "set", "--no-cone", "/event_schemas/a.yaml")
    assert not (repo.catalog / "b.yaml").exists()
    with repo.untouched():
        found = present(repo.catalog, MAX_BYTES)
    assert [raw.relative for raw in found] == ["a.yaml", "b.yaml"]
    assert [raw.data for raw in found] == [A2.encode(), B.encode()]
    assert names(repo.old()) == ["Task.Made.v1", "Task.Ended.v1"]
    repo.git("sparse-checkout", "set", "--no-cone", "/elsewhere/")
    assert not repo.catalog.exists()
    with repo.untouched():
        assert [raw.relative for raw in present(repo.catalog, MAX_BYTES)] == ["a.yaml", "b.yaml"]


def _advised(error: BaselineError) -> str:
    return str(error).split("`")[-2]


def _run(repo: Repo, command: str) -> None:
    subprocess.run(command, shell=True, cwd=repo.path, check=True, capture_output=True)  # noqa: S602  what a person would type


def test_a_shallow_clone_says_what_to_fetch(repo: Repo) -> None:
    wanted = repo.git("rev-parse", "v1")
    repo.git("checkout", "-q", "main")
    for against in (None, "v1", wanted):
        clone = repo.clone(f"shallow-{against}", "--depth=1", "-b", "work")
        with clone.untouched(), pytest.raises(BaselineError, match="this clone is shallow") as said:
            locate(clone.catalog, against, {})
        with pytest.raises(BaselineError, match="`fetch-depth: 0`"):
            locate(clone.catalog, against, {"GITHUB_ACTIONS": "true"})
        _run(clone, _advised(said.value))
        assert clone.locate(against).commit == wanted
        assert [one.version for one in clone.old(against).events] == ["1.0.0", "1.0.0"]


def test_a_shallow_clone_of_a_push_says_which_commit_to_fetch(repo: Repo) -> None:
    clone = repo.clone("shallow", "--depth=1", "-b", "work")
    before = repo.git("rev-parse", "v1")
    path = repo.path.parent / "event.json"
    path.write_text(json.dumps({"before": before}))
    with pytest.raises(BaselineError) as said:
        clone.locate(GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH=str(path))
    assert _advised(said.value) == f"git fetch --depth=1 origin {before}"


def test_a_shallow_clone_of_the_default_branch_has_all_it_needs(repo: Repo) -> None:
    clone = repo.clone("shallow", "--depth=1", "-b", "main")
    assert clone.locate().label == "main"
    assert len(clone.old().files) == 3


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_says_what_to_fetch_and_fetches_nothing(repo: Repo, kind: str) -> None:
    clone = repo.clone("partial", f"--filter={kind}", "-b", "work")
    with clone.untouched(), pytest.raises(BaselineError, match="this is a partial clone") as said:
        clone.old("v1")
    _run(clone, _advised(said.value))
    assert [one.version for one in clone.old("v1").events] == ["1.0.0", "1.0.0"]


def test_a_partial_clone_of_many_files_gives_the_same_advice(tmp_path: Path) -> None:
    many = Repo(tmp_path / "many")
    for version in ("1.0.0", "1.1.0"):
        many.commit({f"{number}.yaml": file(event("A.B.v1", version)) for number in range(400)})
    clone = many.clone("partial", "--filter=blob:none")
    with pytest.raises(BaselineError, match="this is a partial clone"):
        clone.old("HEAD~1")


def test_the_merge_that_a_pull_request_is_built_on_needs_its_parents_alone(
    repo: Repo, tmp_path: Path
) -> None:
    base = repo.git("rev-parse", "main")
    repo.git("checkout", "-q", "-b", "pull", "main")
    repo.git("merge", "-q", "--no-ff", "work")
    clone = repo.clone("shallow", "--depth=2", "-b", "pull")
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    run = {"GITHUB_BASE_REF": "main", "GITHUB_EVENT_PATH": str(path)}
    assert clone.locate(**run).commit == base


def test_advice_about_safe_folders_is_passed_on(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for against in (None, "v1"):
        with pytest.raises(BaselineError, match=r"git config --global --add safe\.directory"):
            locate(repo.catalog, against, {})
    # A container may say so in the environment, which is no matter of the repository.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert locate(repo.catalog, "v1", {}).label == "v1"


def test_what_decides_about_a_comparison_is_its_identity(repo: Repo, tmp_path: Path) -> None:
    points = [repo.locate(), repo.locate("v1"), repo.locate("main"), repo.locate("HEAD")]
    assert len({point.identity for point in points}) == 4
    assert repo.locate("v1").identity == repo.locate("v1").identity
    assert Repo(tmp_path / "new").locate().identity == ""


def test_variables_of_a_hook_do_not_lead_elsewhere(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other")
    other.commit({"z.yaml": A1})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    point = locate(repo.catalog, "v1", {})
    assert names(load_at(point, load(()), (), MAX_BYTES).catalog) == [
        "Task.Made.v1",
        "Task.Ended.v1",
    ]
