"""Every version of every event, out of real histories; and the shortcut that finds it, exact."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import store
from governance.baseline import declared, releases
from governance.baseline.declared import Declared, Reader
from governance.baseline.load import load_at
from governance.baseline.point import locate
from governance.baseline.releases import History, Release, history
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.refs import bundle
from governance.errors import BaselineError
from tests.repositories import MAX_BYTES, Repo, event, file, hermetic, names

__all__ = ["hermetic"]  # pytest finds it by its name

MADE = "Task.Made.v1"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def _history(repo: Repo, against: str = "HEAD", *, use_cache: bool = False) -> History:
    point = repo.locate(against)
    with repo.untouched():
        return history(point, MAX_BYTES, use_cache=use_cache)


def _rows(found: History, event_type: str = MADE) -> list[tuple[str, str, str]]:
    return [(one.version, one.since, one.commit) for one in found.releases_of(event_type)]


def test_each_version_is_found_once_with_first_and_last_commit(repo: Repo) -> None:
    a = repo.commit({"a.yaml": file(event(MADE))})
    b = repo.commit({"b.yaml": file(event("Task.Lost.v1"))})
    c = repo.commit({"a.yaml": file(event(MADE, "1.1.0", id="type: string"))})
    repo.git("commit", "-q", "--allow-empty", "-m", "nothing of ours")
    found = _history(repo)
    assert _rows(found) == [("1.0.0", a, b), ("1.1.0", c, c)]
    assert _rows(found, "Task.Lost.v1") == [("1.0.0", b, c)]
    assert found.events == ("Task.Lost.v1", MADE)
    assert found.releases_of("Task.Never.v1") == ()
    assert found.is_complete
    assert _rows(_history(repo, a)) == [("1.0.0", a, a)]


def test_the_same_version_in_other_words_is_another_release(repo: Repo) -> None:
    a = repo.commit({"a.yaml": file(event(MADE))})
    b = repo.commit({"a.yaml": file(event(MADE, id="type: string"))})
    # Neither comments nor the order of keys are words.
    text = event(MADE, id="type: string").replace("{type: object, ", "{")
    c = repo.commit({"a.yaml": "# x\n" + file(text.replace("}}}", "}}, type: object}"))})
    assert _rows(_history(repo)) == [("1.0.0", a, a), ("1.0.0", b, c)]


def test_what_was_read_anyhow_is_not_read_again_and_says_the_same(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.yaml": file(event(MADE)), "b.json": json.dumps({"events": {}})})
    repo.commit({"a.yaml": file(event(MADE, "1.1.0"), event("Task.Lost.v1", None))})
    point = repo.locate("HEAD")
    raws = read_folder(repo.catalog, MAX_BYTES)
    former = load_at(point, load(raws), raws, MAX_BYTES)
    assert len(former.by_blob) == 2
    anew = history(point, MAX_BYTES, use_cache=False)
    seen = list[int]()
    whole = Reader.declared

    def counted(self: Reader, data: bytes, *, is_json: bool) -> tuple[Declared, ...]:
        seen.append(len(data))
        return whole(self, data, is_json=is_json)

    monkeypatch.setattr(Reader, "declared", counted)
    found = history(point, MAX_BYTES, former.by_blob, use_cache=False)
    assert {one: found.releases_of(one) for one in found.events} == {
        one: anew.releases_of(one) for one in anew.events
    }
    assert len(seen) == 1


def test_a_revert_goes_on_with_what_was(repo: Repo) -> None:
    a = repo.commit({"a.yaml": file(event(MADE))})
    b = repo.commit({"a.yaml": file(event(MADE, "1.1.0"))})
    c = repo.commit({"a.yaml": file(event(MADE))})
    assert _rows(_history(repo)) == [("1.0.0", a, c), ("1.1.0", b, b)]


def test_an_event_may_move_and_go(repo: Repo) -> None:
    a = repo.commit({"a.yaml": file(event(MADE))})
    repo.commit({"a.yaml": None, "z/b.yml": file(event(MADE))})
    c = repo.commit({"c.json": json.dumps({"events": {MADE: {"event_version": "2.0.0"}}})})
    d = repo.commit({"z/b.yml": None})
    found = _history(repo)
    assert _rows(found) == [("1.0.0", a, c), ("2.0.0", c, d)]
    assert [one.relative for one in found.releases_of(MADE)] == ["z/b.yml", "c.json"]


def test_of_a_merge_the_result_counts(repo: Repo) -> None:
    a = repo.commit({"a.yaml": file(event(MADE))})
    repo.git("checkout", "-q", "-b", "work")
    repo.commit({"a.yaml": file(event(MADE, "1.1.0"))})
    repo.commit({"a.yaml": file(event(MADE, "1.2.0"))})
    repo.git("checkout", "-q", "main")
    b = repo.commit({"b.yaml": file(event("Task.Lost.v1"))})
    repo.git("merge", "-q", "--no-ff", "work")
    merge = repo.git("rev-parse", "HEAD")
    assert _rows(_history(repo)) == [("1.0.0", a, b), ("1.2.0", merge, merge)]


def test_what_declares_nothing_is_passed_over(repo: Repo) -> None:
    files: dict[str, str | bytes | None] = {
        "broken.yaml": 'events:\n  A.B.v1: {event_version: "1.0.0"',
        "legacy.yaml": "TaskMade: {type: object, properties: {a: {type: string}}}\n",
        "bare.yaml": file(event("A.Bare.v1", None), event("A.Number.v1", "1.0")),
        "bytes.yaml": b"\xff\xfeevent_version",
        "large.yaml": file(event("A.Large.v1")) + "#" * MAX_BYTES,
        ".hidden.yaml": file(event("A.Hidden.v1")),
        "notes.md": file(event("A.Note.v1")),
    }
    a = repo.commit({**files, "a.yaml": file(event(MADE))})
    (repo.catalog / "link.yaml").symlink_to("../elsewhere.yaml")
    (repo.path / "elsewhere.yaml").write_text(file(event("A.Linked.v1")))
    repo.commit()
    (repo.catalog / "a.yaml").unlink()
    (repo.catalog / "a.yaml").symlink_to("../elsewhere.yaml")
    repo.commit()
    found = _history(repo)
    assert found.events == (MADE,)
    assert [one.since for one in found.releases_of(MADE)] == [a]


def test_settings_of_a_person_change_nothing(repo: Repo) -> None:
    repo.commit({"a.yaml": file(event(MADE))})
    repo.commit({"ü b\nc.yaml": file(event("Task.Lost.v1")), "a.yaml": None})
    before = [_history(repo).releases_of(one) for one in (MADE, "Task.Lost.v1")]
    for setting in (
        "log.showSignature=true",
        "log.diffMerges=off",
        "log.follow=true",
        "log.showRoot=false",
        "log.decorate=full",
        "log.date=relative",
        "diff.renames=copies",
        "diff.relative=true",
        "diff.noprefix=true",
        "core.abbrev=4",
        "core.quotePath=true",
        "color.ui=always",
        "format.pretty=fuller",
        "core.fsmonitor=false",
    ):
        repo.git("config", *setting.split("="))
    assert [_history(repo).releases_of(one) for one in (MADE, "Task.Lost.v1")] == before


def test_a_release_has_all_that_its_schema_refers_to(repo: Repo) -> None:
    def shared(name: str, to: str) -> str:
        return f"components:\n  schemas:\n    {name}: {{{to}}}\n"

    with_ref = event(MADE, id='$ref: "parts/one.yaml#/components/schemas/One"')
    first = repo.commit(
        {
            "a.yaml": file(with_ref),
            "parts/one.yaml": shared("One", '$ref: "../two.yaml#/components/schemas/Two"'),
            "two.yaml": shared("Two", "type: string"),
            "three.yaml": shared("Three", "type: string"),
        }
    )
    second = repo.commit({"two.yaml": shared("Two", "type: integer")})
    repo.commit({"a.yaml": None, "two.yaml": shared("Two", "type: boolean")})
    found = _history(repo)
    (release,) = found.releases_of(MADE)
    assert (release.since, release.commit) == (first, second)
    with repo.untouched():
        catalog = found.catalog_of(release)
    folder = repo.catalog.as_posix()
    assert [one.document.path for one in catalog.files] == [
        f"{first[:12]}:{folder}/a.yaml",
        f"{first[:12]}:{folder}/parts/one.yaml",
        f"{second[:12]}:{folder}/two.yaml",
    ]
    assert names(catalog) == [MADE]
    payload = catalog.by_type[MADE].payload
    assert payload is not None
    assert '"type": "integer"' in json.dumps(bundle(catalog, payload))
    assert found.catalog_of(release).files[0] is catalog.files[0]


def test_a_shallow_clone_has_not_the_whole_history(repo: Repo) -> None:
    for number in range(3):
        repo.commit({"a.yaml": file(event(MADE, f"1.{number}.0"))})
    clone = repo.clone("shallow", "--depth=2")
    found = _history(clone, use_cache=True)
    assert [one.version for one in found.releases_of(MADE)] == ["1.1.0", "1.2.0"]
    assert not found.is_complete
    # Nothing of that is kept for the day when there is more.
    clone.git("fetch", "-q", "--unshallow")
    found = _history(clone, use_cache=True)
    assert len(found.releases_of(MADE)) == 3
    assert found.is_complete


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_says_what_brings_its_history(repo: Repo, kind: str) -> None:
    for number in range(3):
        repo.commit({"a.yaml": file(event(MADE, f"1.{number}.0"))})
    clone = repo.clone("partial", f"--filter={kind}")
    with pytest.raises(BaselineError, match="this is a partial clone") as said:
        _history(clone)
    command = str(said.value).split("`")[-2].removesuffix(" > /dev/null").replace("'", "").split()
    clone.git(*command[1:])
    assert len(_history(clone).releases_of(MADE)) == 3


def test_without_a_commit_there_is_no_history(repo: Repo, tmp_path: Path) -> None:
    repo.write({"a.yaml": file(event(MADE))})
    for against in (None, str(tmp_path)):
        found = history(locate(repo.catalog, against, {}), MAX_BYTES)
        assert found.events == ()
        assert found.is_complete


def _all(found: History) -> list[Release]:
    return [release for name in found.events for release in found.releases_of(name)]


def test_what_was_found_is_found_again_without_git(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        repo.commit({"a.yaml": file(event(MADE, f"1.{number}.0"))})
    first = _history(repo, use_cache=True)
    point = repo.locate("HEAD")
    with monkeypatch.context() as without:
        without.setenv("PATH", "")
        again = history(point, MAX_BYTES)
    assert _all(again) == _all(first)
    assert names(again.catalog_of(again.releases_of(MADE)[0])) == [MADE]


def test_a_new_tip_costs_its_new_blobs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        repo.commit({"a.yaml": file(event(MADE, f"1.{number}.0"))})
    _history(repo, use_cache=True)
    repo.commit({"b.yaml": file(event("Task.Lost.v1"))})
    read = list[bytes]()
    real = Reader.declared

    def counted(this: Reader, data: bytes, *, is_json: bool) -> tuple[Declared, ...]:
        read.append(data)
        return real(this, data, is_json=is_json)

    monkeypatch.setattr(Reader, "declared", counted)
    more = _history(repo, use_cache=True)
    assert read == [file(event("Task.Lost.v1")).encode()]
    assert _all(more) == _all(_history(repo))


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "{}",
        "[[], [], [[]]]",
        '[["a"], [], [[[1, 2, 3], "a", 0, 0]]]',
        '[["a"], [[7, "a", "b"]], []]',
    ],
)
def test_a_damaged_entry_is_made_anew(repo: Repo, damage: str) -> None:
    repo.commit({"a.yaml": file(event(MADE))})
    good = _all(_history(repo, use_cache=True))
    for entry in (store.folder() / "history").glob("*.kept"):
        entry.write_text(damage)
    assert _all(_history(repo, use_cache=True)) == good


def test_a_cache_that_can_not_be_written_is_no_reason_to_fail(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KEB_GOVERN_CACHE", str(tmp_path / "file" / "below"))
    repo.commit({"a.yaml": file(event(MADE))})
    assert len(_all(_history(repo, use_cache=True))) == 1


def test_memory_stays_bounded(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "_MOST_PARSED", 2)
    for number in range(5):
        repo.commit({"a.yaml": file(event(MADE, f"1.{number}.0"))})
    found = _history(repo)
    for release in found.releases_of(MADE):
        assert found.catalog_of(release).by_type[MADE].version == release.version
    assert len(found._parsed) == 2


# Pieces that the shortcut must not be led astray by.
_PIECES = (
    "domain: Task\n",
    "events:\n",
    "events: # all\n",
    'events: {A: {event_version: "1"}}\n',
    "  A.B.v1:\n    event_version: 1.0.0\n",
    "  A.B.v1:\n    event_version: 2.0.0\n    description: |\n      text\n",
    '  C.D.v1:\n    "event\\u005fversion": 1.0.0\n',
    "  A.B.v1:\n    description: without\n",
    "  C.D.v1: {event_version: 1.0.0}\n",
    "  E.F.v1: &x\n    event_version: 3.0.0\n",
    "  G.H.v1: *x\n",
    '  I.J.v1:\n    description: "open\n',
    '  close": x\n',
    "  K.L.v1: {event_version: '1.0.0',\n",
    "  m: 1}\n",
    "  N.O.v1: |\n   event_version: 1\n",
    "  P.Q.v1: plain\n",
    "   goes on: here\n",
    "  - item\n",
    "  ? complex\n  : {event_version: 4.0.0}\n",
    '  "R.S.v1":\n    event_version: 5.0.0\n',
    "    T.U.v1:\n      event_version: 6.0.0\n",
    "# comment\n",
    "  # comment\n",
    "\n",
    "---\n",
    "...\n",
    "%YAML 1.1\n---\n",
    "%TAG !! tag:x,2000:\n---\n",
    "  V.W.v1: !!str\n",
    "components: {schemas: {}}\n",
    "x: 1\u2028y: 2\n",
    "  X.Y.v1:\r\n    event_version: 7.0.0\r\n",
    "\t\n",
    "\r  X.Y.v1:\n",
    "  !tag:\r\n    event_version: 7.0.0\n",
    "\x01\n",
    "A.Legacy.v1: {type: object, event_version: 8.0.0}\n",
    "  <<: {event_version: 9.0.0}\n",
    "'events': {Z.Z.v1: {event_version: 1.0.0}}\n",
)


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from(["", "domain: Task\nevents:\n"]), st.lists(st.sampled_from(_PIECES), max_size=8)
)
def test_the_shortcut_reads_what_the_whole_file_says(head: str, pieces: list[str]) -> None:
    data = (head + "".join(pieces)).encode()
    # One that has read before has more to go wrong by.
    assert _READER.declared(data, is_json=False) == declared._whole(data, is_json=False)


_READER = Reader()


def test_the_shortcut_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "_whole", None)
    text = file(event(MADE), "  # about the next\n", event("Task.Lost.v1")) + "components: {}\n"
    found = Reader().declared(text.encode(), is_json=False)
    assert [one.event for one in found] == [MADE, "Task.Lost.v1"]
