"""Every change of a generated catalog gets the version that the generator knows to be right.

`gen_catalog.py` makes a repository, changes a tenth of its events and writes down what that breaks.
The commands must say the same, of each event and of no other, and prove it by events that a second
validator judges.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from governance.baseline.load import load_at
from governance.baseline.point import locate
from governance.baseline.worktree import present
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.catalog.refs import bundle
from governance.catalog.version import Version
from governance.compat.answer import Schema
from governance.schema.json import Json, JsonObject
from tests.instances import is_break
from tests.repositories import MAX_BYTES, Repo, hermetic

__all__ = ["hermetic"]  # pytest finds it by its name

GENERATOR = Path(__file__).parents[2] / "shared/bench/gen_catalog.py"
# More of both for a wide sweep: `KEB_VERSION_SEEDS=20 KEB_VERSION_EVENTS=1000`.
SEEDS = range(int(os.environ.get("KEB_VERSION_SEEDS", "2")))
EVENTS = os.environ.get("KEB_VERSION_EVENTS", "100")
DIRECTIONS = ("backward", "forward")


class Made(NamedTuple):
    """A generated repository, and the truth about its last commit."""

    repo: Repo
    truth: list[JsonObject]
    released: dict[str, set[str]]


def made(folder: Path, *words: str) -> Made:
    if not GENERATOR.exists():
        pytest.skip("the generator of catalogs does not lie beside this checkout")
    command = [sys.executable, str(GENERATOR), "--events", EVENTS, "--encodings", "yaml"]
    places = ["--out", str(folder / "out"), "--as-git", str(folder / "repo")]
    subprocess.run([*command, *places, *words], check=True, capture_output=True)
    releases = folder / "out/history.json"
    released: dict[str, set[str]] = {}
    for release in json.loads(releases.read_text()) if releases.exists() else []:
        for one in release["changes"]:
            versions = released.setdefault(one["written_as"], set())
            versions.add(one["declared_version"])
            if one["written_as"] == one["event"]:
                versions.add(one["version_before"])
    return Made(
        Repo(folder / "repo"), json.loads((folder / "out/changes.json").read_text()), released
    )


MODES = [("--versions", mode) for mode in ("declared", "stale", "wrong")]
CATALOGS = [
    pytest.param([*mode, "--seed", str(seed)], id=f"{mode[1]}-{seed}")
    for mode in MODES
    for seed in SEEDS
]
# The first of these has all that asks for a history: a version that was released before as another
# event, and a change that breaks an earlier release alone.
_PAST = ["--versions", "wrong", "--history", "20", "--changed", "0.9", "--events", "60"]
HISTORIES = [
    pytest.param([*_PAST, "--seed", str(seed + 3)], id=f"history-{seed + 3}")
    for seed in range(len(SEEDS) // 2)
]


@pytest.mark.parametrize("words", [*CATALOGS, *HISTORIES])
def test_each_change_is_judged_as_the_generator_knows_it_to_be(
    tmp_path: Path, words: list[str]
) -> None:
    repo, truth, released = made(tmp_path, *words)
    story = json.loads(repo.govern("diff", "--against", "v1", "--format", "json").stdout)
    assert sorted(map(told, story["events"])) == sorted(map(true, truth))
    verdict = json.loads(repo.govern("check", "--against", "v1", "--format", "json").stdout)
    assert sorted(found(verdict)) == sorted(expected(truth, released))
    assert list(unproven(repo, story)) == []


class Told(NamedTuple):
    """What becomes of one event."""

    event: str
    breaks: tuple[str, ...]
    earlier: tuple[str, ...]
    pointers: tuple[str, ...]
    bump: str
    versions: tuple[str, ...]


def told(event: JsonObject) -> Told:
    """Return what `diff` says of an event."""
    broken = {way for one in event["changes"] for way in one["breaks"]}
    assert broken == {*event["breaks"]}
    return Told(
        event["event"],
        tuple(event["breaks"]),
        tuple(sorted(one["direction"] for one in event["earlier"])),
        tuple(one["pointer"] or one["old_pointer"] for one in event["changes"]),
        event["required_bump"],
        (event["before"], event["declared"], event["expected"]),
    )


def true(entry: JsonObject) -> Told:
    """Return what the generator says of it."""
    mode, _, reach = entry["compatibility"].partition("_")
    asked = {"full": DIRECTIONS, "none": ()}.get(mode, (mode,))
    breaks = tuple(way for way in DIRECTIONS if entry[f"breaks_{way}"])
    past = entry.get("transitive", {}) if reach else {}
    earlier = tuple(way for way in asked if way not in breaks and past.get(f"breaks_{way}", False))
    is_of_event = entry["operation"] == "example_only" or entry["detail"].startswith("the event's")
    return Told(
        entry["event"],
        breaks,
        earlier,
        ("" if is_of_event else f"/data{entry['pointer']}",),
        entry["bump"],
        (entry["version_before"], entry["declared_version"], entry["expected_version"]),
    )


def found(verdict: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield rule and subject of what `check` says of the change."""
    for one in verdict["findings"]:
        if "KEB706" <= one["rule"] <= "KEB721":
            shared, _, _ = one["pointer"].partition("/properties/")
            yield one["rule"], one["event"] or f"{one['file']}#{shared}"


def expected(truth: list[JsonObject], released: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield what follows from the truth: a break in a shared schema is one finding."""
    shared = {shape(one) for one in truth if one["bump"] == "major" and shape(one)}
    yield from (("KEB706", one) for one in shared)
    for one in truth:
        if one["bump"] == "major" and not shape(one):
            yield "KEB706", one["event"]
        before, declared, right = (
            precedence(one[key])
            for key in ("version_before", "declared_version", "expected_version")
        )
        if one["bump"] != "major" and before == declared != right:
            yield "KEB708", one["event"]
        if one["bump"] != "major" and before < declared < right:
            yield "KEB709", one["event"]
        if one["bump"] != "major" and declared > right:
            yield "KEB710", one["event"]
        if declared < before:
            yield "KEB711", one["event"]
        if declared != before and one["declared_version"] in released.get(one["event"], ()):
            yield "KEB712", one["event"]


def precedence(version: str) -> tuple[object, ...]:
    parsed = Version.parse(version)
    assert parsed is not None
    return parsed.precedence


def shape(entry: JsonObject) -> str:
    """Return where the shared schema stands that changed; empty where it is the event itself."""
    if entry["operation"] != "ref_target_change":
        return ""
    said, _, _ = entry["detail"].partition(": ")
    file, _, pointer = said.partition("#")
    shared, _, _ = pointer.partition("/properties/")
    return f"event_schemas/{file}#{shared}" if file else f"{entry['file']}#{shared}"


def unproven(repo: Repo, story: JsonObject) -> Iterator[tuple[str, str, str]]:
    """Yield each break that its event does not prove: one side publishes it, the other fails."""
    raws = present(repo.catalog, MAX_BYTES)
    new = load(raws)

    def at(tag: str) -> Catalog:
        return load_at(locate(repo.catalog, tag, {}), new, raws, MAX_BYTES).catalog

    old = at("v1")
    for event in story["events"]:
        name = event["event"]
        was, now = payload(old, name), payload(new, name)
        sides = {"backward": (now, was), "forward": (was, now)}
        for change in event["changes"]:
            assert change["undecided"] is None
            assert change["witnesses"].keys() == {*change["breaks"]}
            for way, witness in change["witnesses"].items():
                if not is_break(*sides[way], witness):
                    yield name, way, change["pointer"]
        for one in event["earlier"]:
            releases = (at(tag) for tag in repo.git("tag", "--list", "r*").split())
            then = next(each for each in releases if version_in(each, name) == one["version"])
            sides = {"backward": (now, payload(then, name)), "forward": (payload(then, name), now)}
            if not is_break(*sides[one["direction"]], one["witness"]):
                yield name, one["direction"], one["version"]


def version_in(catalog: Catalog, event: str) -> Json:
    was = catalog.by_type.get(event)
    return None if was is None else was.version


def payload(catalog: Catalog, event: str) -> Schema:
    tree = catalog.by_type[event].payload
    assert tree is not None
    root: Json = bundle(catalog, tree)
    return Schema(root, tree.dialect)
