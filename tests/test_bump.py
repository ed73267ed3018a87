"""The versions that a change calls for, written into files.

A folder of ``tests/bump`` holds a catalog as it was, ``baseline``, as somebody changed it,
``current``, and with what the command made of it, ``bumped``; in ``said.txt`` is what it said, with
the errors about versions that `check` finds afterwards.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from governance.catalog.draft import comments
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import Catalog, EventSchema
from governance.check import check
from governance.cli import main
from governance.compat.answer import Proven
from governance.compat.change.catalog import event_change
from governance.compat.change.model import Effect
from governance.config import Config
from governance.finding import Severity
from governance.rewrite.bump import bump
from governance.rewrite.layout import Ending, rewritten
from governance.rules import Context, all_rules
from governance.schema.json import Json, JsonObject, identity
from tests.catalogs import TODAY, compared, raw_files

HERE = Path(__file__).parent / "bump"
GENERATOR = Path(__file__).parents[2] / "shared/bench/gen_catalog.py"
CASES = sorted(path for path in HERE.iterdir() if path.is_dir())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
ENDING = Ending(TODAY, date(2027, 3, 1))
DAYS = ["--date", TODAY.isoformat(), "--sunset", ENDING.sunset.isoformat()]
# What is told of the versions of an event, and what stands in the way of them.
VERSIONS = {f"KEB7{number:02}" for number in (2, 4, *range(6, 14))} | {"KEB101", "KEB102", "KEB406"}
CHANGED = {f"KEB7{number:02}" for number in range(6, 14)}
OWN = {"event_version", "aliases", "legacy", "deprecated", "renamed_from", "data"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fresh project without a catalog, and make it the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def catalog_of(folder: Path) -> Catalog:
    return load(read_folder(folder, Config().max_file_bytes))


def errors(old: Catalog, new: Catalog) -> list[str]:
    """Return what `check` says of versions, compared with what was."""
    context = Context(new, Config(), TODAY, compared(old, new))
    return [
        f"{one.rule} {one.message}"
        for one in check(context, all_rules()).findings
        if one.rule in VERSIONS and one.severity is Severity.ERROR
    ]


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def bumped(case: Path, project: Path) -> tuple[Path, int]:
    folder = project / "event_schemas"
    shutil.copytree(case / "current", folder)
    shutil.copytree(case / "baseline", project / "baseline")
    return folder, main(["bump", "event_schemas", "--against", "baseline", *DAYS])


@each_case
def test_case(
    case: Path, project: Path, capsys: pytest.CaptureFixture[str], *, update_golden: bool
) -> None:
    folder, code = bumped(case, project)
    said = capsys.readouterr()
    lines = [said.out, *(f"2> {line}\n" for line in said.err.splitlines()), f"[exit {code}]\n"]
    left = errors(catalog_of(case / "baseline"), catalog_of(folder))
    lines += [f"{one}\n" for one in ["", "errors left:", *left] if left]
    seen, golden, after = "".join(lines), case / "said.txt", case / "bumped"
    if update_golden:
        golden.write_text(seen, encoding="utf-8")
        shutil.rmtree(after, ignore_errors=True)
        shutil.copytree(folder, after)
    assert seen == golden.read_text(encoding="utf-8")
    assert files(folder) == files(after)
    assert not left or code == 1, "what bump leaves to a person, it says"


@each_case
def test_a_second_run_changes_nothing(case: Path, project: Path) -> None:
    folder, code = bumped(case, project)
    once = files(folder)
    assert main(["bump", "event_schemas", "--against", "baseline", *DAYS]) == code
    assert files(folder) == once


@each_case
def test_nothing_is_lost(case: Path) -> None:
    assert_sound(*(catalog_of(case / side) for side in ("baseline", "current", "bumped")))


def assert_no_error(old: Catalog, current: Catalog, made: Catalog) -> None:
    """Assert that no version is wrong, and that nothing else became so."""
    before = {named(one) for one in [*errors(old, current), *errors(old, old)]}
    found = errors(old, made)
    assert [one for one in found if one[:6] in CHANGED or named(one) not in before] == []


def named(error: str) -> str:
    """Return rule and event of what `check` says: the rest may name others by other names."""
    return "'".join(error.split("'")[:2])


def assert_sound(old: Catalog, current: Catalog, made: Catalog) -> None:
    """Assert that what was released is as it was, and what the work tree says is said still."""
    for file in current.files:
        document, now = file.document, made.by_relative[file.relative].document
        assert len(now.problems) <= len(document.problems)
        was = Counter(document.text[start:end] for start, end in comments(document))
        assert was <= Counter(now.text[start:end] for start, end in comments(now))
    carried = dict(carried_on(old, current, made))
    for event in current.by_type.values():
        assert_same(current, event, made, made.by_type[carried.get(event.type, event.type)])
    for name in {*carried, *(old.by_type.keys() & made.by_type.keys() - current.by_type.keys())}:
        assert_as_it_was(old.by_type[name], made.by_type[name])


def carried_on(old: Catalog, current: Catalog, made: Catalog) -> Iterator[tuple[str, str]]:
    """Yield the events that were put back, each with the new name of what has its change."""
    split = [
        one for one in made.by_type.values() if one.type in current.by_type.keys() & old.by_type
    ]
    for event in made.by_type.values():
        if event.type not in current.by_type and event.type not in old.by_type:
            led = [
                one.type for one in split if (one.deprecated or {}).get("replaced_by") == event.type
            ]
            # One that was deprecated before says nothing of its successor.
            alike = [
                one.type
                for one in split
                if event.name.segments == one.name.segments
                and old.by_type[one.type].deprecated is not None
                and without_refs(current.by_type[one.type]) == without_refs(event)
            ]
            began = [name for name in led if old.by_type[name].deprecated is None]
            assert began or alike, event.type
            yield (began or alike)[0], event.type


def without_refs(event: EventSchema) -> Json:
    """Return what an event says that goes on under another name, references left open."""
    said = {key: value for key, value in event.declaration.items() if key not in OWN - {"data"}}
    return identity(masked(said))


def masked(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: "" if key == "$ref" else masked(one) for key, one in value.items()}
    return [masked(one) for one in value] if isinstance(value, list) else value


def assert_same(current: Catalog, was: EventSchema, made: Catalog, event: EventSchema) -> None:
    """Assert that an event says and means what the work tree said, whatever it is called."""
    assert without_refs(was) == without_refs(event)
    found = event_change(current, was, made, event)
    if found is not None and was.payload is not None:
        assert found.effect in {Effect.NOTHING, Effect.WORDS}
        assert all(isinstance(answer, Proven) for answer in found.judgement)


def assert_as_it_was(was: EventSchema, event: EventSchema) -> None:
    """Assert that an event is as it was released, but for its version and its end."""
    assert leading(without(was.declaration)) == leading(without(event.declaration))
    if was.deprecated is None:
        assert event.deprecated is not None
        assert event.sunset == ENDING.sunset
    else:
        assert event.sunset == was.sunset


def without(said: JsonObject) -> JsonObject:
    return {key: one for key, one in said.items() if key not in {"event_version", "deprecated"}}


def leading(value: Json) -> Json:
    """Return a value with references by what they name alone: files may have moved."""
    if isinstance(value, dict):
        return {
            key: one.rpartition("#")[2] if key == "$ref" else leading(one)
            for key, one in value.items()
        }
    return [leading(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("events", "seed", "versions"), [(120, 1, "stale"), (60, 2, "wrong")])
def test_a_whole_catalog(tmp_path: Path, events: int, seed: int, versions: str) -> None:
    if not GENERATOR.exists():
        pytest.skip("the generator of catalogs does not lie beside this checkout")
    words = ["--events", events, "--seed", seed, "--changed", 0.9, "--versions", versions]
    command = [sys.executable, GENERATOR, "--out", tmp_path, "--encodings", "yaml", *words]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    old, current = (catalog_of(tmp_path / side / "event_schemas") for side in ("v1", "v2"))
    done = bump(compared(old, current), ENDING)
    made = rewritten(current, {document.path: text for document, text in done.texts})
    assert done.left == ()
    assert_sound(old, current, made)
    assert_no_error(old, current, made)
    assert bump(compared(old, made), ENDING).texts == ()


def made_of(old: str, new: str, *releases: str) -> tuple[str, list[str]]:
    """Return what becomes of a catalog of one file, and what is left to a person."""
    was, now = load(raw_files(old)), load(raw_files(new))
    earlier = tuple(load(raw_files(one)) for one in releases)
    done = bump(compared(was, now, releases=earlier), ENDING)
    return (done.texts[0][1] if done.texts else new), list(done.left)


TOP = "domain: Task\nevents:\n"


def told(version: str, *fields: str, said: str = "", name: str = "Task.Created.v1") -> str:
    """Return the lines of an event."""
    declared = ", ".join(fields)
    return (
        f"  {name}:\n    event_version: {version}\n{said}"
        f"    data: {{type: object, properties: {{{declared}}}}}\n"
    )


EVERY = "    compatibility: full_transitive\n"


def test_what_breaks_an_earlier_release_alone_is_a_new_major() -> None:
    first = TOP + told("1.0.0", "a: {type: integer}", "b: {type: integer}", said=EVERY)
    old = TOP + told("1.1.0", "a: {type: integer}", said=EVERY)
    new = TOP + told("1.1.0", "a: {type: integer}", "b: {type: string}", said=EVERY)
    made, left = made_of(old, new, first, old)
    assert left == []
    assert "  Task.Created.v2:\n    event_version: 2.0.0\n" in made
    assert made_of(old, made, first, old) == (made, [])


def test_an_event_that_broke_an_earlier_release_before_is_left_to_a_person() -> None:
    first = TOP + told("1.0.0", "a: {type: integer}", said=EVERY)
    old = TOP + told("1.1.0", "a: {type: string}", said=EVERY)
    new = TOP + told("1.1.0", "a: {type: boolean}", said=EVERY)
    made, left = made_of(old, new, first, old)
    assert made == new
    assert "".join(left) == (
        "Task.Created.v1 would break even as it was, by what it was in 1.0.0: undo the change "
        "there, or let `keb-govern approve` write down who answers for it"
    )


def test_a_version_that_was_released_otherwise_is_not_taken_again() -> None:
    old = TOP + told("1.0.0", "a: {type: integer}")
    undone = TOP + told("1.1.0", "a: {type: integer}", "b: {type: integer}")
    new = TOP + told("1.0.0", "a: {type: integer}", "c: {type: integer}")
    made, left = made_of(old, new, undone)
    assert left == []
    assert "event_version: 1.2.0\n" in made
    assert made_of(old, made, undone) == (made, [])
    # What came back as it was released has the version that it had.
    assert made_of(old, undone.replace("1.1.0", "1.0.0"), undone)[0] == undone


def test_a_major_that_was_released_before_is_not_taken_again() -> None:
    old = TOP + told("1.0.0", "a: {type: integer}")
    gone = TOP + told("2.0.0", "a: {type: boolean}", name="Task.Created.v2")
    made, _ = made_of(old, old.replace("integer", "string"), gone)
    assert "  Task.Created.v3:\n    event_version: 3.0.0\n" in made


def test_what_the_old_layout_declared_is_put_back_by_hand() -> None:
    old = "Task.Created.v1:\n  properties: {a: {type: integer}}\n"
    new = TOP + told("2.0.0", "a: {type: string}", name="Task.Created.v2")
    made, left = made_of(old, new)
    assert made == new
    assert "".join(left) == (
        "Task.Created.v1 is gone, and Task.Created.v2 breaks those who read it; it was declared in "
        "the old layout, so put it back by hand: declare it anew, deprecated and "
        "`replaced_by: Task.Created.v2`"
    )


def test_a_break_of_what_had_no_version_is_left_to_a_person() -> None:
    old = TOP + told("1.0.0", "a: {type: integer}").replace("    event_version: 1.0.0\n", "")
    new = TOP + told("1.0.0", "a: {type: string}")
    made, left = made_of(old, new)
    assert made == new
    assert "".join(left) == (
        "Task.Created.v1 breaks, and had no version that it could keep: undo the change, or let "
        "`keb-govern approve` write down who answers for it"
    )


def test_without_anything_to_compare_with_nothing_is_done(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "event_schemas" / "task.yaml"
    path.parent.mkdir()
    path.write_text(TOP + told("1.0.0", "a: {type: integer}"))
    (project / "empty").mkdir()
    before = path.read_bytes()
    main(["bump", "event_schemas", "--against", "empty"])
    assert path.read_bytes() == before
    assert capsys.readouterr().out == ""


def test_a_dry_run_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project / "event_schemas"
    shutil.copytree(HERE / "major" / "current", folder)
    shutil.copytree(HERE / "major" / "baseline", project / "baseline")
    before = files(folder)
    assert main(["bump", "event_schemas", "--against", "baseline", "--dry-run", *DAYS]) == 0
    assert files(folder) == before
    said = capsys.readouterr().out
    assert said.startswith("--- a/event_schemas/task.yaml\n+++ b/event_schemas/task.yaml\n")
    assert "+  Task.Created.v2:  # the first\n" in said
