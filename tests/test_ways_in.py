"""One break, planted in the reference catalog, as each way in shows it: the same, at one place."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tests.hooks import offered
from tests.repositories import Repo
from tests.runner import Action
from tests.stage import Stage
from tests.test_precommit import commit, pre_commit

__all__ = ["offered"]

ROOT = Path(__file__).parent.parent
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def planted(stage: Stage, hooks: Repo) -> Repo:
    """Return a repository with the reference catalog and the hook, on a branch that breaks it."""
    origin = stage.origin
    (origin.path / "keb-govern.toml").unlink()
    shutil.copytree(ROOT / "event_schemas", origin.catalog)
    (origin.path / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks.path}\n    rev: {hooks.git('rev-parse', 'HEAD')}\n"
        "    hooks: [{id: keb-govern}]\n"
    )
    origin.commit()
    origin.git("tag", "v1")
    origin.git("checkout", "-q", "-b", "work")
    assert pre_commit(origin, "install").returncode == 0
    path = origin.catalog / "task_events.yaml"
    text = path.read_text().replace("          maximum: 5\n", "          maximum: 4\n", 1)
    path.write_text(text.replace("    event_version: 1.0.0\n", "    event_version: 1.1.0\n", 1))
    origin.git("add", "-A")
    return origin


def test_one_break_is_the_same_by_every_way_in(
    offered: Repo, installed: Action, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, installed, empty=True)
    origin = planted(stage, offered)
    asked = [f"--report={name}={tmp_path / name}" for name in ("json", "sarif", "markdown")]
    local = origin.govern("check", *asked)
    assert local.returncode == 1
    (found,) = json.loads((tmp_path / "json").read_text())["findings"]
    assert (found["rule"], found["file"]) == ("KEB706", "event_schemas/task_events.yaml")
    assert found["witness"]["priority"] == 5
    block = local.stdout.partition("\n\n")[0]
    assert f"{found['file']}:{found['line']}:{found['column']}: error KEB706" in block
    assert '"priority": 5' in block

    refused = commit(origin)
    assert refused.returncode == 1
    assert block in refused.stdout + refused.stderr

    assert commit(origin, "--no-verify").returncode == 0
    ran = stage.pulled()
    assert ran.code == 1
    assert block in COLOR.sub("", ran.log)
    (shown,) = ran.annotations("error")
    place = (shown.properties["file"], shown.properties["line"])
    assert place == (found["file"], str(found["line"]))
    assert json.loads(Path(ran.outputs["report-path"]).read_text())["findings"] == [found]

    sarif = json.loads((tmp_path / "sarif").read_text())["runs"][0]["results"]
    assert json.loads(Path(ran.outputs["sarif-path"]).read_text())["runs"][0]["results"] == sarif
    (result,) = sarif
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (found["line"], found["column"])
    markdown = (tmp_path / "markdown").read_text()
    assert markdown.strip() in ran.summary
    for told in (block, shown.text, result["message"]["text"], markdown):
        assert "has another bound (maximum 5 " in told.replace("\\", "")
        assert '"priority": 5' in told
    for whole in (json.dumps(result), markdown):
        assert found["witness"]["task_id"] in whole
