"""The workflow that users copy is one that GitHub takes, and lets nobody in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from governance import __version__
from governance.errors import UsageError
from governance.start import origin as origin_module
from governance.start import workflow as module
from governance.start.origin import Origin, origin
from governance.start.workflow import is_complete, workflow

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
TEMPLATE = Path(module.__file__).with_suffix(".yml")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {"vcs": "git", "commit_id": COMMIT}
HUB = Origin("https://github.com/a/b.git", COMMIT)


def everything(text: str) -> str:
    """Return a workflow with all that it offers switched on."""
    return re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_-]+:(?: .*)?)$", r"\1\2", text)


@pytest.mark.parametrize("change", [str, everything])
@pytest.mark.parametrize("from_", [None, HUB, HUB._replace(version="1.2.3")])
@pytest.mark.parametrize("folder", ["", "services/a b"])
def test_what_it_offers_is_right_too(
    tmp_path: Path, change: type[str], from_: Origin | None, folder: str
) -> None:
    text = change(workflow(from_, folder))
    assert is_complete(text) == bool(from_)
    path = tmp_path / "workflow.yml"
    path.write_text(text, encoding="utf-8")
    for command in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
        ["zizmor", "--offline", "--persona", "pedantic"],
    ):
        done = subprocess.run(
            [TOOLS / command[0], *command[1:], path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    job = yaml.safe_load(text)["jobs"]["keb-govern"]
    has_all = change is everything
    assert set(job["permissions"].values()) == ({"read", "write"} if has_all else {"read"})
    assert [one["uses"].split("@")[0] for one in job["steps"]] == [
        "actions/checkout",
        "a/b" if from_ else "OWNER/keb-govern",
        *(["github/codeql-action/upload-sarif"] if has_all else []),
    ]
    assert job["steps"][1].get("with", {}).get("working-directory", "") == folder


@pytest.mark.parametrize(
    ("said", "action", "address"),
    [
        ({"url": "https://github.com/a/b.git", "vcs_info": GIT}, f"a/b@{COMMIT}", True),
        ({"url": "https://github.com/a-b/c.d", "vcs_info": GIT}, f"a-b/c.d@{COMMIT}", True),
        ({"url": "ssh://git@github.com/a/b", "vcs_info": GIT}, f"a/b@{COMMIT}", True),
        ({"url": "https://elsewhere.example/a/b.git", "vcs_info": GIT}, "", True),
        ({"url": "https://github.com/a/b.git", "vcs_info": {"commit_id": "main"}}, "", False),
        ({"url": "https://github.com/a/b\n  evil: yes", "vcs_info": GIT}, "", False),
        ({"url": "file:///home/me/keb-govern", "dir_info": {"editable": True}}, "", False),
        ({"url": "file:///home/me/keb-govern", "vcs_info": GIT}, "", False),
        ({"url": 1, "vcs_info": []}, "", False),
        (None, "", False),
    ],
)
def test_hook_and_action_come_from_where_the_package_did(
    monkeypatch: pytest.MonkeyPatch, said: object, action: str, *, address: bool
) -> None:
    monkeypatch.setattr(origin_module, "_direct_url", lambda: said)
    found = origin()
    assert (found is not None) == address
    assert (found.action if found else "") == action
    text = workflow(found)
    assert is_complete(text) == bool(action)
    named = f"{action} # v{__version__}\n" if action else "OWNER/keb-govern@000"
    assert f"uses: {named}" in text
    assert len(text.splitlines()) == len(TEMPLATE.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("words", "action"),
    [
        (("https://github.com/a/b", COMMIT), f"a/b@{COMMIT}"),
        (("git@github.com:a/b.git", COMMIT), f"a/b@{COMMIT}"),
        (("https://github.com/a/b", "v1.0.0"), ""),
        (("/somewhere/a b", COMMIT), ""),
    ],
)
def test_a_person_may_say_where_they_come_from(words: tuple[str, str], action: str) -> None:
    found = origin(*words)
    assert found == Origin(*words)
    assert found.action == action


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("https://github.com/a/b", None), "--source asks for --rev: a tag, or better a full"),
        ((None, COMMIT), "--rev asks for --source"),
        (("--upload-pack=evil", COMMIT), "is no address"),
        (("a\nb", COMMIT), "is no address"),
        (("", COMMIT), "is no address"),
        (("a", "--evil"), "is no tag or commit id"),
        (("a", "v1 # 2"), "is no tag or commit id"),
        (("a", ""), "is no tag or commit id"),
    ],
)
def test_half_an_origin_is_refused(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str | None, str | None], said: str
) -> None:
    monkeypatch.setattr(origin_module, "_direct_url", lambda: None)
    with pytest.raises(UsageError, match=said):
        origin(*words)


def test_the_readme_shows_it_and_every_input_and_output() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## In a pull request")[2].partition("\n## ")[0]
    assert f"```yaml\n{TEMPLATE.read_text(encoding='utf-8')}```" in section
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("|")]
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert sorted(name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)) == sorted(
        [*declared["inputs"], *declared["outputs"]]
    )


def test_actions_of_others_are_pinned_alike() -> None:
    files = [ROOT / "action.yml", *ROOT.glob(".github/workflows/*.yml"), TEMPLATE]
    pins: dict[str, set[str]] = {}
    for path in files:
        for name, commit in re.findall(r"uses: (\S+)@(\w+ # v\S+)", path.read_text("utf-8")):
            pins.setdefault(name, set()).add(commit)
    assert set(pins) == {
        "actions/checkout",
        "actions/setup-python",
        "github/codeql-action/upload-sarif",
    }
    assert all(len(commits) == 1 for commits in pins.values())
