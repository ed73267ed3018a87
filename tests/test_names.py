"""Spellings, verbs, versions, and what a mistaken name most likely means."""

from __future__ import annotations

import pytest

from governance.catalog.names import is_upper_camel, mended, snake, upper_camel
from governance.catalog.verbs import past_tense, past_verb
from governance.catalog.version import Version
from governance.rules import closest


@pytest.mark.parametrize(
    ("said", "stem", "wanted"),
    [
        ("TaskAssignedEvent", "task_events", "Task.Assigned.v1"),
        ("TaskProgressUpdateEvent", "task_events", "Task.Progress.Updated.v1"),
        ("TaskCompletionEvent", "task_events", "Task.Completed.v1"),
        ("SystemStartupCompletedEvent", "system_events", "System.Startup.Completed.v1"),
        ("ConfigurationReloadedEvent", "system_events", "System.Configuration.Reloaded.v1"),
        ("HealthStatusReportEvent", "system_events", "System.HealthStatus.Reported.v1"),
        ("AgentStartedEvent", "agent_lifecycle_events", "Agent.Lifecycle.Started.v1"),
        ("AgentErrorEvent", "agent_lifecycle_events", "Agent.Error.Occurred.v1"),
        ("TriggerAgentActionEvent", "vmc_control", "VmcControl.AgentAction.Triggered.v1"),
        ("CreateTask", "task", "Task.Created.v1"),
        ("TaskEvent", "task", "Task.<Verb>.v1"),
        ("TASK_ASSIGNED", "events", "Task.Assigned.v1"),
        ("UserLogin", "users", "User.LoggedIn.v1"),
        ("HTTPRequestSent", "web", "Web.HTTPRequest.Sent.v1"),
        ("task.assignment.create.v1", "task", "Task.Assignment.Created.v1"),
        ("Task.Assignment.Created", "task", "Task.Assignment.Created.v1"),
        ("Task.Assignment.Created.V2", "task", "Task.Assignment.Created.v2"),
        ("Task.Assignment.Created.v2.1.0", "task", "Task.Assignment.Created.v2"),
        ("Task.v3.Created", "task", "Task.Created.v3"),
        ("Task.A.B.Created.v1", "task", "Task.AB.Created.v1"),
        ("Task.FailedLogin.v1", "task", "Task.LoginFailed.v1"),
        ("Task.Improv3.Started.v1", "task", "Task.Improv3.Started.v1"),
        ("Aufgabe.Gelöscht.v1", "task", None),
        ("v1", "task", None),
        ("..", "task", None),
        ("", "", None),
        ("A" * 201, "task", None),
    ],
)
def test_what_an_event_should_be_called(said: str, stem: str, wanted: str | None) -> None:
    assert mended(said, None, stem, 1, ()) == wanted


def test_the_domain_of_the_file_wins() -> None:
    assert mended("PaymentReceived", "Order", "x", 2, ()) == "Order.Payment.Received.v2"
    assert mended("order_created", "Order", "x", 1, ()) == "Order.Created.v1"
    assert mended("AgentStarted", "AgentLifecycle", "x", 1, ()) == "AgentLifecycle.Started.v1"


@pytest.mark.parametrize("name", ["Task", "API", "HTTPRequest", "S3Bucket", "SHA256", "A"])
def test_upper_camel(name: str) -> None:
    assert is_upper_camel(name)


@pytest.mark.parametrize("name", ["task", "TASK", "Task_Id", "2Task", "", "Täsk", "Task "])
def test_not_upper_camel(name: str) -> None:
    assert not is_upper_camel(name)


def test_respelled() -> None:
    assert upper_camel("agent_lifecycle") == "AgentLifecycle"
    assert upper_camel("APIKey-rotated") == "APIKeyRotated"
    assert upper_camel("RUN_NOW") == "RunNow"
    assert upper_camel("Übung") == upper_camel("2nd") == upper_camel("") == ""
    assert snake("AgentLifecycle") == "agent_lifecycle"
    assert snake("HTTPRequest2") == "http_request2"
    assert snake("Übung") == snake("2nd") == ""


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("Created", 0),
        ("Status Changed", 1),
        ("Shut Down", 0),
        ("Assigned To Agent", 0),
        ("Went Offline", 0),
        ("Completed Successfully", 0),
        ("Retried2", 0),
        ("Agreed", 0),
        ("Created Task", None),
        ("Feed", None),
        ("Speed", None),
        ("Embed", None),
        ("Hundred", None),
        ("Pending", None),
        ("Update", None),
    ],
)
def test_past_tense_is_told(words: str, verb: int | None) -> None:
    assert past_verb(words.split()) == verb


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("Create", "created"),
        ("Updates", "updated"),
        ("Stop", "stopped"),
        ("Send", "sent"),
        ("Copy", "copied"),
        ("Copies", "copied"),
        ("Play", "played"),
        ("Submit", "submitted"),
        ("Visit", "visited"),
        ("Withdraw", "withdrawn"),
        ("Completion", "completed"),
        ("Timeout", "timed out"),
        ("Feed", None),
        ("Status", None),
        ("y", None),
        ("", None),
    ],
)
def test_past_tense_is_made(word: str, wanted: str | None) -> None:
    assert past_tense(word) == (wanted.split() if wanted else None)


@pytest.mark.parametrize(
    "text", ["0.0.0", "1.2.3", "1.0.0-rc.1", "1.0.0-0.3.7", "1.0.0-x-y+build.001", "1.0.0+7"]
)
def test_versions(text: str) -> None:
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "said",
    ["1", "1.2", "01.2.3", "v1.2.3", "1.2.3.4", "1.2.3-01", "1.2.3-", "\u0661.0.0", 1.1, None],
)
def test_no_versions(said: object) -> None:
    assert Version.parse(said) is None


KNOWN = {
    f"{domain}.{context}.{action}.v{major}"
    for domain in ("Task", "Order", "Payment", "Invoice", "Session")
    for context in ("Assignment", "Lifecycle", "Approval", "Refund")
    for action in ("Created", "Updated", "Deleted", "Started", "Completed", "Failed")
    for major in (1, 2)
}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Task.Asignment.Created.v1", "Task.Assignment.Created.v1"),
        ("Tsak.Assignment.Created.v1", "Task.Assignment.Created.v1"),
        ("task.assignment.created.v2", "Task.Assignment.Created.v2"),
        ("Task.Assignment.Create.v1", "Task.Assignment.Created.v1"),
        ("TaskAssignment.Created.v1", "Task.Assignment.Created.v1"),
        # Another action is another event, however long the rest.
        ("Task.Assignment.Withdrawn.v1", None),
        ("Shipment.Assignment.Created.v1", None),
        ("", None),
    ],
)
def test_likely_meant_among_many_and_few(word: str, meant: str | None) -> None:
    assert closest(word, KNOWN) == meant
    assert closest(word, [name for name in KNOWN if ".Assignment." in name]) == meant


def test_likely_meant_in_other_spelling() -> None:
    assert closest("taskId", ["task_id", "agent_id"]) == "task_id"
    assert closest("source_region", ["target_region"]) is None
