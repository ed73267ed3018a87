"""What is about to be committed, asked in hooks that git really runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from governance.baseline.worktree import staged
from governance.catalog.files import KNOWN, RawFile, read_approvals, read_known
from governance.errors import BaselineError, CatalogError
from tests.repositories import MAX_BYTES, Repo, event, file, hermetic

__all__ = ["hermetic"]  # pytest finds it by its name

ONE, TWO, THREE = (file(event("Task.Made.v1", version)) for version in ("1.0.0", "1.1.0", "1.2.0"))
# What the hook saw, for the test to read.
_HOOK = """\
#!{python}
import json, os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
os.chdir({where!r})
from governance.baseline.worktree import staged
from governance.baseline.point import locate
folder = Path({folder!r})
found = {{raw.path: raw.data.decode() for raw in staged(folder, {max_bytes}).files}}
found["commit"] = locate(folder, None, os.environ).commit
Path({out!r}).write_text(json.dumps(found))
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    made.commit({"a.yaml": ONE, "b.yaml": ONE})
    return made


def _hook(repo: Repo, where: str = ".", folder: str = "event_schemas") -> Path:
    out = repo.path.parent / "seen.json"
    text = _HOOK.format(
        python=sys.executable,
        root=str(Path(__file__).parent.parent),
        where=where,
        folder=folder,
        max_bytes=MAX_BYTES,
        out=str(out),
    )
    hook = Path(repo.git("rev-parse", "--git-path", "hooks/pre-commit"))
    hook = repo.path / hook
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(0o755)
    return out


def _linked(repo: Repo) -> Repo:
    repo.git("worktree", "add", "-q", "-b", "side", "../side")
    return Repo(repo.path.parent / "side")


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize(
    ("words", "a", "b"),
    [
        ((), TWO, ONE),
        (("-a",), THREE, TWO),
        (("event_schemas/b.yaml",), ONE, TWO),
        (("-i", "event_schemas/b.yaml"), TWO, TWO),
    ],
)
def test_a_hook_sees_what_is_committed(
    repo: Repo, words: tuple[str, ...], a: str, b: str, *, is_linked: bool
) -> None:
    place = _linked(repo) if is_linked else repo
    seen = _hook(place)
    place.write({"a.yaml": TWO})
    place.git("add", "-A")
    place.write({"a.yaml": THREE, "b.yaml": TWO})
    head = place.git("rev-parse", "HEAD")
    place.git("commit", "-q", "-m", "change", *words)
    assert json.loads(seen.read_text()) == {
        "event_schemas/a.yaml": a,
        "event_schemas/b.yaml": b,
        "commit": head,
    }
    for name, text in (("a", a), ("b", b)):
        assert place.git("show", f"HEAD:event_schemas/{name}.yaml") == text.strip()


def test_what_is_staged_is_named_as_in_a_folder(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write({"a.yaml": TWO, "c/d.yaml": ONE, ".e.yaml": ONE, "f.md": ONE})
    repo.git("add", "-A")
    repo.write({"a.yaml": THREE, "b.yaml": None, "g.yaml": ONE})
    monkeypatch.chdir(repo.path)
    with repo.untouched():
        found = staged(Path("event_schemas"), MAX_BYTES).files
    assert {raw.path: raw.data.decode() for raw in found} == {
        "event_schemas/a.yaml": TWO,
        "event_schemas/b.yaml": ONE,
        "event_schemas/c/d.yaml": ONE,
    }
    assert [raw.relative for raw in found] == ["a.yaml", "b.yaml", "c/d.yaml"]
    (large, *_) = staged(Path("event_schemas"), 10).files
    assert large.problem is not None
    assert "the limit is 10" in large.problem.message


def test_what_stands_beside_a_catalog_is_taken_as_staged_too(repo: Repo) -> None:
    assert staged(repo.catalog, MAX_BYTES)[1:] == ((), None)
    beside = {".keb-approvals/a.yaml": "x: 1", ".keb-approvals/b/c.yaml": "", KNOWN: "{}"}
    repo.write(beside)
    assert staged(repo.catalog, MAX_BYTES)[1:] == ((), None)
    repo.git("add", "-A")
    repo.write({".keb-approvals/a.yaml": "x: 2", KNOWN: None})
    with repo.untouched():
        _, approvals, known = staged(repo.catalog, MAX_BYTES)
    prefix = repo.catalog.as_posix()
    path = f"{prefix}/.keb-approvals/a.yaml"
    assert approvals == (RawFile(path, "a.yaml", b"x: 1", None),)
    assert known == RawFile(f"{prefix}/{KNOWN}", KNOWN, b"{}", None)
    # As they are read from a work tree.
    repo.write(beside)
    assert approvals == read_approvals(repo.catalog, MAX_BYTES)
    assert known == read_known(repo.catalog)


def test_of_a_file_in_conflict_our_own_side_counts(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "other")
    repo.commit({"a.yaml": TWO})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.yaml": THREE})
    with pytest.raises(AssertionError):
        repo.git("merge", "other")
    with repo.untouched():
        first, *_ = staged(repo.catalog, MAX_BYTES).files
    assert first.data.decode() == THREE


def test_an_index_of_another_repository_is_none_of_ours(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other")
    other.commit({"z.yaml": TWO})
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    assert [raw.relative for raw in staged(repo.catalog, MAX_BYTES).files] == ["a.yaml", "b.yaml"]


def test_nothing_staged_is_an_error(repo: Repo, tmp_path: Path) -> None:
    repo.git("rm", "-r", "-q", "--cached", "event_schemas")
    with pytest.raises(CatalogError, match="holds no schema file"):
        staged(repo.catalog, MAX_BYTES)
    (tmp_path / "outside").mkdir()
    with pytest.raises(BaselineError, match="is in no git repository"):
        staged(tmp_path / "outside", MAX_BYTES)
