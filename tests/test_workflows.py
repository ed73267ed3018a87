"""The workflow that users copy is one that GitHub takes, and lets nobody in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from governance.runner import workflow as module
from governance.runner.workflow import is_complete, workflow

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
TEMPLATE = Path(module.__file__).with_suffix(".yml")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {"vcs": "git", "commit_id": COMMIT}


def everything(text: str) -> str:
    """Return a workflow with all that it offers switched on."""
    return re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_-]+:(?: .*)?)$", r"\1\2", text)


@pytest.mark.parametrize("change", [str, everything])
@pytest.mark.parametrize("origin", [None, {"url": "https://github.com/a/b.git", "vcs_info": GIT}])
def test_what_it_offers_is_right_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: type[str], origin: object
) -> None:
    monkeypatch.setattr(module, "_origin", lambda: origin)
    text = change(workflow())
    assert is_complete(text) == bool(origin)
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
        "a/b" if origin else "OWNER/keb-govern",
        *(["github/codeql-action/upload-sarif"] if has_all else []),
    ]


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ({"url": "https://github.com/a/b.git", "vcs_info": GIT}, f"a/b@{COMMIT}"),
        ({"url": "https://github.com/a-b/c.d", "vcs_info": GIT}, f"a-b/c.d@{COMMIT}"),
        ({"url": "https://elsewhere.example/a/b.git", "vcs_info": GIT}, ""),
        ({"url": "https://github.com/a/b.git", "vcs_info": {"commit_id": "main"}}, ""),
        ({"url": "https://github.com/a/b\n  evil: yes", "vcs_info": GIT}, ""),
        ({"url": "file:///home/me/keb-govern", "dir_info": {"editable": True}}, ""),
        ({"url": 1, "vcs_info": []}, ""),
        (None, ""),
    ],
)
def test_the_action_comes_from_where_the_package_did(
    monkeypatch: pytest.MonkeyPatch, origin: object, source: str
) -> None:
    monkeypatch.setattr(module, "_origin", lambda: origin)
    text = workflow()
    assert is_complete(text) == bool(source)
    assert (f"uses: {source} # " if source else "uses: OWNER/keb-govern@000") in text
    assert len(text.splitlines()) == len(TEMPLATE.read_text(encoding="utf-8").splitlines())


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
