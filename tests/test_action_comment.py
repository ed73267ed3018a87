"""The comment of the action on a pull request: one, up to date, and only where it may be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.github_api import Server
from tests.repositories import hermetic
from tests.stage import A2, BROKEN, Stage, api, pushed, stage

__all__ = ["api", "hermetic", "stage"]  # pytest finds them by their names


def test_a_comment_is_made_once_and_kept_up_to_date(stage: Stage, api: Server) -> None:
    for number in range(120):
        api.add(f"<!-- keb-govern --> {number}", "somebody")
    stage.origin.commit({"a.yaml": A2})
    stage.pulled(comment="auto")
    assert api.comments[120:] == [], "nothing was found, and nobody has to be told"
    stage.origin.commit({"a.yaml": BROKEN})
    stage.pulled(comment="auto")
    (comment,) = api.comments[120:]
    told = comment["body"]
    assert "❌" in told
    assert "KEB706" in told
    assert "https://github.example/vanta/events/actions/runs/42" in told
    writes = [one for one in api.asked if one[0] != "GET"]
    stage.pulled(comment="auto")
    assert [one for one in api.asked if one[0] != "GET"] == writes, "it is as it was"
    stage.origin.commit({"a.yaml": A2})
    stage.pulled(comment="auto")
    assert api.comments[120:] == [comment]
    assert "✅" in comment["body"]
    # A second catalog has a comment of its own.
    stage.origin.commit({"a.yaml": BROKEN})
    stage.pulled(comment="auto", paths="event_schemas")
    assert len(api.comments) == 122


def test_nobody_else_has_the_last_word(stage: Stage, api: Server) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    stage.pulled(comment="auto")
    ours = api.comments.pop()["body"]
    mark = ours.split("\n")[0]
    theirs = api.add(f"{mark}\nAll is well.", "mallory")
    api.me = "a-person"
    stage.pulled(comment="auto")
    assert [one["body"] for one in api.comments] == [f"{mark}\nAll is well.", ours]
    # With a token of one's own, one's own comment is found again.
    theirs["user"]["login"] = "a-person"
    del api.comments[1:]
    stage.pulled(comment="auto")
    assert [one["body"] for one in api.comments] == [ours]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ({"refuses": 403}, "pull-requests: write"),
        ({"refuses": 404}, "404"),
        ({"refuses": 502}, "502"),
        ({"elsewhere": "http://127.0.0.1:9"}, "307"),
        ({"babbles": b"[1, {"}, "not answer as expected"),
        ({"babbles": b'{"a": 1}'}, ""),
    ],
)
def test_a_comment_that_can_not_be_made_is_no_failure(
    stage: Stage, api: Server, behaviour: dict[str, Any], said: str
) -> None:
    stage.origin.commit({"a.yaml": A2})
    for name, value in behaviour.items():
        setattr(api, name, value)
    ran = stage.pulled(comment="auto")
    assert ran.code == 0
    assert [(one.name, said in one.text) for one in ran.commands] == (
        [("notice", True)] if said else []
    )
    assert "the-token-of-the-run" not in ran.log
    assert "Traceback" not in ran.log


def test_no_server_is_no_failure(stage: Stage) -> None:
    stage.origin.commit({"a.yaml": A2})
    ran = stage.pulled(comment="auto")
    assert (ran.code, [one.name for one in ran.commands]) == (0, ["notice"])


def test_where_a_comment_is_not_allowed_nothing_is_asked(stage: Stage, api: Server) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    place, pull, gone = stage.place(stage.merge()), stage.pull(), stage.pull()
    gone["pull_request"]["pull_request"]["head"]["repo"] = None
    for said, given in (
        (pull, {"comment": "never"}),
        (pull, {"github_token": ""}),
        (stage.pull("mallory/events"), {}),
        (gone, {}),
        (pushed(stage.rev("main")), {}),
    ):
        ran = stage.run(place, said, **{"comment": "auto", **given})
        assert (ran.code, ran.outputs["breaking"]) == (1, "1"), ran.log
        assert {one.name for one in ran.commands} == {"error"}
        assert "❌" in ran.summary
    assert api.asked == []


def test_a_verdict_that_is_no_more_is_taken_back(stage: Stage, api: Server) -> None:
    stage.origin.commit({"a.yaml": BROKEN})
    assert stage.pulled(comment="auto").code == 1
    assert stage.pulled(comment="auto", against="nowhere").code == 3
    (only,) = api.comments
    assert "No verdict" in only["body"]
