"""A run about one file, from what earlier runs read of the others, finds what a whole one finds."""

from __future__ import annotations

import json
import marshal
import os
import shutil
import time
from pathlib import Path

import pytest

from governance import store
from governance.catalog import kept
from governance.catalog.files import RawFile, read_folder
from governance.catalog.kept import load_files
from governance.catalog.load import load
from governance.catalog.model import Catalog, SourceFile
from governance.schema.json import Json, identity
from tests.catalogs import raw_files
from tests.repositories import MAX_BYTES, Repo, event, file, hermetic

__all__ = ["hermetic"]

ROOT = Path(__file__).parents[1]
RULES = ROOT / "tests/rules"
SEVERAL = sorted(
    path for path in RULES.glob("*/bad*") if path.is_dir() and len(list(path.iterdir())) > 1
)


def found(repo: Repo, *words: str) -> list[Json]:
    done = repo.called("check", "--format", "json", "--date", "2026-11-23", *words)
    assert done.returncode in {0, 1}, done.stderr
    return list(json.loads(done.stdout)["findings"])


def by_file(repo: Repo) -> None:
    """Assert that every file alone has the findings that it has among all."""
    whole = found(repo, "--no-cache")
    for path in sorted(repo.catalog.rglob("*")):
        name = path.relative_to(repo.path).as_posix()
        if path.suffix in {".yaml", ".yml", ".json"} and "/." not in name and path.is_file():
            # What stands beside the catalog is always judged.
            asked = [one for one in whole if one["file"] == name or "/." in one["file"]]
            assert found(repo, name) == asked, name


@pytest.mark.parametrize("folder", SEVERAL, ids=lambda path: path.parent.name)
def test_a_file_alone_has_the_findings_that_it_has_among_all(folder: Path, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repository", "-b", "main")
    compared = (folder / "baseline").is_dir()
    if compared:
        shutil.copytree(folder / "baseline", repo.catalog)
        repo.commit()
        shutil.rmtree(repo.catalog)
    shutil.copytree(folder / "current" if compared else folder, repo.catalog, symlinks=True)
    by_file(repo)


def test_so_it_is_in_our_own_catalog(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repository", "-b", "main")
    shutil.copytree(ROOT / "event_schemas", repo.catalog)
    repo.commit()
    for path in repo.catalog.glob("*.yaml"):
        path.write_text(path.read_text().replace("maxLength: ", "maxLength: 1"))
    by_file(repo)


def test_a_change_is_seen_through_every_file_between(tmp_path: Path) -> None:
    component = "components: {schemas: {Name: {%s}}}\n"
    repo = Repo(tmp_path / "repository", "-b", "main")
    repo.commit(
        {
            "task.yaml": file(
                event("Task.Made.v1", id='$ref: "a%20b/mid.yaml#/components/schemas/Name"')
            ),
            "plain.yaml": file(event("Task.Ended.v1", id="type: string")),
            "a b/mid.yaml": component % "$ref: ../last.json#/components/schemas/Name",
            "last.json": '{"components": {"schemas": {"Name": {"type": "string"}}}}',
        }
    )
    found(repo, "event_schemas/task.yaml")
    repo.write({"last.json": '{"components": {"schemas": {"Name": {"type": "integer"}}}}'})
    by_file(repo)
    breaks = [one for one in found(repo, "--no-cache") if one["rule"] == "KEB706"]
    assert {one["file"] for one in breaks} == {"event_schemas/last.json"}
    changed = json.loads(repo.called("diff", "--format", "json").stdout)["events"]
    assert [one["event"] for one in changed] == ["Task.Made.v1"]


def same(one: SourceFile, other: SourceFile) -> None:
    """Assert that two files say the same, each of it at the same place."""
    assert identity(one.document.root) == identity(other.document.root)
    assert one.document.problems == other.document.problems
    assert one.document.refers == other.document.refers
    assert [event.type for event in one.events] == [event.type for event in other.events]
    for first, second in zip(one.trees, other.trees, strict=True):
        places = [node.at().span for node in first.nodes]
        assert places == [node.at().span for node in second.nodes]


@pytest.mark.parametrize("folder", [ROOT / "event_schemas", ROOT / "tests/cli/catalog"], ids=str)
def test_what_is_kept_is_what_was_read(folder: Path) -> None:
    raws = read_folder(folder, MAX_BYTES)
    fresh = load(raws)
    for _ in range(2):
        for one, other in zip(load_files(raws), fresh.files, strict=True):
            same(one, other)


@pytest.mark.parametrize(
    "text",
    [
        'a: "\\ud83d\\ude00"\n',
        'a: "\\ud83d"\n',
        "a: &one {b: 1}\nc: *one\n",
        "a: 1\na: 2\n",
        "a: yes\n",
        "a: .inf\n",
        "a: [\n",
        "a: 1" + "0" * 5000 + "\n",
        "\ufeffa: 1\n",
        "",
    ],
)
def test_what_values_alone_can_t_tell_is_read_anew(text: str) -> None:
    raws = (RawFile("a.yaml", "a.yaml", text.encode(), None),)
    fresh = load(raws).files[0]
    for _ in range(2):
        same(load_files(raws)[0], fresh)


@pytest.mark.parametrize("text", ["a: -0.0\n", "a: 1.0\n", "a: 1e400\n", 'a: "\\0\\u2028"\n'])
def test_no_value_comes_back_as_another(text: str) -> None:
    raws = raw_files(text)
    for _ in range(2):
        assert repr(load_files(raws)[0].document.root) == repr(load(raws).files[0].document.root)


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 16, b"x" * 5_000, None])
def test_what_is_damaged_is_read_anew(damage: bytes | None) -> None:
    raws = raw_files(file(event("Task.Made.v1")))
    load_files(raws)
    (entry,) = (store.folder() / "read").iterdir()
    whole = entry.read_bytes()
    for at in range(len(whole)):
        entry.write_bytes(whole[:at] + b"\xff" + whole[at:] if damage is None else damage)
        same(load_files(raws)[0], load(raws).files[0])
        if damage is not None:
            break


def test_the_oldest_go_first_and_a_large_catalog_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST_ENTRIES", 3)

    def many(*names: str) -> tuple[RawFile, ...]:
        return tuple(RawFile(f"{n}.yaml", f"{n}.yaml", f"a: {n}x\n".encode(), None) for n in names)

    def entries() -> list[Json]:
        kept_ = [path.read_bytes()[16:] for path in (store.folder() / "read").iterdir()]
        return [marshal.loads(one)[0]["a"] for one in kept_]  # noqa: S302  as the code does

    load_files(many("a", "b", "c"))
    for path in (store.folder() / "read").iterdir():
        os.utime(path, (time.time() - 60, time.time() - 60))
    load_files(many("d"))
    assert len(entries()) == 3
    assert "dx" in entries()
    load_files(many(*"abcdefgh"))
    assert len(entries()) == 8


def test_nothing_is_kept_where_nobody_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEB_GOVERN_CACHE", "/dev/null/nowhere")
    raws = raw_files(file(event("Task.Made.v1")))
    same(load_files(raws)[0], load(raws).files[0])


def test_without_the_cache_nothing_is_taken_or_left(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repository", "-b", "main")
    repo.commit({"task.yaml": file(event("Task.Made.v1"))})
    repo.write({"task.yaml": file(event("Task.Made.v1", id="type: string"))})
    found(repo, "--no-cache")
    repo.called("diff", "--no-cache")
    assert not store.folder().exists()
    assert Catalog(load_files(raw_files("a: 1\n"), use_cache=False)).files
    assert not store.folder().exists()
