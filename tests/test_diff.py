"""The story of a change: one that holds nearly all that can become of an event, told in each way.

``tests/diff/baseline`` is what a main branch has, ``tests/diff/current`` what a branch makes of it;
``tests/diff/NAME.golden`` is what ``diff --format NAME`` says of that.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from governance import diff
from governance.catalog.load import load
from governance.catalog.model import Catalog
from governance.diff import Teller
from governance.discover import collect
from governance.report import Look
from governance.schema.json import Json, JsonObject
from tests.catalogs import compared, raw_files
from tests.repositories import Repo, hermetic

__all__ = ["hermetic"]  # pytest finds it by its name

HERE = Path(__file__).parent / "diff"
SCHEMA = json.loads((Path(diff.__file__).parent / "diff.schema.json").read_text())
TELLERS = {teller.name: teller for teller in collect(diff, "TELLER", Teller)}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    shutil.copytree(HERE / "baseline", made.catalog)
    made.commit()
    shutil.rmtree(made.catalog)
    shutil.copytree(HERE / "current", made.catalog)
    return made


@pytest.mark.parametrize("name", TELLERS)
def test_a_rich_change_is_told(repo: Repo, name: str, *, update_golden: bool) -> None:
    golden = HERE / f"{name}.golden"
    done = repo.called("diff", "--format", name)
    assert (done.returncode, done.stderr) == (0, "")
    if update_golden:
        golden.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == golden.read_text(encoding="utf-8")


def test_json_is_as_its_schema_says() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    said = json.loads((HERE / "json.golden").read_text())
    jsonschema.validate(said, SCHEMA)
    events = {one["event"]: one for one in said["events"]}
    assert {one["kind"] for one in events.values()} == {"added", "removed", "changed", "renamed"}
    keys = SCHEMA["$defs"]["event"]["required"]
    assert all(list(one) == keys for one in events.values())


def test_nothing_to_tell_is_told(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.write({"a.yaml": "events: {}\n"})
    done = repo.called("diff")
    assert (done.returncode, done.stdout) == (0, "There is nothing to compare with.\n")
    assert "there is no commit yet" in done.stderr
    repo.commit()
    for name in TELLERS:
        said = repo.called("diff", "--format", name).stdout
        assert "Nothing changed since main." in said or json.loads(said)["events"] == []


_TAG = re.compile(r"</?([a-z0-9]+)")
_LINKED = re.compile(r"@octocat|#1|https?://|www\.")
# Names and words of somebody who means no good, or only likes odd names.
HOSTILE = [
    "a|b",
    "`a`",
    "``<img src=x>``",
    "`a`b``<img src=x>",
    "<script>alert(1)</script>",
    "</details><h1>x</h1>",
    "[a](https://evil.example)",
    "https://evil.example",
    "@octocat",
    "x @octocat/team #1",
    "**bold** _it_ ~~gone~~",
    "&lt;b&gt;",
    "line\nbreak",
    "```\n# x",
    "\\`a\\",
    "\u202eabc",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_markdown_survives_what_users_write(word: str) -> None:
    text = TELLERS["markdown"].render(compared(*sides(word)), Look())
    tokens = list(flat(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)))
    tags = {tag for one in tokens if "html" in one.type for tag in _TAG.findall(one.content)}
    assert tags <= {"details", "summary", "br"}
    assert not {one.type for one in tokens} & {"link_open", "image", "hr", "s_open", "em_open"}
    for one in tokens:
        # GitHub looks for these in what is shown, wherever that is no code.
        assert one.type != "text" or not _LINKED.search(one.content)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len([one for one in tokens if one.type in {"td_open", "th_open"}]) == 4 * len(rows)
    assert [one.tag for one in tokens if one.type == "heading_open"] == ["h3", "h4"]


@pytest.mark.parametrize("color", [False, True])
def test_a_terminal_acts_on_our_colours_alone(*, color: bool) -> None:
    text = TELLERS["text"].render(compared(*sides("a\x1b[2Jb\r\u202e")), Look(color=color))
    assert re.sub(r"\x1b\[(1|31|33|0)m", "", text if color else f"{text}").isascii()
    assert set(re.findall(r"\x1b\[\d+.|[\r\u202e]", text)) == (
        {"\x1b[1m", "\x1b[31m", "\x1b[0m"} if color else set()
    )


def test_markdown_fits_into_a_comment() -> None:
    def catalog(kind: str) -> Catalog:
        events = (
            f"  Task.Made{n}.Done.v1: {{event_version: 1.0.0, data: {{type: object, properties: "
            f"{{way_{n}: {{type: {kind}}}, cost: {{$ref: '#/components/schemas/Cost'}}}}}}}}\n"
            for n in range(400)
        )
        shared = f"components: {{schemas: {{Cost: {{type: {kind}}}}}}}\n"
        return load(raw_files(f"events:\n{''.join(events)}{shared}"))

    text = TELLERS["markdown"].render(compared(catalog("string"), catalog("integer")), Look())
    assert 50_000 < len(text) < 65_536
    assert text.count("`keb-govern diff` tells them all.") == 3


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def sides(word: str) -> tuple[Catalog, Catalog]:
    """Return a catalog before and after a change in which everything is named like that."""
    said = json.dumps(word)

    def catalog(kind: str, values: list[Json]) -> Catalog:
        field: JsonObject = {"type": kind, "enum": values, "description": word}
        return load(
            raw_files(f"""\
stream: {json.dumps(f"{word} {kind}")}
events:
  {said}:
    event_version: {said}
    description: {said}
    data: {json.dumps({"type": "object", "properties": {word: field}, "required": [word]})}
# file: participants.yaml
participants:
  {said}:
    subscribes: [{{event: {said}, group: {said}}}]
""")
        )

    return catalog("string", ["a", word]), catalog("integer", [1, 2])
