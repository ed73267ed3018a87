"""What a run of the action compares with: on clones as a runner makes them, of every event."""

from __future__ import annotations

import shutil
from base64 import b64encode

import pytest

from tests.git_server import serving
from tests.repositories import event, file, hermetic
from tests.runner import REPOSITORY, Action
from tests.stage import A1, A2, BROKEN, REPOSITORY_FACTS, ZEROS, Stage, pushed, refs, stage

__all__ = ["hermetic", "stage"]  # pytest finds them by their names

GONE = "12" * 20
each_depth = pytest.mark.parametrize("depth", [0, 1])


def test_only_the_change_of_the_pull_request_counts(stage: Stage) -> None:
    stage.origin.git("checkout", "-q", "main")
    stage.origin.commit({"b.yaml": BROKEN.replace("Made", "Ended"), "c.yaml": A1})
    stage.origin.git("checkout", "-q", "work")
    stage.origin.commit({"a.yaml": A2})
    assert stage.pulled().outputs["changed-events"] == "1"
    # Whoever checks out the head itself has no merge to go by, but the place where it left main,
    # which may be a while ago.
    for _ in range(40):
        stage.origin.commit()
    ran = stage.run(stage.place(stage.rev("work")), stage.pull())
    assert ran.outputs["changed-events"] == "1", ran.log
    assert f"compared with {stage.rev('v1')[:12]}" in ran.log
    assert "fetched 256 commits" in ran.log


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_one_commit_is_fetched_whatever_the_clone_has(stage: Stage, depth: int) -> None:
    for number in range(5):
        stage.origin.commit({f"{number}.yaml": file(event(f"Task{number}.Made.v1"))})
    place = stage.place(stage.merge(), depth=depth)
    before = refs(place), place.git("rev-list", "--all", "--count")
    ran = stage.run(place, stage.pull())
    assert (ran.code, ran.outputs["changed-events"]) == (0, "5"), ran.log
    assert (refs(place), place.git("rev-list", "--all", "--count")) == before
    assert ("fetched" in ran.log) == (depth == 1)


@each_depth
def test_a_push_is_compared_with_what_was_there_before(stage: Stage, depth: int) -> None:
    stage.origin.git("checkout", "-q", "main")
    before = stage.rev("main")
    stage.origin.commit({"c.yaml": file(event("Task.Lost.v1"))})
    after = stage.origin.commit({"a.yaml": BROKEN})
    place = stage.place(after, "heads/main", depth)
    ran = stage.run(place, pushed(before))
    assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log
    assert ran.outputs["changed-events"] == "2"
    assert f"compared with {before[:12]}" in ran.log


@each_depth
def test_what_was_there_before_may_be_gone(stage: Stage, depth: int) -> None:
    after = stage.origin.commit({"a.yaml": BROKEN})
    ran = stage.run(stage.place(after, "heads/work", depth), pushed(GONE, "work"))
    assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log
    assert f"the commit {GONE[:12]} that the run names is gone" in ran.log
    stage.origin.git("branch", "-f", "main", after)
    ran = stage.run(stage.place(after, "heads/main", depth), pushed(GONE))
    assert (ran.code, ran.outputs["required-bump"]) == (0, ""), ran.log
    assert f"nothing to compare with: the commit {GONE[:12]} that the run names is gone" in ran.log


@each_depth
def test_what_was_there_before_a_forced_push_may_still_be_had(stage: Stage, depth: int) -> None:
    stage.origin.git("checkout", "-q", "main")
    lost = stage.origin.commit({"a.yaml": A2})
    stage.origin.git("reset", "-q", "--hard", "v1")
    after = stage.origin.commit({"c.yaml": file(event("Task.Lost.v1"))})
    ran = stage.run(stage.place(after, "heads/main", depth), pushed(lost))
    assert f"compared with {lost[:12]}" in ran.log
    assert ran.outputs["changed-events"] == "2"


@each_depth
def test_a_new_branch_is_compared_with_where_it_left_the_default_one(
    stage: Stage, depth: int
) -> None:
    stage.origin.git("branch", "-m", "main", "trunk")
    stage.origin.commit({"a.yaml": A2})
    after = stage.origin.commit({"c.yaml": file(event("Task.Lost.v1"))})
    said = pushed(ZEROS, "work")
    said["push"]["repository"]["default_branch"] = "trunk"
    ran = stage.run(stage.place(after, "heads/work", depth), said)
    assert (ran.code, ran.outputs["changed-events"]) == (0, "2"), ran.log
    assert ran.outputs["required-bump"] == "minor"
    by_hand = {"workflow_dispatch": {"ref": "refs/heads/work", **said["push"]}}
    by_hand["workflow_dispatch"].pop("before")
    ran = stage.run(stage.place(after, "heads/work", depth), by_hand)
    assert ran.outputs["changed-events"] == "2", ran.log


def test_a_first_commit_has_nothing_to_be_compared_with(
    installed: Action, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = Stage(tmp_path_factory.mktemp("first"), installed, empty=True)
    first = stage.origin.commit({"a.yaml": A1})
    ran = stage.run(stage.place(first, "heads/main"), pushed(ZEROS))
    assert (ran.code, ran.outputs["required-bump"]) == (0, ""), ran.log
    assert "nothing to compare with: " in ran.log
    # Then a pull request brings in the first catalog of all.
    stage.origin.git("rm", "-q", "-r", "event_schemas")
    stage.origin.commit()
    stage.origin.git("tag", "v1")
    stage.origin.git("checkout", "-q", "-b", "work")
    stage.origin.commit({"a.yaml": A1})
    ran = stage.pulled()
    assert ran.code == 0
    assert "nothing to compare with: there is no event_schemas in main" in ran.log


def test_a_merge_queue_is_compared_with_its_base(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    place = stage.place(stage.merge(), "heads/gh-readonly-queue/main/pr-1")
    said = {"merge_group": {"merge_group": {"base_sha": stage.rev("main")}, **REPOSITORY_FACTS}}
    ran = stage.run(place, said)
    assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log


def test_a_base_that_was_deleted_is_still_known_by_its_commit(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    merge, said = stage.merge(), stage.pull()
    stage.origin.git("update-ref", "-d", "refs/heads/main")
    for commit in (merge, stage.rev("work")):
        ran = stage.run(stage.place(commit), said)
        assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log


def test_where_nothing_can_be_fetched_the_run_says_what_to_give_it(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    place, said = stage.place(stage.merge()), stage.pull()
    shutil.rmtree(stage.origin.path)
    ran = stage.run(place, said)
    assert ran.code == 3
    (shown,) = ran.annotations("error")
    assert "`fetch-depth: 0`" in shown.text
    assert "can't be fetched" in shown.text
    assert "No verdict" in ran.summary
    assert set(ran.outputs.values()) == {""}


@each_depth
@pytest.mark.parametrize(
    ("against", "code", "label"),
    [
        ("v1", 1, "v1"),
        ("main", 1, "origin/main"),
        ("refs/heads/main", 1, "origin/main"),
        ("ID", 1, "ID"),
        ("./old", 0, "old"),
        ("nowhere", 3, ""),
        ("HEAD~1", 3, ""),
    ],
)
def test_what_to_compare_with_may_be_named(
    stage: Stage, against: str, code: int, label: str, depth: int
) -> None:
    commit = stage.origin.commit({"a.yaml": BROKEN})
    place = stage.place(commit, "heads/work", depth)
    shutil.copytree(place.catalog, place.path / "old")
    against, label = (one.replace("ID", stage.rev("v1")) for one in (against, label))
    ran = stage.run(place, pushed(commit, "work"), against=against)
    # The whole history has it.
    expected = 1 if (against, depth) == ("HEAD~1", 0) else code
    assert ran.code == expected, ran.log
    if label:
        assert f"compared with {label}" in ran.log
    if code == 3 != expected:
        assert len(ran.annotations("error")) == 1


@pytest.mark.parametrize("branch", ["$(touch${IFS}pwned)", "a;touch${IFS}pwned", "w'\"`t", "-x"])
def test_no_name_of_a_branch_acts(stage: Stage, branch: str) -> None:
    stage.origin.git("update-ref", f"refs/heads/{branch}", "main")
    stage.origin.commit({"a.yaml": BROKEN})
    said = stage.pull()
    said["pull_request"]["pull_request"]["base"]["ref"] = branch
    for commit in (stage.merge(), stage.rev("work")):
        ran = stage.run(stage.place(commit), said)
        assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log
        assert {one.name for one in ran.commands} == {"error"}
    assert not list(stage.folder.rglob("pwned"))


def test_a_workspace_without_git_has_nothing_to_be_compared_with(stage: Stage) -> None:
    place, said = stage.place(stage.merge()), stage.pull()
    shutil.rmtree(place.path / ".git")
    ran = stage.run(place, said)
    assert ran.code == 0
    assert "nothing to compare with: event_schemas is in no git repository" in ran.log


def test_a_checkout_may_lie_below_the_workspace(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    place = stage.place(stage.merge())
    said = stage.pull()
    ran = stage.action.run(
        place.path.parent, said, stage.environment, working_directory="place", comment="never"
    )
    assert [one.properties["file"] for one in ran.commands] == ["event_schemas/a.yaml"], ran.log


def test_a_run_that_would_judge_something_else_is_refused(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    place = stage.place(stage.rev("main"), "heads/main")
    ran = stage.run(place, {"pull_request_target": stage.pull()["pull_request"]})
    assert (ran.code, [one.name for one in ran.commands]) == (2, ["error"])
    assert "use pull_request" in ran.commands[0].text


def test_a_workspace_may_belong_to_somebody_else(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    place = stage.place(stage.merge(), depth=0)
    stage.environment["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
    ran = stage.run(place, stage.pull(REPOSITORY))
    assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log


def test_a_private_repository_is_fetched_from_by_the_token_alone(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    merge, said, token = stage.merge(), stage.pull(), "the-token-of-the-run"
    with serving(stage.folder, token) as server:
        stage.environment["GITHUB_SERVER_URL"] = server.address
        for is_persisted in (False, True):
            place = stage.place(merge)
            place.git("remote", "set-url", "origin", f"{server.address}/origin/.git")
            if is_persisted:
                # As a checkout leaves it behind; the server refuses whoever says it twice.
                secret = b64encode(f"x-access-token:{token}".encode()).decode()
                header = f"http.{server.address}/.extraheader"
                place.git("config", header, f"AUTHORIZATION: basic {secret}")
            config = (place.path / ".git" / "config").read_text()
            ran = stage.run(place, said)
            assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log
            assert (place.path / ".git" / "config").read_text() == config
        assert server.refused == 0
        server.proof = "another one"
        place = stage.place(merge)
        place.git("remote", "set-url", "origin", f"{server.address}/origin/.git")
        ran = stage.run(place, said)
    assert (ran.code, server.refused > 0) == (3, True)
    assert "fetch-depth: 0" in ran.commands[0].text
    assert token not in ran.log
    assert b64encode(token.encode()).decode().rstrip("=") not in ran.log
